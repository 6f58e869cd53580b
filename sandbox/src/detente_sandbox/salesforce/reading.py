"""How the value of a field is found in a record."""

from collections.abc import Callable
from typing import Any

from detente_sandbox.salesforce.moments import seconds_of
from detente_sandbox.salesforce.rows import Row, Values
from detente_sandbox.salesforce.schema.case import RUNNING
from detente_sandbox.salesforce.schema.field import Field
from detente_sandbox.salesforce.schema.objects import ObjectType

Reader = Callable[[Row, Values], Any]

_SYSTEM: dict[str, Reader] = {
    "Id": lambda row, values: row.id,
    "IsDeleted": lambda row, values: row.is_deleted,
    "MasterRecordId": lambda row, values: row.master,
    "CreatedDate": lambda row, values: row.created,
    "CreatedById": lambda row, values: row.creator,
    "LastModifiedDate": lambda row, values: row.modified,
    "LastModifiedById": lambda row, values: row.modifier,
    "SystemModstamp": lambda row, values: row.stamp,
}
SYSTEM_FIELDS = frozenset(_SYSTEM)
_ADDRESS_PARTS = (
    "City",
    "Country",
    "GeocodeAccuracy",
    "Latitude",
    "Longitude",
    "PostalCode",
    "State",
    "Street",
)


def is_plain(of: ObjectType, field: Field) -> bool:
    """Whether the value of a field is simply what the packed values hold, null where they hold nothing."""
    is_running = of.name == "CaseMilestone" and field.name in RUNNING
    return not (field.name in _SYSTEM or is_running or field.is_compound or field.type == "boolean")


def reader(of: ObjectType, field: Field, now: str) -> Reader:
    """Reads one field of a record and its unpacked values; `now` serves values that follow the present."""
    name = field.name
    if name in _SYSTEM:
        return _SYSTEM[name]
    if of.name == "CaseMilestone" and name in RUNNING:
        present = seconds_of(now)
        return lambda row, values: _running(name, values, present)
    if field.is_compound:
        prefix = name.removesuffix("Address")
        return lambda row, values: _address(prefix, values)
    if field.type == "boolean":
        return lambda row, values: values.get(name, False)
    return lambda row, values: values.get(name)


def _address(prefix: str, values: Values) -> dict[str, Any] | None:
    """A compound address; null when no part is set. Keys as recorded [R]."""
    parts = {part[0].lower() + part[1:]: values.get(prefix + part) for part in _ADDRESS_PARTS}
    return parts if any(value is not None for value in parts.values()) else None


def _running(name: str, values: Values, now_s: int) -> Any:
    """What a milestone shows of the time that runs; only minutes and seconds as text are told by [D]."""
    start, target, done = (values.get(key) for key in ("StartDate", "TargetDate", "CompletionDate"))
    until = now_s if done is None else seconds_of(done)
    left = None if target is None else seconds_of(target) - until
    elapsed = None if start is None else max(0, until - seconds_of(start))
    match name:
        case "IsViolated":
            return left is not None and left < 0
        case "TimeRemainingInMins":
            return None if left is None or done is not None else _minutes(max(0, left))
        case "TimeSinceTargetInMins":
            return _minutes(-left) if left is not None and left < 0 and done is None else None
    divisor = {"ElapsedTimeInMins": 60, "ElapsedTimeInHrs": 3_600, "ElapsedTimeInDays": 86_400}[name]
    return None if elapsed is None else elapsed // divisor


def _minutes(seconds: int) -> str:
    return f"{seconds // 60:02d}:{seconds % 60:02d}"
