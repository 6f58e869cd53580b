"""One value of a record against the values in a statement, strictly by type. Sections 2.1 and 9.4.

Text is compared without letter cases and null is unequal to everything but null [U].
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from detente_sandbox.salesforce.ids import full_id
from detente_sandbox.salesforce.moments import read_date, read_instant
from detente_sandbox.salesforce.schema.field import Field
from detente_sandbox.salesforce.soql.statement import Literal
from detente_sandbox.salesforce.soql.words import SoqlError

Check = Callable[[Any], bool]
# What a value must be written as, by type: the word of the message, and whether in quotes.
_WRITTEN = {
    "boolean": ("boolean", False),
    "date": ("date", False),
    "datetime": ("dateTime", False),
    "int": ("int", False),
    "double": ("double", False),
    "currency": ("double", False),
    "percent": ("double", False),
    "id": ("string", True),
    "reference": ("string", True),
}
_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda have, want: have == want,
    "!=": lambda have, want: have != want,
    "<": lambda have, want: have < want,
    "<=": lambda have, want: have <= want,
    ">": lambda have, want: have > want,
    ">=": lambda have, want: have >= want,
}


def value_of(field: Field, literal: Literal) -> Any:
    """A literal as records hold it. Raises: SoqlError when it is not of the field's type."""
    kind, value = literal.kind, literal.value
    if kind == "null":
        return None
    if field.is_text and kind == "text":
        return str(value).casefold()
    if field.type in ("id", "reference") and kind == "text":
        return _id(field, str(value), literal.at)
    if field.is_number and kind == "number":
        return value
    if field.type == "boolean" and kind == "truth":
        return value
    read = read_date if field.type == "date" and kind == "date" else None
    read = read_instant if field.type == "datetime" and kind == "instant" else read
    found = read(str(value).upper()) if read is not None else None
    if found is None:
        raise _wrong_type(field, literal.at)
    return found


def _id(field: Field, text: str, at: int) -> str:
    found = full_id(text)
    if found is None:
        raise SoqlError("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {text}", at)
    return found


def _wrong_type(field: Field, at: int) -> SoqlError:
    name, is_quoted = _WRITTEN.get(field.type, ("string", True))
    rule = "should be enclosed in quotes" if is_quoted else "should not be enclosed in quotes"
    text = f"value of filter criterion for field '{field.name}' must be of type {name} and {rule}"
    return SoqlError("INVALID_FIELD", text, at)


def comparison(field: Field, operator: str, literal: Literal, today: str) -> Check:
    """A check of one value. Raises: SoqlError for an operator or a value that the type does not take."""
    if operator == "LIKE":
        return _like(field, literal)
    # an id is ordered, too: section 8, row 2 has readers go on after (stamp, id)
    if field.type in ("boolean", "reference") and operator not in ("=", "!="):
        raise SoqlError(
            "INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {field.type} field", literal.at
        )
    if literal.kind == "period":
        return _in_period(field, operator, literal, today)
    want, is_text = value_of(field, literal), field.is_text
    compare = _ORDERINGS[operator]
    if want is None:
        return _against_null(operator, literal.at)
    if operator == "!=":
        return lambda have: have is None or (have.casefold() if is_text else have) != want
    if is_text:
        return lambda have: have is not None and compare(have.casefold(), want)
    return lambda have: have is not None and compare(have, want)


def _against_null(operator: str, at: int) -> Check:
    if operator == "=":
        return lambda have: have is None
    if operator == "!=":
        return lambda have: have is not None
    raise SoqlError("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator {operator} with null", at)


def _like(field: Field, literal: Literal) -> Check:
    if not field.is_text:
        raise SoqlError(
            "INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {field.type} field", literal.at
        )
    if literal.kind != "text":
        raise _wrong_type(field, literal.at)
    pattern = re.compile(_as_pattern(str(literal.value)), re.IGNORECASE | re.DOTALL)
    return lambda have: have is not None and pattern.fullmatch(have) is not None


def _as_pattern(text: str) -> str:
    """`%` stands for any letters, `_` for one; a backslash before them takes that away."""
    out, letters = [], iter(text)
    for letter in letters:
        if letter == "\\":
            out.append(re.escape(next(letters, letter)))
        else:
            out.append({"%": ".*", "_": "."}.get(letter, re.escape(letter)))
    return "".join(out)


def membership(field: Field, wanted: frozenset[Any], *, is_negated: bool) -> Check:
    """Whether a value is in a set of values as `value_of` makes them; null is in no list without null."""
    is_text = field.is_text

    def check(have: Any) -> bool:
        return ((have.casefold() if is_text and have is not None else have) in wanted) != is_negated

    return check


def _in_period(field: Field, operator: str, literal: Literal, today: str) -> Check:
    if field.type not in ("date", "datetime"):
        raise _wrong_type(field, literal.at)
    first, after = _period(str(literal.value), literal.count or 0, today)
    if field.type == "datetime":
        first, after = (f"{day}T00:00:00.000+0000" for day in (first, after))
    checks: dict[str, Check] = {
        "=": lambda have: have is not None and first <= have < after,
        "!=": lambda have: have is None or not first <= have < after,
        "<": lambda have: have is not None and have < first,
        "<=": lambda have: have is not None and have < after,
        ">": lambda have: have is not None and have >= after,
        ">=": lambda have: have is not None and have >= first,
    }
    return checks[operator]


def _period(keyword: str, count: int, today: str) -> tuple[str, str]:
    """First day of a period and the day after it, in UTC. LAST_N_DAYS holds today, NEXT_N_DAYS not [U]."""
    offsets = {
        "TODAY": (0, 1),
        "YESTERDAY": (-1, 0),
        "TOMORROW": (1, 2),
        "LAST_N_DAYS": (-count, 1),
        "NEXT_N_DAYS": (1, count + 1),
    }
    now = date.fromisoformat(today)
    first, after = (now + timedelta(days=days) for days in offsets[keyword])
    return first.isoformat(), after.isoformat()
