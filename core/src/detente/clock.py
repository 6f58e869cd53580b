"""Clocks: the system's, or a sandbox's that advances instead of waiting."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import requests
from detente_contracts import Clock, ConfigurationError

TIMEOUT_S = 10.0
HOLDS_S = 0.005


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present, aware UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait `seconds`."""
        time.sleep(seconds)


class StandingClock:
    """Stands still at one instant; nobody waits by it."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """The instant, aware UTC."""
        return self._at

    def sleep(self, seconds: float) -> None:
        """Nothing: no time passes."""


class SandboxClock:
    """Follows a sandbox's simulated clock; waiting advances it.

    One answer holds for a few milliseconds of the machine's time: several parts ask for one moment of work.
    """

    def __init__(self, url: str) -> None:
        self._url = f"{url.rstrip('/')}/_sandbox/clock"
        self._session = requests.Session()
        self._session.trust_env = False
        self._last: tuple[float, datetime] | None = None

    def now(self) -> datetime:
        """The sandbox's present, aware UTC."""
        if self._last is not None and time.monotonic() < self._last[0] + HOLDS_S:
            return self._last[1]
        return self._told(self._session.get(self._url, timeout=TIMEOUT_S))

    def sleep(self, seconds: float) -> None:
        """Advance the sandbox by `seconds`."""
        self._told(self._session.post(self._url, json={"advance_s": seconds}, timeout=TIMEOUT_S))

    def _told(self, answer: requests.Response) -> datetime:
        answer.raise_for_status()
        now = datetime.fromisoformat(answer.json()["now"])
        self._last = (time.monotonic(), now)
        return now


def clock_for(url: str | None) -> Clock:
    """The sandbox's clock at `url`, or the system's without one.

    Raises: ConfigurationError when nothing answers at `url`.
    """
    if url is None:
        return SystemClock()
    clock = SandboxClock(url)
    try:
        clock.now()
    except requests.RequestException:
        raise ConfigurationError(
            f"no sandbox clock answers at {url}",
            hint="Start the sandbox, or remove `clock` from the settings",
        ) from None
    return clock
