"""Every promise of the README names a test that is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PROMISES = re.findall(r"\| `([\w/]+\.py)::(\w+)` \|$", Path("README.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_readme_makes_promises() -> None:
    """Each row of its tables is read here."""
    table = Path("README.md").read_text(encoding="utf-8").partition("## What happens when…")[2].partition("\n## ")[0]
    assert len(PROMISES) == table.count("\n| ") - 2 * table.count("\n| --- |")
    assert len(PROMISES) > 20


@pytest.mark.parametrize(("file", "name"), PROMISES)
def test_a_promise_is_proved_by_a_test(file: str, name: str) -> None:
    """The file has a test of that name."""
    tree = ast.parse((Path("tests") / file).read_text(encoding="utf-8"))
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert name in functions
