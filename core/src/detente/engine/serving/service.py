"""The service: looks at the clock, and lets every job that is due be done once, one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from threading import Event

from detente_contracts import Clock, Progress
from sqlalchemy import Connection

from detente.engine.durable import BusyError, StoppedError, readable
from detente.engine.serving.schedule import Schedule, due_time
from detente.store import jobs
from detente.store.database import Store
from detente.store.jobs import JobOutcome, JobRow

KEPT = 1_000
"""Due times of each job that are remembered."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One due time as the job's work sees it.

    `earlier` is the run that was begun for it before the process died, if any; `begun` is to be told of a run
    before it begins. `stop`, once set, asks to end after the step under way.
    """

    now: datetime
    earlier: str | None
    begun: Callable[[str], None]
    progress: Progress
    stop: Event


@dataclass(frozen=True, slots=True)
class Job:
    """What is done on a schedule. `perform` returns plain data for people, `problems` among it if any."""

    name: str
    schedule: Schedule
    perform: Callable[[Turn], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Activity:
    """What the service is at. `since` and `looked` are seconds of the machine's own steady clock."""

    looked: float
    job: str | None = None
    since: float = 0.0
    stage: str = ""
    done: int = 0
    total: int | None = None
    waiting: str = ""
    fault: str = ""


class Service:
    """Jobs over one store. It never makes time pass: it looks at the clock and does what is due."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        planned: Sequence[Job],
        *,
        said: Callable[[JobRow], None],
        stop: Event | None = None,
    ) -> None:
        """`said` is told of every job that ended; `stop`, once set, ends it between two steps."""
        self.jobs = tuple(planned)
        self.stop = stop or Event()
        self.activity = Activity(looked=time.monotonic())
        self.began_at: datetime | None = None
        self._store = store
        self._clock = clock
        self._said = said

    def begin(self) -> None:
        """Put every job on the schedule from now on; of one that was on it before, what was missed is due."""
        now = self.began_at = self._clock.now()
        with self._store.transaction() as connection:
            for job in self.jobs:
                jobs.expect_job(connection, job.name, now)

    def run(self, *, poll_s: float) -> None:
        """Look at the clock every `poll_s` seconds until it is told to stop."""
        while not self.stop.is_set():
            try:
                self.look()
            except Exception as error:  # noqa: BLE001 - the store or the clock is away: the next look may do better
                self.activity = Activity(looked=time.monotonic(), fault=readable(error).message)
            self.stop.wait(poll_s)

    def look(self) -> None:
        """Do every job that is due at this moment, each once, in order; work cut short before goes first."""
        for job in self.jobs:
            if not self.stop.is_set():
                self._do(job)
        self.activity = Activity(looked=time.monotonic(), waiting=self.activity.waiting)

    def progress(self, stage: str, done: int, total: int | None = None) -> None:
        """Note how far the job under way has come."""
        self.activity = replace(self.activity, stage=stage, done=done, total=total)

    def _do(self, job: Job) -> None:
        row = self._taken(job)
        if row is None:
            return
        start = time.monotonic()
        self.activity = Activity(looked=start, job=job.name, since=start)
        try:
            outcome, told = self._performed(job, row)
        except StoppedError:
            return
        except BusyError as error:
            self.activity = Activity(looked=time.monotonic(), waiting=error.message)
            return
        self._said(self._ended(row, outcome, {**told, "seconds": round(time.monotonic() - start, 1)}))

    def _taken(self, job: Job) -> JobRow | None:
        """The due time to work on: one that was taken and has not ended, else one that is due; else None."""
        now = self._clock.now()
        with self._store.reading() as connection:
            left = jobs.unfinished_job(connection, job.name)
            last = jobs.last_job(connection, job.name, now)
        if left is not None and _holds(left, job.schedule, now):
            return left
        if left is None and last is not None and _due(job, last, now) is None:
            return None
        with self._store.transaction() as connection:
            if left is not None:
                jobs.give_back(connection, left)
            return _begun(connection, job, now)

    def _performed(self, job: Job, row: JobRow) -> tuple[JobOutcome, Mapping[str, object]]:
        begun = partial(self._note, row)
        turn = Turn(self._clock.now(), row.run, begun, self.progress, self.stop)
        try:
            told = job.perform(turn)
        except (BusyError, StoppedError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever ends one turn, the next one comes
            fault = readable(error)
            return JobOutcome.FAILED, {"message": fault.message, "hint": fault.hint}
        return (JobOutcome.PROBLEMS if told.get("problems") else JobOutcome.DONE), told

    def _note(self, row: JobRow, run: str) -> None:
        with self._store.transaction() as connection:
            jobs.note_run(connection, row, run, self._clock.now())

    def _ended(self, row: JobRow, outcome: JobOutcome, told: Mapping[str, object]) -> JobRow:
        with self._store.transaction() as connection:
            jobs.end_job(connection, row, outcome, told, self._clock.now())
            jobs.forget_jobs(connection, row.name, KEPT)
            return jobs.last_jobs(connection, 1, name=row.name)[0]


def _begun(connection: Connection, job: Job, now: datetime) -> JobRow | None:
    """The due time that is taken now, if one is due; what lies ahead of it was taken by a wrong clock."""
    jobs.expect_job(connection, job.name, now)
    last = jobs.last_job(connection, job.name, now)
    due = None if last is None else _due(job, last, now)
    if due is None:
        return None
    jobs.forget_ahead(connection, job.name, now)
    return jobs.begin_job(connection, job.name, due, now)


def _due(job: Job, last: JobRow, now: datetime) -> datetime | None:
    return due_time(job.schedule, now, last.counts_from(now))


def _holds(left: JobRow, schedule: Schedule, now: datetime) -> bool:
    """Whether a due time that was taken is still the one to work on.

    Without a run that began for it, a later one takes its place; and none lies ahead, where it comes to lie
    when the clock is put back.
    """
    return left.due_at <= now and (left.run is not None or left.due_at == schedule.latest(now))
