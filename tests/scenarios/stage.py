"""A stage for whole stories: the real bot between the emulated Slack and the emulated SecMaster, in one process."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from bot.environment import Environment, settings_of
from bot.sandbox.secmaster import SecMasterEmulator
from bot.sandbox.slack import SlackEmulator, interactions
from bot.sandbox.slack.envelope import INTERACTIVE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from bot.app import Bot
    from bot.sandbox.slack.delivery import Delivery, Submitted
    from bot.settings import Settings

T = TypeVar("T")

LIN, OMAR, PRIYA, JONAS = "U0MEILIN00", "U0OMAR0000", "U0PRIYA000", "U0JONAS000"
GUEST, EXTERNAL = "U0GUEST000", "U0EXTERN00"
REVIEWS, RELEASES = "C0REVIEWS0", "C0RELEASES"


def text_of(message: dict[str, Any] | None) -> str:
    """All text of a message or view, as a person reads it; nothing of none."""
    if message is None:
        return ""
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("type") in {"user", "channel"} and isinstance(node.get(f"{node['type']}_id"), str):
                found.append("@" + node[f"{node['type']}_id"])
            for key, value in node.items():
                if key in {"text", "content"} and isinstance(value, str):
                    found.append(value)
                elif key not in {"private_metadata", "state"}:
                    walk(value)
        elif isinstance(node, list):
            for inner in node:
                walk(inner)

    walk(message.get("blocks", []))
    walk({key: message.get(key) for key in ("title", "submit", "close")})
    return " ".join(" ".join(found).split())


def elements_of(message: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The elements of one kind in a message's rows of buttons."""
    rows = [block["elements"] for block in message.get("blocks", []) if block["type"] == "actions"]
    return [element for row in rows for element in row if element["type"] == kind]


def buttons_of(message: dict[str, Any]) -> list[str]:
    """The action ids of a message's buttons."""
    return [button["action_id"] for button in elements_of(message, "button")]


def acts_of(message: dict[str, Any]) -> list[str]:
    """The action ids of everything in a message's rows of buttons, menus too."""
    rows = [block["elements"] for block in message.get("blocks", []) if block["type"] == "actions"]
    return [element["action_id"] for row in rows for element in row]


def menu_of(message: dict[str, Any]) -> list[str]:
    """The values of a message's menus."""
    return [option["value"] for menu in elements_of(message, "overflow") for option in menu["options"]]


@dataclass
class Ahead:
    """A clock that can be moved forward."""

    by: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        """The moment that it shows."""
        return datetime.now(UTC) + self.by


