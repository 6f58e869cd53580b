"""Dates and instants as the vendor writes them; an instant has whole seconds and sorts as text."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# Section 2.1: unquoted, with a zone; the vendor's own output has no colon in the zone.
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:?\d{2})")
_DAY_S = 86_400
_MINUTES = tuple(f"T{minute // 60:02d}:{minute % 60:02d}:" for minute in range(1_440))
_SECONDS = tuple(f"{second:02d}.000+0000" for second in range(60))


def instant_of(ms: int) -> str:
    """The second in which a millisecond lies: `2026-11-01T09:15:08.000+0000`. Section 2.1."""
    return instant_of_s(ms // 1000)


def instant_of_s(seconds: int) -> str:
    """The same of seconds since the epoch."""
    day, rest = divmod(seconds, _DAY_S)
    minute, second = divmod(rest, 60)
    return day_of(day) + _MINUTES[minute] + _SECONDS[second]


@lru_cache(maxsize=4_096)
def day_of(days: int) -> str:
    """The date of days since the epoch."""
    return (date(1970, 1, 1) + timedelta(days=days)).isoformat()


def seconds_of(instant: str) -> int:
    """Seconds since the epoch of an instant as `instant_of` writes it."""
    return round(datetime.fromisoformat(instant).timestamp())


def read_date(text: str) -> str | None:
    """The date that a text of JSON or CSV holds, or None when it holds none."""
    if _DATE.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def read_instant(text: str) -> str | None:
    """The instant that a text holds, in the vendor's form and in UTC, or None when it holds none."""
    if _INSTANT.fullmatch(text) is None:
        return None
    try:
        return instant_of_s(int(datetime.fromisoformat(text).astimezone(UTC).timestamp()))
    except (ValueError, OverflowError):
        return None


def in_csv(instant: str) -> str:
    """An instant as bulk results have it: `2026-11-01T09:15:08.000Z`. Section 2.3."""
    return instant[:-5] + "Z"
