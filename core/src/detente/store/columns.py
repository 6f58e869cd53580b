"""How values lie in columns: instants as microseconds since 1970 UTC, mappings as canonical JSON text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
from detente_contracts import FieldText, Ref
from sqlalchemy import BigInteger, ColumnElement, Dialect, Table, Text, type_coerce
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(instant: datetime) -> int:
    """Microseconds since 1970 UTC. Raises: TypeError when `instant` has no zone."""
    since = instant - _EPOCH
    return since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds


def from_micros(value: int) -> datetime:
    """The aware UTC instant `value` microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=value)


def maybe_micros(instant: datetime | None) -> int | None:
    """As `micros`; None stays None."""
    return None if instant is None else micros(instant)


def canonical(value: object) -> str:
    """JSON text with sorted keys: equal values give equal text."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def ref_of(text: str) -> Ref:
    """The ref that is kept as connector/object/id."""
    return Ref(*text.split("/", 2))


def text_digest(text: str) -> str:
    """The digest by which a text is kept, in hex."""
    return sha256(text.encode()).hexdigest()[:32]


def field_texts(text: str) -> dict[str, FieldText]:
    """Field values by key, from their JSON text."""
    values: dict[str, FieldText] = orjson.loads(text)
    return values


def without_empty(values: Mapping[str, FieldText]) -> dict[str, FieldText]:
    """The fields that hold something: an empty field and an unnamed one are the same to us."""
    return {key: value for key, value in values.items() if value is not None}


def raw_columns(table: Table) -> list[ColumnElement[Any]]:
    """The columns of `table` as they lie there, undecoded, under their names."""
    return [
        type_coerce(column, column.type.impl_instance).label(column.name)
        if isinstance(column.type, TypeDecorator)
        else column
        for column in table.c
    ]


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant, kept as a BIGINT."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To the column."""
        return maybe_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """From the column."""
        return None if value is None else from_micros(value)


class JsonText(TypeDecorator[object]):
    """Plain JSON, kept as canonical text. Never empty: absence is `{}` or `[]`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str:
        """To the column."""
        return canonical(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:
        """From the column."""
        return None if value is None else orjson.loads(value)
