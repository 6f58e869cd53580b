"""Salesforce as a connector: joins client, mapping, reading, writing, provisioning and doctor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from detente_connector_kit import restarted_cursor
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
)

from detente_salesforce.bulk import BulkReader
from detente_salesforce.checking import Checkup
from detente_salesforce.client import COLLECTION, FieldUnseenError, SalesforceClient
from detente_salesforce.connection import Connection
from detente_salesforce.org import WRITTEN, View
from detente_salesforce.place import Place, Window, is_at_rest, place_of
from detente_salesforce.provisioning import Provisioning
from detente_salesforce.reading import Walk
from detente_salesforce.settings import SalesforceSettings
from detente_salesforce.views import Views, asked_digest
from detente_salesforce.writing import FieldWriter


class SalesforceConnector(Connector):
    """One Salesforce org."""

    reads = (Kind.PERSON, Kind.ACCOUNT, Kind.CONTACT, Kind.DEAL, Kind.TICKET)
    writes = WRITTEN
    write_batch = COLLECTION

    def __init__(self, settings: SalesforceSettings, context: ConnectorContext) -> None:
        self._settings = settings
        self.connection = Connection(settings, context)
        self._client = SalesforceClient(self.connection, settings.api_version)
        self._bulk = BulkReader(self.connection, settings.api_version, context.clock)
        self._views = Views(self._client, settings, context)
        self._writer = FieldWriter(self._client, context)
        self._provisioning = Provisioning(self._client, context)
        self._checkup = Checkup(
            self._client, self._views, self._provisioning, reads=self.reads, writes=self.writes
        )

    def check(self) -> Sequence[Finding]:
        """Sign-in, version, rights, mapped fields, our fields, and what is left to click."""
        return self._checkup.findings()

    def require_rights(self, *, writing: bool) -> None:
        """Look at what this user may do with each object."""
        self._checkup.require_rights(writing=writing)

    def read(self, kind: Kind, cursor: str | None, limit: int) -> Batch:
        """Records changed since `cursor`; see `Connector.read`."""
        view = self._views.view(kind, fresh=is_at_rest(cursor))
        place = place_of(cursor, asked_digest(view), self._client.now())
        try:
            return self._walk(view).read(place, limit)
        except FieldUnseenError:
            # a field vanished since the org was looked at: what is left is read on, and the field is hidden
            return self._read_on(kind, place, limit)

    def restarted(self, kind: Kind, cursor: str) -> str | None:
        """The cursor with what it knows of deletions, and nothing else."""
        return restarted_cursor(cursor)

    def held(self, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, Mapping[str, FieldText]]:
        """What the org holds in our fields `keys`; a field that this user does not see is left out."""
        return self._writer.held(refs, keys)

    def write(self, rows: Sequence[FieldWrite]) -> Sequence[Outcome]:
        """Write rows in collections of 200; one outcome a row, in their order."""
        return self._writer.write(rows)

    def missing_fields(self) -> Sequence[str]:
        """`Object.Field__c` names of ours that a run cannot write."""
        return self._provisioning.missing()

    def provision(self, *, apply: bool) -> Sequence[ProvisionStep]:
        """Make fields and permission sets; with `apply` false only say so."""
        return self._provisioning.provision(apply=apply)

    def close(self) -> None:
        """Let go of connections."""
        self.connection.close()

    def _read_on(self, kind: Kind, place: Place, limit: int) -> Batch:
        view = self._views.view(kind, fresh=True)
        return self._walk(view).read(replace(place, asked=asked_digest(view)), limit)

    def _walk(self, view: View) -> Walk:
        settings = self._settings
        window = Window(
            overlap=timedelta(seconds=settings.overlap_s),
            settle=timedelta(seconds=settings.settle_s),
            bulk_deadline=timedelta(seconds=settings.bulk_deadline_s),
            reread=timedelta(hours=settings.reread_h) if settings.reread_h else None,
        )
        return Walk(self._client, self._bulk, view, window, bulk_from=settings.bulk_from)


def build(settings: ContractModel, context: ConnectorContext) -> Connector:
    """A connector for one org.

    Raises: ConfigurationError when the secret's place or the address cannot be used.
    """
    if not isinstance(settings, SalesforceSettings):
        raise ConfigurationError("settings of another connector were given to Salesforce")
    if settings.client_secret is not None:
        settings.client_secret.secret()
    if settings.private_key is not None:
        settings.private_key.key()
    return SalesforceConnector(settings, context)


SALESFORCE = ConnectorType(
    name="salesforce",
    settings=SalesforceSettings,
    build=build,
    help="Salesforce: accounts, contacts, opportunities, cases",
    starter=Path(__file__).with_name("starter"),
)
