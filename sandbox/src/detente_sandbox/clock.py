"""The portal's time: it stands still unless moved, and ticks 1 ms an API request."""

import time
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache

TICK_MS = 1


def instant_text(ms: int) -> str:
    """ISO 8601 with `Z`; milliseconds only where they are not zero, as Java prints an instant."""
    day, rest = divmod(ms, 86_400_000)
    minutes, rest = divmod(rest, 60_000)
    seconds, fraction = divmod(rest, 1_000)
    text = f"{_day_text(day)}T{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    return f"{text}.{fraction:03d}Z" if fraction else f"{text}Z"


@lru_cache(maxsize=4_096)
def _day_text(day: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()


def parse_instant(text: str) -> int:
    """Milliseconds since the epoch of an ISO text with a zone.

    Raises: ValueError when the text is no instant or names no zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} names no zone; write for example 2026-11-03T09:00:00+00:00")
    return round(moment.timestamp() * 1000)


class Clock:
    """Milliseconds since the epoch, UTC."""

    def __init__(self, start_ms: int, *, is_real: bool = False) -> None:
        self._start_ms = self._now_ms = start_ms
        self.is_real = is_real

    @property
    def now_ms(self) -> int:
        """The present; never goes back."""
        if self.is_real:
            self._now_ms = max(self._now_ms, time.time_ns() // 1_000_000)
        return self._now_ms

    def tick(self) -> int:
        """Lets one millisecond pass for an API request and returns the present."""
        if not self.is_real:
            self._now_ms += TICK_MS
        return self.now_ms

    def move_to(self, now_ms: int) -> None:
        """Sets the present. Raises: ValueError when that would go back or the clock is the system's."""
        if self.is_real:
            raise ValueError("the clock follows the system's and cannot be moved")
        if now_ms < self._now_ms:
            raise ValueError(f"the clock stands at {instant_text(self._now_ms)} and never goes back")
        self._now_ms = now_ms

    def reset(self, now_ms: int | None = None) -> None:
        """Sets the present to the start or an instant again, unless the clock follows the system's."""
        self._now_ms = self._start_ms if now_ms is None else now_ms

    def http_date(self) -> str:
        """The present as an HTTP `Date` header has it, to the second."""
        return format_datetime(datetime.fromtimestamp(self.now_ms // 1000, UTC), usegmt=True)
