"""A `requests` session for a vendor's own client, whose requests go the transport's way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
from detente_contracts.errors import UnavailableError

from detente_connector_kit.calls import Call
from detente_connector_kit.replies import Reply
from detente_connector_kit.transport import Transport
from detente_connector_kit.wire import Wire


class TransportSession(requests.Session):
    """Makes each request by the transport: its budget, retries, breaker, sign-in, timeouts and errors.

    `named` says which call a request is, by method and path. What comes back is a good answer, its JSON
    decoded already; everything else is raised as `Transport.guard` raises it.
    """

    def __init__(self, transport: Transport, wire: Wire, named: Callable[[str, str], Call]) -> None:
        super().__init__()
        self._transport = transport
        self._wire = wire
        self._named = named

    def request(self, method: Any, url: Any, *_: Any, **given: Any) -> requests.Response:
        """As `requests.Session.request` with `headers`, `params`, `data` and `json`; the rest is the wire's.

        Raises: UnavailableError for an address on another host, besides what the transport raises.
        """
        self._stay_at_home(url)
        fields = {name: given[name] for name in ("headers", "params", "data", "json") if name in given}
        answered = DecodedResponse()

        def exchange() -> Reply:
            response = self._wire.perform(requests.Request(method, url, **fields))
            answered.take(response)
            return Reply(response.status_code, response.headers, response.content)

        answered.data = self._transport.guard(self._named(method, urlsplit(url).path), exchange).data
        return answered

    def _stay_at_home(self, url: str) -> None:
        # the token goes along, so a client that is told of another host does not follow
        if urlsplit(url)[:2] != urlsplit(self._wire.base_url)[:2]:
            raise UnavailableError("a call to another host was refused", hint="Check the connector's address")


class DecodedResponse(requests.Response):
    """A response whose JSON the transport has decoded."""

    data: Any = None

    def take(self, response: requests.Response) -> None:
        """Be this response."""
        self.__dict__.update(response.__dict__)

    def json(self, **_: Any) -> Any:
        """The decoded JSON; options of the client's own decoder do not apply."""
        return self.data
