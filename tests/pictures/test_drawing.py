"""The process that draws."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from bot.errors import PictureError
from bot.pictures.__main__ import main
from bot.pictures.drawing import draw, environment
from bot.pictures.union import REFUSED, union
from tests.pictures.flows import CHANGED, CHINESE, LABELS, chain, difference, flow
from tests.pictures.test_raster import size

if TYPE_CHECKING:
    from pathlib import Path

    from bot.pictures.fonts import Fonts

SLEEPS = """
import os, pathlib, sys, time
pathlib.Path({path!r}).write_text(str(os.getpid()))
time.sleep(600)
"""
STEPS_BACK = """
import os, resource
from bot.pictures.__main__ import step_back
before = os.nice(0)
step_back()
print(os.nice(0) - before, resource.getrlimit(resource.RLIMIT_CPU)[0], resource.getrlimit(resource.RLIMIT_AS)[0])
"""
PRINTS_ENVIRONMENT = "import json, os; print(json.dumps(dict(os.environ)))"


def python(code: str) -> tuple[str, ...]:
    """A command that runs something else than the drawing."""
    return (sys.executable, "-c", code)


def written(path: Path) -> str:
    """What stands in the file; nothing as long as there is none."""
    return path.read_text() if path.exists() else ""


async def started(path: Path) -> int:
    """The id of the process, once it runs."""
    async with asyncio.timeout(20):
        while not (process := written(path)):  # noqa: ASYNC110 - another process's file, nobody tells of it
            await asyncio.sleep(0.02)
    return int(process)


def gone(process: int) -> bool:
    """Whether there is no such process, not even a dead one that nobody has asked after."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


async def test_a_picture_is_drawn_in_a_process_of_its_own(fonts: Fonts) -> None:
    """And comes back as PNG."""
    image = await draw(CHANGED, title="Isolate host  v1 → v2", labels=LABELS)
    assert size(image) > (999, 999)


async def test_the_bot_answers_while_a_picture_is_drawn(fonts: Fonts) -> None:
    """The event loop is never held for long."""
    longest, last = 0.0, time.monotonic()
    drawing = asyncio.create_task(draw(difference(None, chain(150)), title="Large", labels=LABELS))
    while not drawing.done():
        await asyncio.sleep(0.005)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    assert (await drawing).startswith(b"\x89PNG")
    assert longest < 0.5


async def test_two_hundred_steps_are_drawn_in_time(fonts: Fonts) -> None:
    """Well within the limit, even with many ways between them."""
    nodes = [f"n{number}:serviceTask:Step {number}" for number in range(200)]
    flows = [f"n{number}>n{number + 1}" for number in range(199)]
    flows += [f"x{number}#n{number}>n{(number * 7 + 3) % 200}>case {number}" for number in range(0, 200, 2)]
    begun = time.monotonic()
    image = await draw(difference(None, flow(nodes, flows)), title="Large", labels=LABELS)
    assert image.startswith(b"\x89PNG")
    assert time.monotonic() - begun < 20


async def test_chinese_is_drawn(chinese: Fonts) -> None:
    """Names and legend."""
    old, new = chain(2, "查询白名单"), chain(3, "查询白名单")
    assert (await draw(difference(old, new), title="封禁地址  v1 → v2", labels=CHINESE)).startswith(b"\x89PNG")


