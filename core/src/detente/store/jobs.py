"""Jobs: for each due time that was taken, when work on it began and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, Update, delete, func, insert, select, update

from detente.store.tables import job

AHEAD = timedelta(hours=1)
"""What is dated further ahead of the present than this was made by a wrong clock, and is not believed.

What is nearer counts, so that a clock that is put back by seconds or minutes doubles nothing.
"""


class JobOutcome(StrEnum):
    """What became of a job. `expected` marks the instant from which a job is on the schedule at all."""

    EXPECTED = "expected"
    UNDER_WAY = "under way"
    DONE = "done"
    PROBLEMS = "done with problems"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class JobRow:
    """One due time of a job. `began_at` is from when its work counts; `run` is the run that it began, if any.

    `told` is plain data for people: counts, `problems`, or `message` and `hint` of what made it fail.
    """

    name: str
    due_at: datetime
    began_at: datetime
    ended_at: datetime | None
    run: str | None
    outcome: JobOutcome
    told: Mapping[str, object]

    def counts_from(self, now: datetime) -> datetime:
        """Planned times up to here are served; a beginning that lies ahead of `now` is not believed."""
        return self.due_at if self.began_at > now + AHEAD else max(self.due_at, self.began_at)


def expect_job(connection: Connection, name: str, at: datetime) -> None:
    """Put a job on the schedule from `at` on; one that was on it by then stays as it is."""
    if last_job(connection, name, at) is None:
        values = {"due_at": at, "began_at": at, "ended_at": at, "outcome": JobOutcome.EXPECTED.value}
        connection.execute(insert(job).values(name=name, told={}, **values))


def begin_job(connection: Connection, name: str, due_at: datetime, at: datetime) -> JobRow:
    """Take the due time `due_at`, for good: it is begun once.

    Raises: sqlalchemy's IntegrityError when it was taken before.
    """
    row = JobRow(name, due_at, at, None, None, JobOutcome.UNDER_WAY, {})
    values = {"due_at": due_at, "began_at": at, "outcome": row.outcome.value}
    connection.execute(insert(job).values(name=name, told={}, **values))
    return row


def give_back(connection: Connection, row: JobRow) -> None:
    """Let a due time that was taken be as if it had not been; one that has ended stays."""
    here = (job.c.name == row.name) & (job.c.due_at == row.due_at)
    connection.execute(delete(job).where(here, job.c.ended_at.is_(None)))


def note_run(connection: Connection, row: JobRow, run: str, at: datetime) -> None:
    """Note which run is about to begin for a job; its work counts from `at`."""
    connection.execute(_change(row).values(run=run, began_at=at))


def end_job(
    connection: Connection, row: JobRow, outcome: JobOutcome, told: Mapping[str, object], at: datetime
) -> None:
    """Note what became of a job."""
    connection.execute(_change(row).values(outcome=outcome.value, told=dict(told), ended_at=at))


def unfinished_job(connection: Connection, name: str) -> JobRow | None:
    """The due time that was taken and has not ended, the latest if there are several; else None."""
    query = select(job).where(job.c.name == name, job.c.ended_at.is_(None))
    return _first(connection, query.order_by(job.c.due_at.desc()).limit(1))


def last_job(connection: Connection, name: str, now: datetime) -> JobRow | None:
    """The latest due time that was taken and does not lie ahead; None when there is none."""
    query = select(job).where(job.c.name == name, job.c.due_at <= now + AHEAD)
    return _first(connection, query.order_by(job.c.due_at.desc()).limit(1))


def last_end(connection: Connection, name: str, now: datetime) -> datetime | None:
    """When a job last ended, or was put on the schedule; ends that lie ahead of `now` are left out."""
    query = select(func.max(job.c.ended_at)).where(job.c.name == name, job.c.ended_at <= now + AHEAD)
    at: datetime | None = connection.scalar(query)
    return at


def dated_ahead(connection: Connection, name: str, now: datetime) -> datetime | None:
    """The latest due time of a job that lies ahead of `now`; None when none does."""
    query = select(func.max(job.c.due_at)).where(job.c.name == name, job.c.due_at > now + AHEAD)
    at: datetime | None = connection.scalar(query)
    return at


def forget_ahead(connection: Connection, name: str, now: datetime) -> None:
    """Delete the due times of a job that lie ahead of `now`: work goes on by a clock that was put right."""
    connection.execute(delete(job).where(job.c.name == name, job.c.due_at > now + AHEAD))


def last_jobs(connection: Connection, n: int, *, name: str | None = None) -> list[JobRow]:
    """At most `n` due times that were taken, of all jobs or of one, the latest first."""
    query = select(job).where(job.c.outcome != JobOutcome.EXPECTED.value)
    query = query if name is None else query.where(job.c.name == name)
    rows = connection.execute(query.order_by(job.c.due_at.desc(), job.c.name).limit(n))
    return [_row(row) for row in rows]


def forget_jobs(connection: Connection, name: str, keep: int) -> int:
    """Delete all but the newest `keep` (1 or more) due times of a job; how many were deleted."""
    newest = select(job.c.due_at).where(job.c.name == name).order_by(job.c.due_at.desc()).limit(keep)
    oldest = select(func.min(newest.subquery().c.due_at)).scalar_subquery()
    return connection.execute(delete(job).where(job.c.name == name, job.c.due_at < oldest)).rowcount


def _change(row: JobRow) -> Update:
    return update(job).where(job.c.name == row.name, job.c.due_at == row.due_at)


def _first(connection: Connection, query: Select[*tuple[object, ...]]) -> JobRow | None:
    row = connection.execute(query).first()
    return None if row is None else _row(row)


def _row(row: Row[*tuple[object, ...]]) -> JobRow:
    values: dict[str, Any] = dict(row._mapping)
    return JobRow(**values | {"outcome": JobOutcome(values["outcome"])})
