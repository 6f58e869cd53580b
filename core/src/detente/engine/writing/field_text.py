"""Values of CRM fields as canonical text: when two texts say the same, and which a field cannot hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation

from detente_contracts import REASON_LENGTH, FieldSpec, FieldText, FieldType, instant_text

Types = Mapping[str, FieldType]
"""Type of each field by key; a key that is not named is text."""


def types_of(fields: Iterable[FieldSpec]) -> Types:
    """The type of each field, by key."""
    return {field.key: field.type for field in fields}


def same(left: FieldText, right: FieldText, kind: FieldType) -> bool:
    """Whether two texts say the same in a field of this type: 88 is 88.0, and an empty text is no value."""
    return left == right or canonical(left, kind) == canonical(right, kind)


def canonical(text: FieldText, kind: FieldType) -> FieldText:
    """`text` as Detente would write it; what is not of the type is left as it is.

    CRMs keep numbers without trailing zeros and instants with or without fractions of a second.
    """
    if not text:
        return None
    if kind is FieldType.NUMBER:
        return _canonical_number(text)
    if kind is FieldType.INSTANT:
        return _canonical_instant(text)
    return text


def refusal(field: FieldSpec, text: FieldText) -> str:
    """Why the field cannot hold `text`, as half a sentence; empty when it can. None clears any field."""
    if not text:
        return ""
    if field.type is FieldType.CHOICE and text not in field.options:
        return f"is none of its options ({', '.join(field.options)})"
    if field.type is FieldType.NUMBER and number(text) is None:
        return "is not a number"
    if field.type is FieldType.INSTANT and _instant(text) is None:
        return "is not an instant with its zone (ISO 8601)"
    if len(text) > REASON_LENGTH:
        return f"is longer than {REASON_LENGTH} characters"
    return ""


def number(text: FieldText) -> Decimal | None:
    """The finite number that `text` is, if it is one."""
    try:
        value = Decimal(text) if text else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() else None


def _canonical_number(text: str) -> str:
    value = number(text)
    return text if value is None else f"{value.normalize() + 0:f}"


def _canonical_instant(text: str) -> str:
    at = _instant(text)
    return text if at is None else instant_text(at)


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
