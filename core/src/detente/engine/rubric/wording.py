"""Numbers and values as people read them."""

from __future__ import annotations

import unicodedata
from decimal import ROUND_HALF_UP, Decimal

from detente_contracts import SignalType

from detente.engine.rubric.plan import MICRO, Input

LONGEST_TEXT = 60
"""Characters of a CRM's text that a sentence repeats."""


def plain(text: str) -> str:
    """The text in one line, without control and formatting characters."""
    if text.isprintable():
        return " ".join(text.split())
    kept = (" " if _is_gap(mark) else mark for mark in text if not _is_hidden(mark))
    return " ".join("".join(kept).split())


def shortened(text: str, longest: int = LONGEST_TEXT) -> str:
    """The plain text, cut with an ellipsis when it is longer than `longest` characters."""
    line = plain(text)
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def number(value: float, decimals: int = 0) -> str:
    """The number with thousands separators and so many decimals, halves away from zero."""
    return f"{_rounded(Decimal(repr(value)), decimals):,f}"


def quantity(value: object, told: Input) -> str:
    """A signal's value with its unit: `41 days`, `1 ticket`, `1,234 EUR`, `yes`."""
    if told.type is SignalType.TEXT or not isinstance(value, int | float):
        # An option's internal value, such as always_on, is read as words.
        return shortened(str(value).replace("_", " "))
    if told.type is SignalType.FLAG:
        return "yes" if value else "no"
    shown = number(value, told.decimals)
    unit = told.unit.removesuffix("s") if shown in ("1", "-1") and told.unit.islower() else told.unit
    return f"{shown} {unit}".rstrip()


def points(micro: int, decimals: int) -> str:
    """Signed points: `+31`, `-4.5`, `+0`."""
    return f"{_rounded(Decimal(micro) / MICRO, decimals):+,f}"


def whole_points(micro: int) -> int:
    """Points in whole numbers, halves away from zero."""
    return int(_rounded(Decimal(micro) / MICRO, 0))


def _rounded(value: Decimal, decimals: int) -> Decimal:
    """Rounded, and never a negative zero."""
    exact = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return exact if exact else abs(exact)


def _is_gap(mark: str) -> bool:
    return mark in "\t\n\r\v\f\x1c\x1d\x1e\x1f\x85" or unicodedata.category(mark).startswith("Z")


def _is_hidden(mark: str) -> bool:
    return unicodedata.category(mark) in ("Cc", "Cf", "Cs", "Co", "Cn") and not _is_gap(mark)


def level(micro: int) -> str:
    """A score without needless decimals: `60`, `62.5`."""
    return f"{_rounded(Decimal(micro) / MICRO, 1):f}".removesuffix(".0")
