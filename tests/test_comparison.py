"""`secmaster-bot diff`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.pictures.fonts import missing
from tests.scenarios.stage import emulated, environment
from tests.test_cli import run

if TYPE_CHECKING:
    from click.testing import Result

GALLERY = Path(__file__).parent / "changes" / "gallery"
PAIR = GALLERY / "node_inserted"


def diff(*arguments: object) -> Result:
    """The command, run here."""
    return CliRunner().invoke(main, ["diff", *map(str, arguments)])


def test_two_files_are_compared_without_any_setting() -> None:
    """As the API returns them, whole answers too; the words are those of the gallery."""
    result = diff(PAIR / "old.json", PAIR / "new.json")
    assert result.exit_code == 0
    assert result.output.strip() == (PAIR / "expected.txt").read_text(encoding="utf-8").strip()
    assert "\x1b" not in result.output


def test_an_envelope_is_opened(tmp_path: Path) -> None:
    """What curl saved can be given as it is."""
    data = json.loads((PAIR / "new.json").read_text(encoding="utf-8"))
    data = data.get("data", data)
    (tmp_path / "whole.json").write_text(json.dumps({"code": "00000000", "data": data}))
    (tmp_path / "bare.json").write_text(json.dumps(data))
    result = diff(tmp_path / "whole.json", tmp_path / "bare.json")
    assert result.exit_code == 0
    assert "No difference" in result.output


def test_it_speaks_chinese() -> None:
    """For who reads it."""
    result = diff(PAIR / "old.json", PAIR / "new.json", "--locale", "zh-CN")
    assert "步骤" in result.output


def test_the_picture_is_written(tmp_path: Path) -> None:
    """A PNG."""
    if missing("Look up host"):
        pytest.skip("no font is installed: fonts-dejavu-core")
    png = tmp_path / "changes.png"
    assert diff(PAIR / "old.json", PAIR / "new.json", "--png", png).exit_code == 0
    assert png.read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_drawn_or_written_is_told(tmp_path: Path) -> None:
    """After the words, which are printed all the same."""
    broken = GALLERY / "broken_base64"
    result = diff(broken / "old.json", broken / "new.json", "--png", tmp_path / "x.png")
    assert (result.exit_code, "cannot be read" in result.output) == (2, True)
    if not missing("Look up host"):
        result = diff(PAIR / "old.json", PAIR / "new.json", "--png", tmp_path / "nowhere" / "x.png")
        assert (result.exit_code, "cannot be written" in result.output) == (2, True)


@pytest.mark.parametrize(
    ("text", "told"),
    [("{", "is no JSON"), ("[" * 100_000, "is no JSON"), ("[]", "holds no workflow version"), ('{"a": 1}', "holds no")],
)
def test_a_file_that_is_no_version_is_told(tmp_path: Path, text: str, told: str) -> None:
    """In one line, with what to put there."""
    (tmp_path / "bad.json").write_text(text)
    result = diff(tmp_path / "bad.json", PAIR / "new.json")
    assert result.exit_code == 2
    assert told in result.output
    assert "Traceback" not in result.output


async def test_versions_are_read_from_secmaster(tmp_path: Path) -> None:
    """By id, with the settings of `run`, of which those of Slack may be missing; an unknown id is told."""
    async with emulated() as stage:
        of_secmaster = {
            name: value
            for name, value in environment(stage.slack, stage.secmaster, tmp_path).items()
            if name.startswith(("SECMASTER_", "HUAWEICLOUD_"))
        }
        isolate = [one["id"] for one in stage.secmaster.versions.values() if "Isolate" in one["name"]]
        process = await run("diff", *reversed(isolate), folder=tmp_path, **of_secmaster)
        out, _ = await process.communicate()
        assert process.returncode == 0
        assert "Snapshot system disk" in out.decode()
        process = await run("diff", isolate[0], "unknown-version", folder=tmp_path, **of_secmaster)
        _, err = await process.communicate()
        assert (process.returncode, "no file unknown-version" in err.decode()) == (2, True)
        process = await run("diff", isolate[0], "unknown-version", folder=tmp_path)
        _, err = await process.communicate()
        assert process.returncode == 2
        assert "SECMASTER_REGION is missing" in err.decode()
        assert "SLACK" not in err.decode()
