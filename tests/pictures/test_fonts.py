"""Which font draws what."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import pytest

from bot.errors import PictureError
from bot.pictures import fonts as fonts_module
from bot.pictures.fonts import Fonts, directories, missing, system
from bot.pictures.sfnt import faces
from tests.pictures.fontfile import font


@pytest.mark.parametrize(("long", "listed"), [(False, False), (False, True), (True, False)])
def test_a_font_says_what_it_draws_and_how_wide(*, long: bool, listed: bool) -> None:
    """Every way in which fonts map characters to glyphs is understood."""
    (face,) = faces(memoryview(font("Test", "ab", advance=600, long=long, listed=listed)), Path("x.ttf"))
    assert face.family == "Test"
    assert [face.draws(c) for c in "abc 封"] == [True, True, False, False, False]
    assert face.advance("a") == pytest.approx(0.6)


def test_characters_beyond_16_bits_are_found() -> None:
    """As emoji and rare ideographs need it."""
    (face,) = faces(memoryview(font("Emoji", "🚨", long=True)), Path("x.ttf"))
    assert face.draws("🚨")


def test_a_collection_has_all_its_faces() -> None:
    """Each at its own place in the file."""
    first = font("One", "a")
    start = 12 + 4
    # Offsets of tables count from the beginning of the file.
    moved = bytearray(first)
    for index in range(struct.unpack_from(">H", first, 4)[0]):
        (offset,) = struct.unpack_from(">L", first, 12 + 16 * index + 8)
        struct.pack_into(">L", moved, 12 + 16 * index + 8, offset + start)
    collection = struct.pack(">4sLLL", b"ttcf", 0x10000, 1, start) + bytes(moved)
    assert [face.family for face in faces(memoryview(collection), Path("x.ttc"))] == ["One"]


@pytest.mark.parametrize("data", [b"", b"ttcf", b"not a font at all", b"\0\1\0\0\0\x10" + bytes(10)])
def test_what_is_no_font_gives_no_face(data: bytes) -> None:
    """However little of a file there is."""
    assert not list(faces(memoryview(data), Path("x.ttf")))


@pytest.mark.parametrize("table", [b"cmap", b"hmtx", b"hhea", b"head", b"name"])
def test_a_font_without_a_table_that_is_needed_gives_no_face(table: bytes) -> None:
    """It could not be measured, or not be named."""
    assert not list(faces(memoryview(font("Test", "a", without=table)), Path("x.ttf")))


def test_a_font_without_measures_or_a_name_gives_no_face() -> None:
    """Nothing is divided by zero, and nothing drawn with whatever comes first."""
    whole = font("Test", "a")
    (head,) = (
        struct.unpack_from(">L", whole, 12 + 16 * i + 8)[0] for i in range(6) if whole[12 + 16 * i :][:4] == b"head"
    )
    broken = bytearray(whole)
    struct.pack_into(">H", broken, head + 18, 0)
    assert not list(faces(memoryview(bytes(broken)), Path("x.ttf")))
    assert not list(faces(memoryview(font("", "a")), Path("x.ttf")))


def test_a_font_without_a_table_of_unicode_draws_nothing() -> None:
    """Old encodings are left alone."""
    whole = font("Test", "a")
    place = whole.index(struct.pack(">HHHHL", 0, 1, 3, 1, 12))
    broken = bytearray(whole)
    struct.pack_into(">H", broken, place + 4, 1)
    (face,) = faces(memoryview(bytes(broken)), Path("x.ttf"))
    assert not face.draws("a")


def test_a_cmap_of_another_form_draws_nothing() -> None:
    """Only the two forms that all fonts of today have are read."""
    whole = font("Test", "a")
    place = whole.index(struct.pack(">HHHHL", 0, 1, 3, 1, 12))
    broken = bytearray(whole)
    struct.pack_into(">H", broken, place + 12, 6)
    (face,) = faces(memoryview(bytes(broken)), Path("x.ttf"))
    assert not face.draws("a")


def test_a_font_that_does_not_tell_its_weight_passes_for_regular() -> None:
    """The table is optional."""
    (face,) = faces(memoryview(font("Test", "a", without=b"OS/2")), Path("x.ttf"))
    assert face.plain


def test_the_first_font_in_order_of_preference_draws(tmp_path: Path) -> None:
    """Quiet regular faces before bold ones and serifs, whatever the order of the directory."""
    for name, weight in (("Aardvark-Bold", 700), ("DejaVuSans", 400), ("LiberationSans-Regular", 400), ("Zz", 400)):
        (tmp_path / f"{name}.ttf").write_bytes(font(name, "a", weight=weight))
    found = Fonts(tmp_path.iterdir()).face("a")
    assert found
    assert found.family == "LiberationSans-Regular"


def test_a_bold_font_draws_when_there_is_no_other(tmp_path: Path) -> None:
    """Better bold than not at all."""
    (tmp_path / "Only-Bold.ttf").write_bytes(font("Only", "a", weight=700))
    (tmp_path / "empty.ttf").write_bytes(b"")
    assert Fonts(tmp_path.iterdir()).missing("ab") == "b"


def test_letters_without_a_font_are_refused_by_name(latin: Fonts) -> None:
    """The sentence says which, and what to install; a picture of empty boxes would look like one."""
    with pytest.raises(PictureError, match=r"No font on this machine can draw 封禁. .*fonts-noto-cjk"):
        latin.check("v1 封禁 封 🚨")
    with pytest.raises(PictureError, match="draw 一丁丂七丄丅丆万丈三上下…"):
        latin.check("".join(map(chr, range(0x4E00, 0x4E20))))


def test_symbols_without_a_font_are_no_reason_to_refuse(latin: Fonts, tmp_path: Path) -> None:
    """An emoji can be spared: a box stands for it where there is one, or nothing."""
    latin.check("🚨 ok")
    assert latin.fitting("🚨") == ""
    (tmp_path / "Box.ttf").write_bytes(font("Box", "□e"))
    boxed = Fonts([tmp_path / "Box.ttf"])
    assert boxed.fitting("👩‍👩‍👧") == "□"
    assert boxed.fitting("e\N{COMBINING ACUTE ACCENT}") == "e"
    assert boxed.fitting("e") == "e"


def test_text_is_parted_where_its_font_changes(chinese: Fonts) -> None:
    """So that each part is measured and drawn with the same font."""
    runs = chinese.runs("封禁IP地址")
    assert [text for _face, text in runs] in (["封禁", "IP", "地址"], ["封禁IP地址"])
    assert chinese.width("封禁") == pytest.approx(2.0)
    assert chinese.files()


def test_this_machine_is_asked_once() -> None:
    """Its fonts are the same for all pictures of a process."""
    assert system() is system()
    assert missing("") == ""


def test_fonts_are_found_without_fontconfig(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The usual directories of each system are searched then."""
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "nothing"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "fonts" / "deep").mkdir(parents=True)
    (tmp_path / "fonts" / "deep" / "A.TTF").write_bytes(font("Deep", "a"))
    (tmp_path / "fonts" / "readme.txt").write_text("no font")
    system.cache_clear()
    try:
        assert missing("ab") == "b"
    finally:
        system.cache_clear()


@pytest.mark.parametrize("script", ["exit 1", "exec /nonexistent"])
def test_a_fontconfig_that_fails_is_done_without(script: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As if it were not installed."""
    program = tmp_path / "fc-list"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _name: str(program))
    assert fonts_module._listed() == []


@pytest.mark.parametrize(("platform", "place"), [("darwin", "/System/Library/Fonts"), ("win32", "C:/Windows/Fonts")])
def test_other_systems_keep_their_fonts_elsewhere(platform: str, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The places that their vendors name."""
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.delenv("WINDIR", raising=False)
    assert Path(place) in directories()
