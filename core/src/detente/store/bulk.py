"""Many rows at once, past SQLAlchemy's per-row cost: SQLite by executemany, PostgreSQL by COPY and one merge.

Values here are the driver's: instants as microseconds, JSON as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from itertools import islice
from types import ModuleType

from detente_contracts import Ref, RuleViolationError
from sqlalchemy import Connection, Table
from sqlalchemy.exc import IntegrityError

from detente.store.columns import canonical
from detente.store.raw import CHUNK, Key, RawRow, quoted


def put_rows(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Iterable[RawRow],
    *,
    replace: bool = True,
) -> None:
    """Insert `rows`; where the key exists, replace what differs, or with `replace` false keep what stands.

    A row equal to what stands is not rewritten. Keys must be distinct within `rows`. What is a log, or is
    covered by the audit trail, goes through `append_rows`.

    Raises: RuleViolationError when a row would stand beside one that it excludes; leave the transaction then.
    """
    _insert(connection, table, columns, rows, _on_conflict(connection, table, columns, replace))


def append_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[RawRow]) -> None:
    """Insert `rows` into a log: what stands is never replaced.

    Raises: RuleViolationError when the key of a row exists; leave the transaction then.
    """
    _insert(connection, table, columns, rows, "")


def _insert(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Iterable[RawRow],
    on_conflict: str,
) -> None:
    source = iter(rows)
    while chunk := list(islice(source, CHUNK)):
        try:
            if connection.dialect.name == "postgresql":
                _copying().put_copied(connection, table, columns, chunk, on_conflict)
            else:
                _put_many(connection, table, columns, chunk, on_conflict)
        except IntegrityError as error:
            raise RuleViolationError(
                f"the store refuses a row of {table.name}: one that excludes it stands",
                hint="Look at what stands first",
            ) from error


def _copying() -> ModuleType:
    """PostgreSQL's side, read only where PostgreSQL is used: its driver may not be installed."""
    return import_module("detente.store.copying")


def rows_by_key(
    connection: Connection, table: Table, columns: Sequence[str], keys: Iterable[Key]
) -> Iterator[tuple[Key, RawRow]]:
    """For each of `keys` that `table` holds, its values in `columns`; no order."""
    groups: dict[tuple[str, str], list[str]] = {}
    for connector, vendor_object, record_id in keys:
        groups.setdefault((connector, vendor_object), []).append(record_id)
    for (connector, vendor_object), ids in groups.items():
        for start in range(0, len(ids), CHUNK):
            part = ids[start : start + CHUNK]
            for found, *values in _rows_by_id(connection, table, columns, connector, vendor_object, part):
                yield (connector, vendor_object, str(found)), tuple(values)


def rows_by_ref(
    connection: Connection, table: Table, columns: Sequence[str], refs: Iterable[Ref]
) -> Iterator[tuple[Ref, RawRow]]:
    """As `rows_by_key`, for refs."""
    keys = ((ref.connector, ref.object, ref.id) for ref in refs)
    for key, values in rows_by_key(connection, table, columns, keys):
        yield Ref(*key), values


def raw_chunks(connection: Connection, query: str) -> Iterator[list[RawRow]]:
    """The answer to `query`, which takes no parameters, at most CHUNK rows at a time."""
    if connection.dialect.name == "postgresql":
        yield from _copying().fetched_chunks(connection, query, CHUNK)
        return
    cursor = connection.connection.cursor()
    cursor.execute(query)
    while rows := cursor.fetchmany(CHUNK):
        yield list(rows)


def _rows_by_id(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    connector: str,
    vendor_object: str,
    ids: Sequence[str],
) -> list[RawRow]:
    names = quoted("id", *columns)
    head = f'SELECT {names} FROM "{table.name}" WHERE connector = '  # noqa: S608 - names of our own tables
    if connection.dialect.name == "postgresql":
        query = head + "%s AND object = %s AND id = ANY(%s)"
        result = connection.exec_driver_sql(query, (connector, vendor_object, list(ids)))
    else:
        query = head + "? AND object = ? AND id IN (SELECT value FROM json_each(?))"  # noqa: S608
        result = connection.exec_driver_sql(query, (connector, vendor_object, canonical(list(ids))))
    return [tuple(row) for row in result]


def _put_many(
    connection: Connection, table: Table, columns: Sequence[str], rows: list[RawRow], on_conflict: str
) -> None:
    marks = ", ".join("?" * len(columns))
    head = f'INSERT INTO "{table.name}" ({quoted(*columns)}) VALUES ({marks})'  # noqa: S608
    connection.exec_driver_sql(head + on_conflict, rows)


def _on_conflict(connection: Connection, table: Table, columns: Sequence[str], replace: bool) -> str:
    """What an insert of `columns` does where the key stands."""
    differs = "IS DISTINCT FROM" if connection.dialect.name == "postgresql" else "IS NOT"
    keys = [column.name for column in table.primary_key]
    rest = [name for name in columns if name not in keys]
    head = f" ON CONFLICT ({quoted(*keys)}) DO "
    if not replace or not rest:
        return head + "NOTHING"
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in rest)
    moved = " OR ".join(f'"{table.name}"."{name}" {differs} excluded."{name}"' for name in rest)
    return f"{head}UPDATE SET {changes} WHERE {moved}"
