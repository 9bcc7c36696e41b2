"""The TOML file that BOT_CONFIG names: workspaces, policies, routes, identities."""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.locales import LOCALES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{2,20}")
USER_ID = re.compile(r"[UW][A-Z0-9]{2,20}")
GROUP_ID = re.compile(r"S[A-Z0-9]{2,20}")
ID = re.compile(r"[A-Za-z0-9_-]+")
EVERY_MEMBER = "channel"

NOT_YET = ("remind_after", "escalate_after", "escalate_to")
"""Keys of a policy that are planned, and refused until they do something."""


@dataclass(frozen=True, kw_only=True)
class WorkspaceSettings:
    """A SecMaster workspace under review."""

    id: str
    project_id: str = ""
    name: str = ""
    channel: str = ""

    def with_defaults(self, *, channel: str | None, project_id: str) -> WorkspaceSettings:
        """With the environment's values where the file is silent."""
        return replace(self, channel=self.channel or channel or "", project_id=self.project_id or project_id)


@dataclass(frozen=True, kw_only=True)
class PolicySettings:
    """Who may review, and what decides."""

    reviewers: tuple[str, ...]
    approvals_required: int = 1
    allow_self_review: bool = False
    require_reason: str = "always"


@dataclass(frozen=True, kw_only=True)
class RouteSettings:
    """Conditions, and what differs from the defaults where they hold; None is the default."""

    workspace: str = ""
    aop_types: tuple[str, ...] = ()
    workflow: str = ""
    channel: str | None = None
    notify: tuple[str, ...] | None = None
    policy: PolicySettings | None = None
    locale: str | None = None


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, strict=True)


class _Workspace(_Table):
    id: str
    project_id: str = ""
    name: str = ""
    channel: str = ""


class _Policy(_Table):
    reviewers: list[str] = Field(min_length=1)
    approvals_required: int = Field(default=1, ge=1, le=20)
    allow_self_review: bool = False
    require_reason: Literal["always", "reject"] = "always"


class _Route(_Table):
    workspace: str = ""
    aop_type: list[str] = Field(default_factory=list)
    workflow: str = ""
    channel: str | None = None
    notify: list[str] | None = None
    policy: str | None = None
    locale: str | None = None


class _File(_Table):
    workspaces: list[_Workspace] = Field(default_factory=list)
    policies: dict[str, _Policy] = Field(default_factory=dict)
    routes: list[_Route] = Field(default_factory=list)
    identities: dict[str, str] = Field(default_factory=dict)


class RoutesFile:
    """The file's contents; an empty one when there is no file."""

    def __init__(self, file: _File | None = None) -> None:
        self._file = file or _File()
        self.workspaces = tuple(WorkspaceSettings(**entry.model_dump()) for entry in self._file.workspaces)
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

    def resolved(self, problems: list[str], workspaces: Collection[str]) -> Iterator[RouteSettings]:
        """The routes with their policies; ids and names that cannot be are added to the problems.

        `workspaces` are the ids of all that are under review, those of the environment too.
        """
        self._check(workspaces, problems)
        policies = {
            name: PolicySettings(**entry.model_dump(exclude={"reviewers"}), reviewers=tuple(entry.reviewers))
            for name, entry in self._file.policies.items()
        }
        for entry in self._file.routes:
            yield RouteSettings(
                workspace=entry.workspace,
                aop_types=tuple(entry.aop_type),
                workflow=entry.workflow,
                channel=entry.channel,
                notify=None if entry.notify is None else tuple(entry.notify),
                policy=policies.get(entry.policy) if entry.policy else None,
                locale=entry.locale,
            )

    def _check(self, workspaces: Collection[str], problems: list[str]) -> None:
        for name, policy in self._file.policies.items():
            problems += [
                f"BOT_CONFIG: policies.{name}.reviewers: entry {number} {problem}"
                for number, reviewer in enumerate(policy.reviewers, start=1)
                if (problem := reviewer_problem(reviewer))
            ]
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


def read_routes(path: str, problems: list[str]) -> RoutesFile:
    """The file at `path`; what is wrong with it is added to the problems."""
    try:
        document = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"BOT_CONFIG names a file that cannot be read as UTF-8 text ({type(error).__name__}).")
        return RoutesFile()
    except tomllib.TOMLDecodeError as error:
        problems.append(f"BOT_CONFIG names a file that is not TOML: {error}.")
        return RoutesFile()
    try:
        return RoutesFile(_File.model_validate(document))
    except ValidationError as error:
        problems += [_line(dict(detail)) for detail in error.errors(include_input=False, include_url=False)]
        return RoutesFile()


def is_id(text: str) -> bool:
    """Whether it can be the id of a project or workspace, which become part of a path."""
    return ID.fullmatch(text) is not None


def is_channel(text: str) -> bool:
    """Whether it can be a channel's id."""
    return CHANNEL_ID.fullmatch(text) is not None


def reviewer_problem(text: str) -> str | None:
    """What is wrong with a reviewer; None when it is a user id, a user group id or the word for every member."""
    if text == EVERY_MEMBER or USER_ID.fullmatch(text) or GROUP_ID.fullmatch(text):
        return None
    return "is no user id (U… or W…), no user group id (S…) and not the word channel."


def _line(detail: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in detail["loc"])
    key = str(detail["loc"][-1])
    if detail["type"] != "extra_forbidden":
        return f"BOT_CONFIG: {where}: {detail['msg']}."
    if key in NOT_YET:
        return f"BOT_CONFIG: {where}: this version does not send reminders yet; take the key out."
    return f"BOT_CONFIG: {where}: unknown key{_nearest(key, _KEYS)}"


_KEYS = sorted({name for table in (_File, _Workspace, _Policy, _Route) for name in table.model_fields})


def _nearest(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else "."