@dataclass
class Stage:
    """The cast."""

    slack: SlackEmulator
    secmaster: SecMasterEmulator
    bot: Bot | None
    clock: Ahead = field(default_factory=Ahead)
    """The bot's."""

    def forward(self, **time: float) -> None:
        """Let so much time pass for the bot."""
        self.clock.by += timedelta(**time)

    def direct(self, user: str) -> list[dict[str, Any]]:
        """What the bot wrote to a person directly."""
        room = self.room(user)
        return self.slack.messages(room, as_user=user) if room else []

    def room(self, user: str) -> str:
        """The conversation of the bot with a person; "" while there is none."""
        return next((str(room["id"]) for room in self.slack.channels_of(user) if room.get("is_im")), "")

    async def written(self, user: str, *words: str) -> dict[str, Any]:
        """The newest direct message to a person that says all of these words, once it is there."""

        def found() -> dict[str, Any] | None:
            messages = reversed(self.direct(user))
            return next((one for one in messages if all(word in text_of(one) for word in words)), None)

        return await self.until(found, what=f"message to {user} with {words}")

    async def home(self, user: str, *words: str) -> dict[str, Any]:
        """A person's home, once it says all of these words."""

        def found() -> dict[str, Any] | None:
            view = self.slack.home(user)
            return view if view and all(word in text_of(view) for word in words) else None

        return await self.until(found, what=f"home of {user} with {words}")

    async def choose(self, user: str, version_id: str, what: str) -> Delivery:
        """Choose an entry of the card's menu by what its value begins with."""
        card = await self.card(version_id)
        value = next(value for value in menu_of(card) if value.startswith(f"{what}:"))
        return await self.slack.click(user, channel=REVIEWS, ts=card["ts"], action_id="review_menu", value=value)

    async def opened(self, user: str, callback_id: str) -> dict[str, Any]:
        """The form of this kind open before a person, once it is there."""

        def found() -> dict[str, Any] | None:
            views = self.slack.modals(user)
            return views[-1] if views and views[-1]["callback_id"] == callback_id else None

        return await self.until(found, what=f"{callback_id} before {user}")

    def pending(self) -> list[str]:
        """Versions that wait for review in SecMaster, oldest submission first."""
        versions = self.secmaster.versions.values()
        return [version["id"] for version in versions if version["status"] == "pending_approval"]

    def status(self, version_id: str) -> str:
        """A version's status in SecMaster."""
        return str(self.secmaster.versions[version_id]["status"])

    def cards(self, version_id: str) -> list[dict[str, Any]]:
        """Every card of a version in the review channel, oldest first."""
        return [message for message in self.slack.messages(REVIEWS) if version_id in text_of(message)]

    async def card(self, version_id: str) -> dict[str, Any]:
        """The newest card of a version, once it is there."""
        cards = await self.slack.until(lambda: self.cards(version_id), what=f"card of {version_id}")
        return cards[-1]

    async def examined(self, version_id: str) -> dict[str, Any]:
        """The newest card of a version, once it says what was found in it: from then on it is quiet."""
        return await self.shows(version_id, "SecMaster's checks")

    def thread(self, version_id: str) -> list[dict[str, Any]]:
        """The replies under the newest card of a version."""
        return self.slack.thread(REVIEWS, self.cards(version_id)[-1]["ts"])

    async def told(self, version_id: str, *words: str) -> dict[str, Any]:
        """The first reply in the version's thread that says all of these words, once it is there."""

        def found() -> dict[str, Any] | None:
            replies = self.thread(version_id)
            return next((reply for reply in replies if all(word in text_of(reply) for word in words)), None)

        reply = await self.slack.until(found, what=f"reply with {words} to {version_id}")
        assert reply is not None
        return reply

    async def shows(self, version_id: str, *words: str) -> dict[str, Any]:
        """The newest card of a version, once it says all of these words."""

        def found() -> dict[str, Any] | None:
            cards = self.cards(version_id)
            return cards[-1] if cards and all(word in text_of(cards[-1]) for word in words) else None

        card = await self.slack.until(found, what=f"card of {version_id} with {words}")
        assert card is not None
        return card

    async def press(self, user: str, version_id: str, action_id: str) -> Delivery:
        """Press a button of the card."""
        card = await self.card(version_id)
        return await self.slack.click(user, channel=REVIEWS, ts=card["ts"], action_id=action_id)

    async def open_modal(self, user: str, version_id: str, action_id: str) -> dict[str, Any]:
        """Press Approve or Reject, and wait for the form."""
        await self.press(user, version_id, action_id)
        return await self.form(user)

    async def form(self, user: str) -> dict[str, Any]:
        """The reason modal open before a person, once it is there."""
        return await self.opened(user, "review_vote")

    async def submit(self, user: str, reason: str, *, client_checks: bool = True) -> Submitted:
        """Type a reason into the open modal and send it."""
        view = await self.form(user)
        return await self.slack.submit(
            user, view_id=view["id"], values={"reason": {"reason_text": reason}}, client_checks=client_checks
        )

    async def forge_submit(self, user: str, view: dict[str, Any], reason: str) -> Delivery:
        """Send a form as `user`, whoever it was opened for, whatever their client or Slack would say to it."""
        form = view | {"state": {"values": {"reason": {"reason_text": {"type": "plain_text_input", "value": reason}}}}}
        payload = interactions.submission(self.slack._world, user, form)
        return await self.slack._courier.deliver(INTERACTIVE, payload)

    async def vote(self, user: str, version_id: str, verdict: str, reason: str) -> Submitted:
        """The whole vote of a person; `verdict` is approve or reject."""
        await self.open_modal(user, version_id, f"review_{verdict}")
        return await self.submit(user, reason)

    async def say(self, user: str, text: str, *, channel: str = REVIEWS) -> dict[str, Any]:
        """Type `/secmaster text`; the answer that only this person sees."""
        before = len(self.whispers(user, channel))
        await self.slack.command(user, channel=channel, command="/secmaster", text=text)
        answers = await self.slack.until(lambda: self.whispers(user, channel)[before:], what=f"answer to {text!r}")
        return answers[-1]

    def whispers(self, user: str, channel: str = REVIEWS) -> list[dict[str, Any]]:
        """What only this person sees in a channel."""
        return [message for message in self.slack.messages(channel, as_user=user) if message.get("is_ephemeral")]

    async def until(self, look: Callable[[], T | None], what: str) -> T:
        """What `look` finds, once it finds something."""
        found = await self.slack.until(look, what=what)
        assert found is not None
        return found

    async def whispered(self, user: str, *words: str) -> dict[str, Any]:
        """An ephemeral message with these words, once it is there."""

        def found() -> dict[str, Any] | None:
            return next((one for one in self.whispers(user) if all(word in text_of(one) for word in words)), None)

        message = await self.slack.until(found, what=f"whisper {words} to {user}")
        assert message is not None
        return message

    def calls(self, operation: str) -> list[Any]:
        """Every call of an operation that reached SecMaster."""
        return [entry for entry in self.secmaster.traffic if entry.kind == operation]


