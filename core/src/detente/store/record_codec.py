"""Records to rows: instants as microseconds, custom values grouped by type, a digest that tells change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from hashlib import blake2b
from math import isfinite
from operator import attrgetter

import orjson
from detente_contracts import RECORD_TYPES, CustomValue, FieldText, Kind, Record, RejectedRecordError

from detente.store.bulk import RawRow, RawValue
from detente.store.columns import canonical, micros
from detente.store.record_tables import field_types, is_required

HALF = 16
"""Bytes of each half of a digest: the record's fields, then what the CRM holds in ours."""

_LARGEST = 2**63 - 1

_GROUPS: Mapping[type, str] = {bool: "flag", datetime: "instant", float: "number", int: "number", str: "text"}


class Codec:
    """Turns records of one kind into rows of its table; `columns` names the values in order."""

    def __init__(self, kind: Kind) -> None:
        types = field_types(RECORD_TYPES[kind])
        self._plain = [name for name in types if name != "modified_at" and types[name] is not Mapping]
        self._maps = [name for name in types if types[name] is Mapping]
        self._holds = self._maps[-1:] == ["held"]
        self._values = attrgetter(*self._plain)
        self._instants = [i for i, name in enumerate(self._plain) if types[name] is datetime]
        self._allowed = [_allowed(kind, name, types[name]) for name in self._plain]
        self._numbers = [i for i, name in enumerate(self._plain) if types[name] in (int, float)]
        self._seen: set[tuple[type, ...]] = set()
        names = ["connector", "object", "id", "modified_at", *self._plain, *self._maps]
        self.columns = (*names, "digest", "gone_at")

    def encode(self, record: Record) -> RawRow:
        """The row of a record that is not gone.

        Raises: RejectedRecordError when a value cannot be kept.
        """
        try:
            return self._encoded(record)
        except (TypeError, ValueError, OverflowError, orjson.JSONEncodeError) as error:
            raise RejectedRecordError(f"cannot be kept: {error}") from None

    def _encoded(self, record: Record) -> RawRow:
        ref = record.ref
        values = list(self._values(record))
        self._check(values)
        for i in self._instants:
            if values[i] is not None:
                values[i] = micros(values[i])
        texts = [_MAPS[name](getattr(record, name)) for name in self._maps]
        fields = orjson.dumps([ref.connector, ref.object, ref.id, values, *texts])
        if b"\\u0000" in fields:
            raise ValueError("a text contains a NUL character")
        stamp = self._digest(fields, texts)
        return (ref.connector, ref.object, ref.id, micros(record.modified_at), *values, *texts, stamp, None)

    def _digest(self, fields: bytes, texts: list[str]) -> bytes:
        """`held`, where there is one, is the last text: it has a half of its own."""
        if not self._holds:
            return digest_of(fields)
        held = orjson.dumps(texts[-1])
        return digest_of(fields[: -len(held) - 1]) + digest_of(held)

    def _check(self, values: list[object]) -> None:
        found = tuple(map(type, values))
        if found not in self._seen:
            for name, allowed, value_type in zip(self._plain, self._allowed, found, strict=True):
                if value_type not in allowed:
                    raise TypeError(f"{name} is of type {value_type.__name__}")
            self._seen.add(found)
        for i in self._numbers:
            value = values[i]
            if value is not None and not (-_LARGEST - 1 <= value <= _LARGEST):  # type: ignore[operator]
                raise ValueError(f"{self._plain[i]} is out of range or not a number")


def _allowed(kind: Kind, name: str, plain: object) -> frozenset[object]:
    numbers = {int, float} if plain is float else {plain}
    return frozenset(numbers if is_required(RECORD_TYPES[kind], name) else numbers | {type(None)})


def _encode_custom(custom: Mapping[str, CustomValue]) -> str:
    """Values by type, then by key: a type says how a value was written; empty ones are left out."""
    if not custom:
        return "{}"
    groups: dict[str, dict[str, object]] = {}
    for key, value in custom.items():
        if value is None:
            continue
        kind = type(value)
        if kind not in _GROUPS:
            raise TypeError(f"custom field {key} is of type {kind.__name__}")
        kept = value if kind is str else _custom_value(key, value)
        groups.setdefault(_GROUPS[kind], {})[key] = kept
    return canonical(groups)


def _custom_value(key: str, value: str | int | float | bool | datetime) -> RawValue:
    if isinstance(value, datetime):
        return micros(value)
    if isinstance(value, (bool, str)):
        return value
    number = float(value)
    if not isfinite(number):
        raise ValueError(f"custom field {key} is not a finite number")
    return number


def held_text(held: Mapping[str, FieldText]) -> str:
    """What the CRM holds in our fields, as kept: canonical, empty fields left out."""
    if not held:
        return "{}"
    texts = {key: value for key, value in held.items() if value is not None}
    for key, value in texts.items():
        if type(value) is not str:
            raise TypeError(f"field {key} is of type {type(value).__name__}")
    return canonical(texts)


_MAPS: Mapping[str, Callable[..., str]] = {"custom": _encode_custom, "held": held_text}


def held_digest(text: str) -> bytes:
    """The half of a digest that stands for what the CRM holds."""
    return digest_of(orjson.dumps(text))


def digest_of(content: bytes) -> bytes:
    """HALF bytes that differ when `content` does."""
    return blake2b(content, digest_size=HALF).digest()


@cache
def codec_of(kind: Kind) -> Codec:
    """The codec of a kind."""
    return Codec(kind)
