"""Which database a case lives on, and what happens where there is no PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import pytest

from tests.postgres import programs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class NewDatabase(Protocol):
    """Makes databases."""

    def __call__(self, kind: str, folder: Path) -> str:
        """The URL of a new, empty database: `sqlite`, in the folder, or `postgresql`."""
        ...


class OnDatabase(Protocol):
    """A case that lives on a database."""

    @property
    def database(self) -> str:
        """Its kind."""
        ...


Case = TypeVar("Case", bound=OnDatabase)


def need(kind: str) -> None:
    """Skip the test when this machine has no such database."""
    if not there_is(kind):
        pytest.skip(f"{kind} is not installed")


def runnable(cases: Iterable[Case]) -> list[Case]:
    """Those whose database this machine has."""
    return [case for case in cases if there_is(case.database)]


def there_is(kind: str) -> bool:
    """Whether this machine has such a database."""
    return kind == "sqlite" or programs() is not None
