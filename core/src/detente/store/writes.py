"""Writes: what a run plans to write and what became of it, what we last wrote, and human edits that stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from detente_contracts import FieldText, Kind, Ref
from sqlalchemy import Connection, Row, bindparam, func, select, update

from detente.store.audit_chain import append_link
from detente.store.audit_leaves import leaves_for, writes_subject
from detente.store.bulk import put_rows
from detente.store.columns import canonical
from detente.store.lease_requests import (
    LeaseRequest,
    add_lease_requests,
    end_lease_requests,
    open_lease_requests,
)
from detente.store.raw import RawRow
from detente.store.tables import WriteState, write
from detente.store.written import save_written, written_all, written_of

__all__ = [
    "LeaseRequest",
    "PlannedWrite",
    "SettledWrite",
    "WriteRow",
    "WriteState",
    "abandon_planned",
    "add_lease_requests",
    "end_lease_requests",
    "failures_of",
    "open_lease_requests",
    "plan_rows",
    "planned",
    "row_of",
    "save_written",
    "settle",
    "undone_of",
    "write_counts",
    "writes_of",
    "written_all",
    "written_of",
]


@dataclass(frozen=True, slots=True)
class PlannedWrite:
    """Changes to one record: `old` and `new` by field key, changed fields only; `reasons` by field key.

    `seq` starts at 1 in each run and gives the order. `undoes` is `run/seq` of the write that is undone.
    """

    run: str
    seq: int
    ref: Ref
    customer: str
    kind: Kind
    old: Mapping[str, FieldText]
    new: Mapping[str, FieldText]
    reasons: Mapping[str, str] = field(default_factory=dict)
    undoes: str | None = None


@dataclass(frozen=True, slots=True)
class SettledWrite:
    """What became of a planned write. `old` and `new`, if given, are what was really replaced and written."""

    run: str
    seq: int
    state: WriteState
    detail: str
    at: datetime
    old: Mapping[str, FieldText] | None = None
    new: Mapping[str, FieldText] | None = None


@dataclass(frozen=True, slots=True)
class WriteRow:
    """One write as it stands; `settled_at` is None while it is only planned."""

    run: str
    seq: int
    ref: Ref
    customer: str
    kind: Kind
    old: Mapping[str, FieldText]
    new: Mapping[str, FieldText]
    reasons: Mapping[str, str]
    undoes: str | None
    state: WriteState
    detail: str
    settled_at: datetime | None


_PLAN = (
    "run",
    "seq",
    "connector",
    "object",
    "id",
    "customer",
    "kind",
    "state",
    "old",
    "new",
    "reasons",
    "detail",
)


def plan_rows(connection: Connection, rows: Iterable[PlannedWrite]) -> None:
    """Keep a plan; rows whose run and seq are known stay as they are."""
    put_rows(connection, write, (*_PLAN, "undoes"), map(_plan_values, rows), replace=False)


def _plan_values(row: PlannedWrite) -> RawRow:
    where = (row.run, row.seq, row.ref.connector, row.ref.object, row.ref.id, row.customer, row.kind.value)
    texts = (canonical(dict(row.old)), canonical(dict(row.new)), canonical(dict(row.reasons)))
    return (*where, WriteState.PLANNED.value, *texts, "", row.undoes)


def planned(connection: Connection, run: str, limit: int) -> list[PlannedWrite]:
    """The first `limit` writes of a run that are not settled, in order."""
    query = select(write).where(write.c.run == run, write.c.state == WriteState.PLANNED.value)
    rows = [row_of(row) for row in connection.execute(query.order_by(write.c.seq).limit(limit))]
    return [
        PlannedWrite(
            row.run, row.seq, row.ref, row.customer, row.kind, row.old, row.new, row.reasons, row.undoes
        )
        for row in rows
    ]


def settle(connection: Connection, results: Iterable[SettledWrite]) -> int:
    """Note what became of planned writes; how many were. One that is settled stays as it is."""
    groups: dict[tuple[bool, bool], list[dict[str, object]]] = {}
    for result in results:
        row: dict[str, object] = {"r": result.run, "s": result.seq, "state": result.state.value}
        row |= {"detail": result.detail, "settled_at": result.at}
        row |= {} if result.old is None else {"old": dict(result.old)}
        row |= {} if result.new is None else {"new": dict(result.new)}
        groups.setdefault((result.old is None, result.new is None), []).append(row)
    return sum(_settle_alike(connection, rows) for rows in groups.values())


def _settle_alike(connection: Connection, rows: list[dict[str, object]]) -> int:
    here = (write.c.run == bindparam("r")) & (write.c.seq == bindparam("s"))
    change = update(write).where(here, write.c.state == WriteState.PLANNED.value)
    return connection.execute(change, rows).rowcount


def writes_of(connection: Connection, run: str) -> list[WriteRow]:
    """All writes of a run, in order."""
    query = select(write).where(write.c.run == run).order_by(write.c.seq)
    return [row_of(row) for row in connection.execute(query)]


def write_counts(connection: Connection, run: str) -> dict[str, int]:
    """How many writes a run `planned`, and how many of them stand in each other state; all are named."""
    query = select(write.c.state, func.count()).where(write.c.run == run).group_by(write.c.state)
    found: dict[str, int] = dict(connection.execute(query).all())
    counts = {state.value: found.get(state.value, 0) for state in WriteState}
    return counts | {WriteState.PLANNED.value: sum(found.values())}


def failures_of(connection: Connection, run: str) -> list[str]:
    """What people must know of writes of a run that failed: how many, by record kind and reason."""
    c = write.c
    failed = select(c.connector, c.object, c.detail, func.count(), func.min(c.id))
    failed = failed.where(c.run == run, c.state == WriteState.FAILED.value)
    rows = connection.execute(
        failed.group_by(c.connector, c.object, c.detail).order_by(c.connector, c.object)
    )
    return [
        f"{connector}: {count:,} {vendor_object} not written, such as {example}: {detail}"
        for connector, vendor_object, detail, count, example in rows
    ]


def undone_of(connection: Connection, run: str) -> frozenset[int]:
    """The seqs of writes of `run` that an undo has taken back, or has planned to."""
    states = (WriteState.PLANNED.value, WriteState.APPLIED.value)
    query = select(write.c.undoes).where(write.c.undoes.startswith(f"{run}/", autoescape=True))
    found = connection.scalars(query.where(write.c.state.in_(states)))
    parts = [text.rpartition("/") for text in found if text is not None]
    return frozenset(int(seq) for head, _, seq in parts if head == run)


def abandon_planned(connection: Connection, at: datetime) -> int:
    """Skip what earlier runs planned and never settled, under audit links of its own; how many writes."""
    query = select(write.c.run, write.c.seq).where(write.c.state == WriteState.PLANNED.value)
    rows = connection.execute(query.order_by(write.c.run, write.c.seq)).all()
    detail = "a later run took over before this was written"
    count = settle(connection, (SettledWrite(*row, WriteState.SKIPPED, detail, at) for row in rows))
    for run, first, last in _stretches(rows):
        leaves = leaves_for(connection, "writes", writes_subject(run, first, last))
        append_link(connection, kind="writes", subject=writes_subject(run, first, last), leaves=leaves, at=at)
    return count


def _stretches(rows: Sequence[tuple[str, int]]) -> Iterator[tuple[str, int, int]]:
    """Run, first and last of each stretch of rows without a gap."""
    for _, group in groupby(enumerate(rows), lambda item: (item[1][0], item[1][1] - item[0])):
        stretch = [row for _, row in group]
        yield stretch[0][0], stretch[0][1], stretch[-1][1]


def row_of(row: Row[*tuple[object, ...]]) -> WriteRow:
    """A row of `write`."""
    values: dict[str, Any] = dict(row._mapping)
    ref = Ref(*(str(values.pop(name)) for name in ("connector", "object", "id")))
    values |= {"ref": ref, "kind": Kind(str(values["kind"])), "state": WriteState(str(values["state"]))}
    return WriteRow(**values)
