"""What the elements of two flows are called where both are spoken of.

Names of strangers stand in quotes, so that none can pass for words of ours, and ids beside those that are not alone.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from bot.changes.kinds import kind
from bot.changes.looks import drawn, look
from bot.changes.wording import in_quotes
from bot.plain_text import clip, right_to_left, visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.changes.diff import Difference
    from bot.changes.flow import Element, Flow
    from bot.locales import Translator

NAME_LONGEST = 80
"""Characters of a name, or of an id."""
_USUAL = re.compile(rf"[\w:.#-]{{1,{NAME_LONGEST}}}", re.ASCII)
"""An id that is shown as it is."""


def short(text: str) -> str:
    """A stranger's word for something, on one line."""
    return clip(drawn(text), NAME_LONGEST)


def whole(text: str) -> bool:
    """Whether `short` tells all of a text."""
    return short(text) == text


def identifier(text: str) -> str:
    """An id so that no other looks like it: a strange or long one in quotes, with a digest."""
    if _USUAL.fullmatch(text):
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{in_quotes(short(text))}#{digest[:16]}"


class _Used:
    """Which ids go by what looks the same, before and now."""

    def __init__(self, t: Translator, flows: Iterable[Flow]) -> None:
        self._t = t
        self._nodes: dict[str, set[str]] = {}
        self._arrows: dict[tuple[str, str], set[str]] = {}
        for flow in flows:
            for node in flow.nodes:
                self._nodes.setdefault(self._look(node), set()).add(node.id)
            for arrow in flow.flows:
                self._arrows.setdefault((arrow.source, arrow.target), set()).add(arrow.id)

    def name(self, node: Element) -> str:
        """The name of a node in quotes, else its kind."""
        return in_quotes(short(node.name)) if visible(node.name) else kind(self._t, node.kind)

    def shared(self, node: Element) -> bool:
        """Whether another node is called what looks the same."""
        return len(self._nodes[self._look(node)]) > 1

    def _look(self, node: Element) -> str:
        return in_quotes(look(short(node.name))) if visible(node.name) else kind(self._t, node.kind)

    def doubled(self, arrow: Element) -> bool:
        """Whether another arrow leads the same way."""
        return len(self._arrows[arrow.source, arrow.target]) > 1


class Names:
    """The names of a flow's nodes and arrows."""

    def __init__(self, t: Translator, flow: Flow | None, used: _Used) -> None:
        self._t = t
        self.nodes = {node.id: node for node in flow.nodes} if flow else {}
        self._flows = {arrow.id: arrow for arrow in flow.flows} if flow else {}
        self._used = used

    def node(self, node_id: str) -> str:
        """A node, in a sentence: its name, else its kind; with its id where that could be another one too."""
        node = self.nodes.get(node_id)
        if node is None:
            return self._t("nothing ({id})").format(id=identifier(node_id)) if node_id else self._t("nothing")
        called = self._used.name(node)
        return f"{called} ({identifier(node.id)})" if self._used.shared(node) else called

    def title(self, node: Element) -> str:
        """A node, with its kind."""
        called, word = self._used.name(node), kind(self._t, node.kind)
        if called == word:
            return f"{word} ({identifier(node.id)})"
        return f"{called} ({word}, {identifier(node.id)})" if self._used.shared(node) else f"{called} ({word})"

    def arrow(self, arrow: Element) -> str:
        """An arrow, by both its ends; in words where letters that run the other way would turn it round."""
        source, target = self.node(arrow.source), self.node(arrow.target)
        turned = right_to_left(source + target)
        between = self._t("from {source} to {target}") if turned else "{source} → {target}"
        own = [in_quotes(short(arrow.name))] if visible(arrow.name) else []
        own += [identifier(arrow.id)] if self._used.doubled(arrow) else []
        return between.format(source=source, target=target) + (f" ({', '.join(own)})" if own else "")

    def of(self, element_id: str) -> str:
        """The name of whatever has this id, two where two have; "" when nothing in the flow has."""
        arrow = self._flows.get(element_id)
        named = [self.node(element_id)] if element_id in self.nodes else []
        return ", ".join([*named, *([self.arrow(arrow)] if arrow else [])])


class Both:
    """The names before and after."""

    def __init__(self, t: Translator, difference: Difference) -> None:
        old, new = difference.old_flow, difference.new_flow
        used = _Used(t, [flow for flow in (old, new) if flow])
        self.old, self.new = Names(t, old, used), Names(t, new, used)

    def of(self, node_id: str) -> str:
        """A node by its name of now, or its last; "" when neither flow has it."""
        names = self.new if node_id in self.new.nodes else self.old
        return names.node(node_id) if node_id in names.nodes else ""
