"""Open connections, so that one can be closed without an answer."""

import asyncio
from typing import cast

from starlette.types import Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

_OPEN: dict[tuple[str, int], asyncio.Transport] = {}


class TrackedProtocol(H11Protocol):
    """uvicorn's protocol, with its connections known by the caller's address."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Notes the connection."""
        _OPEN[_address(transport)] = transport
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection."""
        for address in [address for address, known in _OPEN.items() if known is self.transport]:
            del _OPEN[address]
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Ends an idle connection at once: over TLS a polite end waits for a client that sleeps."""
        super().shutdown()
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()


def _address(transport: asyncio.Transport) -> tuple[str, int]:
    host, port = transport.get_extra_info("peername")[:2]
    return host, port


async def drop_connection(scope: Scope, receive: Receive) -> None:
    """Closes the connection of a request at once, unanswered."""
    client = cast("tuple[str, int]", tuple(scope["client"]))
    _OPEN[client].abort()
    while (await receive())["type"] != "http.disconnect":
        pass
