"""HubSpot as a connector: joins client, mapping, reading, writing and provisioning."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import orjson
from detente_connector_kit import (
    BearerToken,
    Transport,
    Wire,
    pack_cursor,
    restarted_cursor,
    unpack_cursor,
)
from detente_contracts import (
    Batch,
    ConfigurationError,
    Connector,
    ConnectorContext,
    ConnectorType,
    ContractModel,
    DetenteError,
    FieldText,
    FieldWrite,
    Finding,
    Kind,
    Outcome,
    ProvisionStep,
    ReadBack,
    Ref,
    Severity,
)

from detente_hubspot.checking import Checkup
from detente_hubspot.client import BATCH, BUCKETS, HubSpotClient, HubSpotManners
from detente_hubspot.mapping import person
from detente_hubspot.metadata import HubSpotMetadata
from detente_hubspot.provisioning import WRITTEN, Provisioning
from detente_hubspot.reading import CURSOR_VERSION, Walk, Window, place_of
from detente_hubspot.settings import HubSpotSettings
from detente_hubspot.views import Views, asked_digest
from detente_hubspot.writing import FieldWriter


class HubSpotConnector(Connector):
    """One HubSpot portal."""

    reads = (Kind.PERSON, Kind.ACCOUNT, Kind.CONTACT, Kind.DEAL, Kind.TICKET)
    writes = WRITTEN
    write_batch = BATCH

    def __init__(self, settings: HubSpotSettings, context: ConnectorContext) -> None:
        self._settings = settings
        self._context = context
        self._manners = HubSpotManners()
        timeouts_s = (settings.connect_timeout_s, settings.read_timeout_s)
        wire = Wire(
            settings.base_url,
            BearerToken(settings.token.secret),
            user_agent="detente-hubspot",
            timeouts_s=timeouts_s,
        )
        self.transport = Transport(
            self._manners, wire, clock=context.clock, budget=context.budget, buckets=BUCKETS
        )
        self._client = HubSpotClient(self.transport, settings.api_version)
        self._metadata = HubSpotMetadata(self.transport, wire, settings.token.secret)
        self._views = Views(self._client, self._metadata, settings, context)
        self._writer = FieldWriter(self._client, context)
        self._provisioning = Provisioning(self._metadata, context)
        self._checkup = Checkup(self.transport, self._client, self._metadata, self._views, self._provisioning)

    def check(self) -> Sequence[Finding]:
        """Token, rights of each kind, mapped properties, our fields, and what is left to click."""
        try:
            account = self._views.account()
        except DetenteError as error:
            return [Finding(Severity.ERROR, "token", error.message, error.hint)]
        self._manners.zone = str(account.get("timeZone") or "UTC")
        answers = Finding(Severity.OK, "token", f"portal {account.get('portalId')} answers")
        return [answers, *self._checkup.findings(self.reads, self.writes, self._context.fields)]

    def require_rights(self, *, writing: bool) -> None:
        """Read a little of each kind, and with `writing` try an update of no record."""
        self._views.account()
        for kind in self.reads:
            self._checkup.kind(kind)
        for kind in self.writes if writing else ():
            self._checkup.right_to_write(kind)

    def read(self, kind: Kind, cursor: str | None, limit: int) -> Batch:
        """Records changed since `cursor`; see `Connector.read`."""
        now = self._now()
        if kind is Kind.PERSON:
            return self._people(cursor)
        state = None if cursor is None else unpack_cursor(cursor, CURSOR_VERSION)
        view = self._views.view(kind, fresh=state is None or state.get("phase") == "rest")
        place = place_of(cursor, asked_digest(view), now)
        return Walk(self._client, view, self._window(), now).read(place, limit)

    def restarted(self, kind: Kind, cursor: str) -> str | None:
        """The cursor with what it knows of deletions, and nothing else."""
        return restarted_cursor(cursor)

    def held(self, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, Mapping[str, FieldText]]:
        """What the portal holds in our fields `keys`; a property that does not exist is left out."""
        return self._writer.held(refs, keys)

    def read_back(self, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, ReadBack]:
        """As `held`, with what each value replaced, by the properties' histories; 50 records a call."""
        return self._writer.read_back(refs, keys)

    def write(self, rows: Sequence[FieldWrite]) -> Sequence[Outcome]:
        """Write rows in batches of 100; one outcome a row, in their order."""
        return self._writer.write(rows)

    def missing_fields(self) -> Sequence[str]:
        """`object.field` names of ours that the portal lacks."""
        return self._provisioning.missing()

    def provision(self, *, apply: bool) -> Sequence[ProvisionStep]:
        """Make property groups, properties and options; with `apply` false only say so."""
        return self._provisioning.provision(apply=apply)

    def close(self) -> None:
        """Let go of connections."""
        self._metadata.close()
        self.transport.close()

    def _now(self) -> datetime:
        # windows go by the portal's clock; the first call learns how far ours is off
        self._manners.zone = str(self._views.account().get("timeZone") or "UTC")
        return self.transport.vendor_now()

    def _window(self) -> Window:
        hours = self._settings.list_every_h
        list_ms = hours * 3_600_000 if hours else None
        return Window(self._settings.overlap_s * 1000, self._settings.settle_s * 1000, list_ms)

    def _people(self, cursor: str | None) -> Batch:
        rows = self._metadata.owners()
        seen = hashlib.sha256(orjson.dumps(rows, option=orjson.OPT_SORT_KEYS)).hexdigest()
        place = pack_cursor(CURSOR_VERSION, {"owners": seen})
        if place == cursor:
            return Batch([], place, True)
        return Batch([person(row, self._context.instance) for row in rows], place, True)


def build(settings: ContractModel, context: ConnectorContext) -> Connector:
    """A connector for one portal.

    Raises: ConfigurationError when the token's place or the address cannot be used.
    """
    if not isinstance(settings, HubSpotSettings):
        raise ConfigurationError("settings of another connector were given to HubSpot")
    settings.token.secret()
    return HubSpotConnector(settings, context)


HUBSPOT = ConnectorType(
    name="hubspot",
    settings=HubSpotSettings,
    build=build,
    help="HubSpot: companies, contacts, deals, tickets",
    starter=Path(__file__).with_name("starter"),
)
