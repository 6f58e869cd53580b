"""Apply a plan, batch by batch: send it on its journey to the CRM and settle. Each batch is idempotent.

The CRM is asked outside any transaction. Killed anywhere, the same batch is taken up again: what was written
already is found there and settled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from detente_contracts import (
    STANDARD_FIELDS,
    Connector,
    FieldSpec,
    Ref,
)

from detente.engine.writing.attempt import Verdict, unseen
from detente.engine.writing.diff import Values
from detente.engine.writing.field_text import Types, types_of
from detente.engine.writing.journey import Journey
from detente.engine.writing.leases import DEFAULT_DAYS
from detente.engine.writing.settle import settle
from detente.store import writes
from detente.store.database import Store
from detente.store.writes import PlannedWrite, WriteState

REST = 10_000
"""Rows that are settled in one transaction when their connector is out of action."""


@dataclass(frozen=True, slots=True)
class AppliedCounts:
    """Rows by what became of them. `down` says why the connector `connector` takes no further part."""

    connector: str
    applied: int
    failed: int
    skipped: int
    down: str = ""


def apply_batch(
    store: Store,
    connectors: Mapping[str, Connector],
    run: str,
    now: datetime,
    limit: int = 1000,
    *,
    fields: Iterable[FieldSpec] = STANDARD_FIELDS,
    lease_days: int = DEFAULT_DAYS,
) -> AppliedCounts | None:
    """Write about `limit` planned rows of one connector and object, in order; None when none is left.

    A connector that is out of action fails the rest of its rows, so that it is not asked again and again.
    """
    batch = _next_batch(store, connectors, run, limit)
    if not batch.rows:
        return None
    types = types_of(fields)
    name = batch.rows[0].ref.connector
    connector = connectors.get(name)
    journey = Journey(connector, types) if connector else None
    down = "" if journey else "the settings name no such connector, or say `writes: false`"
    verdicts = (
        journey.travel(batch.rows, batch.written) if journey else [unseen(row, down) for row in batch.rows]
    )
    down = journey.down if journey else down
    settle(store, run, verdicts, now=now, types=types, lease_days=lease_days)
    if down:
        verdicts += _fail_rest(store, run, name, down, now, types)
    counts = Counter(verdict.state for verdict in verdicts)
    applied, failed = counts[WriteState.APPLIED], counts[WriteState.FAILED]
    return AppliedCounts(name, applied, failed, counts[WriteState.SKIPPED], down)


@dataclass(frozen=True, slots=True)
class _Batch:
    rows: list[PlannedWrite]
    written: Mapping[Ref, Values]


def _next_batch(store: Store, connectors: Mapping[str, Connector], run: str, limit: int) -> _Batch:
    """The next rows of one connector and object, as many full vendor batches as fit in `limit`."""
    with store.reading() as connection:
        first = writes.planned(connection, run, 1)
        if not first:
            return _Batch([], {})
        connector = connectors.get(first[0].ref.connector)
        step = connector.write_batch if connector else 1
        size = max(step, limit // step * step)
        rows = list(
            takewhile(lambda row: _object(row) == _object(first[0]), writes.planned(connection, run, size))
        )
        return _Batch(rows, writes.written_of(connection, [row.ref for row in rows]))


def _object(row: PlannedWrite) -> tuple[str, str]:
    return row.ref.connector, row.ref.object


def _fail_rest(store: Store, run: str, name: str, down: str, now: datetime, types: Types) -> list[Verdict]:
    failed: list[Verdict] = []
    while True:
        with store.reading() as connection:
            rows = takewhile(lambda row: row.ref.connector == name, writes.planned(connection, run, REST))
            verdicts = [unseen(row, down) for row in rows]
        if not verdicts:
            return failed
        settle(store, run, verdicts, now=now, types=types, lease_days=DEFAULT_DAYS)
        failed += verdicts
