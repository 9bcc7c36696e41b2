"""Slack: tokens, scopes, the channels and the people that the settings name."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from bot.app_manifest import SCOPES
from bot.configured import channels_of, open_channels_of, people_of, policies_of, reviewers_of
from bot.doctor.finding import PATIENCE, Check, Finding, Outcome, limited
from bot.errors import SlackError, SlackRefused, SlackThrottled
from bot.settings import Mode
from bot.slack import channels, people
from bot.slack.calls import open_session, told, web_client
from bot.slack.directory import SlackDirectory
from bot.slack.people import GROUP

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.settings import Settings
    from bot.slack.trouble import Trouble

BOT_TOKEN = Check("slack", "bot token")
BOT_SCOPES = Check("slack", "scopes")
APP_TOKEN = Check("slack", "app token")
SIGNING_SECRET = Check("slack", "signing secret")

AT_ONCE = 10
"""Calls on their way at the same time."""
SCOPES_HEADER = "x-oauth-scopes"
"""What Slack's answers name a token's scopes in (Slack, OAuth: scopes)."""
BY_EMAIL = "users:read.email"
MISSING_SCOPE = "missing_scope"
OPEN = "apps.connections.open"

COPY = "Copy it anew."
REINSTALL = "Install the app again (OAuth & Permissions) and copy the new token."
REFUSED_BOT_TOKEN: Mapping[str, str] = {
    "invalid_auth": f"{COPY} It stands under OAuth & Permissions.",
    "not_authed": f"{COPY} It stands under OAuth & Permissions.",
    "not_allowed_token_type": "That is another kind of token. Copy the bot token from OAuth & Permissions.",
    "account_inactive": REINSTALL,
    "token_revoked": REINSTALL,
    "token_expired": "Switch token rotation off, as the manifest has it, and install the app again.",
}
APP_LEVEL = "Make an app-level token with the scope connections:write under Basic Information, and copy it."
SWITCH_ON = "Switch Socket Mode on in the app's settings."
REFUSED_APP_TOKEN: Mapping[str, str] = {
    **dict.fromkeys(("invalid_auth", "not_authed", "account_inactive", "token_revoked"), APP_LEVEL),
    "not_allowed_token_type": APP_LEVEL,
    "missing_scope": APP_LEVEL,
    "no_permission": APP_LEVEL,
    "socket_mode_not_enabled": SWITCH_ON,
}
UNREACHABLE = (
    "Check network, proxy and SLACK_API_URL. Slack's calls go through HTTPS_PROXY, and NO_PROXY is not honoured."
)
LIKE_A_SECRET = re.compile(r"[0-9a-f]{32}")
"""What signing secrets look like; no page of Slack's promises it."""


async def examine(settings: Settings, *, patience: float = PATIENCE) -> list[Finding]:
    """All about Slack; nothing is posted, and no connection opened. `patience`: seconds for a check."""
    async with open_session() as session:
        token = settings.slack.bot_token.get_secret_value()
        patient = Patient(settings, web_client(token, session, base_url=settings.slack.api_url), patience=patience)
        bot_token, transport = await asyncio.gather(
            limited(BOT_TOKEN, patient.bot_token(), seconds=patience),
            limited(APP_TOKEN, patient.app_token(), seconds=patience),
        )
        if settings.slack.mode is Mode.HTTP:
            transport = patient.signing_secret()
        works = bot_token.outcome is Outcome.OK
        scopes = patient.scopes() if works else BOT_SCOPES.skip("The bot token does not work.")
        named = await patient.named() if works else patient.unseen()
        return [bot_token, scopes, transport, *named]


