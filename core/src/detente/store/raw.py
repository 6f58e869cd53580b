"""Rows as the driver takes and gives them: instants as microseconds, JSON as text."""

from __future__ import annotations

RawValue = str | int | float | bool | bytes | None
RawRow = tuple[RawValue, ...]
Key = tuple[str, str, str]

CHUNK = 10_000
"""Rows that one statement or one fetch holds at most."""


def quoted(*names: str) -> str:
    """Column names for a statement."""
    return ", ".join(f'"{name}"' for name in names)
