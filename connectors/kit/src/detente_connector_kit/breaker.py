"""A breaker: after repeated faults it answers at once instead of waiting for a CRM that is down."""

from __future__ import annotations

from datetime import datetime, timedelta

from detente_contracts.clock import Clock
from detente_contracts.errors import UnavailableError


class Breaker:
    """Opens after `most` faults in a row and lets one call through after each `rest_s` seconds."""

    def __init__(self, crm: str, clock: Clock, *, most: int = 10, rest_s: float = 30.0) -> None:
        self._crm = crm
        self._clock = clock
        self._most = most
        self._rest = timedelta(seconds=rest_s)
        self._faults = 0
        self._open_until: datetime | None = None

    def admit(self) -> None:
        """Let a call pass.

        Raises: UnavailableError while open.
        """
        if self._open_until is None:
            return
        now = self._clock.now()
        if now < self._open_until:
            raise UnavailableError(
                f"{self._crm} failed {self._faults} times in a row and is left alone",
                hint=f"The next try is after {self._open_until:%H:%M:%S} UTC",
            )
        self._open_until = now + self._rest

    def fault(self) -> None:
        """A call failed by the CRM's fault or the network's."""
        self._faults += 1
        if self._faults >= self._most:
            self._open_until = self._clock.now() + self._rest

    def success(self) -> None:
        """A call was answered."""
        self._faults = 0
        self._open_until = None