class Patient:
    """One workspace, as the settings want to use it."""

    def __init__(self, settings: Settings, client: AsyncWebClient, *, patience: float = PATIENCE) -> None:
        self._settings = settings
        self._client = client
        self._directory = SlackDirectory(client)
        self._granted: frozenset[str] | None = None
        """The token's scopes; None when Slack does not name them."""
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._patience = patience

    async def bot_token(self) -> Finding:
        """Whose it is."""
        try:
            with told("auth.test"):
                answer = await self._client.auth_test()
        except SlackError as error:
            return refusal(BOT_TOKEN, error, REFUSED_BOT_TOKEN, "Look the code up in Slack's page of auth.test.")
        headers = {str(name).lower(): str(value) for name, value in answer.headers.items()}
        if SCOPES_HEADER in headers:
            self._granted = frozenset(scope.strip() for scope in headers[SCOPES_HEADER].split(",") if scope.strip())
        return BOT_TOKEN.ok(f"{answer.get('user')} in {answer.get('team')} ({answer.get('team_id')}).")

    def scopes(self) -> Finding:
        """Those that the token has beside those that the manifest asks for."""
        if self._granted is None:
            return BOT_SCOPES.warn("Slack's answer does not name them.", "Compare them with manifest.yml by hand.")
        lacking = [scope for scope in SCOPES if scope not in self._granted]
        needed = [scope for scope in lacking if self._needs(scope)]
        if needed:
            told = "; ".join(f"{scope} ({SCOPES[scope]})" for scope in needed)
            return BOT_SCOPES.fail(
                f"Missing: {told}.", "Add them under OAuth & Permissions, and install the app again."
            )
        notes = [f"Without {scope}: {SCOPES[scope]} is lost" for scope in lacking if self._wants(scope)]
        advice = ["Add it, or set BOT_PICTURES=false."] if notes else []
        if self._submitters_unknown():
            notes.append(
                f"Submitters have to be known, and neither [identities] nor {BY_EMAIL} is there: nobody can vote"
            )
            advice.append(f"Fill [identities], or add {BY_EMAIL}.")
        if superfluous := sorted(self._granted - SCOPES.keys() - {BY_EMAIL}):
            notes.append(f"Superfluous: {', '.join(superfluous)}")
            advice.append("Take out what the bot does not need.")
        if notes:
            return BOT_SCOPES.warn(f"{'. '.join(notes)}.", " ".join(advice))
        return BOT_SCOPES.ok(f"{len(self._granted)}, all that the bot needs and no more.")

    def _needs(self, scope: str) -> bool:
        if scope == "usergroups:read":
            return any(name.startswith(GROUP) for name in reviewers_of(self._settings))
        return scope != "files:write"

    def _wants(self, scope: str) -> bool:
        return scope == "files:write" and self._settings.pictures

    def _submitters_unknown(self) -> bool:
        required = any(policy.require_known_submitter for policy in policies_of(self._settings))
        return required and not self._settings.identities and BY_EMAIL not in (self._granted or ())

    async def app_token(self) -> Finding:
        """Whether Slack would let a Socket Mode connection be opened; the address that it gives is not used."""
        app_token = self._settings.slack.app_token
        if self._settings.slack.mode is Mode.HTTP or app_token is None:
            return APP_TOKEN.skip("Not used in http mode.")
        try:
            with told(OPEN):
                await self._client.apps_connections_open(app_token=app_token.get_secret_value())
        except SlackError as error:
            return refusal(APP_TOKEN, error, REFUSED_APP_TOKEN, f"{SWITCH_ON} {APP_LEVEL}")
        return APP_TOKEN.ok("Socket Mode is on.")

    def signing_secret(self) -> Finding:
        """Its shape: whether it is the app's shows with the first request."""
        secret = self._settings.slack.signing_secret
        if secret and LIKE_A_SECRET.fullmatch(secret.get_secret_value()):
            return SIGNING_SECRET.ok("It looks like one; only Slack's first request shows whether it is this app's.")
        return SIGNING_SECRET.warn(
            "It does not look like one: those known are 32 hexadecimal digits.", "Copy it anew from Basic Information."
        )

    async def named(self) -> list[Finding]:
        """Every channel and person that the settings name, all at once."""
        rooms = {
            channel: asyncio.ensure_future(self._turn(_channel(channel), self._channel(channel, settings)))
            for channel, settings in channels.rooms(channels_of(self._settings)).items()
        }
        others = [
            *(self._turn(_reviewer(one), self._reviewer(one, named)) for one, named in self._reviewers()),
            *(self._turn(_person(one), self._person(one, named)) for one, named in self._people()),
        ]
        members = [
            limited(_members(channel), self._members(channel, rooms[channel]), seconds=self._patience)
            for channel in open_channels_of(self._settings)
        ]
        return list(await asyncio.gather(*rooms.values(), *members, *others))

    def unseen(self) -> list[Finding]:
        """The same while the bot token does not work."""
        checks = [
            *(_channel(channel) for channel in channels.rooms(channels_of(self._settings))),
            *(_members(channel) for channel in open_channels_of(self._settings)),
            *(_reviewer(one) for one, _ in self._reviewers()),
            *(_person(one) for one, _ in self._people()),
        ]
        return [check.skip("The bot token does not work.") for check in checks]

    def _reviewers(self) -> list[tuple[str, Sequence[str]]]:
        return list(reviewers_of(self._settings).items())

    def _people(self) -> list[tuple[str, Sequence[str]]]:
        return list(people_of(self._settings).items())

    async def _turn(self, check: Check, work: Callable[[Check], Awaitable[Finding]]) -> Finding:
        async def in_turn() -> Finding:
            async with self._turns:
                try:
                    return await work(check)
                except SlackError as error:
                    return refusal(check, error, {}, "Look the code up in Slack's page of that method.")

        return await limited(check, in_turn(), seconds=self._patience)

    def _channel(self, channel: str, settings: Sequence[str]) -> Callable[[Check], Awaitable[Finding]]:
        async def look(check: Check) -> Finding:
            found = await channels.found(self._client, channel)
            if found.trouble:
                return _trouble(check, found.trouble, settings)
            name = f"#{found.name}" if found.name else channel
            if found.shared:
                return check.warn(
                    f"{name} is shared {found.shared}; people from there see what is reviewed. {_by(settings)}",
                    "Use a channel of your own if they should not; they cannot vote either way.",
                )
            return check.ok(f"The bot is in {name}. {_by(settings)}")

        return look

    async def _members(self, channel: str, room: Awaitable[Finding]) -> Finding:
        check = _members(channel)
        # Shielded: whoever is tired of waiting for the room must not take its own finding away.
        if (await asyncio.shield(room)).outcome in {Outcome.FAIL, Outcome.SKIPPED}:
            return check.skip("The channel cannot be used.")

        async def look(check: Check) -> Finding:
            found = await people.crowd(self._directory, await self._directory.channel_members(channel))
            return (
                _trouble(check, found.trouble, ["channel"]) if found.trouble else check.ok(f"{found.who} may review.")
            )

        return await self._turn(check, look)

    def _reviewer(self, user_id: str, settings: Sequence[str]) -> Callable[[Check], Awaitable[Finding]]:
        async def look(check: Check) -> Finding:
            found = await people.reviewer(self._directory, user_id)
            if found.trouble:
                return _trouble(check, found.trouble, settings)
            return check.ok(f"{found.who} may review. {_by(settings)}")

        return look

    def _person(self, user_id: str, settings: Sequence[str]) -> Callable[[Check], Awaitable[Finding]]:
        async def look(check: Check) -> Finding:
            found = await people.somebody(self._directory, user_id)
            return (
                _trouble(check, found.trouble, settings) if found.trouble else check.ok(f"{found.who}. {_by(settings)}")
            )

        return look


