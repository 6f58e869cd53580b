"""Instants as vendors write them, and in Detente's own form: aware UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def parse_instant(text: str) -> datetime:
    """An ISO 8601 date or time, or milliseconds since the epoch, in UTC; a date is its midnight.

    Raises: ValueError without the text in it.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return _from_digits(text)
    if at.tzinfo is UTC:
        return at
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _from_digits(text: str) -> datetime:
    try:
        return from_millis(int(text))
    except (ValueError, OverflowError):
        raise ValueError("not an instant") from None


def from_millis(millis: int) -> datetime:
    """The instant `millis` milliseconds after the epoch.

    Raises: OverflowError beyond the year 9999.
    """
    return _EPOCH + timedelta(milliseconds=millis)


def to_millis(at: datetime) -> int:
    """Whole milliseconds since the epoch, rounded down."""
    return (at - _EPOCH) // _MILLISECOND
