"""Payloads as Slack does not send them: the emulator's own, broken in every way we could think of, by a seed."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlencode

from bot.sandbox.slack.envelope import COMMANDS, EVENTS, INTERACTIVE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

Place: TypeAlias = "tuple[int, Any, str | int]"

DEEPEST = 12

FORM, JSON = "application/x-www-form-urlencoded", "application/json"

OTHER_TYPES = (
    FORM + "; charset=utf-8", JSON + "; charset=utf-16", "text/plain", "text/plain; charset=nonsense", "",
    "multipart/form-data; boundary=x", "application/xml", FORM + ";" * 50,
)  # fmt: skip

NASTY = (
    "", " ", "\x00", "\ud800", "a\udfffb", "\u202eapprove\u202c", "<!channel>", "<@U0JONAS000>", "&" * 3000, "`" * 300,
    "../../etc/passwd", "' OR 1=1 --", "{0} {people} %s", "null", "NaN", "-1", "1e999", "👩‍👩‍👧" * 50, "字" * 2000,
    "review_approve\n", "review_approve", "review_reject", "review_retry", "home_refresh", "review_vote", ".*",
    "x" * 9000, "block_actions", "view_submission", "url_verification", "event_callback",
    "http://127.0.0.1:9/", "file:///etc/passwd",
)  # fmt: skip

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 7, 10**4000, 2**63, 1.5, float("nan"), float("inf"), [], {}, [None], [[]], [{}],
    {"id": None}, {"id": []}, {"id": {"id": "x"}}, ["U0JONAS000"], {"type": "x"}, [7, "x"],
)  # fmt: skip

CLAIMS: dict[str, Any] = {
    "is_admin": True, "is_owner": True, "is_bot": False, "is_restricted": False, "deleted": False, "admin": True,
    "role": "reviewer", "is_enterprise_install": True, "enterprise": {"id": "E0OTHER000", "name": "Other"},
    "authorizations": [None], "is_ext_shared_channel": True, "bot_access_token": "xoxb-stranger", "ssl_check": "1",
    "function_data": {"execution_id": 7}, "response_urls": [{}], "event": [], "view": {}, "message": [],
    "callback_id": "review_vote", "actions": [],
}  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """A request as it goes over the wire."""

    content_type: str
    body: bytes


class Mutator:
    """Breaks payloads; the same seed breaks them in the same way. `ids` are others that may stand in an id's place."""

    def __init__(self, random: Random, ids: Sequence[str]) -> None:
        self._random = random
        self._ids = ids
        self._kinds: list[Callable[[Any, str | int], None]] = [
            self._drop, self._retype, self._retype, self._nasty, self._nasty, self._other_id, self._other_id,
            self._other_id, self._deepen, self._wrap, self._repeat, self._rename, self._claim, self._swap,
        ]  # fmt: skip

    def payload(self, payload: Any) -> Any:
        """The payload itself, with one to four things wrong."""
        for _ in range(self._random.choice((1, 1, 1, 2, 3, 4))):
            found = places(payload)
            if not found:
                break
            # What stands near the top decides more than the depths of a message's blocks.
            _, holder, key = min(self._random.choices(found, k=3), key=lambda place: place[0])
            self._random.choice(self._kinds)(holder, key)
        return payload

    def request(self, kind: str, payload: Any) -> Sent:
        """The payload, broken, as a request of HTTP mode, whose text or form may be broken too."""
        payload = self.payload(payload)
        if kind == COMMANDS:
            fields = {
                str(name): value if isinstance(value, str) else json.dumps(value) for name, value in payload.items()
            }
            return self._form(list(fields.items()))
        text = self.text(json.dumps(payload))
        if kind == INTERACTIVE:
            return self._form([("payload", text)])
        return Sent(self._type(JSON), encoded(text))

    def text(self, text: str) -> str:
        """JSON that may be cut off, have a key twice, or be no JSON at all."""
        if self._random.random() > 0.15:
            return text
        place = self._random.randrange(len(text) or 1)
        return self._random.choice(
            (
                text[:place],
                text[:place] + self._random.choice(('"', "}", "\x00", "\ufeff", "[" * 3000, ",,")) + text[place:],
                text.replace("{", '{"type": "block_actions", "user": {"id": "U0JONAS000"}, ', 1),
                text.replace("}", ', "user": 7, "user": []}', 1),
                "[" * 4000,
                '{"a":' * 3000,
                "\ufeff" + text,
                f"[{text}]",
                json.dumps(text),
                "1" * 5000,
                "",
            )
        )

    def _form(self, fields: list[tuple[str, str]]) -> Sent:
        if self._random.random() < 0.1:
            extra = [
                ("ssl_check", "1"),
                ("payload", "{}"),
                ("payload", '"x"'),
                fields[0],
                ("command", "/secmaster"),
                ("", ""),
            ]
            fields = self._random.choice(
                (fields + extra[:1], extra[1:3] + fields, fields * 3, fields[1:], fields + extra)
            )
        body = urlencode(fields, errors="surrogatepass").encode()
        if self._random.random() < 0.05:
            place = self._random.randrange(len(body) + 1)
            body = self._random.choice(
                (body[:place], body + b"&payload=%", body + b"\xff\xfe", b"\x00" + body, b"{" + body)
            )
        return Sent(self._type(FORM), body)

    def _type(self, usual: str) -> str:
        return usual if self._random.random() < 0.9 else self._random.choice((FORM, JSON, *OTHER_TYPES))

    # --- one thing wrong; `holder[key]` is where

    def _drop(self, holder: Any, key: Any) -> None:
        del holder[key]

    def _retype(self, holder: Any, key: Any) -> None:
        holder[key] = copy.deepcopy(self._random.choice(ODD))

    def _nasty(self, holder: Any, key: Any) -> None:
        old = holder[key] if isinstance(holder[key], str) else ""
        new = self._random.choice(NASTY)
        holder[key] = self._random.choice((new, old + new, new + old))

    def _other_id(self, holder: Any, key: Any) -> None:
        """Another id at an id's place, or in the middle of a text that holds one (private_metadata)."""
        old, new = holder[key], self._random.choice(self._ids)
        held = [one for one in self._ids if isinstance(old, str) and one in old]
        holder[key] = old.replace(held[0], new) if held else new

    def _deepen(self, holder: Any, key: Any) -> None:
        value = holder[key]
        for _ in range(self._random.choice((1, 2, 50, 400))):
            value = self._random.choice(({"id": value}, [value], {"type": value}))
        holder[key] = value

    def _wrap(self, holder: Any, key: Any) -> None:
        holder[key] = self._random.choice(([holder[key]], {"id": holder[key]}, str(holder[key])))

    def _repeat(self, holder: Any, key: Any) -> None:
        if isinstance(holder[key], list):
            holder[key] = holder[key] * self._random.choice((0, 2, 100))
        elif isinstance(holder[key], str):
            holder[key] *= self._random.choice((2, 100))

    def _rename(self, holder: Any, key: Any) -> None:
        if isinstance(holder, dict):
            holder[self._random.choice((str(key).upper(), f"{key}s", f" {key}", "id", "type", "user"))] = holder.pop(
                key
            )

    def _claim(self, holder: Any, _key: Any) -> None:
        if isinstance(holder, dict):
            name = self._random.choice(sorted(CLAIMS))
            holder[name] = copy.deepcopy(CLAIMS[name])

    def _swap(self, holder: Any, key: Any) -> None:
        other = self._random.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        holder[key], holder[other] = holder[other], holder[key]


def places(node: Any, depth: int = 0) -> list[Place]:
    """Every place of a value: how deep it is, the dict or list that holds it, and the key."""
    found: list[Place] = []
    if depth < DEEPEST and isinstance(node, dict | list):
        for key in node if isinstance(node, dict) else range(len(node)):
            found.append((depth, node, key))
            found += places(node[key], depth + 1)
    return found


def encoded(text: str) -> bytes:
    """As bytes, also where no UTF-8 could carry it."""
    return text.encode("utf-8", "surrogatepass")


def envelope(kind: str, payload: Any) -> dict[str, Any]:
    """As Socket Mode carries it, but for its id."""
    return {"type": kind, "payload": payload, "accepts_response_payload": kind != EVENTS}
