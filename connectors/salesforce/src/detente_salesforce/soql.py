"""SOQL as text. Names come from a describe, values are checked: no text of a customer gets into a query."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")


def is_id(text: str) -> bool:
    """Whether this may be a Salesforce id: 15 or 18 letters and digits."""
    return _ID.fullmatch(text) is not None


def instant(at: datetime) -> str:
    """An instant as a literal, to the second, rounded down: stamps have no fractions."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def listed(ids: Iterable[str]) -> str:
    """Ids as the right side of IN.

    Raises: ValueError for what is no id.
    """
    checked = list(ids)
    if not all(is_id(text) for text in checked):
        raise ValueError("not a Salesforce id")
    return "(" + ",".join(f"'{text}'" for text in checked) + ")"


def select(
    fields: Sequence[str],
    source: str,
    conditions: Iterable[str] = (),
    *,
    order: Sequence[str] = (),
    limit: int | None = None,
) -> str:
    """A query; all conditions must hold."""
    text = f"SELECT {', '.join(fields)} FROM {source}"  # noqa: S608 - names are ours or a describe's
    where = " AND ".join(conditions)
    text += f" WHERE {where}" if where else ""
    text += f" ORDER BY {', '.join(order)}" if order else ""
    return text if limit is None else f"{text} LIMIT {limit}"


def after(stamp: str, at: datetime, id_: str) -> list[str]:
    """Rows that come after (`at`, `id_`) in the order of stamp and id; the first part can use an index."""
    since = f"{stamp} >= {instant(at)}"
    return [since, f"({stamp} > {instant(at)} OR {above(id_)[0]})"] if id_ else [since]


def before(stamp: str, at: datetime) -> str:
    """Rows before `at`, that instant excluded."""
    return f"{stamp} < {instant(at)}"


def above(id_: str) -> list[str]:
    """Rows with a higher id; all without one.

    Raises: ValueError for what is no id.
    """
    return [f"Id > {listed([id_])[1:-1]}"] if id_ else []
