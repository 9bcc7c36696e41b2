"""The measurements. Contenders take turns within every round (A B C A B C …), so that each round is one comparison."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Any

from bench import stored
from bench.figures import Row, in_blocks, percentile_99, ratios, spread
from bench.people import People
from bench.venue import PROGRAMS, ROOT, Venue, copied, venues

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from bench.people import Played

    Rounds = Mapping[str, Sequence[Played]]

SLOW_S, VERY_SLOW_S = 0.05, 0.3
WARM_UP = 3
"""Reviews before the first round, which fill caches."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much of everything."""

    modes: tuple[str, ...] = ("http", "socket")
    rounds: int
    reviews: int
    """In a round, begun one after the other."""
    every: float = 0.25
    """Seconds between the beginnings of two: the offered rate."""
    busy_rounds: int
    busy_reviews: int
    starts: int
    grown: int
    """Reviews after which memory is looked at."""
    stored: int


QUICK = Scale(
    modes=("socket",), rounds=3, reviews=8, busy_rounds=2, busy_reviews=32, starts=3, grown=128, stored=20_000
)
FULL = Scale(rounds=12, reviews=25, busy_rounds=5, busy_reviews=128, starts=9, grown=10_000, stored=100_000)


async def rate(scale: Scale, folder: Path) -> list[Row]:
    """CPU and latencies at a rate that everybody keeps up with; services answer at once."""
    rows: list[Row] = []
    for mode in scale.modes:
        played = await _in_turns(scale, [Venue(name, folder / "rate", mode=mode) for name in PROGRAMS])
        rows += [
            _row(f"CPU a review, {mode}", played, lambda one: one.cpu_ms, target=1.3, of="FLOOR"),
            _row("  the same", played, lambda one: one.cpu_ms, target=1.0, of="NAIVE"),
            _row(f"click to ack, median, {mode}", played, lambda one: median(one.click_to_ack), target=0.3, of="FLOOR"),
            _row(
                f"submit to ack, median, {mode}", played, lambda one: median(one.submit_to_ack), target=0.3, of="FLOOR"
            ),
            _p99(f"click to views.open, p99, {mode}", played, target=1.5, of="FLOOR"),
            _row(f"submit to opinion, median, {mode}", played, lambda one: median(one.submit_to_opinion), of="FLOOR"),
        ]
    return rows


async def slow(scale: Scale, folder: Path) -> list[Row]:
    """Latencies while every call of either service takes 50 ms."""
    entered = [Venue(name, folder / "slow", mode=scale.modes[0]) for name in PROGRAMS]
    played = await _in_turns(scale, entered, delay=SLOW_S)
    trip = SLOW_S * 1000 + median(entered[-1].secmaster_calls.show_ms) % (SLOW_S * 1000)
    pairs = zip(played["ours"], played["FLOOR"], strict=True)
    more = spread((median(a.submit_to_opinion) - median(b.submit_to_opinion)) / trip for a, b in pairs)
    opinion = _row("", played, lambda one: median(one.submit_to_opinion), of="FLOOR")
    return [
        _p99("click to views.open, p99, services at 50 ms", played, target=0.1, of="NAIVE"),
        Row(
            name="submit to opinion, services at 50 ms: round trips more",
            shown=opinion.shown,
            ratio=more,
            target=1.0,
            of="",
        ),
    ]


async def crowd(scale: Scale, folder: Path) -> list[Row]:
    """As many reviews as it can, 16 people at a time."""
    played = await _busy(scale, folder / "crowd", people=16, names=tuple(PROGRAMS))
    return [_row("reviews a second, 16 at a time", played, _speed, target=0.8, of="FLOOR", at_least=True, unit="/s")]


