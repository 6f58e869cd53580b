"""Health: what a monitor needs to know, without a word that came from a CRM."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from detente.engine.serving.service import Activity, Service
from detente.store import checkpoints, runs
from detente.store.database import Store
from detente.store.jobs import JobOutcome, JobRow, last_jobs
from detente.store.runs import RunRow

STALE_S = 60.0
"""Seconds without a look at the schedule, while nothing is under way, that no healthy service lets pass."""


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


def health_of(store: Store, service: Service, connectors: Sequence[str], now: datetime | None) -> Health:
    """How everything stands; never raises. `now` is None when the clock cannot be read."""
    try:
        with store.reading() as connection:
            seen, database = _seen(connection, service), "ok"
    except SQLAlchemyError as error:
        seen, database = _Seen(None, {}, {}), f"cannot be read: {type(error).__name__}"
    down, behind = (_named(seen.run, key) for key in ("down", "behind"))
    bad = list(_unhealthy(service.activity, seen, database, now, time.monotonic()))
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


def _seen(connection: Connection, service: Service) -> _Seen:
    found = {job.name: last_jobs(connection, 1, name=job.name) for job in service.jobs}
    latest = runs.last_runs(connection, 1)
    ended = {name: rows[0] for name, rows in found.items() if rows}
    return _Seen(latest[0] if latest else None, ended, checkpoints.last_reads(connection))


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
