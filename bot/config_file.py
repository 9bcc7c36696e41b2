"""The TOML file that BOT_CONFIG names: workspaces, policies, routes, identities."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.hours import daily_time
from bot.locales import LOCALES
from bot.policies import Place, read_policy
from bot.routes import USER_ID, RouteSettings, WorkspaceSettings, is_channel, is_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from bot.checks import Checks
    from bot.hours import DailyTime
    from bot.routes import PolicySettings

UNKNOWN_KEY = "extra_forbidden"
"""What pydantic calls it."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, strict=True)


class _Workspace(_Table):
    id: str
    project_id: str = ""
    name: str = ""
    channel: str = ""
    digest: str | None = None


class _Policy(_Table):
    """What it is silent on is as in the environment."""

    reviewers: list[str] | None = Field(default=None, min_length=1)
    approvals_required: int | None = Field(default=None, ge=1, le=20)
    allow_self_review: bool | None = None
    require_known_submitter: bool | None = None
    block_on_failed_checks: bool | None = None
    require_reason: Literal["always", "reject"] | None = None
    reasons: list[str] | None = None
    remind_after: str | None = None
    escalate_after: str | None = None
    escalate_to: list[str] | None = None


class _Route(_Table):
    name: str = ""
    workspace: str = ""
    aop_type: list[str] = Field(default_factory=list)
    workflow: str = ""
    channel: str | None = None
    notify: list[str] | None = None
    policy: str | None = None
    locale: str | None = None
    digest: str | None = None


class _File(_Table):
    workspaces: list[_Workspace] = Field(default_factory=list)
    policies: dict[str, _Policy] = Field(default_factory=dict)
    routes: list[_Route] = Field(default_factory=list)
    identities: dict[str, str] = Field(default_factory=dict)


