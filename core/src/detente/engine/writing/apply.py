"""Apply a plan, batch by batch: look, compare, write, read back, verify, settle. Each batch is idempotent.

The CRM is asked outside any transaction. Killed anywhere, the same batch is taken up again: what was written
already is found there and settled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice, takewhile
from typing import TypeVar

from detente_contracts import (
    STANDARD_FIELDS,
    Connector,
    DetenteError,
    FieldSpec,
    FieldWrite,
    Outcome,
    Ref,
    Result,
)

from detente.engine.writing.attempt import Attempt, Verdict, look, sent, unseen, unsent
from detente.engine.writing.diff import Values
from detente.engine.writing.field_text import Types, types_of
from detente.engine.writing.leases import DEFAULT_DAYS
from detente.engine.writing.settle import settle
from detente.store import writes
from detente.store.database import Store
from detente.store.writes import PlannedWrite, WriteState

_Told = TypeVar("_Told")

REST = 10_000
"""Rows that are settled in one transaction when their connector is out of action."""

LOOKS = 3
"""How often a record is looked at that moves on between each look and the write."""


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
    journey = _Journey(connector, types) if connector else None
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


@dataclass(slots=True)
class _Journey:
    """The way of one batch to the CRM and back. `down` is set once the connector is out of action."""

    connector: Connector
    types: Types
    down: str = ""
    outcomes: dict[Ref, Outcome] = field(default_factory=dict)

    def travel(self, rows: Sequence[PlannedWrite], written: Mapping[Ref, Values]) -> list[Verdict]:
        """A verdict for each row, in order."""
        keys = sorted({key for row in rows for key in row.new})
        attempts: dict[Ref, Attempt] = {}
        again = rows
        for _ in range(LOOKS):
            looked = self._look(again, written, keys)
            attempts.update(looked)
            self._send([attempt for attempt in looked.values() if attempt.send])
            again = [row for row in again if self._has_moved(row.ref)]
            if self.down or not again:
                break
        after, unread = self._read_back(keys)
        verdicts = [self._judge(row, attempts.get(row.ref), after, unread) for row in rows]
        self.down = self.down or unread
        return verdicts

    def _look(
        self, rows: Sequence[PlannedWrite], written: Mapping[Ref, Values], keys: Sequence[str]
    ) -> dict[Ref, Attempt]:
        """What is to be done with each row; nothing when the CRM could not be asked."""
        seen, self.down = self._asked(lambda: self.connector.seen([row.ref for row in rows], keys))
        if self.down:
            return {}
        for row in rows:
            self.outcomes.pop(row.ref, None)
        return {row.ref: look(row, seen.get(row.ref), written.get(row.ref, {}), self.types) for row in rows}

    def _has_moved(self, ref: Ref) -> bool:
        return ref in self.outcomes and self.outcomes[ref].result is Result.MOVED

    def _read_back(self, keys: Sequence[str]) -> tuple[Mapping[Ref, Values], str]:
        told = self.outcomes.values()
        read = [outcome.ref for outcome in told if outcome.result in (Result.APPLIED, Result.RETRY)]
        return self._asked(lambda: self.connector.held(read, keys)) if read else ({}, "")

    def _judge(
        self, row: PlannedWrite, attempt: Attempt | None, after: Mapping[Ref, Values], unread: str
    ) -> Verdict:
        ref = row.ref
        if attempt is None:
            return unseen(row, self.down)
        if ref not in self.outcomes:
            return unsent(attempt, self.down)
        return sent(attempt, self.outcomes[ref], after.get(ref), self.types, unread=unread)

    def _asked(self, ask: Callable[[], Mapping[Ref, _Told]]) -> tuple[Mapping[Ref, _Told], str]:
        """What the CRM tells; or nothing, and why it could not be asked."""
        try:
            return ask(), ""
        except DetenteError as error:
            return {}, _said(error)
        except Exception as error:  # noqa: BLE001 - a connector is a plugin: its faults stop no other
            return {}, f"the connector failed ({type(error).__name__})"

    def _send(self, attempts: Sequence[Attempt]) -> None:
        for part in _parts(attempts, self.connector.write_batch):
            if self.down:
                return
            try:
                outcomes = self.connector.write(
                    [FieldWrite(item.row.ref, item.send, item.version) for item in part]
                )
            except DetenteError as error:
                self.down = _said(error)
                return
            except Exception as error:  # noqa: BLE001 - as above, but nobody knows what was written
                self.down = f"the connector failed ({type(error).__name__})"
                outcomes = []
            told = {outcome.ref: outcome for outcome in outcomes}
            for item in part:
                silent = Outcome(item.row.ref, Result.RETRY, self.down or "the connector told no outcome")
                self.outcomes[item.row.ref] = told.get(item.row.ref, silent)


def _said(error: DetenteError) -> str:
    return error.message or type(error).__name__


def _parts(attempts: Sequence[Attempt], size: int) -> Iterator[list[Attempt]]:
    source = iter(attempts)
    while part := list(islice(source, size)):
        yield part
