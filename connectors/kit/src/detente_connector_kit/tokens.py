"""A token that a CRM hands out for a while: fetched when first needed, and again when it is refused."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

import requests
from requests.auth import AuthBase


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

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token()}"
        return request
