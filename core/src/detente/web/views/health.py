"""Health: what a monitor needs to know, without a word that came from a CRM."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from detente.engine.serving.service import Activity, Job, Service
from detente.store import checkpoints, runs
from detente.store.database import Store
from detente.store.jobs import JobOutcome, JobRow, dated_ahead, last_end, last_jobs
from detente.store.runs import RunRow

STALE_S = 60.0
"""Seconds without a look at the schedule, while nothing is under way, that no healthy service lets pass."""


HELD_UP_S = 10.0
"""Seconds after the end of one job in which another that waited for it may begin."""


class Status(StrEnum):
    """`degraded` works on with something named missing; `unhealthy` needs a person."""

    OK = "ok"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True, slots=True)
class ConnectorHealth:
    """`state` is up, behind (not read on) or down as the last run found it, or `never read`.

    `read_at` is its last batch.
    """

    state: str
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class LastRun:
    """The run that began last."""

    id: str
    status: str
    as_of: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    """How the service stands. `reasons` say what is missing; `at_work` is the job under way, if any."""

    status: Status
    reasons: tuple[str, ...]
    database: str
    at_work: str | None
    last_run: LastRun | None
    next_due: Mapping[str, datetime]
    connectors: Mapping[str, ConnectorHealth]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the store says."""

    run: RunRow | None
    jobs: Mapping[str, JobRow]
    read_at: Mapping[str, datetime]
    ahead: Mapping[str, datetime]
    ended_at: Mapping[str, datetime]


def health_of(store: Store, service: Service, connectors: Sequence[str], now: datetime | None) -> Health:
    """How everything stands; never raises. `now` is None when the clock cannot be read."""
    try:
        with store.reading() as connection:
            seen, database = _seen(connection, service, now), "ok"
    except SQLAlchemyError as error:
        seen, database = _Seen(None, {}, {}, {}, {}), f"cannot be read: {type(error).__name__}"
    down, behind = (_named(seen.run, key) for key in ("down", "behind"))
    bad = list(_unhealthy(service.activity, seen, database, now, time.monotonic()))
    bad += _off_schedule(service, seen, now) if now is not None else ()
    weak = list(_degraded(service.activity, seen, down, behind))
    return Health(
        status=Status.UNHEALTHY if bad else Status.DEGRADED if weak else Status.OK,
        reasons=(*bad, *weak),
        database=database,
        at_work=service.activity.job,
        last_run=_last_run(seen.run),
        next_due={} if now is None else {job.name: job.schedule.next_one(now) for job in service.jobs},
        connectors={name: _connector(name, seen, down, behind) for name in connectors},
    )


def _seen(connection: Connection, service: Service, now: datetime | None) -> _Seen:
    names = [job.name for job in service.jobs]
    found = {name: last_jobs(connection, 1, name=name) for name in names}
    latest = runs.last_runs(connection, 1)
    ended = {name: rows[0] for name, rows in found.items() if rows}
    ahead = {} if now is None else {name: dated_ahead(connection, name, now) for name in names}
    ends = {} if now is None else {name: last_end(connection, name, now) for name in names}
    return _Seen(
        run=latest[0] if latest else None,
        jobs=ended,
        read_at=checkpoints.last_reads(connection),
        ahead={name: at for name, at in ahead.items() if at is not None},
        ended_at={name: at for name, at in ends.items() if at is not None},
    )


def _unhealthy(
    activity: Activity, seen: _Seen, database: str, now: datetime | None, moment: float
) -> Iterator[str]:
    if database != "ok":
        yield f"the database {database}"
    if now is None:
        yield "the clock cannot be read"
    if activity.fault:
        yield f"the last look at the schedule failed: {activity.fault}"
    if activity.job is None and moment - activity.looked > STALE_S:
        yield f"nobody has looked at the schedule for {moment - activity.looked:.0f} seconds"
    run = seen.jobs.get("run")
    if run is not None and run.outcome is JobOutcome.FAILED:
        yield f"the run that was due at {run.due_at.isoformat()} failed; the page /runs says why"


def _off_schedule(service: Service, seen: _Seen, now: datetime) -> Iterator[str]:
    """Jobs that do not come although they should: by a clock that jumped, or for whatever reason."""
    for job in service.jobs:
        if job.name in seen.ahead:
            yield (
                f"the last {job.name} is dated {seen.ahead[job.name].isoformat()}, and the clock says "
                f"{now.isoformat()}: put the clock right; if it is right now, the {job.name} due at "
                f"{job.schedule.next_one(now).isoformat()} comes and ends this"
            )
        elif (since := _idle_since(job, service, seen, now)) is not None:
            yield (
                f"no {job.name} has ended since {since.isoformat()}, and two were due; "
                "restart the service, and look at its log"
            )


def _idle_since(job: Job, service: Service, seen: _Seen, now: datetime) -> datetime | None:
    """Since when none of a job has ended, if two have been due since; None while another is under way."""
    held_up = any(now - at < timedelta(seconds=HELD_UP_S) for at in seen.ended_at.values())
    marks = [at for at in (seen.ended_at.get(job.name), service.began_at) if at is not None and at <= now]
    if service.activity.job is not None or held_up or not marks:
        return None
    latest = job.schedule.latest(now)
    before = job.schedule.latest(latest - timedelta(microseconds=1))
    return max(marks) if max(marks) < before else None


def _named(run: RunRow | None, key: str) -> frozenset[str]:
    """Connectors that the summary of a run names."""
    return frozenset(cast(list[str], run.summary.get(key, []))) if run else frozenset()


def _degraded(activity: Activity, seen: _Seen, down: frozenset[str], behind: frozenset[str]) -> Iterator[str]:
    if activity.waiting:
        yield f"a run is due and waits: {activity.waiting}"
    for name in sorted(down):
        yield f"{name} took no part in the last run; the page /runs says why"
    for name in sorted(behind - down):
        yield f"{name} was written to in the last run, but not read to its end; the page /runs says why"
    if seen.run is not None and seen.run.summary.get("degraded"):
        problems = len(cast(list[str], seen.run.summary["degraded"]))
        yield f"{seen.run.id} named {problems} problem{'s' if problems > 1 else ''}"
    sweep = seen.jobs.get("sweep")
    if sweep is not None and sweep.outcome in (JobOutcome.FAILED, JobOutcome.PROBLEMS):
        yield f"the sweep that was due at {sweep.due_at.isoformat()} {sweep.outcome.value}"


def _last_run(run: RunRow | None) -> LastRun | None:
    return None if run is None else LastRun(run.id, run.status, run.as_of, run.finished_at)


def _connector(name: str, seen: _Seen, down: frozenset[str], behind: frozenset[str]) -> ConnectorHealth:
    read_at = seen.read_at.get(name)
    if name in down:
        return ConnectorHealth("down", read_at)
    state = "behind" if name in behind else "up" if read_at else "never read"
    return ConnectorHealth(state, read_at)
