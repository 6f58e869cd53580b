"""Records as a Polars frame, without a Python object a record beyond the driver's row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

import polars as pl
from detente_contracts import RECORD_TYPES, Kind
from polars.datatypes import DataTypeClass
from sqlalchemy import Connection

from detente.store.bulk import raw_chunks
from detente.store.raw import RawRow, quoted
from detente.store.record_tables import field_types, record_tables

REF = ("connector", "object", "id")
ColumnType = pl.DataType | DataTypeClass

INSTANT = pl.Datetime("us", "UTC")

_STORED: Mapping[object, ColumnType] = {
    str: pl.String,
    int: pl.Int64,
    float: pl.Float64,
    bool: pl.Boolean,
    datetime: INSTANT,
    Mapping: pl.String,
}
_GROUPS: Mapping[str, ColumnType] = {
    "flag": pl.Boolean,
    "instant": INSTANT,
    "number": pl.Float64,
    "text": pl.String,
}


def frame_of(rows: list[RawRow], schema: Mapping[str, ColumnType]) -> pl.DataFrame:
    """Driver rows as columns of `schema`: instants come as microseconds, flags maybe as 0 and 1."""
    values = zip(*rows, strict=True) if rows else ([] for _ in schema)
    series = [
        _series(name, dtype, list(items)) for (name, dtype), items in zip(schema.items(), values, strict=True)
    ]
    return pl.DataFrame(series)


def _series(name: str, dtype: ColumnType, items: list[object]) -> pl.Series:
    if dtype == INSTANT:
        return pl.Series(name, items, dtype=pl.Int64).cast(INSTANT)
    if dtype == pl.Boolean:
        return pl.Series(name, [None if item is None else bool(item) for item in items], dtype=pl.Boolean)
    return pl.Series(name, items, dtype=dtype)


def query_frame(connection: Connection, query: str, schema: Mapping[str, ColumnType]) -> pl.DataFrame:
    """The answer to `query`, which takes no parameters, read in chunks."""
    parts = [frame_of(rows, schema) for rows in raw_chunks(connection, query)]
    return pl.concat(parts, rechunk=False) if parts else frame_of([], schema)


def owned_accounts(connection: Connection) -> pl.DataFrame:
    """Accounts that are not gone and have an owner: connector, object, id, owner; no order."""
    names = (*REF, "owner")
    where = "FROM record_account WHERE gone_at IS NULL AND owner IS NOT NULL"
    return query_frame(connection, f"SELECT {quoted(*names)} {where}", dict.fromkeys(names, pl.String))


def read_records(connection: Connection, kind: Kind, connectors: Collection[str]) -> pl.DataFrame:
    """Records of `kind` and of `connectors` that are not gone, custom values as columns, ordered by ref."""
    types = field_types(RECORD_TYPES[kind])
    schema = {**dict.fromkeys(REF, pl.String), **{name: _STORED[plain] for name, plain in types.items()}}
    query = f"SELECT {quoted(*schema)} FROM {record_tables[kind].name} WHERE gone_at IS NULL"  # noqa: S608
    theirs = pl.col("connector").is_in(list(connectors))
    chunks = (frame_of(rows, schema).filter(theirs) for rows in raw_chunks(connection, query))
    if "custom" not in types:
        return pl.concat([frame_of([], schema), *chunks], rechunk=False).sort(REF)
    parts = [_split(chunk) for chunk in chunks]
    whole = pl.concat(parts, how="diagonal", rechunk=False) if parts else frame_of([], schema).drop("custom")
    return _merged(whole, frozenset(schema)).sort(REF)


def _split(frame: pl.DataFrame) -> pl.DataFrame:
    """Custom values as columns `<group>/<key>`."""
    custom = frame.get_column("custom")
    rest = frame.drop("custom")
    if (custom == "{}").all():
        return rest
    groups = custom.str.json_decode(infer_schema_length=None).struct.unnest()
    return rest.hstack([column for group in _GROUPS for column in _columns(groups, group)])


def _columns(groups: pl.DataFrame, group: str) -> Iterator[pl.Series]:
    if group in groups.columns:
        for column in groups.get_column(group).struct.unnest():
            dtype = pl.Int64 if group == "instant" else _GROUPS[group]
            yield column.cast(dtype).cast(_GROUPS[group]).alias(f"{group}/{column.name}")


def _merged(frame: pl.DataFrame, fields: frozenset[str]) -> pl.DataFrame:
    """One column a custom key; a key that was read with several types becomes text."""
    spread: dict[str, list[str]] = {}
    for name in frame.columns:
        if name not in fields:
            spread.setdefault(name.partition("/")[2], []).append(name)
    custom = [_one(key, names) for key, names in sorted(spread.items()) if key not in fields]
    return frame.select(*[name for name in frame.columns if name in fields], *custom)


def _one(key: str, names: list[str]) -> pl.Expr:
    if len(names) == 1:
        return pl.col(names[0]).alias(key)
    return pl.coalesce(pl.col(name).cast(pl.String) for name in sorted(names, reverse=True)).alias(key)
