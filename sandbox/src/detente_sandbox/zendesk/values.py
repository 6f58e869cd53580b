"""Whether a value suits its field, and how it is kept. Section 5.1; what each type takes is [U]."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from detente_sandbox.zendesk.facts import UnknownBehaviourError
from detente_sandbox.zendesk.fields import Field

TEXT_MAX = 65_536
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


class UnsuitableError(Exception):
    """A value that its field does not take; the text says why."""


def kept_value(field: Field, sent: Any) -> Any:
    """The value as it is kept; None and an empty text clear it. Raises: UnsuitableError.

    Raises: UnknownBehaviourError for types whose values the reference does not tell.
    """
    if sent is None or sent == "":
        return None
    check = _CHECKS.get(field.type)
    if check is None:
        raise UnknownBehaviourError(f"values of type {field.type}")
    return check(field, sent)


def _text(field: Field, sent: Any) -> str:
    if not isinstance(sent, str | int | float):
        raise UnsuitableError("must be text")
    if len(str(sent)) > TEXT_MAX:
        raise UnsuitableError(f"is longer than {TEXT_MAX} characters")
    return str(sent)


def _truth(field: Field, sent: Any) -> bool:
    known = _TRUTH.get(str(sent).lower())
    if known is None:
        raise UnsuitableError("must be true or false")
    return known


def _day(field: Field, sent: Any) -> str:
    try:
        return date.fromisoformat(str(sent)[:10]).isoformat()
    except ValueError:
        raise UnsuitableError("is not a date; use YYYY-MM-DD") from None


def _whole(field: Field, sent: Any) -> int:
    if isinstance(sent, bool) or not re.fullmatch(r"-?[0-9]{1,18}", str(sent)):
        raise UnsuitableError("must be a whole number")
    return int(sent)


def _number(field: Field, sent: Any) -> float:
    if isinstance(sent, bool) or not re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]+)?", str(sent)):
        raise UnsuitableError("must be a number")
    return float(sent)


def _choice(field: Field, sent: Any) -> str:
    if sent not in [option.value for option in field.options]:
        raise UnsuitableError(f"{sent!r} is not one of its options")
    return str(sent)


def _choices(field: Field, sent: Any) -> list[str]:
    if not isinstance(sent, list):
        raise UnsuitableError("must be a list")
    return [_choice(field, value) for value in dict.fromkeys(sent)]


_CHECKS: dict[str, Callable[[Field, Any], Any]] = {
    "text": _text,
    "textarea": _text,
    "checkbox": _truth,
    "date": _day,
    "integer": _whole,
    "decimal": _number,
    "tagger": _choice,
    "dropdown": _choice,
    "multiselect": _choices,
}


def shown_organization_value(field: Field, value: Any) -> Any:
    """Days of organization fields come with a time [U]; ticket fields show the day alone [U]."""
    return f"{value}T00:00:00+00:00" if field.type == "date" and value is not None else value
