"""The org's quota of calls over a rolling day. Section 3.7 of the reference."""

from collections import deque

from detente_sandbox.salesforce.facts import DAILY, DAY_MS, daily_limit

_BUCKET_MS = 60_000


class Limits:
    """Counts calls by the minute; `daily` None takes the quota away and shows the ordinary one.

    A refused call uses up nothing [U].
    """

    def __init__(self, *, enforced: bool = True) -> None:
        self._enforced = enforced
        self.reset()

    def reset(self) -> None:
        """Forgets all calls and goes back to the quota of the start."""
        self.daily: int | None = DAILY if self._enforced else None
        self._minutes: deque[list[int]] = deque()
        self._used = 0

    def take(self, now_ms: int) -> None:
        """Counts one call. Raises: ApiError 403 when the quota is used up."""
        self._forget(now_ms)
        if self.daily is not None and self._used >= self.daily:
            raise daily_limit()
        minute = now_ms // _BUCKET_MS
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append([minute, 0])
        self._minutes[-1][1] += 1
        self._used += 1

    def use(self, calls: int, now_ms: int) -> None:
        """Counts calls that somebody else of the firm made."""
        self._minutes.append([now_ms // _BUCKET_MS, calls])
        self._used += calls

    def used(self, now_ms: int) -> int:
        """Calls of the last 24 hours."""
        self._forget(now_ms)
        return self._used

    def most(self) -> int:
        """The quota that answers show; without one it is far away."""
        return DAILY if self.daily is None and self._enforced else self.daily or 1_000_000

    def header(self, now_ms: int) -> dict[str, str]:
        """`Sforce-Limit-Info`, which every answer carries."""
        return {"Sforce-Limit-Info": f"api-usage={self.used(now_ms)}/{self.most()}"}

    def _forget(self, now_ms: int) -> None:
        until = (now_ms - DAY_MS) // _BUCKET_MS
        while self._minutes and self._minutes[0][0] <= until:
            self._used -= self._minutes.popleft()[1]
