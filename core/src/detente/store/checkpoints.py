"""Where reading stands for each connector and kind, and the journal of batches that brought it there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from detente_contracts import Batch, Kind
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from detente.store.bulk import put_rows
from detente.store.columns import canonical, micros
from detente.store.records import Upserted
from detente.store.tables import checkpoint, read_batch


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where the next read starts; `hidden` are the record fields that the last read could not see.

    `caught_up_at` is when nothing more was to be had; None when that never was so, or is not known.
    """

    cursor: str
    hidden: frozenset[str]
    read_at: datetime
    caught_up_at: datetime | None


@dataclass(frozen=True, slots=True)
class BatchRow:
    """Counts of one batch, or of all batches of one connector and kind."""

    connector: str
    kind: Kind
    read: int
    new: int
    changed: int
    gone: int
    refused: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that could not be mapped or kept: which, and why."""

    connector: str
    kind: Kind
    row: str
    reason: str


def read_checkpoint(connection: Connection, connector: str, kind: Kind) -> Checkpoint | None:
    """Where reading stands; None before the first batch."""
    query = select(checkpoint).where(checkpoint.c.connector == connector, checkpoint.c.kind == kind.value)
    row = connection.execute(query).one_or_none()
    return None if row is None else _checkpoint(row)


def checkpoints_of(connection: Connection, connectors: Collection[str]) -> dict[tuple[str, Kind], Checkpoint]:
    """Where reading stands, by connector and kind; what was never read is absent."""
    found = connection.execute(select(checkpoint).where(checkpoint.c.connector.in_(connectors)))
    return {(row.connector, Kind(row.kind)): _checkpoint(row) for row in found}


def _checkpoint(row: Row[*tuple[Any, ...]]) -> Checkpoint:
    return Checkpoint(row.cursor, frozenset(row.hidden), row.read_at, row.caught_up_at)


def was_read_whole(connection: Connection, connector: str, kinds: Collection[Kind]) -> bool:
    """Whether each of `kinds` was ever read to its end."""
    found = checkpoints_of(connection, [connector])
    return all(
        (connector, kind) in found and found[connector, kind].caught_up_at is not None for kind in kinds
    )


def connectors_read(connection: Connection) -> frozenset[str]:
    """Connectors from which a batch was ever kept."""
    return frozenset(connection.scalars(select(checkpoint.c.connector).distinct()))


def last_reads(connection: Connection) -> dict[str, datetime]:
    """When each connector's last batch was kept; those that never gave one are absent."""
    query = select(checkpoint.c.connector, func.max(checkpoint.c.read_at)).group_by(checkpoint.c.connector)
    return dict(connection.execute(query).all())


def save_batch(
    connection: Connection,
    *,
    run: str,
    connector: str,
    kind: Kind,
    batch: Batch,
    upserted: Upserted,
    at: datetime,
    lost: int | None = None,
) -> int:
    """Move the checkpoint behind `batch` and journal it; its seq, from 1 in each run.

    `lost` is how many of the records that are told as gone were there until now; all, unless given.
    """
    before = read_checkpoint(connection, connector, kind)
    whole_at = at if batch.done else before.caught_up_at if before else None
    columns = ("connector", "kind", "cursor", "hidden", "read_at", "caught_up_at")
    times = (micros(at), micros(whole_at) if whole_at else None)
    row = (connector, kind.value, batch.cursor, canonical(sorted(batch.hidden)), *times)
    put_rows(connection, checkpoint, columns, [row])
    last = connection.scalar(select(func.max(read_batch.c.seq)).where(read_batch.c.run == run))
    seq = (last or 0) + 1
    journal = insert(read_batch).values(
        run=run,
        seq=seq,
        connector=connector,
        kind=kind.value,
        cursor=batch.cursor,
        read=len(batch.records),
        new=upserted.new,
        changed=upserted.changed,
        same=upserted.same,
        gone=len(batch.gone) if lost is None else lost,
        refused=[list(pair) for pair in (*batch.refused, *upserted.refused)],
        at=at,
    )
    connection.execute(journal)
    return seq


def move_checkpoint(connection: Connection, connector: str, kind: Kind, cursor: str | None) -> None:
    """Let the next read start at `cursor`; None: from the beginning, as if nothing was ever read."""
    here = (checkpoint.c.connector == connector) & (checkpoint.c.kind == kind.value)
    if cursor is None:
        connection.execute(delete(checkpoint).where(here))
    else:
        connection.execute(update(checkpoint).where(here).values(cursor=cursor))


def batches_of(connection: Connection, run: str) -> Sequence[BatchRow]:
    """The batches of a run, in the order in which they were kept."""
    query = select(read_batch).where(read_batch.c.run == run).order_by(read_batch.c.seq)
    return [
        BatchRow(row.connector, Kind(row.kind), row.read, row.new, row.changed, row.gone, len(row.refused))
        for row in connection.execute(query)
    ]


def counts_of(connection: Connection, run: str) -> Sequence[BatchRow]:
    """The batches of a run summed per connector and kind, in the order in which these were first read."""
    sums: dict[tuple[str, Kind], BatchRow] = {}
    for row in batches_of(connection, run):
        key = (row.connector, row.kind)
        sums[key] = _sum(sums[key], row) if key in sums else row
    return list(sums.values())


def _sum(one: BatchRow, other: BatchRow) -> BatchRow:
    return BatchRow(
        one.connector,
        one.kind,
        one.read + other.read,
        one.new + other.new,
        one.changed + other.changed,
        one.gone + other.gone,
        one.refused + other.refused,
    )


def refused_of(connection: Connection, run: str) -> Sequence[Refused]:
    """Rows that a run could not map or keep, in the order in which they came."""
    query = select(read_batch).where(read_batch.c.run == run, read_batch.c.refused != [])
    return [
        Refused(row.connector, Kind(row.kind), name, reason)
        for row in connection.execute(query.order_by(read_batch.c.seq))
        for name, reason in row.refused
    ]
