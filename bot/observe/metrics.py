"""Prometheus metrics of one process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

if TYPE_CHECKING:
    from collections.abc import Mapping


class Metrics:
    """What is counted; a registry of its own, so that two bots in one process do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (GCCollector, PlatformCollector, ProcessCollector):
            collector(registry=self.registry)
        self._jobs = Counter(
            "secmaster_bot_jobs", "Jobs run, by kind and outcome", ("kind", "outcome"), registry=self.registry
        )
        self._queue = Gauge("secmaster_bot_queue", "Jobs in the store, by state", ("state",), registry=self.registry)
        self._database = Gauge(
            "secmaster_bot_database_up", "1 when the database answers, else 0", registry=self.registry
        )
        self._calls = Histogram(
            "secmaster_bot_secmaster_call_seconds",
            "Calls of SecMaster, by operation and outcome",
            ("operation", "outcome"),
            registry=self.registry,
        )
        self._sockets = Gauge(
            "secmaster_bot_socket_connections", "Socket Mode connections that stand", registry=self.registry
        )

    def job_ended(self, kind: str, outcome: str) -> None:
        """Count one run of a job."""
        self._jobs.labels(kind, outcome).inc()

    def secmaster_called(self, operation: str, *, outcome: str, seconds: float) -> None:
        """Count one call; `outcome` is ok or the class of the error."""
        self._calls.labels(operation, outcome).observe(seconds)

    def queue_is(self, counts: Mapping[str, int] | None) -> None:
        """How many jobs there are in each state; None when the database does not say."""
        self._database.set(0 if counts is None else 1)
        if counts is None:
            self._queue.clear()  # what was true before the outage may not be true now
            return
        for state, count in counts.items():
            self._queue.labels(state).set(count)

    def sockets_are(self, count: int) -> None:
        """How many Socket Mode connections stand."""
        self._sockets.set(count)

    def text(self) -> bytes:
        """All of it in the text format."""
        return generate_latest(self.registry)
