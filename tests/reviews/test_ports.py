"""The adapters keep what the core's Protocols promise."""

from __future__ import annotations

import inspect

import pytest

from bot.reviews import ports
from bot.secmaster.client import SecMasterClient
from bot.slack.directory import SlackDirectory
from bot.slack.messenger import SlackMessenger
from bot.store.sql import SqlStore
from bot.store.transaction import SqlTransaction
from tests.reviews.fakes import FakeDirectory, FakeMessenger, FakeReleases


@pytest.mark.parametrize(
    ("port", "adapter"),
    [
        (ports.Releases, SecMasterClient),
        (ports.Releases, FakeReleases),
        (ports.Transaction, SqlTransaction),
        (ports.Store, SqlStore),
        (ports.Messenger, SlackMessenger),
        (ports.Messenger, FakeMessenger),
        (ports.Directory, SlackDirectory),
        (ports.Directory, FakeDirectory),
    ],
)
def test_every_method_is_there_with_the_same_arguments(port: type, adapter: type) -> None:
    """The real one and the fake alike."""
    for name, method in inspect.getmembers(port, inspect.isfunction):
        if not name.startswith("_"):
            given = inspect.signature(getattr(adapter, name)).parameters
            assert list(given) == list(inspect.signature(method).parameters), name
