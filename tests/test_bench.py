"""The benchmark runs. What it measures is judged where nothing else runs, never here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.figures import Row, Spread, in_blocks, percentile_99, ratios, table
from bench.measures import Scale, rate

if TYPE_CHECKING:
    from pathlib import Path

SMOKE = Scale(
    modes=("http",), rounds=1, reviews=2, every=0.05, busy_rounds=1, busy_reviews=2, starts=1, grown=2, stored=2
)


async def test_a_few_reviews_are_played_against_all_three(tmp_path: Path) -> None:
    """Each contender takes clicks, forms and submits to the opinion in the thread, and every figure is there."""
    rows = await rate(SMOKE, tmp_path)
    assert len(rows) == 6
    for row in rows:
        assert row.shown.keys() == {"FLOOR", "NAIVE", "ours"}
        assert row.ratio is not None
        assert row.ratio.middle > 0
    assert "CPU a review, http" in table(rows)


def test_weather_cancels_out() -> None:
    """A machine that is three times slower in one round changes nothing in the ratio."""
    assert ratios([1.0, 3.0, 1.0], [2.0, 6.0, 2.0]) == Spread(0.5, 0.5, 0.5)


def test_a_target_is_reached_from_its_own_side() -> None:
    """Speed has to be at least so much, cost at most; without a target there is nothing to reach."""
    twice = Spread(2.0, 1.0, 3.0)
    assert Row(name="speed", ratio=twice, target=1.5, at_least=True).reached is True
    assert Row(name="cost", ratio=twice, target=1.5).reached is False
    assert Row(name="known", ratio=twice).reached is None


def test_percentiles_are_of_enough_samples() -> None:
    """Rounds are put together until there are a hundred samples; the rest is not a block of its own."""
    rounds = [[float(n) for n in range(60)] for _ in range(5)]
    assert [len(block) for block in in_blocks(rounds)] == [120, 180]
    assert percentile_99([float(n) for n in range(200)]) == 198
    assert percentile_99([1.0, 5.0]) == 5.0
