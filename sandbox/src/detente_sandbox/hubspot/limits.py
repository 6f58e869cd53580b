"""Rate limits on the simulated clock. Section 8 of the reference."""

from collections import deque
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from detente_sandbox.hubspot.facts import (
    DAILY,
    SEARCH_PER_SECOND,
    TEN_SECONDLY,
    TEN_SECONDS_MS,
    ApiError,
    daily_reached,
    search_reached,
    ten_secondly_reached,
)

ZONE = ZoneInfo("Europe/Berlin")


class Limits:
    """Counts the calls of each app, of the account's day, and of search; None takes a limit away.

    A refused call uses up nothing [U]; search counts in the day but not in the rolling window [L22].
    """

    def __init__(self, *, enforced: bool = True) -> None:
        self._enforced = enforced
        self.reset()

    def reset(self) -> None:
        """Forgets all calls and goes back to the limits of the start."""
        self.ten_secondly: int | None = TEN_SECONDLY if self._enforced else None
        self.daily: int | None = DAILY if self._enforced else None
        self.search_per_second: int | None = SEARCH_PER_SECOND if self._enforced else None
        self._calls: dict[str, deque[int]] = {}
        self._searches: deque[int] = deque()
        self._day = ""
        self._today = 0

    def take(self, app: str, now_ms: int, *, is_search: bool, request_id: str) -> dict[str, str]:
        """Counts one call and returns the headers of its answer. Raises: ApiError 429."""
        self._start_day(now_ms)
        calls = self._calls.setdefault(app, deque())
        _forget(calls, now_ms - TEN_SECONDS_MS)
        _forget(self._searches, now_ms - 1_000)
        try:
            self._refuse(app, calls, is_search=is_search, request_id=request_id)
        except ApiError as error:
            error.headers.update(self._headers(calls, is_search=is_search))
            raise
        (self._searches if is_search else calls).append(now_ms)
        self._today += 1
        return self._headers(calls, is_search=is_search)

    def _refuse(self, app: str, calls: deque[int], *, is_search: bool, request_id: str) -> None:
        if self.daily is not None and self._today >= self.daily:
            raise daily_reached(request_id)
        if is_search:
            if self.search_per_second is not None and len(self._searches) >= self.search_per_second:
                raise search_reached()
        elif self.ten_secondly is not None and len(calls) >= self.ten_secondly:
            raise ten_secondly_reached(app)

    def _headers(self, calls: deque[int], *, is_search: bool) -> dict[str, str]:
        shown: dict[str, int] = {}
        if self.ten_secondly is not None and not is_search:
            shown["Max"] = self.ten_secondly
            shown["Remaining"] = max(0, self.ten_secondly - len(calls))
            shown["Interval-Milliseconds"] = TEN_SECONDS_MS
        if self.daily is not None:
            shown["Daily"] = self.daily
            shown["Daily-Remaining"] = max(0, self.daily - self._today)
        return {f"X-HubSpot-RateLimit-{name}": str(number) for name, number in shown.items()}

    def _start_day(self, now_ms: int) -> None:
        day = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZONE).date().isoformat()
        if day != self._day:
            self._day, self._today = day, 0


def _forget(calls: deque[int], until_ms: int) -> None:
    while calls and calls[0] <= until_ms:
        calls.popleft()