def refusal(check: Check, error: SlackError, advice: Mapping[str, str], otherwise: str) -> Finding:
    """What it means that Slack refused, throttled or did not answer."""
    if isinstance(error, SlackThrottled):
        wait = f"{error.retry_after:g} s" if error.retry_after else "a minute"
        return check.warn(f"Not known: Slack throttles {error.method}.", f"Try again in {wait}.")
    if not isinstance(error, SlackRefused):
        return check.fail(f"Slack gives no usable answer ({error}).", UNREACHABLE)
    if error.code == MISSING_SCOPE and error.method != OPEN:
        return check.skip(f"A scope is missing ({error.method}).")
    return check.fail(f"Slack refuses it ({error}).", advice.get(error.code, otherwise))


def _trouble(check: Check, trouble: Trouble, settings: Sequence[str]) -> Finding:
    if trouble.code == MISSING_SCOPE:
        return check.skip("A scope is missing.")
    return check.fail(f"{trouble.found} {_by(settings)}", trouble.advice or "Name another one, or mend it in Slack.")


def _by(settings: Sequence[str]) -> str:
    return f"({', '.join(settings)})"


def _channel(channel: str) -> Check:
    return Check("slack", f"channel {channel}")


def _members(channel: str) -> Check:
    return Check("slack", f"members of {channel}")


def _reviewer(user_id: str) -> Check:
    return Check("slack", f"{'group' if user_id.startswith(GROUP) else 'reviewer'} {user_id}")


def _person(user_id: str) -> Check:
    return Check("slack", f"person {user_id}")
