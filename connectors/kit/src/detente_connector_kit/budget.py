"""Rate limits as buckets, and a budget in memory for tests and for work outside core."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from detente_contracts.clock import Clock


@dataclass(frozen=True, slots=True)
class Bucket:
    """A vendor's limit: `limit` calls in any `window_s` seconds."""

    name: str
    limit: int
    window_s: float


class LocalBudget:
    """A Budget of this process alone. A tenth of each limit, or `reserve`, is left for others."""

    def __init__(self, clock: Clock, reserve: float = 0.1) -> None:
        self._clock = clock
        self._reserve = reserve
        self._taken: dict[str, deque[datetime]] = {}
        self._closed_until: dict[str, datetime] = {}

    def take(self, bucket: str, limit: int, window_s: float) -> float:
        """Reserve one call; see `detente_contracts.Budget`."""
        now = self._clock.now()
        taken = self._taken.setdefault(bucket, deque())
        window = timedelta(seconds=window_s)
        while taken and taken[0] <= now - window:
            taken.popleft()
        free_at = self._closed_until.get(bucket, now)
        if len(taken) >= self._allowed(limit):
            free_at = max(free_at, taken[len(taken) - self._allowed(limit)] + window)
        if free_at > now:
            return (free_at - now).total_seconds()
        taken.append(now)
        return 0.0

    def exhaust(self, bucket: str, until_s: float) -> None:
        """Close `bucket` for `until_s` seconds; never opens it earlier than it was to open."""
        until = self._clock.now() + timedelta(seconds=until_s)
        self._closed_until[bucket] = max(until, self._closed_until.get(bucket, until))

    def _allowed(self, limit: int) -> int:
        return max(1, int(limit * (1 - self._reserve)))
