"""`python -m bot.sandbox.bot_process FILE`: the bot as `python -m bot run` starts it, by the clock kept in FILE."""

from __future__ import annotations

import sys
from pathlib import Path

from bot import process
from bot.sandbox.clock import FollowedClock

if __name__ == "__main__":
    sys.exit(process.run(clock=FollowedClock(Path(sys.argv[1]))))
