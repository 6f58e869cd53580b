"""Contenders take turns, lap by lap, so that whatever else the machine does falls on all of them alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

SETUP = ""
"""The measure of a lap that counts nowhere: opening, closing, making ready."""

Laps = Iterator[str]
"""Work in laps: each `next` does one and says to which measure it belongs."""

Key = tuple[str, str]
"""Contender and measure."""


@dataclass(slots=True)
class Spent:
    """Seconds by the clock on the wall, and of this process on a processor."""

    wall_s: float = 0.0
    cpu_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Ratio:
    """How two contenders compare: medians over the rounds, and the lowest and highest ratio of one round."""

    ours_s: float
    theirs_s: float
    ratio: float
    low: float
    high: float
    cpu: float


class Rounds:
    """What the contenders spent in each round."""

    def __init__(self, rounds: list[dict[Key, Spent]]) -> None:
        self._rounds = rounds

    def compare(self, ours: Key, theirs: Key) -> Ratio:
        """`ours` as a multiple of `theirs`."""
        pairs = [(spent[ours], spent[theirs]) for spent in self._rounds]
        walls = [mine.wall_s / other.wall_s for mine, other in pairs]
        return Ratio(
            statistics.median(mine.wall_s for mine, _ in pairs),
            statistics.median(other.wall_s for _, other in pairs),
            statistics.median(walls),
            min(walls),
            max(walls),
            statistics.median(mine.cpu_s / other.cpu_s if other.cpu_s else 0.0 for mine, other in pairs),
        )


def race(contenders: Mapping[str, Callable[[], Laps]], rounds: int) -> Rounds:
    """Let the contenders run `rounds` times, and once before that does not count."""
    return Rounds([_round(contenders) for _ in range(rounds + 1)][1:])


def _round(contenders: Mapping[str, Callable[[], Laps]]) -> dict[Key, Spent]:
    running = {name: start() for name, start in contenders.items()}
    spent: dict[Key, Spent] = {}
    lap = 0
    while running:
        # who goes first changes with every lap
        turn = list(running) if lap % 2 else list(reversed(running))
        lap += 1
        for name in turn:
            if not _lap(name, running[name], spent):
                del running[name]
    gc.collect()
    return spent


def _lap(name: str, laps: Laps, spent: dict[Key, Spent]) -> bool:
    """Whether there was another lap."""
    wall, cpu = time.perf_counter(), time.process_time()
    measure = next(laps, None)
    if measure is None:
        return False
    sums = spent.setdefault((name, measure), Spent())
    sums.wall_s += time.perf_counter() - wall
    sums.cpu_s += time.process_time() - cpu
    return True
