"""Any history of clock jumps, kills and restarts ends with every due time served by one run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate, count, pairwise

import pytest
from detente.engine.durable import BusyError
from detente.engine.serving.schedule import Every
from detente.engine.serving.service import Job, Service, Turn
from detente.store.database import Store
from detente.store.jobs import AHEAD, JobRow
from hypothesis import given, settings
from hypothesis import strategies as st

HOUR = timedelta(hours=1)
START = datetime(2026, 11, 3, 9, 2, tzinfo=UTC)
_numbers = count()
DEATHS = ("before it begins", "as it begins", "in the middle", "after its end")


class Killed(BaseException):
    """Ends everything at once, as SIGKILL does."""


@dataclass
class HandClock:
    """Stands still unless it is moved."""

    at: datetime = START

    def now(self) -> datetime:
        """The instant at which it was put."""
        return self.at

    def sleep(self, seconds: float) -> None:
        """Nobody waits here."""


@dataclass
class DurableRuns:
    """Runs as durable work keeps them: known by id from their beginning, done once; `fate` is what comes."""

    clock: HandClock
    fate: str = ""
    begun_at: dict[str, datetime] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def perform(self, turn: Turn) -> Mapping[str, object]:
        """What `perform_due_run` does: ends what was cut short, tells an end again, or begins anew."""
        if self.fate == "busy":
            raise BusyError("another process is at work in this folder")
        self.done += [run for run in self.begun_at if run not in self.done]
        if turn.earlier in self.done:
            return {}
        self._die_if("before it begins")
        run = f"run-{len(self.begun_at) + 1}"
        turn.begun(run)
        self._die_if("as it begins")
        self.begun_at[run] = self.clock.now()
        self._die_if("in the middle")
        self.done.append(run)
        self._die_if("after its end")
        return {}

    def _die_if(self, moment: str) -> None:
        if self.fate == moment:
            raise Killed


def live(store: Store, runs: DurableRuns, moves: list[tuple[timedelta, str]]) -> list[JobRow]:
    """Let time pass and fate strike, then come to rest; every due time that was told to have ended."""
    said: list[JobRow] = []
    name = f"run {next(_numbers)}"

    def start() -> Service:
        service = Service(store, runs.clock, [Job(name, Every(HOUR), runs.perform)], said=said.append)
        service.begin()
        return service

    service = start()
    for passed, fate in [*moves, (timedelta(0), ""), (timedelta(0), "")]:
        runs.clock.at += passed
        runs.fate = fate
        try:
            service.look()
        except Killed:
            service = start()
        if fate == "restart":
            service = start()
    return said


def _furthest_back(passed: Iterable[timedelta]) -> timedelta:
    """How far the clock ever stood behind the latest that it had shown."""
    shown = list(accumulate(passed, initial=timedelta(0)))
    return max(max(shown[: place + 1]) - at for place, at in enumerate(shown))


jumps = st.timedeltas(timedelta(minutes=-50), timedelta(hours=5))
moves = st.lists(st.tuples(jumps, st.sampled_from(["", "restart", "busy", *DEATHS])), max_size=12)


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for many histories, each with a job of its own."""
    opened = Store.open(f"sqlite:///{tmp_path_factory.mktemp('history') / 'detente.sqlite'}")
    yield opened
    opened.close()


@settings(max_examples=80, deadline=None)
@given(moves)
def test_every_due_time_is_served_by_one_run_and_none_twice(
    shared_store: Store, moves: list[tuple[timedelta, str]]
) -> None:
    runs = DurableRuns(HandClock())
    said = live(shared_store, runs, moves)

    told = [row.run for row in said]
    assert len(runs.done) == len(set(runs.done))
    assert told == [run for run in runs.done if run in told]
    if all(passed >= timedelta(0) for passed, _ in moves):
        assert told == runs.done
    if _furthest_back(passed for passed, _ in moves) <= AHEAD:
        assert all(earlier.due_at < later.due_at for earlier, later in pairwise(said))
    assert all(row.due_at <= runs.begun_at[str(row.run)] for row in said)
    latest = Every(HOUR).latest(runs.clock.now())
    assert latest <= START or any(latest <= begun for begun in runs.begun_at.values())
