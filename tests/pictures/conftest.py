"""What the tests of pictures share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.pictures.fonts import Fonts, missing, system
from tests.pictures.fontfile import font

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def fonts() -> Fonts:
    """The fonts of this machine, at least one for Latin letters."""
    if missing("Letters"):
        pytest.skip("no font is installed: fonts-dejavu-core")
    return system()


@pytest.fixture
def chinese(fonts: Fonts) -> Fonts:
    """The fonts of this machine, Chinese, Japanese and Korean among them."""
    if missing("封禁かな한국"):
        pytest.skip("no font with Chinese, Japanese and Korean is installed: fonts-noto-cjk")
    return fonts


@pytest.fixture
def latin(tmp_path: Path) -> Fonts:
    """A machine whose only font draws ASCII."""
    path = tmp_path / "Latin-Regular.ttf"
    path.write_bytes(font("Latin", "".join(map(chr, range(32, 127))) + "…→«»"))
    return Fonts([path])
