"""Named placeholders: `{column}` becomes that column's value. Nothing else in braces means anything.

No format language, no attribute, no evaluation: what a CRM holds is data and stays data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from detente_contracts import Row, Value

UNKNOWN = "unknown"
"""What stands for a value that is not known."""

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def names_in(text: str) -> frozenset[str]:
    """Columns that `text` names."""
    return frozenset(_PLACEHOLDER.findall(text))


def filled(text: str, row: Row, decimals: Mapping[str, int]) -> str:
    """`text` with each placeholder replaced once by the row's value; `decimals` by column, else as needed.

    A value that itself holds braces is not looked at again.
    """
    return _PLACEHOLDER.sub(lambda match: _shown(row, match[1], decimals), text)


def plain(text: str, length: int) -> str:
    """One line of visible characters, cut at `length` with an ellipsis."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"


def _shown(row: Row, name: str, decimals: Mapping[str, int]) -> str:
    value: Value = row.get(name)
    if value is None or value != value:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        wanted = decimals.get(name, 0 if float(value).is_integer() else 1)
        return f"{value:,.{wanted}f}"
    return str(value)