async def test_without_a_font_the_reason_is_told(fonts: Fonts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Across the border of the processes, with its key for the catalogs."""
    if shutil.which("fc-list") is None:
        pytest.skip("fontconfig is not installed")
    latin = fonts.face("A")
    assert latin
    (tmp_path / "fonts").mkdir()
    shutil.copy(latin.path, tmp_path / "fonts")
    if latin.draws("封"):
        pytest.skip("no font without Chinese is installed: fonts-dejavu-core")
    (tmp_path / "fonts.conf").write_text(f"<fontconfig><dir>{tmp_path / 'fonts'}</dir></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "fonts.conf"))
    assert (await draw(difference(None, chain(1)), title="T", labels=LABELS)).startswith(b"\x89PNG")
    with pytest.raises(PictureError) as refused:
        await draw(difference(None, chain(1, "封禁")), title="T", labels=LABELS)
    assert "No font on this machine can draw 封禁." in str(refused.value)
    assert refused.value.facts == {"characters": "封禁"}


async def test_a_picture_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    """Its process is killed, and nothing of it is left."""
    command = python(SLEEPS.format(path=str(tmp_path / "pid")))
    running = asyncio.create_task(draw(CHANGED, title="T", labels=LABELS, seconds=3, command=command))
    process = await started(tmp_path / "pid")
    async with asyncio.timeout(20):
        with pytest.raises(PictureError, match="longer than 3 seconds"):
            await running
    assert gone(process)


async def test_a_cancelled_picture_leaves_no_process(tmp_path: Path) -> None:
    """As when the bot stops."""
    command = python(SLEEPS.format(path=str(tmp_path / "pid")))
    running = asyncio.create_task(draw(CHANGED, title="T", labels=LABELS, command=command))
    process = await started(tmp_path / "pid")
    running.cancel()
    async with asyncio.timeout(20):
        with pytest.raises(asyncio.CancelledError):
            await running
    assert gone(process)


async def test_a_process_that_reads_nothing_and_breaks_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    """People get a sentence, the log its last words."""
    big = difference(None, chain(200, "x" * 100))
    for code in ("raise SystemExit('its last words')", "pass", "import os; os.kill(os.getpid(), 9)"):
        with pytest.raises(PictureError, match="could not be drawn"):
            await draw(big, title="T", labels=LABELS, command=python(code))


async def test_a_process_that_cannot_be_started_is_told_of() -> None:
    """With the same sentence."""
    with pytest.raises(PictureError, match="could not be drawn"):
        await draw(CHANGED, title="T", labels=LABELS, command=("/nonexistent/python",))


async def test_the_process_sees_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where programs and fonts are."""
    for name in ("SLACK_BOT_TOKEN", "SECMASTER_SK", "DATABASE_URL", "HTTPS_PROXY", "PYTHONPATH"):
        monkeypatch.setenv(name, "a secret")
    monkeypatch.setenv("FONTCONFIG_PATH", "/etc/fonts")
    seen = json.loads(await draw(CHANGED, title="T", labels=LABELS, command=python(PRINTS_ENVIRONMENT)))
    assert "a secret" not in seen.values()
    assert seen["FONTCONFIG_PATH"] == "/etc/fonts"
    assert seen["PATH"] == os.environ["PATH"]


def test_the_environment_is_a_list_of_what_may_pass() -> None:
    """Anything that nobody thought of stays behind."""
    assert environment({"HOME": "/h", "FONTCONFIG_FILE": "f", "NEW_TOKEN": "t"}) == {
        "HOME": "/h",
        "FONTCONFIG_FILE": "f",
    }


def test_a_union_comes_in_and_a_picture_goes_out(fonts: Fonts) -> None:
    """What the process does, seen from inside."""
    given = json.dumps(union(CHANGED, title="T", labels=LABELS).plain()).encode()
    out = io.BytesIO()
    assert main(io.BytesIO(given), out, fonts) == 0
    assert out.getvalue().startswith(b"\x89PNG")


def test_a_refusal_goes_out_as_words(latin: Fonts) -> None:
    """With a status of its own."""
    given = json.dumps(union(difference(None, chain(1, "封")), title="T", labels=LABELS).plain()).encode()
    out = io.BytesIO()
    assert main(io.BytesIO(given), out, latin) == REFUSED
    assert json.loads(out.getvalue())[1] == {"characters": "封"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such limits")
def test_the_process_steps_back(fonts: Fonts) -> None:
    """Behind the bot on the processor, and within bounds should the bot die first."""
    done = subprocess.run([sys.executable, "-c", STEPS_BACK], capture_output=True, text=True, check=True)
    nicer, seconds, memory = map(int, done.stdout.split())
    assert nicer > 0
    assert seconds <= 60
    assert memory <= 3 * 1024**3


def test_the_module_runs_by_itself(fonts: Fonts) -> None:
    """As the bot starts it."""
    given = json.dumps(union(CHANGED, title="T", labels=LABELS).plain()).encode()
    done = subprocess.run([sys.executable, "-m", "bot.pictures"], input=given, capture_output=True, check=True)
    assert done.stdout.startswith(b"\x89PNG")


def test_the_bot_itself_loads_nothing_heavy() -> None:
    """Neither the layout library nor the rasteriser: they would cost memory for the life of the bot."""
    code = "import sys, bot.pictures.drawing; print([m for m in ('graphlay', 'resvg_py') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
