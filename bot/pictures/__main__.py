"""`python -m bot.pictures`: a union as JSON on standard input, its picture as PNG on standard output.

Runs by itself so that the bot loses neither time nor memory to a picture. What people may be told comes as JSON on
standard output with a status of its own; everything else is a traceback.
"""

from __future__ import annotations

import json
import os
import sys
from typing import BinaryIO

from bot.errors import PictureError
from bot.pictures.diagram import svg
from bot.pictures.fonts import Fonts, system
from bot.pictures.raster import png
from bot.pictures.union import REFUSED, from_plain

_NICE = 10
_CPU_SECONDS = 60
_BYTES_OF_MEMORY = 3 * 1024**3


def main(read: BinaryIO, write: BinaryIO, fonts: Fonts | None = None) -> int:
    """Draws one picture; the exit status."""
    fonts = fonts or system()
    try:
        drawing = svg(from_plain(json.load(read)), fonts)
        write.write(png(drawing, fonts.files()))
    except PictureError as error:
        write.write(json.dumps([error.text, error.facts]).encode())
        return REFUSED
    return 0


def step_back() -> None:
    """Leaves the processor to the bot, and bounds what a picture may cost should nobody be left to stop it."""
    if sys.platform == "win32":
        return
    import resource

    os.nice(_NICE)
    for what, most in ((resource.RLIMIT_CPU, _CPU_SECONDS), (resource.RLIMIT_AS, _BYTES_OF_MEMORY)):
        _soft, hard = resource.getrlimit(what)
        if hard == resource.RLIM_INFINITY or most < hard:
            resource.setrlimit(what, (most, hard))


if __name__ == "__main__":
    step_back()
    sys.exit(main(sys.stdin.buffer, sys.stdout.buffer))