@asynccontextmanager
async def emulated() -> AsyncIterator[Stage]:
    """Both emulators, with no bot yet."""
    slack, secmaster = SlackEmulator(), SecMasterEmulator()
    async with AsyncExitStack() as stack:
        await slack.start()
        stack.push_async_callback(slack.stop)
        await secmaster.start()
        stack.push_async_callback(secmaster.stop)
        yield Stage(slack, secmaster, None)


SECRET = (
    "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK",
    "SECMASTER_AUTH_TOKEN", "SECMASTER_IAM_PASSWORD",
)  # fmt: skip
SECRETS: dict[str, str] = {}
"""What the bots of a story were given and must not say: after each story its log is searched for it."""


def environment(slack: SlackEmulator, secmaster: SecMasterEmulator, folder: Path, **changes: str) -> dict[str, str]:
    """Settings that point a bot at the emulators, quick where Slack's pace does not matter."""
    variables = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "BOT_HTTP_PORT": "0",
        "BOT_DATABASE_URL": f"sqlite:///{folder / 'bot.db'}",
        "BOT_CHANNEL": REVIEWS,
        "BOT_NOTIFY_CHANNELS": RELEASES,
        "BOT_REVIEWERS": f"S0REVIEWRS,{PRIYA}",
        "BOT_POLL_INTERVAL": "0.2",
        "BOT_SLACK_POST_INTERVAL": "0",
        "BOT_PICTURES": "false",
        "BOT_DRAIN_SECONDS": "0",
        "BOT_RESEND_AFTER": "0",
        "SECMASTER_ENDPOINT": secmaster.url,
        "SECMASTER_PROJECT_ID": secmaster.project_id,
        "SECMASTER_WORKSPACE_ID": secmaster.workspace_id,
        "HUAWEICLOUD_SDK_AK": secmaster.ak,
        "HUAWEICLOUD_SDK_SK": secmaster.sk,
        **changes,
    }
    SECRETS.update({name: variables[name] for name in SECRET if variables.get(name)})
    return variables


def settings(variables: dict[str, str]) -> Settings:
    """The settings of these variables alone."""
    given: dict[str, Any] = {name.lower(): value for name, value in variables.items()}
    return settings_of(Environment(_env_file=None, **given))  # type: ignore[call-arg]  # pydantic-settings takes it
