"""Records to rows: instants as microseconds, custom values grouped by type, a digest that tells change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from hashlib import blake2b
from math import isfinite
from operator import attrgetter
from typing import Any

import orjson
from detente_contracts import RECORD_TYPES, CustomValue, FieldText, Kind, Record, RejectedRecordError

from detente.store.columns import canonical, micros
from detente.store.raw import RawRow, RawValue
from detente.store.record_tables import field_types, is_required

HALF = 16
"""Bytes of each half of a digest: the record's fields, then what the CRM holds in ours."""

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


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
            row, may_hold_nul = self._encoded(record)
            return self._encoded(_without_nul(record))[0] if may_hold_nul else row
        except (TypeError, ValueError, OverflowError, orjson.JSONEncodeError) as error:
            raise RejectedRecordError(f"cannot be kept: {error}") from None

    def _encoded(self, record: Record) -> tuple[RawRow, bool]:
        """The row, and whether a text in it may hold a NUL, which PostgreSQL cannot keep."""
        ref = record.ref
        values = list(self._values(record))
        types = tuple(map(type, values))
        if types not in self._seen:
            self._learn(types)
        for i in self._numbers:
            if values[i] is not None and not _SMALLEST <= values[i] <= _LARGEST:
                raise ValueError(f"{self._plain[i]} is out of range or not a number")
        for i in self._instants:
            if values[i] is not None:
                values[i] = micros(values[i])
        texts = [_MAPS[name](getattr(record, name)) for name in self._maps]
        fields = [ref.connector, ref.object, ref.id, *values, *texts]
        # what the CRM holds in our fields has a half of its own
        held = texts[-1] if self._holds else ""
        content = orjson.dumps(fields[:-1] if self._holds else fields)
        digest = digest_of(content) + (held_digest(held) if self._holds else b"")
        may_hold_nul = b"\\u0000" in content or "\\u0000" in held
        return (*fields[:3], micros(record.modified_at), *fields[3:], digest, None), may_hold_nul

    def _learn(self, types: tuple[type, ...]) -> None:
        """Types are looked at once for each mixture of them: most records are alike.

        Raises: TypeError when one does not belong.
        """
        for name, allowed, found in zip(self._plain, self._allowed, types, strict=True):
            if found not in allowed:
                raise TypeError(f"{name} is of type {found.__name__}")
        self._seen.add(types)


def _without_nul(record: Record) -> Record:
    """The record with a visible mark in the place of every NUL, so that nobody is lost for one.

    Raises: RejectedRecordError when its id holds one: it could be taken for another record.
    """
    if "\0" in str(record.ref):
        raise RejectedRecordError("cannot be kept: its id contains a NUL character")
    texts = {name: _cleaned(getattr(record, name)) for name in field_types(type(record))}
    return replace(record, **texts)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, Mapping):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    return value


def _allowed(kind: Kind, name: str, plain: object) -> frozenset[object]:
    numbers = {int, float} if plain is float else {plain}
    return frozenset(numbers if is_required(RECORD_TYPES[kind], name) else numbers | {type(None)})


def _encode_custom(custom: Mapping[str, CustomValue]) -> str:
    """Values by type, then by key: a type says how a value was written; empty ones are left out."""
    flags: dict[str, RawValue] = {}
    instants: dict[str, RawValue] = {}
    numbers: dict[str, RawValue] = {}
    texts: dict[str, RawValue] = {}
    for key, value in custom.items():
        kind = type(value)
        if kind is str:
            texts[key] = value  # type: ignore[assignment]
        elif kind is float or kind is int:
            numbers[key] = _finite(key, value)  # type: ignore[arg-type]
        elif kind is bool:
            flags[key] = value  # type: ignore[assignment]
        elif kind is datetime:
            instants[key] = micros(value)  # type: ignore[arg-type]
        elif value is not None:
            raise TypeError(f"custom field {key} is of type {kind.__name__}")
    groups = (("flag", flags), ("instant", instants), ("number", numbers), ("text", texts))
    filled = {name: group for name, group in groups if group}
    return canonical(filled) if filled else _NOTHING


def _finite(key: str, value: float) -> float:
    """A number as a float that JSON can carry."""
    number = float(value)
    if not isfinite(number):
        raise ValueError(f"custom field {key} is not a finite number")
    return number


def held_text(held: Mapping[str, FieldText]) -> str:
    """What the CRM holds in our fields, as kept: canonical, empty fields left out."""
    texts = {key: value for key, value in held.items() if value is not None}
    if not texts:
        return _NOTHING
    for key, value in texts.items():
        if type(value) is not str:
            raise TypeError(f"field {key} is of type {type(value).__name__}")
    return canonical(texts)


_MAPS: Mapping[str, Callable[..., str]] = {"custom": _encode_custom, "held": held_text}


def held_digest(text: str) -> bytes:
    """The half of a digest that stands for what the CRM holds."""
    return _NOTHING_HELD if text == _NOTHING else digest_of(text.encode())


def digest_of(content: bytes) -> bytes:
    """HALF bytes that differ when `content` does."""
    return blake2b(content, digest_size=HALF).digest()


_NOTHING = "{}"
_NOTHING_HELD = digest_of(_NOTHING.encode())


@cache
def codec_of(kind: Kind) -> Codec:
    """The codec of a kind."""
    return Codec(kind)
