"""One JSON object under inspection, which knows where it stands and collects what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection


class Node:
    """An object inside the blocks; problems read as Slack's: `[ERROR] what [json-pointer:/blocks/0/text]`."""

    def __init__(self, value: Any, pointer: str, problems: list[str]) -> None:
        self.value: dict[str, Any] = value if isinstance(value, dict) else {}
        self.pointer = pointer
        self.problems = problems
        if not isinstance(value, dict):
            self.say("must be an object")

    @property
    def type(self) -> str:
        """What the object calls itself."""
        kind = self.value.get("type", "")
        return kind if isinstance(kind, str) else ""

    def say(self, message: str, key: str = "") -> None:
        """Note a problem of this object, or of its `key`."""
        self.problems.append(f"[ERROR] {message} [json-pointer:{self.pointer}{f'/{key}' if key else ''}]")

    def has(self, key: str) -> bool:
        """Whether `key` is given at all; null counts as not given."""
        return self.value.get(key) is not None

    def need(self, key: str) -> bool:
        """Whether `key` is given; a problem when not."""
        if not self.has(key):
            self.say(f"missing required field: {key}")
        return self.has(key)

    def allow(self, *keys: str) -> None:
        """Anything beside `type` and these keys is a problem."""
        for key in self.value.keys() - {"type", *keys}:
            self.say(f"invalid additional property: {key}")

    def at(self, key: str) -> Node:
        """The object under `key`."""
        return Node(self.value[key], f"{self.pointer}/{key}", self.problems)

    def string(self, key: str, most: int, *, least: int = 1, required: bool = False) -> None:
        """`key` is a string of `least` to `most` characters."""
        if not (self.need(key) if required else self.has(key)):
            return
        value = self.value[key]
        if not isinstance(value, str):
            self.say("must be a string", key)
        elif len(value) < least:
            self.say(f"must be more than {least - 1} characters", key)
        elif len(value) > most:
            self.say(f"must be less than {most + 1} characters", key)

    def whole(self, key: str, least: int, most: int, *, required: bool = False) -> None:
        """`key` is a whole number from `least` to `most`."""
        if not (self.need(key) if required else self.has(key)):
            return
        value = self.value[key]
        if not isinstance(value, int) or isinstance(value, bool):
            self.say("must be an integer", key)
        elif not least <= value <= most:
            self.say(f"must be between {least} and {most}", key)

    def flags(self, *keys: str) -> None:
        """Each of these keys, where given, is true or false."""
        for key in keys:
            if self.has(key) and not isinstance(self.value[key], bool):
                self.say("must be a boolean", key)

    def choice(self, key: str, choices: Collection[str], *, required: bool = False) -> None:
        """`key` is one of `choices`."""
        given = self.need(key) if required else self.has(key)
        if given and str(self.value[key]) not in choices:
            self.say(f"must be a valid enum value: {', '.join(sorted(choices))}", key)

    def objects(self, key: str, most: int, *, least: int = 1, required: bool = True) -> list[Node]:
        """The objects of the list under `key`, which has `least` to `most` items."""
        if not (self.need(key) if required else self.has(key)):
            return []
        items = self.value[key]
        if not isinstance(items, list):
            self.say("must be an array", key)
            return []
        if len(items) < least:
            self.say(f"no fewer than {least} items required", key)
        if len(items) > most:
            self.say(f"no more than {most} items allowed", key)
        return [Node(item, f"{self.pointer}/{key}/{place}", self.problems) for place, item in enumerate(items)]
