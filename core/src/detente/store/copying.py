"""PostgreSQL's side of many rows at once: COPY into a table of the transaction's own, then one merge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Table
from sqlalchemy.exc import IntegrityError

from detente.store.raw import RawRow, quoted

_cursors = count(1)


def put_copied(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[RawRow], on_conflict: str
) -> None:
    """Insert `rows`; `on_conflict` says what happens where the key stands, and empty refuses.

    Raises: sqlalchemy's IntegrityError, as other statements on this connection do.
    """
    staged = sql.SQL("SELECT {} FROM detente_staged {}").format(_names(columns), sql.SQL(on_conflict))
    try:
        with _driver(connection).cursor() as cursor:
            _stage(cursor, table, columns, rows)
            into = sql.SQL("INSERT INTO {} ({}) ").format(sql.Identifier(table.name), _names(columns))
            cursor.execute(into + staged)
            cursor.execute("DROP TABLE detente_staged")
    except psycopg.IntegrityError as error:
        raise IntegrityError(f"INSERT INTO {table.name}", None, error) from error


def _stage(cursor: psycopg.Cursor, table: Table, columns: Sequence[str], rows: Sequence[RawRow]) -> None:
    shape = sql.SQL("CREATE TEMP TABLE detente_staged ON COMMIT DROP AS SELECT {} FROM {} LIMIT 0")
    cursor.execute(shape.format(_names(columns), sql.Identifier(table.name)))
    with cursor.copy(sql.SQL("COPY detente_staged ({}) FROM STDIN").format(_names(columns))) as copy:
        for row in rows:
            copy.write_row(row)


def fetched_chunks(connection: Connection, query: str, size: int) -> Iterator[list[RawRow]]:
    """The answer to `query`, `size` rows at a time, by a cursor on the server."""
    with _driver(connection).cursor(name=f"detente_{next(_cursors)}") as cursor:
        cursor.execute(query.encode())
        while rows := cursor.fetchmany(size):
            yield rows


def _names(columns: Sequence[str]) -> sql.SQL:
    return sql.SQL(quoted(*columns))


def _driver(connection: Connection) -> psycopg.Connection:
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("not a psycopg connection")
    return driver
