"""Refused credentials are tried again by one call after a pause, never by every job that waits."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from bot.errors import LockedOut, NotFound, Unauthorized
from bot.sandbox.secmaster import SecMasterEmulator
from bot.secmaster.auth import AkSkAuth
from bot.secmaster.client import SecMasterClient
from bot.secmaster.lockout import FIRST_PAUSE, LONGEST_PAUSE, Lockout
from bot.secmaster.signature import AccessKey

REFUSAL = Unauthorized("Incorrect IAM authentication information", status=401, code="APIGW.0301", request_id="r-1")


class Clock:
    """Seconds that are turned by hand."""

    now = 1000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def test_pauses_double_up_to_a_quarter_of_an_hour() -> None:
    """A process fails four times in fifteen minutes, and then every fifteen."""
    clock = Clock()
    lockout = Lockout(clock=clock)
    tried = []
    lockout.refused(REFUSAL)
    while clock.now < 1000 + 3600:
        clock.now += 1
        try:
            lockout.check("ListWorkflows")
        except LockedOut:
            continue
        tried.append(clock.now - 1000)
        lockout.refused(REFUSAL)
    assert tried == [FIRST_PAUSE, 180, 420, 900, 900 + LONGEST_PAUSE, 900 + 2 * LONGEST_PAUSE, 900 + 3 * LONGEST_PAUSE]


def test_while_one_call_tries_again_the_others_wait() -> None:
    """Whatever comes while the answer is awaited is refused with what is known."""
    clock = Clock()
    lockout = Lockout(clock=clock)
    lockout.check("ListWorkflows")
    lockout.refused(REFUSAL)
    clock.now += FIRST_PAUSE
    lockout.check("ListWorkflows")
    clock.now += 1
    with pytest.raises(LockedOut, match="not asked, since the credentials were refused") as caught:
        lockout.check("ShowAopWorkflowVersion")
    told = caught.value
    assert (told.operation, told.code, told.request_id) == ("ShowAopWorkflowVersion", "APIGW.0301", "")
    assert told.retry_after == FIRST_PAUSE - 1
    lockout.accepted()
    lockout.check("ShowAopWorkflowVersion")


def test_calls_that_were_refused_together_failed_once() -> None:
    """Those that were on their way when the first was refused do not make the pause longer."""
    clock = Clock()
    lockout = Lockout(clock=clock)
    for _ in range(10):
        lockout.refused(REFUSAL)
    clock.now += FIRST_PAUSE
    lockout.check("ListWorkflows")


def test_the_first_pause_is_short_again_after_success() -> None:
    """What was refused long ago counts no more."""
    clock = Clock()
    lockout = Lockout(clock=clock)
    for _ in range(3):
        lockout.refused(REFUSAL)
    lockout.accepted()
    lockout.refused(REFUSAL)
    clock.now += FIRST_PAUSE
    lockout.check("ListWorkflows")


async def test_many_calls_with_refused_keys_reach_secmaster_once() -> None:
    """Until the pause is over; then the next one asks, and an answer of SecMaster's own lets everybody through."""
    emulator, clock = SecMasterEmulator(), Clock()
    await emulator.start()
    sk = SecretStr(emulator.sk)
    auth = AkSkAuth(AccessKey(ak="AKWRONG", sk=sk, project_id=emulator.project_id))
    async with SecMasterClient(emulator.url, emulator.project_id, auth, lockout=Lockout(clock=clock)) as client:
        with pytest.raises(Unauthorized):
            await client.overview(emulator.workspace_id)
        for _ in range(10):
            with pytest.raises(LockedOut):
                await client.overview(emulator.workspace_id)
        assert len(list(emulator.traffic)) == 1
        auth._key = AccessKey(ak=emulator.ak, sk=sk, project_id=emulator.project_id)
        clock.now += FIRST_PAUSE
        with pytest.raises(NotFound):
            await client.version(emulator.workspace_id, "0" * 32)
        assert (await client.overview(emulator.workspace_id)).pending
    await emulator.stop()
