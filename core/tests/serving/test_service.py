"""The service does what is due, once, one job after the other, whatever happens to the process meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest
from detente.engine.durable import BusyError, StoppedError
from detente.engine.serving.schedule import Every
from detente.engine.serving.service import Job, Service, Turn
from detente.store.database import Store
from detente.store.jobs import JobOutcome, JobRow
from detente_contracts import ConfigurationError

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)


@dataclass
class Firm:
    """A service over one store that may be started again; its work does what a test says."""

    store: Store
    clock: Any
    work: Callable[[Turn], Mapping[str, object]] = lambda turn: {}
    said: list[JobRow] = field(default_factory=list)
    turns: list[tuple[str, Turn]] = field(default_factory=list)

    def start(self) -> Service:
        """A process of its own."""
        plan = [
            Job("sweep", Every(QUARTER), self._doing("sweep")),
            Job("run", Every(HOUR), self._doing("run")),
        ]
        service = Service(self.store, self.clock, plan, said=self.said.append)
        service.begin()
        return service

    def _doing(self, name: str) -> Callable[[Turn], Mapping[str, object]]:
        def perform(turn: Turn) -> Mapping[str, object]:
            self.turns.append((name, turn))
            return self.work(turn)

        return perform

    def due_times(self, name: str) -> list[datetime]:
        """The due times of a job that have ended, in order."""
        return [row.due_at for row in self.said if row.name == name]


@pytest.fixture
def firm(store: Store, clock: Any) -> Firm:
    """A firm whose work is done at once."""
    return Firm(store, clock)


def at(hour: int, minute: int = 0) -> datetime:
    """A time of the day on which the clock starts, which is at 09:02."""
    return datetime.fromisoformat(f"2026-11-03T{hour:02d}:{minute:02d}:00+00:00")


def test_nothing_is_due_before_the_first_planned_time_after_the_first_start(firm: Firm) -> None:
    service = firm.start()
    service.look()
    assert firm.said == []

    firm.clock.at = at(9, 15)
    service.look()
    service.look()
    assert [(row.name, row.due_at) for row in firm.said] == [("sweep", at(9, 15))]


def test_what_was_missed_while_the_process_was_down_is_done_once(firm: Firm) -> None:
    firm.start().look()
    firm.clock.at = at(18, 40)
    firm.start().look()

    assert firm.due_times("run") == [at(18)]
    assert firm.due_times("sweep") == [at(18, 30)]


YEAR = timedelta(days=365)


@pytest.mark.parametrize("restarts", [False, True], ids=["same process", "started again"])
@pytest.mark.parametrize("looks_ahead", [1, 3])
def test_a_clock_that_was_a_year_ahead_for_a_while_costs_no_later_run(
    firm: Firm, looks_ahead: int, restarts: bool
) -> None:
    service = firm.start()
    for _ in range(looks_ahead):
        firm.clock.at += YEAR
        service.look()
    firm.said.clear()
    firm.clock.at = at(9, 40)
    for _ in range(10):
        firm.clock.at += HOUR
        service = firm.start() if restarts else service
        service.look()

    assert firm.due_times("run") == [at(hour) for hour in range(10, 20)]
    assert len(firm.due_times("sweep")) == 10


def test_a_job_that_was_first_expected_while_the_clock_was_ahead_is_expected_from_now_on(firm: Firm) -> None:
    firm.clock.at = at(9, 2) + YEAR
    service = firm.start()
    for minute in (2, 59):
        firm.clock.at = at(9, minute)
        service.look()
    firm.clock.at = at(10)
    service.look()

    assert firm.due_times("run") == [at(10)]


def test_a_run_during_which_the_clock_jumped_ahead_is_followed_by_the_next(firm: Firm) -> None:
    service = firm.start()

    def jump(turn: Turn) -> Mapping[str, object]:
        firm.clock.at = at(10) + YEAR
        turn.begun("run-1")
        return {}

    firm.work, firm.clock.at = jump, at(10)
    service.look()
    firm.work = lambda turn: {}
    for hour in (11, 12):
        firm.clock.at = at(hour, 1)
        service.look()

    assert firm.due_times("run")[-2:] == [at(11), at(12)]


def test_a_clock_that_is_put_back_by_minutes_doubles_nothing(firm: Firm) -> None:
    service = firm.start()
    for hour, minute in ((10, 1), (9, 50), (10, 2), (10, 20)):
        firm.clock.at = at(hour, minute)
        service.look()

    assert firm.due_times("run") == [at(10)]
    assert firm.due_times("sweep") == [at(10), at(10, 15)]


def test_a_sweep_comes_before_the_run_that_is_due_with_it(firm: Firm) -> None:
    service = firm.start()
    firm.clock.at = at(10)
    service.look()

    assert [name for name, _ in firm.turns] == ["sweep", "run"]


def test_a_run_that_takes_longer_than_its_period_is_followed_by_one_and_not_by_many(firm: Firm) -> None:
    service = firm.start()

    def run_long(turn: Turn) -> Mapping[str, object]:
        firm.clock.sleep(3.5 * 3600 if firm.turns[-1][0] == "run" else 0)
        return {}

    firm.work, firm.clock.at = run_long, at(10)
    service.look()
    firm.work = lambda turn: {}
    service.look()
    service.look()

    assert firm.due_times("run") == [at(10), at(13)]


def test_a_run_that_fails_is_recorded_and_tried_again_at_the_next_time(firm: Firm) -> None:
    service = firm.start()

    def refuse(turn: Turn) -> Mapping[str, object]:
        raise ConfigurationError("rubric.yaml, line 3: no such key", hint="Correct the file")

    firm.work, firm.clock.at = refuse, at(10)
    service.look()
    service.look()
    firm.work, firm.clock.at = (lambda turn: {}), at(11)
    service.look()

    told = [(row.outcome, row.told.get("message")) for row in firm.said if row.name == "run"]
    assert told == [(JobOutcome.FAILED, "rubric.yaml, line 3: no such key"), (JobOutcome.DONE, None)]


def test_a_fault_nobody_foresaw_ends_the_turn_and_names_its_place_only(firm: Firm) -> None:
    service = firm.start()

    def fall(turn: Turn) -> Mapping[str, object]:
        raise KeyError("Acme Ltd")

    firm.work, firm.clock.at = fall, at(10)
    service.look()

    message = str(firm.said[-1].told["message"])
    assert "KeyError in test_service.py" in message
    assert "Acme" not in message


def test_problems_that_work_names_are_told_apart_from_a_clean_end(firm: Firm) -> None:
    service = firm.start()
    firm.work, firm.clock.at = (lambda turn: {"problems": ["hubspot is down"]}), at(10)
    service.look()

    assert {row.outcome for row in firm.said} == {JobOutcome.PROBLEMS}


def test_while_another_process_is_at_work_a_due_run_waits_and_is_not_lost(firm: Firm) -> None:
    service = firm.start()

    def busy(turn: Turn) -> Mapping[str, object]:
        raise BusyError("another process is at work in this folder")

    firm.work, firm.clock.at = busy, at(10)
    service.look()
    assert firm.said == []
    assert service.activity.waiting == "another process is at work in this folder"

    firm.work, firm.clock.at = (lambda turn: {}), at(10, 20)
    service.look()
    assert firm.due_times("run") == [at(10)]
    assert service.activity.waiting == ""


def test_work_that_is_told_to_stop_goes_on_under_the_same_run_after_the_next_start(firm: Firm) -> None:
    service = firm.start()

    def stopped(turn: Turn) -> Mapping[str, object]:
        turn.begun("run-7")
        raise StoppedError("stopped between two steps")

    firm.work, firm.clock.at = stopped, at(10)
    service.look()
    firm.work, firm.clock.at = (lambda turn: {}), at(10, 5)
    firm.start().look()

    assert [(name, turn.earlier) for name, turn in firm.turns[-2:]] == [("sweep", "run-7"), ("run", "run-7")]
    assert firm.due_times("run") == [at(10)]


def test_a_service_that_was_told_to_stop_begins_nothing_more(firm: Firm) -> None:
    service = firm.start()
    firm.clock.at = at(10)

    def stop(turn: Turn) -> Mapping[str, object]:
        service.stop.set()
        return {}

    firm.work = stop
    service.run(poll_s=60)

    assert [row.name for row in firm.said] == ["sweep"]


class Away:
    """A clock that no longer answers; at the third look the process is told to stop."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop
        self.looks = 0

    def now(self) -> datetime:
        """Never."""
        self.looks += 1
        if self.looks == 3:
            self._stop.set()
        raise OSError("no route to host")

    def sleep(self, seconds: float) -> None:
        """Never."""


def test_a_clock_or_store_that_is_away_is_named_and_the_process_lives_on(firm: Firm) -> None:
    stop = Event()
    away = Away(stop)
    service = Service(firm.store, away, firm.start().jobs, said=firm.said.append, stop=stop)
    service.run(poll_s=0)

    assert away.looks == 3
    assert "OSError" in service.activity.fault
