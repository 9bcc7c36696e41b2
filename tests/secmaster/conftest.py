"""Ids, keys and an emulator-free SecMaster that answers as it is told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


def answer(body: object, status: int = 200, **headers: str) -> httpx.Response:
    """A JSON answer; `X_Request_Id="…"` becomes a header."""
    return httpx.Response(status, json=body, headers={name.replace("_", "-"): text for name, text in headers.items()})


@dataclass
class Script:
    """Answers in turn, the last one for ever; an exception is raised instead. Keeps what it was asked."""

    answers: list[httpx.Response | Exception]
    asked: list[httpx.Request] = field(default_factory=list)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Keep the request and give the next answer."""
        await request.aread()
        self.asked.append(request)
        turn = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(turn, Exception):
            raise turn
        return httpx.Response(turn.status_code, headers=turn.headers, content=turn.content)

    @property
    def bodies(self) -> list[Any]:
        """The JSON that was sent."""
        return [json.loads(request.content) for request in self.asked]


@pytest.fixture
def script() -> Callable[..., Script]:
    """Makes a script from answers."""
    return lambda *answers: Script(list(answers))


@pytest.fixture(name="answer")
def _answer() -> Callable[..., httpx.Response]:
    """Makes a JSON answer."""
    return answer
