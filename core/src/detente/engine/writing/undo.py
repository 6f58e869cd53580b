"""Undo: a plan that takes back what a run wrote, where the CRM still holds it; applied like any other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from detente_contracts import FieldText, FieldType
from sqlalchemy import Connection

from detente.engine.writing.diff import Values, is_doubtful
from detente.engine.writing.field_text import same
from detente.store import writes
from detente.store.writes import PlannedWrite, WriteRow, WriteState

BLOCK = 10_000
"""Rows that are planned at a time."""


def plan_undo(connection: Connection, undoes: str, run: str) -> int:
    """Plan, as `run`, to bring back what stood before the run `undoes`; how many records that concerns.

    Writes that an undo has taken back already are left out. A field that was edited since is planned too, and
    so is one of which nobody knows whether it was written: the look before writing finds what stands there,
    and leaves alone what is not the run's. Planned again, `run` stays as it is.
    """
    known = writes.write_counts(connection, run)["planned"]
    if known:
        return known
    taken_back = writes.undone_of(connection, undoes)
    source = (row for row in writes.writes_of(connection, undoes) if row.seq not in taken_back)
    planned = 0
    while block := list(islice(source, BLOCK)):
        rows = list(_undoing(connection, block, run))
        writes.plan_rows(connection, rows)
        planned += len(rows)
    return planned


def _undoing(connection: Connection, block: list[WriteRow], run: str) -> Iterator[PlannedWrite]:
    written = writes.written_of(connection, [row.ref for row in block])
    for row in block:
        keys = _written_keys(row, written.get(row.ref, {}))
        if keys:
            yield PlannedWrite(
                run=run,
                seq=row.seq,
                ref=row.ref,
                customer=row.customer,
                kind=row.kind,
                old={key: row.new[key] for key in keys},
                new={key: row.old.get(key) for key in keys},
                reasons=dict.fromkeys(keys, f"undo of {row.run}"),
                undoes=f"{row.run}/{row.seq}",
            )


def _written_keys(row: WriteRow, written: Values) -> list[str]:
    """The fields that the write put into the CRM, or may have put there."""
    if row.state is WriteState.APPLIED:
        return sorted(row.new)
    return sorted(key for key, value in row.new.items() if _may_stand(row, key, value, written))


def _may_stand(row: WriteRow, key: str, value: FieldText, written: Values) -> bool:
    """Whether a write that did not end well may have taken nevertheless."""
    took = row.state is WriteState.FAILED and same(written.get(key), value, FieldType.TEXT)
    return took or is_doubtful(key, value, written, FieldType.TEXT)
