"""A started emulator, a clock that is moved by hand, and somebody who calls the API over real HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.sandbox.secmaster import SecMasterEmulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping


@dataclass
class Clock:
    """Seconds since the epoch, standing still until moved."""

    now: float = 1_795_482_900.0  # 2026-11-24T01:15:00Z

    def __call__(self) -> float:
        """The time."""
        return self.now


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        """The JSON."""
        return json.loads(self.text)

    @property
    def code(self) -> str:
        """The code of a service or gateway answer."""
        return str(self.body.get("code", self.body.get("error_code")))

    @property
    def data(self) -> Any:
        """The data of a success."""
        assert self.status == 200, self.text
        return self.body["data"]


@dataclass
class Caller:
    """Calls one emulator with a token; paths are below `.../soc`, or whole ones when they start with `/v`."""

    emulator: SecMasterEmulator
    session: aiohttp.ClientSession
    headers: dict[str, str] = field(default_factory=dict)

    async def __call__(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **query: Any
    ) -> Answer:
        """One call; `headers` replace the caller's own."""
        soc = f"/v1/{self.emulator.project_id}/workspaces/{self.emulator.workspace_id}/soc/"
        url = self.emulator.url + (path if path.startswith("/v") else soc + path)
        data = json.dumps(body) if body is not None else None
        async with self.session.request(
            method, url, data=data, params=query, headers=self.headers if headers is None else headers
        ) as response:
            return Answer(response.status, response.headers, await response.text())


@pytest.fixture
def clock() -> Clock:
    """Rules the emulator."""
    return Clock()


@pytest.fixture
async def emulator(clock: Clock) -> AsyncIterator[SecMasterEmulator]:
    """Seeded, started, and ruled by `clock`."""
    emulator = SecMasterEmulator(clock=clock)
    await emulator.start()
    yield emulator
    await emulator.stop()


@pytest.fixture
async def call(emulator: SecMasterEmulator) -> AsyncIterator[Caller]:
    """Somebody with a good token."""
    headers = {"X-Auth-Token": emulator.issue_token(), "Content-Type": "application/json;charset=UTF-8"}
    async with aiohttp.ClientSession(trust_env=False) as session:
        yield Caller(emulator, session, headers)


@pytest.fixture
def pending(emulator: SecMasterEmulator) -> str:
    """The version of "Isolate compromised host" that waits for review, beside an active one."""
    return str(of(emulator, "Isolate compromised host")["current_approval_version_id"])


@pytest.fixture
def first(emulator: SecMasterEmulator) -> str:
    """The only version of "Open ticket for phishing mail"; it waits for review."""
    return str(of(emulator, "Open ticket for phishing mail")["current_approval_version_id"])


def of(emulator: SecMasterEmulator, name: str) -> dict[str, Any]:
    """The workflow of that name."""
    return next(workflow for workflow in emulator.workflows.values() if workflow["name"] == name)


@pytest.fixture(name="of")
def _of(emulator: SecMasterEmulator) -> Any:
    """Finds a workflow by its name."""
    return lambda name: of(emulator, name)
