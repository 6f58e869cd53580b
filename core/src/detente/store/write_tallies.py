"""What a run wrote, counted and a page at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Connection, func, select

from detente.store.tables import WriteState, write
from detente.store.writes import WriteRow, row_of

_c = write.c

TALLY = "tally"
"""Under this key the summary of a run that has ended keeps its tally."""


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


@dataclass(frozen=True, slots=True)
class WriteTally:
    """All writes of a run by object, and the applied ones by field and reason."""

    objects: tuple[ObjectTally, ...]
    fields: tuple[FieldTally, ...]

    def as_data(self) -> dict[str, list[list[object]]]:
        """As plain data, to be kept with a run that has ended: of many writes it takes seconds to make."""
        objects: list[list[object]] = [
            [row.connector, row.object, row.state.value, row.count] for row in self.objects
        ]
        fields: list[list[object]] = [
            [row.connector, row.object, row.field, row.why, row.count] for row in self.fields
        ]
        return {"objects": objects, "fields": fields}

    @classmethod
    def of(cls, data: Mapping[str, Sequence[Sequence[Any]]]) -> Self:
        """The tally that `as_data` wrote down."""
        objects = (ObjectTally(row[0], row[1], WriteState(row[2]), row[3]) for row in data["objects"])
        return cls(tuple(objects), tuple(FieldTally(*row) for row in data["fields"]))


def tally_writes(connection: Connection, run: str) -> WriteTally:
    """Writes by connector, vendor object and state; applied ones by field, the most frequent reason first."""
    # The reasons of a write are one of a few texts: each write is looked at once, and few JSON are opened.
    group = (_c.connector, _c.object, _c.state, _c.reasons)
    objects: Counter[tuple[str, str, WriteState]] = Counter()
    fields: Counter[tuple[str, str, str, str]] = Counter()
    query = select(*group, func.count()).where(_c.run == run).group_by(*group)
    for connector, vendor_object, state, reasons, count in connection.execute(query):
        objects[connector, vendor_object, WriteState(state)] += count
        for field, why in reasons.items() if state == WriteState.APPLIED.value else ():
            fields[connector, vendor_object, field, why] += count
    by_field = sorted(fields.items(), key=lambda item: (*item[0][:3], -item[1], item[0][3]))
    return WriteTally(
        tuple(ObjectTally(*key, count) for key, count in sorted(objects.items())),
        tuple(FieldTally(*key, count) for key, count in by_field),
    )


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
