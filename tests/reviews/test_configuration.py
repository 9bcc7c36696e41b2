"""The audit trail tells with which settings the bot worked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from bot.reviews.configuration import digest
from bot.store.sql import SqlStore
from tests.reviews.fakes import START, Desk
from tests.reviews.test_trail import trail

if TYPE_CHECKING:
    from tests.postgres import Postgres

SETTINGS: dict[str, Any] = {"policy.reviewers": ("U1", "U2"), "locale": "en", "identities": {"zhang.wei": "U2"}}


async def test_settings_are_recorded_when_they_change(desk: Desk) -> None:
    """At the first start whole, later with what was and what is; a start that changes nothing tells nothing."""
    await desk.reviews.configured(SETTINGS)
    await desk.reviews.configured(dict(reversed(SETTINGS.items())))
    changed = {"policy.reviewers": ("U1",), "identities": {"zhang.wei": "U2"}, "notify": ["C2"]}
    desk.turn(seconds=60)
    await desk.reviews.configured(changed)
    await desk.reviews.configured(SETTINGS)
    first, second, third = await trail(desk.store)

    assert (first["event"], first["at"], first["user_id"]) == ("configured", START.timestamp(), None)
    assert (first["workspace_id"], first["version_id"], first["review_id"]) == ("", "", "")
    assert first["details"]["changed"] == {}
    assert first["details"]["settings"] == {**SETTINGS, "policy.reviewers": ["U1", "U2"]}
    assert second["details"]["changed"] == {
        "locale": ["en", None],
        "notify": [None, ["C2"]],
        "policy.reviewers": [["U1", "U2"], ["U1"]],
    }
    assert first["details"]["digest"] == third["details"]["digest"] == digest(SETTINGS)
    assert second["details"]["digest"] == digest(changed)


async def test_what_cannot_be_read_is_recorded_anew(desk: Desk) -> None:
    """Somebody wrote into the trail; the bot starts all the same."""
    await desk.reviews.configured(SETTINGS)
    for number, details in enumerate(["", "{", "[]", '{"settings": 1}', "null", "{}"]):

        def spoil(tx: Any, details: str = details) -> None:
            tx._connection.execute(text("DROP TRIGGER IF EXISTS audit_no_update"))
            tx._connection.execute(text("UPDATE audit SET details = :details"), {"details": details})

        await desk.store.transact(spoil)
        await desk.reviews.configured(SETTINGS)
        await desk.store.transact(lambda tx: tx._connection.execute(text("SELECT 1")))
        count = await desk.store.transact(
            lambda tx: tx._connection.execute(text("SELECT count(*) FROM audit")).scalar()
        )
        assert count == number + 2


async def test_of_several_replicas_one_records(postgres: Postgres) -> None:
    """They start at once with the same settings."""
    url = postgres.database()
    stores = [SqlStore(url) for _ in range(4)]
    await stores[0].migrate()
    await asyncio.gather(*(Desk(store).reviews.configured(SETTINGS) for store in stores))
    assert len(await trail(stores[0])) == 1
    for store in stores:
        await store.close()
