"""Human edits of fields of ours: they stand until their end, and are never forgotten silently."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from detente_contracts import FieldText, Ref
from sqlalchemy import Connection, bindparam, select, update

from detente.store.bulk import put_rows
from detente.store.columns import micros
from detente.store.customers import successors
from detente.store.raw import RawRow
from detente.store.tables import lease_request


@dataclass(frozen=True, slots=True)
class LeaseRequest:
    """A human edit that stands against ours until `ends_at`; `held` is theirs, `ours` what we would write.

    `customer` is, as read, the one that stands now for the one at the time.
    """

    id: str
    ref: Ref
    field: str
    customer: str
    held: FieldText
    ours: FieldText
    seen_at: datetime
    ends_at: datetime


def open_lease_requests(connection: Connection) -> list[LeaseRequest]:
    """Human edits that stand, ordered by end, record and field."""
    c = lease_request.c
    query = select(lease_request).where(c.state == "open")
    rows = connection.execute(query.order_by(c.ends_at, c.connector, c.object, c.record_id, c.field))
    into = successors(connection)
    return [
        LeaseRequest(
            row.id,
            Ref(row.connector, row.object, row.record_id),
            row.field,
            into.get(row.customer, row.customer),
            row.held,
            row.ours,
            row.seen_at,
            row.ends_at,
        )
        for row in rows
    ]


def add_lease_requests(connection: Connection, rows: Iterable[LeaseRequest]) -> None:
    """Keep human edits that stand; one whose id is known stays as it is."""
    columns = ("id", "connector", "object", "record_id", "field", "customer", "held", "ours")
    times = ("seen_at", "ends_at", "state")
    put_rows(connection, lease_request, (*columns, *times), map(_lease_values, rows), replace=False)


def _lease_values(row: LeaseRequest) -> RawRow:
    where = (row.id, row.ref.connector, row.ref.object, row.ref.id, row.field, row.customer)
    return (*where, row.held, row.ours, micros(row.seen_at), micros(row.ends_at), "open")


def end_lease_requests(connection: Connection, ids: Sequence[str], at: datetime) -> None:
    """End requests; those that ended before stay as they are."""
    if ids:
        change = update(lease_request).where(
            lease_request.c.id == bindparam("i"), lease_request.c.state == "open"
        )
        rows = [{"i": id, "at": at} for id in ids]
        connection.execute(change.values(state="ended", ended_at=bindparam("at")), rows)
