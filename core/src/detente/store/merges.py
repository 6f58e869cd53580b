"""Accounts that a CRM merged away, each with the record that it went into.

One that is there again is itself again: of such a merge nothing is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from detente_contracts import Kind, Ref
from sqlalchemy import Connection, and_, or_, select

from detente.store.bulk import put_rows, rows_by_ref
from detente.store.columns import micros, ref_of
from detente.store.link_tables import merged_record
from detente.store.record_tables import record_tables

_ACCOUNTS = record_tables[Kind.ACCOUNT]


def note_merges(connection: Connection, merged: Mapping[Ref, Ref], at: datetime) -> None:
    """Keep where records went; told again with another target, the last word counts."""
    columns = ("connector", "object", "id", "into", "at")
    stamp = micros(at)
    rows = ((old.connector, old.object, old.id, str(new), stamp) for old, new in merged.items())
    put_rows(connection, merged_record, columns, rows)


def merges(connection: Connection) -> dict[str, str]:
    """Every record that was merged away, with the one that it went into, both as connector/object/id."""
    c, a = merged_record.c, _ACCOUNTS.c
    same = and_(a.connector == c.connector, a.object == c.object, a.id == c.id)
    query = select(c.connector, c.object, c.id, c.into).select_from(merged_record.outerjoin(_ACCOUNTS, same))
    query = query.where(or_(a.id.is_(None), a.gone_at.is_not(None)))
    ordered = query.order_by(c.connector, c.object, c.id)
    return {str(Ref(*ref)): into for *ref, into in connection.execute(ordered)}


def heirs(connection: Connection) -> dict[Ref, Ref]:
    """Every account that was merged away, with the living one at the end of its way, if there is one."""
    known = merges(connection)
    ends = {ref_of(old): ref_of(_end(old, known)) for old in known}
    living = _living(connection, set(ends.values()))
    return {old: end for old, end in ends.items() if end in living}


def predecessors(connection: Connection, accounts: Collection[Ref]) -> list[Ref]:
    """The accounts that were merged into `accounts`, in order."""
    return sorted(old for old, end in heirs(connection).items() if end in accounts)


def _end(old: str, known: Mapping[str, str]) -> str:
    """Where a chain of merges ends; somewhere in it when it goes round in a circle."""
    end, seen = known[old], {old}
    while end in known and end not in seen:
        seen.add(end)
        end = known[end]
    return end


def _living(connection: Connection, accounts: Iterable[Ref]) -> set[Ref]:
    rows = rows_by_ref(connection, _ACCOUNTS, ("gone_at",), accounts)
    return {ref for ref, (gone_at,) in rows if gone_at is None}
