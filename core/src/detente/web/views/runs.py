"""Runs: the latest ones, and of one run what was read, written, skipped and failed, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from detente.store import checkpoints, runs, writes
from detente.store.checkpoints import BatchRow, Refused
from detente.store.jobs import JobRow, last_jobs
from detente.store.runs import RunRow
from detente.store.write_tallies import (
    TALLY,
    DetailTally,
    FieldTally,
    ObjectTally,
    WriteTally,
    tally_details,
    tally_writes,
    write_page,
)
from detente.store.writes import WriteRow, WriteState
from detente.web.views.paging import SIZE, Paging

LISTED = 100
"""Refused rows, and groups of failures, that are listed at most."""

JOBS_LISTED = 20

STAGES = ("begin", "read", "link", "signals", "score", "escalate", "plan", "write")
"""The stages of a run, in their order."""


class RunsQuery(BaseModel):
    """Which of the runs are listed."""

    model_config = ConfigDict(frozen=True)

    page: int = Field(default=1, ge=1, le=1_000_000)


class WritesQuery(BaseModel):
    """Which of a run's writes are listed: of one state or of all, behind a seq."""

    model_config = ConfigDict(frozen=True)

    state: Literal["", "planned", "applied", "failed", "skipped"] = ""
    after: int = Field(default=0, ge=0)


@dataclass(frozen=True, slots=True)
class ListedRun:
    """One run of the list; counts are None while it is under way."""

    run: RunRow
    scored: int | None
    written: int | None
    failed: int | None
    problems: int


@dataclass(frozen=True, slots=True)
class RunsView:
    """The list, the newest first, and the due times that `serve` took last."""

    rows: tuple[ListedRun, ...]
    paging: Paging
    jobs: tuple[JobRow, ...]


@dataclass(frozen=True, slots=True)
class RunView:
    """One run. `counts` names every state of a write; `next_after` is None when there are no more writes."""

    run: RunRow
    took: timedelta | None
    seconds: Mapping[str, float]
    problems: tuple[str, ...]
    read: tuple[BatchRow, ...]
    refused: tuple[Refused, ...]
    refused_in_all: int
    counts: Mapping[str, int]
    objects: tuple[ObjectTally, ...]
    fields: tuple[FieldTally, ...]
    details: tuple[DetailTally, ...]
    writes: tuple[WriteRow, ...]
    next_after: int | None


def runs_view(connection: Connection, asked: RunsQuery) -> RunsView:
    """The page of the list that `asked` asks for."""
    paging = Paging(asked.page, runs.count_runs(connection))
    rows = runs.last_runs(connection, paging.size, offset=paging.offset)
    return RunsView(tuple(map(_listed, rows)), paging, tuple(last_jobs(connection, JOBS_LISTED)))


def run_view(connection: Connection, run: RunRow, asked: WritesQuery) -> RunView:
    """One run with the page of its writes that `asked` asks for."""
    refused = checkpoints.refused_of(connection, run.id)
    state = WriteState(asked.state) if asked.state else None
    tally = _tally(connection, run)
    page = write_page(connection, run.id, state, after=asked.after, limit=SIZE + 1)
    return RunView(
        run=run,
        took=run.finished_at - run.started_at if run.finished_at else None,
        seconds=_in_order(cast(Mapping[str, float], run.summary.get("seconds", {}))),
        problems=tuple(cast(list[str], run.summary.get("degraded", []))),
        read=tuple(checkpoints.counts_of(connection, run.id)),
        refused=tuple(refused[:LISTED]),
        refused_in_all=len(refused),
        counts=writes.write_counts(connection, run.id),
        objects=tally.objects,
        fields=tally.fields,
        details=tuple(tally_details(connection, run.id, LISTED)),
        writes=tuple(page[:SIZE]),
        next_after=page[SIZE - 1].seq if len(page) > SIZE else None,
    )


def _tally(connection: Connection, run: RunRow) -> WriteTally:
    """Kept with a run that has ended; made now for one under way, or of an older Detente."""
    kept = run.summary.get(TALLY)
    return WriteTally.of(cast(Any, kept)) if kept else tally_writes(connection, run.id)


def _in_order(seconds: Mapping[str, float]) -> dict[str, float]:
    """Seconds in the order of the line; a stage of an older Detente comes last."""
    known = [stage for stage in STAGES if stage in seconds]
    return {stage: seconds[stage] for stage in (*known, *sorted(seconds.keys() - set(STAGES)))}


def _listed(row: RunRow) -> ListedRun:
    counts = cast(Mapping[str, int], row.summary.get("writes", {}))
    return ListedRun(
        run=row,
        scored=cast(int | None, row.summary.get("scored")),
        written=counts.get("applied"),
        failed=counts.get("failed"),
        problems=len(cast(list[str], row.summary.get("degraded", []))),
    )
