"""Runs: when each began and ended, as of when it scored, and what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, Select, func, select, update

from detente.store.bulk import put_rows
from detente.store.columns import micros
from detente.store.tables import run

RUNNING = "running"
"""The status of a run that has not ended."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run. `summary` is empty until it ends."""

    id: str
    as_of: datetime
    status: str
    summary: Mapping[str, object]
    started_at: datetime
    finished_at: datetime | None


def open_run(connection: Connection, id: str, as_of: datetime, at: datetime) -> None:
    """Note that a run began; one that is known stays as it is."""
    columns = ("id", "as_of", "status", "summary", "started_at")
    put_rows(connection, run, columns, [(id, micros(as_of), RUNNING, "{}", micros(at))], replace=False)


def finish_run(
    connection: Connection, id: str, status: str, summary: Mapping[str, object], at: datetime
) -> None:
    """Note how a run ended; told again, the last word counts."""
    change = update(run).where(run.c.id == id)
    connection.execute(change.values(status=status, summary=dict(summary), finished_at=at))


def read_run(connection: Connection, id: str) -> RunRow | None:
    """A run by id; None when there is none."""
    return _first(connection, select(run).where(run.c.id == id))


def last_runs(connection: Connection, n: int, *, offset: int = 0) -> list[RunRow]:
    """At most `n` runs behind the `offset` newest ones, the newest first."""
    query = select(run).order_by(run.c.started_at.desc(), run.c.id.desc()).limit(n).offset(offset)
    return [_row(row) for row in connection.execute(query)]


def count_runs(connection: Connection) -> int:
    """How many runs there ever were."""
    return connection.scalar(select(func.count()).select_from(run)) or 0


def unfinished_run(connection: Connection) -> RunRow | None:
    """The run that began last of those that have not ended."""
    query = select(run).where(run.c.finished_at.is_(None))
    return _first(connection, query.order_by(run.c.started_at.desc(), run.c.id.desc()).limit(1))


def _first(connection: Connection, query: Select[*tuple[object, ...]]) -> RunRow | None:
    row = connection.execute(query).first()
    return None if row is None else _row(row)


def _row(row: Row[*tuple[object, ...]]) -> RunRow:
    return RunRow(**row._mapping)
