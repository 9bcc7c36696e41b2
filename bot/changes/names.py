"""What the elements of two flows are called where both are spoken of."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bot.changes.kinds import kind
from bot.plain_text import clip, one_line, right_to_left, visible

if TYPE_CHECKING:
    from bot.changes.diff import Difference
    from bot.changes.flow import Element, Flow
    from bot.locales import Translator

NAME_LONGEST = 80
"""Characters of a name, or of an id."""


def short(text: str) -> str:
    """A stranger's word for something, on one line."""
    return clip(one_line(text), NAME_LONGEST)


class Names:
    """The names of a flow's nodes and arrows."""

    def __init__(self, t: Translator, flow: Flow | None) -> None:
        self._t = t
        self.nodes = {node.id: node for node in flow.nodes} if flow else {}
        self._flows = {arrow.id: arrow for arrow in flow.flows} if flow else {}
        self._used = Counter(self._called(node) for node in self.nodes.values())

    def node(self, node_id: str) -> str:
        """A node, in a sentence: its name, else its kind; with its id where that could be another one too."""
        node = self.nodes.get(node_id)
        if node is None:
            return self._t("nothing ({id})").format(id=short(node_id)) if node_id else self._t("nothing")
        called = self._called(node)
        return f"{called} ({short(node.id)})" if self._used[called] > 1 else called

    def title(self, node: Element) -> str:
        """A node, with its kind."""
        called, word = self._called(node), kind(self._t, node.kind)
        if called == word:
            return f"{word} ({short(node.id)})"
        same = self._used[called] > 1
        return f"{called} ({word}, {short(node.id)})" if same else f"{called} ({word})"

    def arrow(self, arrow: Element) -> str:
        """An arrow, by both its ends; in words where letters that run the other way would turn it round."""
        source, target = self.node(arrow.source), self.node(arrow.target)
        turned = right_to_left(source + target)
        between = self._t("from {source} to {target}") if turned else "{source} → {target}"
        ends = between.format(source=source, target=target)
        return f"{ends} ({short(arrow.name)})" if visible(arrow.name) else ends

    def of(self, element_id: str) -> str:
        """The name of whatever has this id; "" when nothing in the flow has."""
        if arrow := self._flows.get(element_id):
            return self.arrow(arrow)
        return self.node(element_id) if element_id in self.nodes else ""

    def _called(self, node: Element) -> str:
        return short(node.name) if visible(node.name) else kind(self._t, node.kind)


class Both:
    """The names before and after."""

    def __init__(self, t: Translator, difference: Difference) -> None:
        self.old, self.new = Names(t, difference.old_flow), Names(t, difference.new_flow)

    def of(self, node_id: str) -> str:
        """A node by its name of now, or its last; "" when neither flow has it."""
        names = self.new if node_id in self.new.nodes else self.old
        return names.node(node_id) if node_id in names.nodes else ""
