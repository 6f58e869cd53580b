"""Search filters as predicates over rows. Section 3.2 of the reference [D26]."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from detente_sandbox.hubspot.definitions import Definition
from detente_sandbox.hubspot.facts import (
    SEARCH_ALL_FILTERS_MAX,
    SEARCH_FILTERS_MAX,
    SEARCH_GROUPS_MAX,
    JsonObject,
    UnknownBehaviourError,
    invalid,
)
from detente_sandbox.hubspot.kinds import ObjectKind, kind_of
from detente_sandbox.hubspot.portal import Portal
from detente_sandbox.hubspot.records import Row, Values
from detente_sandbox.hubspot.validation import parse_moment

Comparable = float | str
Predicate = Callable[[Row, Values], bool]
ONE_VALUE = ("LT", "LTE", "GT", "GTE", "EQ", "NEQ", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN")
LISTS = ("IN", "NOT_IN")
PRESENCE = ("HAS_PROPERTY", "NOT_HAS_PROPERTY")
OPERATORS = (*ONE_VALUE, *LISTS, *PRESENCE, "BETWEEN")
_WORD = re.compile(r"[^\W_]+", re.UNICODE)


@dataclass
class Group:
    """Filters joined by AND: a window over the modification stamp, and the rest as predicates."""

    low_ms: int | None
    high_ms: int | None
    rest: list[Predicate]

    @property
    def is_windowed(self) -> bool:
        return self.low_ms is not None or self.high_ms is not None


def read_groups(portal: Portal, kind: ObjectKind, body: JsonObject) -> list[Group]:
    """The groups of a search, joined by OR; none is one that takes all. Raises: ApiError 400."""
    asked = body.get("filterGroups") or []
    if not asked and body.get("filters"):
        raise UnknownBehaviourError("filters without filterGroups")
    counts = [len(group.get("filters") or []) for group in asked]
    if len(counts) > SEARCH_GROUPS_MAX:
        raise invalid(f"At most {SEARCH_GROUPS_MAX} filterGroups are allowed")
    if max(counts, default=0) > SEARCH_FILTERS_MAX or sum(counts) > SEARCH_ALL_FILTERS_MAX:
        raise invalid(f"At most {SEARCH_FILTERS_MAX} filters a group and {SEARCH_ALL_FILTERS_MAX} in all")
    return [_group(portal, kind, group.get("filters") or []) for group in asked] or [Group(None, None, [])]


def _group(portal: Portal, kind: ObjectKind, filters: Sequence[JsonObject]) -> Group:
    group = Group(None, None, [])
    for row in filters:
        window = _window(kind, row)
        if window is None:
            group.rest.append(_predicate(portal, kind, row))
            continue
        low, high = window
        if low is not None:
            group.low_ms = low if group.low_ms is None else max(group.low_ms, low)
        if high is not None:
            group.high_ms = high if group.high_ms is None else min(group.high_ms, high)
    return group


def _window(kind: ObjectKind, row: JsonObject) -> tuple[int | None, int | None] | None:
    """First and last millisecond that a filter over the modification stamp takes, else None."""
    operator = row.get("operator")
    if row.get("propertyName") != kind.modified or operator not in (
        "GT",
        "GTE",
        "LT",
        "LTE",
        "EQ",
        "BETWEEN",
    ):
        return None
    value = _moment(row, "value")
    if operator == "BETWEEN":
        return value, _moment(row, "highValue")
    shifted = value + {"GT": 1, "LT": -1}.get(operator, 0)
    return (
        shifted if operator in ("GT", "GTE", "EQ") else None,
        shifted if operator in ("LT", "LTE", "EQ") else None,
    )


def _moment(row: JsonObject, key: str) -> int:
    moment = parse_moment(str(row.get(key, "")))
    if moment is None:
        raise invalid(f"{row.get(key)!r} is not a date in milliseconds or ISO 8601")
    return moment


def _predicate(portal: Portal, kind: ObjectKind, row: JsonObject) -> Predicate:
    name, operator = str(row.get("propertyName", "")), str(row.get("operator", ""))
    if operator not in OPERATORS:
        raise invalid(f"Unknown operator {operator!r}; known are {', '.join(OPERATORS)}")
    if name.startswith("associations."):
        return _linked(portal, kind, name.removeprefix("associations."), row)
    definition = portal.defined(kind, name)
    if definition is None:
        raise UnknownBehaviourError(f"search by the undefined property {name!r}")
    read = reader(kind, definition)
    if operator in PRESENCE:
        wanted = operator == "HAS_PROPERTY"
        return lambda record, values: (read(record, values) is not None) == wanted
    return _compared(definition, read, operator, row)


def reader(kind: ObjectKind, definition: Definition) -> Callable[[Row, Values], Comparable | None]:
    """Reads a property of a row for comparing: numbers and instants as numbers, texts in lower case."""
    name = definition.name
    if name == "hs_object_id":
        return lambda row, values: float(row.id)
    if name == "createdate":
        return lambda row, values: float(row.created_ms)
    if name == kind.modified:
        return lambda row, values: float(row.modified_ms)
    return lambda row, values: None if (text := values.get(name)) is None else _comparable(definition, text)


def _comparable(definition: Definition, text: str) -> Comparable:
    if definition.type == "number":
        return float(text)
    if definition.type in ("date", "datetime"):
        return float(parse_moment(text) or 0)
    return text.lower() if definition.type == "string" else text


def _given(definition: Definition, text: object, *, is_list: bool = False) -> Comparable:
    """A filter's value; in a list, texts have to be lower case to match."""
    shown = str(text)
    if definition.type in ("date", "datetime"):
        return float(_moment({"value": shown}, "value"))
    if definition.type == "number":
        try:
            return float(shown)
        except ValueError:
            raise invalid(f"{shown!r} is not a number, which {definition.name} needs") from None
    return shown if is_list or definition.type != "string" else shown.lower()


