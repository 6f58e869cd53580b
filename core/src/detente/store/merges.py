"""Accounts that a CRM merged away, each with the record that it went into."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from detente_contracts import Ref
from sqlalchemy import Connection, select

from detente.store.bulk import put_rows
from detente.store.columns import micros
from detente.store.link_tables import merged_record


def note_merges(connection: Connection, merged: Mapping[Ref, Ref], at: datetime) -> None:
    """Keep where records went; told again with another target, the last word counts."""
    columns = ("connector", "object", "id", "into", "at")
    stamp = micros(at)
    rows = ((old.connector, old.object, old.id, str(new), stamp) for old, new in merged.items())
    put_rows(connection, merged_record, columns, rows)


def merges(connection: Connection) -> dict[str, str]:
    """Every record that was merged away, with the one that it went into, both as connector/object/id."""
    c = merged_record.c
    query = select(c.connector, c.object, c.id, c.into).order_by(c.connector, c.object, c.id)
    return {str(Ref(*ref)): into for *ref, into in connection.execute(query)}
