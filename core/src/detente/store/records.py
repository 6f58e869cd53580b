"""Canonical records: one typed table a kind; a row is rewritten only when something in it changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from detente_contracts import Census, FieldText, Kind, Record, Ref, RejectedRecordError
from sqlalchemy import Connection, Table, Update, bindparam, func, literal, select, tuple_, update

from detente.store import merges
from detente.store.bulk import put_rows, rows_by_key, rows_by_ref
from detente.store.columns import field_texts
from detente.store.raw import Key, RawRow
from detente.store.record_codec import HALF, codec_of, held_digest, held_text
from detente.store.record_frames import read_records
from detente.store.record_tables import record_tables

__all__ = [
    "Upserted",
    "count_records",
    "account_names",
    "has_account",
    "held_of",
    "mark_gone",
    "missed",
    "records_frame",
    "update_held",
    "upsert_records",
]

_HOLDING = [table for table in record_tables.values() if "held" in table.c]


@dataclass(frozen=True, slots=True)
class Upserted:
    """What keeping records did. `same` rows were not rewritten; `refused` names records and why."""

    new: int = 0
    changed: int = 0
    same: int = 0
    refused: tuple[tuple[str, str], ...] = ()


def upsert_records(connection: Connection, kind: Kind, records: Sequence[Record]) -> Upserted:
    """Keep `records`; of several with one ref the last counts. A record that was gone comes back.

    A newer modification time alone is no change. A record that cannot be kept is refused and named.
    """
    rows, refused = _encoded(kind, records)
    table, columns = record_tables[kind], codec_of(kind).columns
    digest = columns.index("digest")
    known = dict(rows_by_key(connection, table, ("digest", "gone_at"), rows))
    fresh = [row for key, row in rows.items() if key not in known]
    moved = [row for key, row in rows.items() if key in known and known[key] != (row[digest], None)]
    put_rows(connection, table, columns, fresh + moved)
    same = len(rows) - len(fresh) - len(moved)
    return Upserted(len(fresh), len(moved), same, tuple(refused))


def _encoded(kind: Kind, records: Iterable[Record]) -> tuple[dict[Key, RawRow], list[tuple[str, str]]]:
    codec = codec_of(kind)
    rows: dict[Key, RawRow] = {}
    refused: list[tuple[str, str]] = []
    for record in records:
        try:
            row = codec.encode(record)
        except RejectedRecordError as error:
            refused.append((ascii(str(record.ref))[1:-1], error.message))
        else:
            rows[row[:3]] = row  # type: ignore[index]
    return rows, refused


def mark_gone(connection: Connection, refs: Sequence[Ref], at: datetime) -> int:
    """Note that the CRM deleted or merged away `refs`; how many were there until now."""
    if not refs:
        return 0
    rows = [{"c": ref.connector, "o": ref.object, "i": ref.id, "at": at} for ref in refs]
    return sum(_mark_gone(connection, table, rows) for table in record_tables.values())


def _mark_gone(connection: Connection, table: Table, rows: list[dict[str, object]]) -> int:
    here = (table.c.connector == bindparam("c")) & (table.c.object == bindparam("o"))
    change = update(table).where(here, table.c.id == bindparam("i"), table.c.gone_at.is_(None))
    return connection.execute(change.values(gone_at=bindparam("at")), rows).rowcount


def missed(connection: Connection, connector: str, kind: Kind, census: Census) -> list[Ref]:
    """Records of `kind` that the census misses and that are not gone yet, in no order."""
    table = record_tables[kind]
    c, above, below = table.c, census.after, census.until
    query = select(c.id).where(c.connector == connector, c.object == census.object, c.gone_at.is_(None))
    place = tuple_(func.length(c.id), c.id)
    if above is not None:
        query = query.where(place > tuple_(literal(len(above)), literal(above)))
    if below is not None:
        query = query.where(place <= tuple_(literal(len(below)), literal(below)))
    known = (Ref(connector, census.object, id_) for id_ in connection.scalars(query))
    return [ref for ref in known if census.misses(ref)]


def update_held(connection: Connection, held: Mapping[Ref, Mapping[str, FieldText]]) -> int:
    """Merge what the CRM holds in our fields now; how many rows changed. Refs that we lack are left out.

    Afterwards, a record read with just these values is no change.
    """
    changed = 0
    for table in _HOLDING:
        rows: list[dict[str, object]] = []
        for ref, (text, digest) in rows_by_ref(connection, table, ("held", "digest"), held):
            merged = held_text({**field_texts(str(text)), **held[ref]})
            if merged != text and isinstance(digest, bytes):
                stamp = digest[:HALF] + held_digest(merged)
                rows.append({"c": ref.connector, "o": ref.object, "i": ref.id, "h": merged, "d": stamp})
        if rows:
            connection.execute(_held_change(table), rows)
        changed += len(rows)
    return changed


def _held_change(table: Table) -> Update:
    here = (table.c.connector == bindparam("c")) & (table.c.object == bindparam("o"))
    change = update(table).where(here, table.c.id == bindparam("i"))
    return change.values(held=bindparam("h"), digest=bindparam("d"))


def held_of(connection: Connection, refs: Iterable[Ref]) -> dict[Ref, Mapping[str, FieldText]]:
    """What the CRM held in our fields when last seen, empty fields left out; refs that we lack are absent."""
    wanted = list(refs)
    found: dict[Ref, Mapping[str, FieldText]] = {}
    for table in _HOLDING:
        found.update(
            (ref, field_texts(str(text)))
            for ref, (text,) in rows_by_ref(connection, table, ("held",), wanted)
        )
    return found


def has_account(connection: Connection, ref: Ref) -> bool:
    """Whether an account is kept and not gone."""
    found = rows_by_ref(connection, record_tables[Kind.ACCOUNT], ("gone_at",), [ref])
    return [gone_at for _, (gone_at,) in found] == [None]


def account_names(connection: Connection, refs: Iterable[Ref]) -> dict[Ref, str | None]:
    """The names of accounts, of those that are gone too; refs that we lack are absent."""
    found = rows_by_ref(connection, record_tables[Kind.ACCOUNT], ("name",), refs)
    return {ref: None if name is None else str(name) for ref, (name,) in found}


def records_frame(connection: Connection, kind: Kind, connectors: Collection[str]) -> pl.DataFrame:
    """All records of a kind and of `connectors` that are not gone, ordered by connector, object and id.

    What belongs to an account that was merged away belongs to the living one that it went into.

    Columns are the record's fields; `ref` is `connector`, `object`, `id`; `custom` is one column a key, typed
    (number, flag, text or instant; of mixed types text), left out where it has the name of a field; `held` is
    JSON text.
    """
    frame = read_records(connection, kind, connectors)
    return _with_heirs(connection, frame) if "account_id" in frame.columns else frame


def _with_heirs(connection: Connection, frame: pl.DataFrame) -> pl.DataFrame:
    found = [(old.connector, old.id, heir.id) for old, heir in merges.heirs(connection).items()]
    if not found:
        return frame
    names = ("connector", "account_id", "__heir")
    heirs = pl.DataFrame(found, schema=dict.fromkeys(names, pl.String), orient="row")
    joined = frame.join(heirs.unique(names[:2]), on=names[:2], how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("__heir", "account_id").alias("account_id")).drop("__heir")


def count_records(connection: Connection) -> dict[tuple[str, Kind], int]:
    """How many records that are not gone each connector has of each kind; without any, no entry."""
    counts: dict[tuple[str, Kind], int] = {}
    for kind, table in record_tables.items():
        query = select(table.c.connector, func.count()).where(table.c.gone_at.is_(None))
        for connector, count in connection.execute(query.group_by(table.c.connector)):
            counts[connector, kind] = count
    return counts
