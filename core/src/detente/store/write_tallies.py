"""What a run wrote, counted and a page at a time."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import JSON, Connection, TableValuedAlias, cast, func, select, true

from detente.store.tables import WriteState, write
from detente.store.writes import WriteRow, row_of

_c = write.c


@dataclass(frozen=True, slots=True)
class ObjectTally:
    """Writes of one run to one vendor object that stand in one state."""

    connector: str
    object: str
    state: WriteState
    count: int


@dataclass(frozen=True, slots=True)
class FieldTally:
    """How often a run wrote a field of one vendor object, and for which reason."""

    connector: str
    object: str
    field: str
    why: str
    count: int


@dataclass(frozen=True, slots=True)
class DetailTally:
    """Writes of one run to one vendor object that stand in one state, and what is said about them."""

    connector: str
    object: str
    state: WriteState
    detail: str
    count: int


def tally_objects(connection: Connection, run: str) -> list[ObjectTally]:
    """Writes by connector, vendor object and state, in this order."""
    group = (_c.connector, _c.object, _c.state)
    query = select(*group, func.count()).where(_c.run == run).group_by(*group).order_by(*group)
    return [ObjectTally(row[0], row[1], WriteState(row[2]), row[3]) for row in connection.execute(query)]


def tally_fields(connection: Connection, run: str) -> list[FieldTally]:
    """Applied writes by connector, vendor object, field and reason, the most frequent reason first."""
    reasons = _reasons(connection)
    group = (_c.connector, _c.object, reasons.c.key, reasons.c.value)
    query = select(*group, func.count()).select_from(write).join(reasons, true())
    query = query.where(_c.run == run, _c.state == WriteState.APPLIED.value).group_by(*group)
    found = [FieldTally(*row) for row in connection.execute(query)]
    return sorted(found, key=lambda item: (item.connector, item.object, item.field, -item.count, item.why))


def tally_details(connection: Connection, run: str, limit: int) -> list[DetailTally]:
    """Failed and skipped writes by what is said of them, the most frequent first; at most `limit`."""
    group = (_c.connector, _c.object, _c.state, _c.detail)
    query = select(*group, func.count().label("count")).where(_c.run == run)
    query = query.where(_c.state.in_((WriteState.FAILED.value, WriteState.SKIPPED.value))).group_by(*group)
    rows = connection.execute(query.order_by(func.count().desc(), *group).limit(limit))
    return [DetailTally(row[0], row[1], WriteState(row[2]), row[3], row[4]) for row in rows]


def write_page(
    connection: Connection, run: str, state: WriteState | None, *, after: int, limit: int
) -> list[WriteRow]:
    """At most `limit` writes of a run behind the seq `after`, in order; of one state, or of all."""
    query = select(write).where(_c.run == run, _c.seq > after)
    query = query if state is None else query.where(_c.state == state.value)
    return [row_of(row) for row in connection.execute(query.order_by(_c.seq).limit(limit))]


def _reasons(connection: Connection) -> TableValuedAlias:
    """The reasons of a write as rows: field and reason."""
    if connection.dialect.name == "postgresql":
        return func.json_each_text(cast(_c.reasons, JSON)).table_valued("key", "value", name="reason")
    return func.json_each(_c.reasons).table_valued("key", "value", name="reason")
