"""What a reviewer approves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Content:
    """Texts by field name, in SecMaster's own spelling (`description`, `taskconfig`), and the flow as it came.

    A field that is missing and an empty one are the same. What differs between any two versions (id, version number,
    status, times, people) does not belong here.
    """

    fields: Mapping[str, str]
    taskflow: str = ""
    """The BASE64 text; "" where the kind has no flow."""
