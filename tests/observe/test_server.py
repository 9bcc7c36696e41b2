"""The HTTP server: health, readiness, metrics."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.observe.health import Health
from bot.observe.metrics import Metrics
from bot.observe.server import Server
from bot.reviews.jobs import Job, JobKind
from bot.secmaster.client import CallRecord
from bot.store.numbers import Numbers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


DECIDE = Job(id=1, kind=JobKind.DECIDE, subject="r", payload={}, attempt=1, token=1)


def numbers(*, due: int) -> Numbers:
    """Of a database in which so many jobs wait."""
    queue = {"due": due, "scheduled": 0, "running": 0, "buried": 0}
    return Numbers(at=1000.0, pending=(), jobs=queue, due_since=990.0, looked_at={})


class Finding:
    """A check whose finding a test sets."""

    problem: str | None = None

    async def __call__(self) -> str | None:
        """The finding."""
        return self.problem


@pytest.fixture
def finding() -> Finding:
    """The check behind /readyz."""
    return Finding()


@pytest.fixture
def metrics() -> Metrics:
    """What has been counted."""
    metrics = Metrics()
    metrics.job_ended(DECIDE, "done")
    metrics.secmaster_called(CallRecord(operation="ListWorkflows", status=200, code="", request_id="", seconds=0.2))
    metrics.database_says(numbers(due=3))
    metrics.sockets_are(2)
    return metrics


@pytest.fixture
async def server(finding: Finding, metrics: Metrics) -> AsyncIterator[Server]:
    """A running server on a free port."""

    async def text() -> bytes:
        return metrics.text()

    running = Server(host="127.0.0.1", port=0, health=Health({"slack": finding}), metrics=text, body_limit=100)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def get(server: Server) -> AsyncIterator[aiohttp.ClientSession]:
    """A session that asks it."""
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}", trust_env=False) as session:
        yield session


async def test_readiness_has_its_reasons(get: aiohttp.ClientSession, finding: Finding) -> None:
    """200 when all is well, else 503; a process that is not ready lives all the same."""
    async with get.get("/readyz") as answer:
        assert (answer.status, await answer.json()) == (200, {"ready": True, "problems": {}})
    finding.problem = "no connection"
    async with get.get("/readyz") as answer:
        assert (answer.status, await answer.json()) == (503, {"ready": False, "problems": {"slack": "no connection"}})
    async with get.get("/livez") as answer:
        assert answer.status == 200


async def test_who_keeps_a_connection_alive_is_sent_elsewhere_while_it_stops(
    get: aiohttp.ClientSession, server: Server
) -> None:
    """A balancer that reuses connections would otherwise send its next request into a port that closes."""
    async with get.get("/livez") as answer:
        assert "Connection" not in answer.headers
    server._health.stopping = True
    for path, status in (("/readyz", 503), ("/livez", 200), ("/nowhere", 404)):
        async with get.get(path) as answer:
            assert (answer.status, answer.headers.get("Connection")) == (status, "close")


async def test_metrics_are_text_of_this_process(get: aiohttp.ClientSession) -> None:
    """Jobs, queue, calls, sockets, and the process's own."""
    async with get.get("/metrics") as answer:
        text = await answer.text()
    assert answer.content_type == "text/plain"
    for line in (
        'secmaster_bot_jobs_total{kind="decide",outcome="done"} 1.0',
        'secmaster_bot_queue_jobs{state="due"} 3.0',
        "secmaster_bot_queue_oldest_due_age_seconds 10.0",
        'secmaster_bot_secmaster_call_duration_seconds_count{http_status="200",method="ListWorkflows",status="ok"} 1.0',
        "secmaster_bot_socket_connections 2.0",
        "process_resident_memory_bytes",
    ):
        assert line in text


async def test_a_check_that_hangs_is_a_problem() -> None:
    """A probe gets its answer in time."""

    async def hang() -> str | None:
        await asyncio.Event().wait()
        return None

    assert await Health({"slack": hang}, within=0.01).problems() == {"slack": "no answer within 0.01 s"}


async def test_there_is_nothing_else(get: aiohttp.ClientSession) -> None:
    """No way in for Slack in Socket Mode, no other method."""
    for method, path, status in (("GET", "/", 404), ("POST", "/slack/events", 404), ("POST", "/readyz", 405)):
        async with get.request(method, path) as answer:
            assert answer.status == status


async def test_what_is_not_open_yet_asks_to_come_again(get: aiohttp.ClientSession, server: Server) -> None:
    """Slack does; probes are answered."""
    server.is_open = lambda: False
    for path, status in (("/slack/events", 503), ("/livez", 200), ("/readyz", 200), ("/metrics", 200)):
        async with get.get(path) as answer:
            assert answer.status == status


async def test_metrics_without_a_database_tell_that_alone(get: aiohttp.ClientSession, metrics: Metrics) -> None:
    """Not the queue as it was before."""
    for told, up, queue in ((numbers(due=3), "1.0", True), (None, "0.0", False), (numbers(due=4), "1.0", True)):
        metrics.database_says(told)
        async with get.get("/metrics") as answer:
            text = await answer.text()
        assert f"secmaster_bot_database_up {up}" in text
        assert ('secmaster_bot_queue_jobs{state="due"}' in text) is queue
        assert ("secmaster_bot_queue_oldest_due_age_seconds NaN" in text) is not queue


async def test_a_port_in_use_is_an_os_error(server: Server) -> None:
    """For the composition to tell as a wrong setting."""
    second = Server(host="127.0.0.1", port=server.port, health=Health({}), metrics=_nothing)
    with pytest.raises(OSError, match="in use"):
        await second.start()
    await second.stop()


async def _nothing() -> bytes:
    return b""
