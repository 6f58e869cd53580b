"""The way to one org: opened when first used, because only a token tells where the org answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from detente_connector_kit import Call, RenewedToken, Transport, TransportSession, Wire
from detente_contracts import ConnectorContext

from detente_salesforce.manners import BUCKETS, DAY, READING, SalesforceManners
from detente_salesforce.settings import SalesforceSettings
from detente_salesforce.sign_in import Grant, SignIn

if TYPE_CHECKING:
    from simple_salesforce.api import Salesforce

_AGENT = "detente-salesforce"

URGENT, BACKGROUND = (DAY,), (READING, DAY)
"""Buckets of what a person or a write waits for, and of reading, which pauses earlier."""


@dataclass(frozen=True, slots=True)
class OpenConnection:
    """An org that answered. Both clients are simple-salesforce on our transport, which signs their calls."""

    url: str
    transport: Transport
    background: Salesforce
    urgent: Salesforce
    user: str


class Connection:
    """One org. Nothing is sent before something is asked for."""

    def __init__(self, settings: SalesforceSettings, context: ConnectorContext) -> None:
        self._settings = settings
        self._context = context
        self._manners = SalesforceManners(settings.read_until, settings.write_until)
        self._open: OpenConnection | None = None
        self._login = self._transport(self._wire(settings.my_domain, None))
        self._sign_in = SignIn(settings, self._login)
        self._token = RenewedToken(self._sign_in.fetch)

    def open(self) -> OpenConnection:
        """The org, signed in to, where the newest grant says that it answers.

        Raises: AccessError, UnavailableError.
        """
        self._token.token()
        grant = self._sign_in.last
        assert grant is not None  # noqa: S101 - a token came with it
        if self._open is None or self._open.url != grant.instance_url:
            self._let_go()
            self._open = self._opened(grant)
        return self._open

    def now(self) -> datetime:
        """The present as the org's own clock tells it, by its last answer."""
        return self.open().transport.vendor_now()

    def close(self) -> None:
        """Let go of connections; a later call opens new ones. The session is not logged out."""
        self._login.close()
        self._let_go()

    def _let_go(self) -> None:
        if self._open is not None:
            self._open.transport.close()

    def _opened(self, grant: Grant) -> OpenConnection:
        wire = self._wire(grant.instance_url, self._token)
        transport = self._transport(wire, self._token)
        background, urgent = (self._client(transport, wire, buckets) for buckets in (BACKGROUND, URGENT))
        return OpenConnection(grant.instance_url, transport, background, urgent, grant.user)

    def _client(self, transport: Transport, wire: Wire, buckets: tuple[str, ...]) -> Salesforce:
        # It brings a SOAP client along, for whose half a second only who talks to an org should wait.
        from simple_salesforce.api import Salesforce  # noqa: PLC0415

        def named(method: str, path: str) -> Call:
            # a second POST would begin a second job
            return Call(method, path, _purpose(path), buckets, repeatable=method != "POST")

        return Salesforce(
            session_id="signed by our session",
            instance_url=wire.base_url,
            version=self._settings.api_version,
            session=TransportSession(transport, wire, named),
        )

    def _wire(self, base_url: str, token: RenewedToken | None) -> Wire:
        ca_file = self._settings.ca_file
        return Wire(
            base_url,
            token,
            user_agent=_AGENT,
            timeouts_s=(self._settings.connect_timeout_s, self._settings.read_timeout_s),
            ca_file=None if ca_file is None else Path(self._context.home) / ca_file,
        )

    def _transport(self, wire: Wire, token: RenewedToken | None = None) -> Transport:
        context = self._context
        return Transport(
            self._manners, wire, clock=context.clock, budget=context.budget, buckets=BUCKETS, token=token
        )


def _purpose(path: str) -> str:
    """What a call is counted as: the part of the path that follows the version, without ids."""
    return next((part for part in path.split("/")[4:] if part in _PURPOSES), "other")


_PURPOSES = frozenset({"query", "queryAll", "describe", "limits", "tooling"})
