"""The one source of time: every wait, limit and `now` takes a clock."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits. A simulated clock advances instead of waiting."""

    def now(self) -> datetime:
        """The present, aware UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait `seconds` (0 or more)."""
        ...
