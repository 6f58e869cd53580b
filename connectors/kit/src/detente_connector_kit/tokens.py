"""A token that a CRM hands out for a while: fetched when first needed, and again when it is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

import requests
from detente_contracts.clock import Clock
from requests.auth import AuthBase

from detente_connector_kit.replies import Reply

_AHEAD = 0.1
"""Share of a token's life before whose end it is renewed, so that none expires on its way."""

_LONGEST_AHEAD_S = 120.0


class RenewedToken(AuthBase):
    """Signs each request with a bearer token that `fetch` gets; many threads make one fetch."""

    def __init__(self, fetch: Callable[[], str]) -> None:
        self._fetch = fetch
        self._lock = Lock()
        self._token = ""
        self._turn = 0

    def token(self) -> str:
        """The present token.

        Raises: what `fetch` raises.
        """
        if not self._token:
            self.renew(0)
        return self._token

    def turn(self) -> int:
        """Which token the next call is signed with, counted from 1, for `renew` should it be refused."""
        self.token()
        return self._turn

    def renew(self, turn: int) -> None:
        """Fetch a new token, unless another one than that of `turn` stands already."""
        with self._lock:
            if self._turn == turn:
                self._token = self._fetch()
                self._turn += 1

    def is_refused(self, reply: Reply) -> bool:
        """Whether the CRM refuses the token by this answer."""
        return reply.status == 401

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token()}"
        return request


class ExpiringToken(RenewedToken):
    """A token that is renewed before it expires: `fetch` tells the seconds it lasts, None for no end."""

    def __init__(self, fetch: Callable[[], tuple[str, float | None]], clock: Clock) -> None:
        super().__init__(self._fetched)
        self._ask = fetch
        self._clock = clock
        self._until: datetime | None = None

    def token(self) -> str:
        """The present token, renewed when little of its life is left.

        Raises: what `fetch` raises.
        """
        turn = self._turn
        if turn and self._until is not None and self._clock.now() >= self._until:
            self.renew(turn)
        return super().token()

    def _fetched(self) -> str:
        asked_at = self._clock.now()
        token, lasts_s = self._ask()
        if lasts_s is None:
            self._until = None
        else:
            ahead_s = min(_LONGEST_AHEAD_S, lasts_s * _AHEAD)
            self._until = asked_at + timedelta(seconds=lasts_s - ahead_s)
        return token
