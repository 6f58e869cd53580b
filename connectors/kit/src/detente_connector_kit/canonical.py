"""Canonical text of Detente's fields: one value has one text, so texts can be compared."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from detente_contracts.fields import FieldSpec, FieldType, instant_text
from detente_contracts.records import FieldText

from detente_connector_kit.instants import parse_instant


def canonical_text(value: str | None, field: FieldSpec) -> FieldText:
    """What a CRM holds in `field`, in canonical text; None when it holds nothing.

    A text that is not of the field's type is kept as it is: a person put it there, and it must be seen.
    """
    if value is None or value == "":
        return None
    try:
        if field.type is FieldType.NUMBER:
            return number_text(value, field.decimals)
        if field.type is FieldType.INSTANT:
            return instant_text(parse_instant(value))
    except ValueError:
        return value
    return value


def number_text(value: str, decimals: int) -> str:
    """A number with at least `decimals` decimals, and more only where they are not zeros.

    Raises: ValueError without the text in it, when it is not a finite number.
    """
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not number.is_finite() or abs(number.adjusted()) > 30:
        raise ValueError("not a number")
    whole, _, fraction = f"{number:f}".partition(".")
    kept = fraction.rstrip("0").ljust(decimals, "0")
    text = f"{whole}.{kept}" if kept else whole
    return text.removeprefix("-") if number == 0 else text


def strict_text(value: FieldText, field: FieldSpec) -> FieldText:
    """`value` in canonical text, as it may be written; None clears the field.

    Raises: ValueError without the text in it, when the value is not of the field's type.
    """
    if value is None or value == "":
        return None
    if field.type is FieldType.NUMBER:
        return number_text(value, field.decimals)
    if field.type is FieldType.INSTANT:
        return instant_text(parse_instant(value))
    return value
