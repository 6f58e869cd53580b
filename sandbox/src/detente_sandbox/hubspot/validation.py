"""Checks of property values before a write. Sections 5 and 9 of the reference."""

import math
import re
from datetime import UTC, date, datetime

from detente_sandbox.clock import instant_text
from detente_sandbox.hubspot.definitions import Definition
from detente_sandbox.hubspot.facts import TEXT_MAX, JsonObject, UnknownBehaviourError
from detente_sandbox.hubspot.kinds import ObjectKind
from detente_sandbox.hubspot.portal import Portal
from detente_sandbox.hubspot.records import Values

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DAY_MS = 86_400_000


class BadValueError(Exception):
    """A value that a property does not take; `code` as the vendor names it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def check(portal: Portal, kind: ObjectKind, sent: JsonObject) -> tuple[Values, list[JsonObject]]:
    """The values as they are kept, and an entry for each that is refused. `""` clears a value."""
    kept: Values = {}
    problems: list[JsonObject] = []
    for name, value in sent.items():
        try:
            kept[name] = _checked(portal, kind, name, value)
        except BadValueError as error:
            problems.append({"isValid": False, "message": str(error), "error": error.code, "name": name})
    return kept, problems


def _checked(portal: Portal, kind: ObjectKind, name: str, value: object) -> str:
    definition = portal.defined(kind, name)
    if definition is None:
        raise BadValueError("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
    if definition.read_only or definition.calculated:
        raise BadValueError("READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set.')
    text = _as_text(name, value)
    return text if text == "" else _CHECKS[definition.type](portal, kind, definition, text)


def _as_text(name: str, value: object) -> str:
    if value is None:
        raise UnknownBehaviourError(f"null written to {name}; the reference clears with an empty text")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise BadValueError("INVALID_ALPHA", f"{name} must be a text")


def _string(portal: Portal, kind: ObjectKind, definition: Definition, text: str) -> str:
    if len(text) > TEXT_MAX:
        raise BadValueError("INVALID_ALPHA", f"{definition.name} takes at most {TEXT_MAX} characters")
    if definition.name == "email" and not _EMAIL.fullmatch(text):
        raise BadValueError("INVALID_EMAIL", f"Email address {text} is invalid")
    return text


def _number(portal: Portal, kind: ObjectKind, definition: Definition, text: str) -> str:
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise BadValueError("INVALID_INTEGER", f"{text} was not a valid number.")
    return text


def _bool(portal: Portal, kind: ObjectKind, definition: Definition, text: str) -> str:
    if text not in ("true", "false"):
        raise BadValueError("INVALID_OPTION", f"{text} was not one of the allowed options: [true, false]")
    return text


def _enumeration(portal: Portal, kind: ObjectKind, definition: Definition, text: str) -> str:
    allowed = allowed_options(portal, kind, definition)
    parts = text.split(";") if definition.field_type == "checkbox" else [text]
    if text.startswith(";"):
        raise UnknownBehaviourError("appending to a multi-select is not simulated")
    for part in parts:
        if part not in allowed:
            shown = ", ".join(allowed[:50])
            raise BadValueError("INVALID_OPTION", f"{part} was not one of the allowed options: [{shown}]")
    return text


def allowed_options(portal: Portal, kind: ObjectKind, definition: Definition) -> list[str]:
    """What an enumeration takes, with owners and stages from where they are kept."""
    if definition.name == "hubspot_owner_id":
        return [str(number) for number in portal.owners]
    pipelines = portal.pipelines.get(kind.name, ())
    if definition.name in ("hs_pipeline", "pipeline"):
        return [pipeline.id for pipeline in pipelines]
    if definition.name in ("hs_pipeline_stage", "dealstage"):
        return [stage.id for pipeline in pipelines for stage in pipeline.stages]
    return [option.value for option in definition.options]


def parse_moment(text: str) -> int | None:
    """Milliseconds of an ISO instant with zone, an ISO day (its midnight UTC) or a text of milliseconds."""
    if text.lstrip("-").isdigit() and len(text) > 8:
        return int(text)
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else round(moment.timestamp() * 1000)


def _date(portal: Portal, kind: ObjectKind, definition: Definition, text: str) -> str:
    moment = parse_moment(text)
    if moment is None or moment % _DAY_MS:
        raise BadValueError(
            "INVALID_LONG", f"{text} is not a day: YYYY-MM-DD or midnight UTC in milliseconds"
        )
    return instant_text(moment)[:10]


def _datetime(portal: Portal, kind: ObjectKind, definition: Definition, text: str) -> str:
    moment = parse_moment(text)
    if moment is None:
        raise BadValueError("INVALID_LONG", f"{text} is not an instant: ISO 8601 with Z or milliseconds")
    return instant_text(moment)


_CHECKS = {
    "string": _string,
    "number": _number,
    "bool": _bool,
    "enumeration": _enumeration,
    "date": _date,
    "datetime": _datetime,
}
