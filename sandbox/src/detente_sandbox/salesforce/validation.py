"""Checks what is sent for a field and brings it to the form in which records hold it. Sections 3.2 to 3.7."""

import math
from typing import Any

from detente_sandbox.salesforce.facts import RowError
from detente_sandbox.salesforce.ids import full_id
from detente_sandbox.salesforce.moments import read_date, read_instant
from detente_sandbox.salesforce.org import Org
from detente_sandbox.salesforce.schema.field import Field

_INT_MOST = 2**31 - 1
_TRUTHS = {"true": True, "false": False, "1": True, "0": False}


def checked(org: Org, field: Field, value: Any) -> Any:
    """A value as records hold it; null and empty text are null. Raises: RowError."""
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "":
        return _empty(field)
    if field.type == "boolean":
        return _truth(field, value)
    if field.is_number:
        return _number(field, value)
    if field.type in ("date", "datetime"):
        return _moment(field, value)
    if field.type in ("id", "reference"):
        return _reference(org, field, value)
    return _text(field, value)


def _empty(field: Field) -> Any:
    if field.type == "boolean":
        raise RowError(
            "INVALID_TYPE_ON_FIELD_IN_RECORD", f"{field.label}: value not of required type", [field.name]
        )
    if not field.is_nillable:
        raise required([field.name])
    return None


def required(names: list[str]) -> RowError:
    """Wording [U]."""
    return RowError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(names)}]", names)


def _wrong(field: Field, value: object) -> RowError:
    """A value of another kind than the field's; code as for malformed JSON, wording [U]."""
    text = f"Cannot deserialize instance of {field.type} from {type(value).__name__} value {str(value)[:80]}"
    return RowError("JSON_PARSER_ERROR", text, [field.name])


def _truth(field: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    known = _TRUTHS.get(value.lower()) if isinstance(value, str) else None
    if known is None:
        raise _wrong(field, value)
    return known


def _number(field: Field, value: Any) -> float | int:
    """A number, also as text: recorded traffic sends `"10000"` for a whole one [R]."""
    try:
        number = float(value) if not isinstance(value, bool) else math.nan
    except (TypeError, ValueError):
        raise _wrong(field, value) from None
    if not math.isfinite(number):
        raise _wrong(field, value)
    if field.type == "int":
        if number != int(number):
            raise _wrong(field, value)
        if abs(number) > _INT_MOST:
            raise _outside(field)
        return int(number)
    rounded = round(number, field.scale)
    if field.precision and abs(rounded) >= 10 ** (field.precision - field.scale):
        raise _outside(field)
    return rounded


def _outside(field: Field) -> RowError:
    text = f"{field.label}: value outside of valid range on numeric field"
    return RowError("NUMBER_OUTSIDE_VALID_RANGE", text, [field.name])


def _moment(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong(field, value)
    if field.type == "date":
        found = read_date(value) or (read_instant(value) or "")[:10]
    else:
        found = read_instant(value) or ""
        if not found and read_date(value):
            found = f"{value}T00:00:00.000+0000"
    if not found:
        raise _wrong(field, value)
    return found


def _reference(org: Org, field: Field, value: Any) -> str:
    found = full_id(value) if isinstance(value, str) else None
    if found is None:
        raise RowError(
            "MALFORMED_ID", f"{field.label}: id value of incorrect type: {str(value)[:40]}", [field.name]
        )
    of = org.type_of_id(found)
    if of is None or (field.refers_to and of.name not in field.refers_to):
        raise RowError(
            "FIELD_INTEGRITY_EXCEPTION", f"{field.label}: id value of incorrect type: {value}", [field.name]
        )
    row = org.stores[of.name].find(found)
    if row is None:
        raise RowError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [field.name])
    if field.name == "OwnerId" and of.name == "User" and not row.values().get("IsActive"):
        text = "operation performed with inactive user [" + found + "] as owner"
        raise RowError("OPERATION_WITH_INACTIVE_OWNER", text, [field.name])
    return found


def _text(field: Field, value: Any) -> str:
    if isinstance(value, bool | int | float):
        value = str(value)
    if not isinstance(value, str):
        raise _wrong(field, value)
    if len(value) > field.length:
        text = f"{field.label}: data value too large: {value[:80]} (max length={field.length})"
        raise RowError("STRING_TOO_LONG", text, [field.name])
    if field.is_restricted and value not in (row.value for row in field.options):
        text = f"{field.label}: bad value for restricted picklist field: {value[:80]}"
        raise RowError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, [field.name])
    return value
