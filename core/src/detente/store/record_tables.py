"""The tables of records: one typed table a kind, made from the contract's dataclass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from detente_contracts import RECORD_TYPES, Kind, Record
from sqlalchemy import BigInteger, Boolean, Column, Double, Index, LargeBinary, MetaData, Table, Text
from sqlalchemy.types import TypeEngine

from detente.store.columns import Instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

_TYPES: Mapping[object, type[TypeEngine[Any]]] = {
    str: Text,
    int: BigInteger,
    float: Double,
    bool: Boolean,
    datetime: Instant,
}


def field_types(record_type: type[Record]) -> dict[str, object]:
    """The plain type of each field but `ref`, in order: str, int, float, bool, datetime or Mapping."""
    hints = get_type_hints(record_type)
    names = [field.name for field in fields(record_type) if field.name != "ref"]
    return {name: _plain(hints[name]) for name in names}


def _plain(hint: object) -> object:
    if get_origin(hint) is Mapping:
        return Mapping
    inner = [item for item in get_args(hint) if item is not NoneType]
    return inner[0] if inner else hint


def is_required(record_type: type[Record], name: str) -> bool:
    """Whether the field may never be None."""
    return NoneType not in get_args(get_type_hints(record_type)[name])


def _record_table(kind: Kind) -> Table:
    record_type = RECORD_TYPES[kind]
    columns: list[Column[Any]] = [
        Column(name, Text, primary_key=True) for name in ("connector", "object", "id")
    ]
    for name, plain in field_types(record_type).items():
        column_type = Text if plain is Mapping else _TYPES[plain]
        columns.append(Column(name, column_type, nullable=not is_required(record_type, name)))
    columns.append(Column("digest", LargeBinary, nullable=False))
    columns.append(Column("gone_at", Instant))
    table = Table(f"record_{kind.value}", metadata, *columns)
    if "account_id" in table.c and "is_open" in table.c:
        c = table.c
        # a customer's page asks for the few of its accounts among all that are open
        Index(
            f"ix_record_{kind.value}_open",
            c.connector,
            c.account_id,
            sqlite_where=c.is_open,
            postgresql_where=c.is_open,
        )
    return table


record_tables: Mapping[Kind, Table] = {kind: _record_table(kind) for kind in Kind}
"""One table a kind: `ref` as three columns, the fields, `digest` (fields, then held) and `gone_at`."""