class ConfigFile:
    """The file's contents; an empty one when there is no file."""

    def __init__(self, file: _File | None = None) -> None:
        self._file = file or _File()
        self.workspaces = tuple(
            WorkspaceSettings(**entry.model_dump(exclude={"digest"})) for entry in self._file.workspaces
        )
        self.routes = self._file.routes
        self.identities = dict(self._file.identities)

    def always_give(self, key: Literal["policy", "channel"]) -> bool:
        """Whether every submission takes a route that names it, so that no default is needed."""
        for route in self.routes:
            if not getattr(route, key):
                return False
            if not (route.workspace or route.aop_type or route.workflow):
                return True
        return False

    def resolved(self, checks: Checks, workspaces: Collection[str], default: PolicySettings) -> Iterator[RouteSettings]:
        """The routes with their policies, which have from the default what they are silent on.

        `workspaces` are the ids of all that are under review, those of the environment too. Ids and names that cannot
        be are told.
        """
        self._check(workspaces, checks.problems)
        policies = self._policies(checks, default)
        for entry in self._file.routes:
            yield RouteSettings(
                workspace=entry.workspace,
                aop_types=tuple(entry.aop_type),
                workflow=entry.workflow,
                channel=entry.channel,
                notify=None if entry.notify is None else tuple(entry.notify),
                policy=policies.get(entry.policy) if entry.policy else None,
                locale=entry.locale,
                name=entry.name,
            )

    def digests(
        self, checks: Checks, workspaces: Sequence[WorkspaceSettings], default: DailyTime | None
    ) -> dict[str, DailyTime]:
        """When each channel has its digest: as its workspace or a route says, else by default where cards are posted.

        `workspaces` are all that are under review, with their channels. Two different times for a channel are told.
        """
        found: dict[str, tuple[DailyTime, str]] = {}
        for place, text, channels in self._digests(workspaces):
            name = f"BOT_CONFIG: {place}: digest"
            self._has_channel(checks, name, channels)
            if when := checks.parsed(name, text, daily_time):
                for channel in filter(None, channels):
                    first, there = found.setdefault(channel, (when, place))
                    if first != when:
                        checks.say(name, f"differs from that of {there}, which is for the same channel. Keep one.")
        usual = dict.fromkeys((workspace.channel for workspace in workspaces), default) if default else {}
        if default:
            self._has_channel(checks, "BOT_DIGEST", usual)
        digests = usual | {channel: when for channel, (when, _) in found.items()}
        return {channel: when for channel, when in digests.items() if channel}

    def _digests(self, workspaces: Sequence[WorkspaceSettings]) -> Iterator[tuple[str, str, list[str]]]:
        """Place, text and channels of each; a channel is blank where its workspace has none."""
        for number, entry in enumerate(self._file.workspaces, start=1):
            if entry.digest is not None:
                same = [workspace.channel for workspace in workspaces if workspace.id == entry.id]
                channels = [channel for channel in same if entry.channel in {"", channel}]
                yield f"workspace {number}", entry.digest, channels
        for number, route in enumerate(self._file.routes, start=1):
            if route.digest is not None:
                usual = [workspace.channel for workspace in workspaces if route.workspace in ("", workspace.id)]
                yield f"route {number}", route.digest, [route.channel] if route.channel else usual

    def _has_channel(self, checks: Checks, name: str, channels: Collection[str]) -> None:
        """A channel that every submission needs is asked for elsewhere; here it is one that only a digest needs."""
        if channels and not any(channels) and self.always_give("channel"):
            checks.say(name, "has no channel to go to. Set BOT_CHANNEL, or give digests to routes with a channel.")

    def _policies(self, checks: Checks, default: PolicySettings) -> dict[str, PolicySettings]:
        used, covered = {route.policy for route in self.routes}, self.always_give("policy")
        policies = {}
        for name, entry in self._file.policies.items():
            place = Place(given=entry.model_dump(exclude_unset=True), policy=name)
            policies[name] = read_policy(checks, place, default)
            # Where the default policy is needed too, its lack of reviewers is told already.
            if not policies[name].reviewers and name in used and covered:
                checks.say(
                    place.line("reviewers"),
                    "is missing, and so is BOT_REVIEWERS. Set one: nobody may review by accident.",
                )
        return policies

    def _check(self, workspaces: Collection[str], problems: list[str]) -> None:
        for number, route in enumerate(self._file.routes, start=1):
            found = self._route_problems(route, workspaces)
            problems += [f"BOT_CONFIG: route {number}: {problem}" for problem in found]
        problems += [f"BOT_CONFIG: {problem}" for problem in self._workspace_problems()]
        for iam_user, user_id in self._file.identities.items():
            if not USER_ID.fullmatch(user_id):
                problems.append(f"BOT_CONFIG: identities.{iam_user}: no Slack user id (U… or W…).")

    def _workspace_problems(self) -> Iterator[str]:
        seen: set[str] = set()
        for number, workspace in enumerate(self._file.workspaces, start=1):
            if workspace.channel and not is_channel(workspace.channel):
                yield f"workspace {number}: channel is no channel id (C… or G…)."
            if not is_id(workspace.id):
                yield f"workspace {number}: id has to be letters, digits, - and _ only."
            if workspace.id in seen:
                yield f"workspace {number}: the same id is listed above."
            seen.add(workspace.id)

    def _route_problems(self, route: _Route, workspaces: Collection[str]) -> Iterator[str]:
        if route.workspace and route.workspace not in workspaces:
            yield f"there is no workspace {route.workspace!r}{_nearest(route.workspace, workspaces)}"
        if route.policy and route.policy not in self._file.policies:
            yield f"there is no policy {route.policy!r}{_nearest(route.policy, self._file.policies)}"
        if route.locale and route.locale not in LOCALES:
            yield f"locale has to be one of: {', '.join(LOCALES)}."
        if route.channel and not is_channel(route.channel):
            yield "channel is no channel id (C… or G…)."
        for number, channel in enumerate(route.notify or [], start=1):
            if not is_channel(channel):
                yield f"notify: entry {number} is no channel id (C… or G…)."


def read_file(path: str, problems: list[str]) -> ConfigFile:
    """The file at `path`; what is wrong with it is added to the problems."""
    try:
        document = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"BOT_CONFIG names a file that cannot be read as UTF-8 text ({type(error).__name__}).")
        return ConfigFile()
    except tomllib.TOMLDecodeError as error:
        problems.append(f"BOT_CONFIG names a file that is not TOML: {error}.")
        return ConfigFile()
    try:
        return ConfigFile(_File.model_validate(document))
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False)
        problems += [_line(dict(detail)) for detail in details]
        return _without([detail["loc"] for detail in details if detail["type"] == UNKNOWN_KEY], document)


def _without(keys: Iterable[tuple[str | int, ...]], document: Any) -> ConfigFile:
    """The file without its unknown keys, so that what else is wrong with it is told as well; empty where it is more."""
    for *path, key in keys:
        table = document
        for part in path:
            table = table[part]
        del table[key]
    try:
        return ConfigFile(_File.model_validate(document))
    except ValidationError:
        return ConfigFile()


def _line(detail: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in detail["loc"])
    key = str(detail["loc"][-1])
    if detail["type"] == "string_type":
        return f"BOT_CONFIG: {where}: has to be text in quotation marks."
    if detail["type"] != UNKNOWN_KEY:
        return f"BOT_CONFIG: {where}: {detail['msg']}."
    return f"BOT_CONFIG: {where}: unknown key{_nearest(key, _KEYS)}"


_KEYS = sorted({name for table in (_File, _Workspace, _Policy, _Route) for name in table.model_fields})


def _nearest(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else "."
