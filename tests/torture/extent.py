"""How much is tried: a little in every run; everything, and so many random kills, when TORTURE_KILLS is set."""

from __future__ import annotations

import os
import secrets

EVERYTHING = "TORTURE_KILLS" in os.environ
KILLS = int(os.environ.get("TORTURE_KILLS", "12"))

SEED = int(os.environ.get("TORTURE_SEED") or (secrets.randbelow(10**6) if EVERYTHING else 20261124))
"""The same in every run, so that nobody is surprised; another one each time when there is time to find something."""
