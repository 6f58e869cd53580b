"""Zendesk as a connector: joins sign-in, client, reading, writing, provisioning and checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from detente_connector_kit import RenewedToken, Transport, Wire, restarted_cursor, unpack_cursor
from detente_contracts import (
    Batch,
    ConfigurationError,
    Connector,
    ConnectorContext,
    ConnectorType,
    ContractModel,
    FieldText,
    FieldWrite,
    Finding,
    Kind,
    Outcome,
    ProvisionStep,
    Ref,
    Seen,
)
from requests.auth import AuthBase

from detente_zendesk.account import WRITTEN
from detente_zendesk.checking import Checkup
from detente_zendesk.client import BATCH, ZendeskClient
from detente_zendesk.manners import BUCKETS, PATIENCE, ZendeskManners
from detente_zendesk.organizations import OrganizationWalk
from detente_zendesk.provisioning import Provisioning
from detente_zendesk.reading import CURSOR_VERSION, Window, seconds
from detente_zendesk.settings import ZendeskSettings
from detente_zendesk.sign_in import ApiTokenAuth, ClientToken
from detente_zendesk.tickets import TicketWalk
from detente_zendesk.users import ContactWalk, read_people
from detente_zendesk.views import Views
from detente_zendesk.writing import FieldWriter


class ZendeskConnector(Connector):
    """One Zendesk account."""

    reads = (Kind.PERSON, Kind.ACCOUNT, Kind.CONTACT, Kind.TICKET)
    writes = WRITTEN

    def __init__(self, settings: ZendeskSettings, context: ConnectorContext) -> None:
        self._settings = settings
        self._context = context
        self._sign_in = self._transport(None)
        self._token = self._client_token(setup=False)
        self.transport = self._transport(self._token or self._api_token(), self._token)
        self._maker_transport: Transport | None = None
        self._client = ZendeskClient(self.transport)
        self._views = Views(self._client, settings, context)
        self.write_batch = BATCH * settings.jobs_at_once
        self._writer = FieldWriter(
            self._client,
            self._views,
            context,
            jobs_at_once=settings.jobs_at_once,
            job_wait_s=settings.job_wait_s,
        )
        self._provisioning = Provisioning(self._client, self._views, context)
        self._checkup = Checkup(self.transport, self._client, self._views, self._provisioning, self._token)

    def check(self) -> Sequence[Finding]:
        """Credential, role, what can be read as mapped, our fields, and what is left to click."""
        return self._checkup.findings(self._context.fields)

    def require_rights(self, *, writing: bool) -> None:
        """Refuse a credential that is unknown, was granted less than is needed, or is not an admin's."""
        self._checkup.require_rights(writing=writing)

    def read(self, kind: Kind, cursor: str | None, limit: int) -> Batch:
        """Records changed since `cursor`; see `Connector.read`."""
        if kind is Kind.PERSON:
            return read_people(self._client, self._context.instance, cursor)
        state = None if cursor is None else unpack_cursor(cursor, CURSOR_VERSION)
        view = self._views.view(kind, fresh=state is None or state.get("phase") == "rest")
        window = Window(seconds(self.transport.vendor_now()), self._settings.overlap_s)
        if kind is Kind.ACCOUNT:
            return OrganizationWalk(self._client, view, window).read(cursor, limit)
        if kind is Kind.CONTACT:
            return ContactWalk(self._client, view, window).read(cursor, limit)
        days = self._settings.sla_days
        walk = TicketWalk(self._client, view, window, now=self.transport.vendor_now(), sla_days=days)
        return walk.read(cursor, limit)

    def restarted(self, kind: Kind, cursor: str) -> str | None:
        """The cursor with what it knows of deletions, and nothing else."""
        return restarted_cursor(cursor)

    def held(self, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, Mapping[str, FieldText]]:
        """What the account holds in our fields `keys`; a field that does not exist is left out."""
        return {ref: seen.values for ref, seen in self._writer.seen(refs, keys).items()}

    def seen(self, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, Seen]:
        """As `held`; a ticket's version is its time of update."""
        return self._writer.seen(refs, keys)

    def write(self, rows: Sequence[FieldWrite]) -> Sequence[Outcome]:
        """Write rows by jobs of 100, several at a time; one outcome a row, in their order."""
        return self._writer.write(rows)

    def missing_fields(self) -> Sequence[str]:
        """`object.field` names of ours that the account lacks."""
        return self._provisioning.missing()

    def provision(self, *, apply: bool) -> Sequence[ProvisionStep]:
        """Make fields and options; with `apply` false only say so."""
        return self._provisioning.provision(self._maker(), apply=apply)

    def close(self) -> None:
        """Let go of connections."""
        for transport in (self._sign_in, self.transport, self._maker_transport):
            if transport is not None:
                transport.close()

    def _maker(self) -> ZendeskClient:
        """A client with the scopes for making fields, which a run has no need of."""
        if self._token is None:
            return self._client
        if self._maker_transport is None:
            token = self._client_token(setup=True)
            self._maker_transport = self._transport(token, token)
        return ZendeskClient(self._maker_transport)

    def _client_token(self, *, setup: bool) -> ClientToken | None:
        client = self._settings.client
        if client is None:
            return None
        scope = client.setup_scope if setup else client.scope
        return ClientToken(client, scope, self._sign_in, self._context.clock)

    def _api_token(self) -> AuthBase | None:
        given = self._settings.api_token
        return None if given is None else ApiTokenAuth(given)

    def _transport(self, auth: AuthBase | None, token: RenewedToken | None = None) -> Transport:
        settings, context = self._settings, self._context
        timeouts_s = (settings.connect_timeout_s, settings.read_timeout_s)
        wire = Wire(settings.address, auth, user_agent="detente-zendesk", timeouts_s=timeouts_s)
        return Transport(
            ZendeskManners(),
            wire,
            clock=context.clock,
            budget=context.budget,
            buckets=BUCKETS,
            patience=PATIENCE,
            token=token,
        )


def build(settings: ContractModel, context: ConnectorContext) -> Connector:
    """A connector for one account.

    Raises: ConfigurationError when the secret's place or the address cannot be used.
    """
    if not isinstance(settings, ZendeskSettings):
        raise ConfigurationError("settings of another connector were given to Zendesk")
    secret = settings.client.secret if settings.client is not None else None
    token = settings.api_token.token if settings.api_token is not None else None
    for source in (secret, token):
        if source is not None:
            source.secret()
    return ZendeskConnector(settings, context)


ZENDESK = ConnectorType(
    name="zendesk",
    settings=ZendeskSettings,
    build=build,
    help="Zendesk: organizations, users, tickets",
    starter=Path(__file__).parent / "starter",
)