async def jam(scale: Scale, folder: Path) -> list[Row]:
    """64 people at a time, while every call of either service takes 300 ms."""
    scale = replace(scale, busy_rounds=max(scale.busy_rounds // 2, 1))  # who cannot keep up takes long to show it
    played = await _busy(scale, folder / "jam", people=64, names=tuple(PROGRAMS), delay=VERY_SLOW_S)
    name = "reviews a second, 64 at a time, services at 300 ms"
    lost = {label: sum(one.given_up for one in rounds) for label, rounds in played.items()}
    note = ", ".join(f"{label} {count}" for label, count in lost.items() if count)
    return [
        _row(
            name + (f" (given up: {note})" if note else ""),
            played,
            _speed,
            target=20,
            of="NAIVE",
            at_least=True,
            unit="/s",
        )
    ]


async def start(scale: Scale, folder: Path) -> list[Row]:
    """From the birth of the process to its first ack, on a database that is there; and memory then."""
    rows: list[Row] = []
    memory: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for mode in scale.modes:
        entered = [Venue(name, folder / "start", mode=mode) for name in PROGRAMS]
        took = await _starts(scale, entered, memory)
        rows.append(_of_figures(f"process start to first ack, {mode}", took, target=2.0, of="FLOOR", unit=" ms"))
    rows.append(_of_figures("memory at start", memory, target=1.0, of="NAIVE", unit=" MiB"))
    return rows


async def help_(scale: Scale, _folder: Path) -> list[Row]:
    """`--help`, the whole process."""
    commands = {"FLOOR": ("-m", "bench.floor", "--help"), "ours": ("-m", "bot", "--help")}
    took: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(scale.starts + 1):
        for name, command in commands.items():
            began = time.perf_counter()
            process = await asyncio.create_subprocess_exec(
                sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL
            )
            await process.wait()
            took[name].append((time.perf_counter() - began) * 1000)
    warm = {name: figures[1:] for name, figures in took.items()}
    return [_of_figures("--help", warm, target=1.0, of="FLOOR", unit=" ms")]


async def memory(scale: Scale, folder: Path) -> list[Row]:
    """What many reviews leave behind in the bot's memory, after as many again as fill its caches."""
    venue = Venue("ours", folder / "memory", mode=scale.modes[0])
    batch = scale.busy_reviews
    async with venues(venue):
        people = People(venue)

        async def play() -> None:
            await people.at_once(await people.deal(batch), people=16)
            venue.clear()

        await play()
        before = venue.memory_mib()
        played = 0
        while played < scale.grown:
            await play()
            played += batch
        grown = venue.memory_mib() - before
    name = f"memory added by {played:,} reviews"
    shown = {"ours": f"{before:.0f} → {before + grown:.0f} MiB"}
    target = 6.0 if played >= FULL.grown else None
    return [Row(name=name, shown=shown, ratio=spread([grown]), target=target, unit=" MiB")]


async def history(scale: Scale, folder: Path) -> list[Row]:
    """Latencies and start with many stored reviews, as a ratio to those with a hundred."""
    folder = folder / "history"
    model = Venue("ours", folder, mode="http", label="model")
    async with venues(model):
        people = People(model)
        await people.at_once(await people.deal(1), people=1)
    entered = []
    for count in (100, scale.stored):
        database = copied(model.folder / "bot.db", folder / f"{count}.db")
        await asyncio.to_thread(stored.grow, database, count)
        entered.append(Venue("ours", folder, mode="http", label=f"{count:,}", database=database))
    played = await _in_turns(scale, entered)
    few, many = (one.label for one in entered)
    of, target = f"{few} stored", 1.1 if scale.stored >= FULL.stored else None
    rows = [
        _pair(
            f"{what}, {many} reviews stored",
            [figure(one) for one in played[many]],
            [figure(one) for one in played[few]],
            of=of,
            target=target,
        )
        for what, figure in LATENCIES.items()
    ]
    took = await _starts(scale, entered)
    return [
        *rows,
        _pair(f"process start to first ack, {many} reviews stored", took[many], took[few], of=of, target=target),
    ]


LATENCIES: Mapping[str, Callable[[Played], float]] = {
    "click to ack": lambda one: median(one.click_to_ack),
    "click to views.open": lambda one: median(one.click_to_open),
    "submit to ack": lambda one: median(one.submit_to_ack),
    "submit to opinion": lambda one: median(one.submit_to_opinion),
}

MEASURES: Mapping[str, Callable[[Scale, Path], Awaitable[list[Row]]]] = {
    "rate": rate,
    "slow": slow,
    "crowd": crowd,
    "jam": jam,
    "start": start,
    "help": help_,
    "memory": memory,
    "history": history,
}


# --- how they are played


async def _in_turns(scale: Scale, entered: Sequence[Venue], *, delay: float = 0.0) -> Rounds:
    """Rounds at the offered rate."""

    async def play(people: People, cards: list[str]) -> Played:
        return await people.at_rate(cards, every=scale.every)

    return await _rounds(scale.rounds, scale.reviews, entered, play, delay=delay)


async def _busy(scale: Scale, folder: Path, *, people: int, names: Sequence[str], delay: float = 0.0) -> Rounds:
    """Rounds in which so many people do one review after the other."""

    async def play(crowd: People, cards: list[str]) -> Played:
        return await crowd.at_once(cards, people=people)

    entered = [Venue(name, folder, mode=scale.modes[0]) for name in names]
    return await _rounds(scale.busy_rounds, max(scale.busy_reviews, people), entered, play, delay=delay)


async def _rounds(
    rounds: int,
    reviews: int,
    entered: Sequence[Venue],
    play: Callable[[People, list[str]], Awaitable[Played]],
    *,
    delay: float,
) -> Rounds:
    """Cards are dealt while the services are quick: how long that takes is not measured."""
    played: dict[str, list[Played]] = {venue.label: [] for venue in entered}
    async with venues(*entered):
        crowds = {venue: People(venue) for venue in entered}
        for venue, people in crowds.items():
            await people.at_rate(await people.deal(WARM_UP), every=0.1)
            venue.clear()
        for _ in range(rounds):
            for venue, people in crowds.items():
                cards = await people.deal(reviews)
                venue.slow_down(delay)
                played[venue.label].append(await play(people, cards))
                venue.slow_down(0.0)
                if played[venue.label][-1].given_up:
                    await venue.stop()
                    await venue.start()
                venue.clear()
    return played


async def _starts(
    scale: Scale, entered: Sequence[Venue], memory: Mapping[str, list[float]] | None = None
) -> dict[str, list[float]]:
    """Milliseconds to the first ack, after a start that fills the file system's caches."""
    took: dict[str, list[float]] = {venue.label: [] for venue in entered}
    async with venues(*entered):
        for _ in range(scale.starts):
            for venue in entered:
                await venue.stop()
                took[venue.label].append(await venue.start() * 1000)
                if memory is not None:
                    memory[venue.name].append(venue.memory_mib())
    return took


# --- what is made of it


def _row(
    name: str,
    played: Rounds,
    figure: Callable[[Played], float],
    *,
    of: str,
    unit: str = " ms",
    **target: Any,
) -> Row:
    figures = {label: [figure(one) for one in rounds] for label, rounds in played.items()}
    return _of_figures(name, figures, of=of, unit=unit, **target)


def _of_figures(name: str, figures: Mapping[str, Sequence[float]], *, of: str, unit: str, **target: Any) -> Row:
    shown = {label: f"{median(values):.1f}{unit}" for label, values in figures.items()}
    return Row(name=name, shown=shown, ratio=ratios(figures["ours"], figures[of]), of=of, **target)


def _p99(name: str, played: Rounds, *, of: str, target: float) -> Row:
    blocks = {label: in_blocks([one.click_to_open for one in rounds]) for label, rounds in played.items()}
    fewest = min(len(found) for found in blocks.values())
    figures = {label: [percentile_99(block) for block in found[:fewest]] for label, found in blocks.items()}
    return _of_figures(name, figures, of=of, unit=" ms", target=target)


def _pair(name: str, many: Sequence[float], few: Sequence[float], *, of: str, target: float | None) -> Row:
    shown = {"ours": f"{median(many):.1f} ms ({median(few):.1f})"}
    return Row(name=name, shown=shown, ratio=ratios(many, few), target=target, of=of)


def _speed(played: Played) -> float:
    return played.per_second