def _compared(
    definition: Definition, read: Callable[[Row, Values], Comparable | None], operator: str, row: JsonObject
) -> Predicate:
    if operator in LISTS:
        values = row.get("values")
        if not isinstance(values, list) or not values:
            raise invalid(f"{operator} needs values")
        allowed = {_given(definition, value, is_list=True) for value in values}
        return _test(read, lambda held: (held in allowed) == (operator == "IN"))
    if row.get("value") is None:
        raise invalid(f"{operator} needs a value")
    if operator.endswith("CONTAINS_TOKEN"):
        pattern = str(row["value"]).lower()
        return _test(read, lambda held: has_token(str(held), pattern) == (operator == "CONTAINS_TOKEN"))
    low = _given(definition, row["value"])
    if operator == "BETWEEN":
        high = _given(definition, row.get("highValue"))
        return _test(read, lambda held: low <= held <= high)  # type: ignore[operator]
    return _test(read, _COMPARE[operator](low))


def _test(read: Callable[[Row, Values], Comparable | None], holds: Callable[[Comparable], bool]) -> Predicate:
    """A record without the property never matches, not even a negative filter [U]."""

    def matches(row: Row, values: Values) -> bool:
        held = read(row, values)
        return held is not None and holds(held)

    return matches


_COMPARE: dict[str, Callable[[Comparable], Callable[[Comparable], bool]]] = {
    "LT": lambda low: lambda held: held < low,  # type: ignore[operator]
    "LTE": lambda low: lambda held: held <= low,  # type: ignore[operator]
    "GT": lambda low: lambda held: held > low,  # type: ignore[operator]
    "GTE": lambda low: lambda held: held >= low,  # type: ignore[operator]
    "EQ": lambda low: lambda held: held == low,
    "NEQ": lambda low: lambda held: held != low,
}


def has_token(text: str, pattern: str) -> bool:
    """Whether a word of the text equals the pattern, in which `*` stands for any letters."""
    return any(fnmatchcase(word, pattern) for word in (*_WORD.findall(text.lower()), text.lower()))


def _linked(portal: Portal, kind: ObjectKind, word: str, row: JsonObject) -> Predicate:
    other = kind_of(word)
    if other is None or row.get("operator") not in ("EQ", "IN"):
        raise UnknownBehaviourError(f"search by associations.{word} with {row.get('operator')}")
    asked = row.get("values") if row.get("operator") == "IN" else [row.get("value")]
    targets = {int(str(value)) for value in asked or () if str(value).isdigit()}
    ids = set(portal.graph.sources((kind.name, other.name), targets))
    return lambda record, values: record.id in ids
