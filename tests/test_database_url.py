"""An address of a database is told by its place, never by its secrets."""

from __future__ import annotations

import pytest

from bot.database_url import passwords, place, problem


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite:////var/lib/bot.db", "/var/lib/bot.db"),
        (
            "postgresql+psycopg://bot:marker@db.example:6543/reviews?password=marker",
            "db.example:6543, database reviews",
        ),
        ("postgresql+psycopg://bot@[::1]/reviews", "::1:5432, database reviews"),
        ("postgresql+psycopg://bot@a,b/reviews", "a,b:5432, database reviews"),
        ("postgresql+psycopg://bot@/reviews?host=a:1&host=b:2", "a:1, b:2, database reviews"),
        ("postgresql+psycopg:///reviews", "the local socket, database reviews"),
        ("postgresql+psycopg://bot@host", "host:5432, database of the same name as the user"),
    ],
)
def test_a_place_is_host_port_and_name_or_the_file(url: str, told: str) -> None:
    """And such an address can be tried."""
    assert place(url) == told
    assert problem(url) is None


@pytest.mark.parametrize(
    "url",
    ["postgresql+psycopg://bot:p@marker@host/x", "postgresql+psycopg://bot:1/marker@host:port/x", "marker"],
)
def test_a_password_that_was_not_encoded_is_recognised_by_what_it_does_to_the_host(url: str) -> None:
    """With what to do, and without repeating it."""
    told = problem(url)
    assert told is not None
    assert "percent-encoded" in told
    assert "marker" not in told


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgresql+psycopg://bot:a%40b@host/x", {"a%40b", "a@b"}),
        ("postgresql+psycopg://bot@host/x?password=one&password=two", {"one", "two"}),
        ("postgresql+psycopg://bot:a@b@host:port/x", {"a@b"}),
        ("postgresql+psycopg://bot@host/x", set()),
        ("sqlite:///bot.db", set()),
    ],
)
def test_every_password_is_known(url: str, found: set[str]) -> None:
    """As written and as meant, even in an address that nobody can use."""
    assert set(passwords(url)) == found
