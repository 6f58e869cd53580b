"""What `doctor` looks at: credential, scopes, role, what can be read, our fields, what is left to click."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial

from detente_connector_kit import Transport, clock_finding, looked_at
from detente_contracts import (
    AccessError,
    ConfigurationError,
    DetenteError,
    FieldSpec,
    Finding,
    Kind,
    Severity,
)

from detente_zendesk.account import OBJECTS, WRITTEN, View
from detente_zendesk.client import Json, ZendeskClient
from detente_zendesk.own_fields import found_fields
from detente_zendesk.provisioning import Provisioning
from detente_zendesk.reading import seconds
from detente_zendesk.settings import API_TOKENS_END
from detente_zendesk.sign_in import ClientToken, lacking_scopes
from detente_zendesk.users import AGENTS
from detente_zendesk.views import SLA_FIELDS, Views

_NEEDED = {Kind.ACCOUNT: "organizations:write", Kind.TICKET: "tickets:write"}
"""The scope for writing each kind; `read` is for everything that is read."""

_SCOPE_HINT = "Add it to the OAuth client's scopes in Admin Center, and to `client.scope` in the settings"

_AGO_S = 180
"""Seconds before now at which an export is tried: it takes no start within the last minute."""


class Checkup:
    """Looks at one account and changes nothing. Without a `token` it was signed in by an API token."""

    def __init__(
        self,
        transport: Transport,
        client: ZendeskClient,
        views: Views,
        provisioning: Provisioning,
        token: ClientToken | None,
    ) -> None:
        self._transport = transport
        self._client = client
        self._views = views
        self._provisioning = provisioning
        self._token = token

    def findings(self, fields: Sequence[FieldSpec]) -> list[Finding]:
        """Credential, clock, role, what can be read as mapped, our fields, and what is left to click."""
        try:
            self._client.probe()
        except DetenteError as error:
            return [Finding(Severity.ERROR, "credential", error.message, error.hint)]
        today = self._transport.vendor_now().date()
        findings = [*credential_findings(self._token, today), clock_finding(self._transport)]
        findings += looked_at("role", self._role)
        findings += looked_at(OBJECTS[Kind.PERSON], self._people)
        for kind in (Kind.ACCOUNT, Kind.CONTACT, Kind.TICKET):
            findings += looked_at(OBJECTS[kind], partial(self._kind, kind))
        findings += looked_at("fields", self._fields)
        return findings + looked_at("forms", partial(clicks, self._client, self._views, fields))

    def require_rights(self, *, writing: bool) -> None:
        """Refuse a credential that is unknown, was granted less than is needed, or is not an admin's.

        Raises: AccessError.
        """
        self._client.probe()
        missing = missing_scopes(self._token, writing=writing)
        if missing:
            raise AccessError(
                f"Zendesk did not grant the scopes: {', '.join(missing)}",
                hint="Add them to the OAuth client in Admin Center, and to `client.scope` in the settings",
            )
        self._require_admin()

    def _require_admin(self) -> None:
        try:
            self._client.exported_since("organizations", seconds(self._transport.vendor_now()) - _AGO_S, 1)
        except AccessError as error:
            raise AccessError(
                f"Zendesk gives no exports to this credential: {error.message}",
                hint="The user behind the OAuth client, or of the API token, must be an admin",
            ) from None

    def _role(self) -> Iterator[Finding]:
        self._require_admin()
        yield Finding(Severity.OK, "role", "an admin's: exports can be read")

    def _people(self) -> Iterator[Finding]:
        self._client.page("/users", "users", None, AGENTS)
        yield Finding(Severity.OK, OBJECTS[Kind.PERSON], "can be read")

    def _kind(self, kind: Kind) -> Iterator[Finding]:
        return view_findings(self._views.view(kind, fresh=True))

    def _fields(self) -> Iterator[Finding]:
        return field_findings(self._provisioning.missing())


def missing_scopes(token: ClientToken | None, *, writing: bool) -> list[str]:
    """Needed scopes that were not granted: a name that Zendesk does not know is dropped without a word.

    Empty for an API token, which has no scopes, and where the answer did not tell them.
    """
    if token is None or token.granted is None:
        return []
    return lacking_scopes(token.granted, ["read", *(_NEEDED[kind] for kind in WRITTEN if writing)])


def credential_findings(token: ClientToken | None, today: date) -> Iterator[Finding]:
    """What sign-in was used, and what was granted."""
    if token is None:
        days = (API_TOKENS_END - today).days
        yield Finding(
            Severity.WARNING,
            "API token",
            f"the account answers, but API tokens end on {API_TOKENS_END}, in {days} days",
            "Make an OAuth client and put it into the settings as `client`",
        )
        return
    if token.granted is None:
        yield Finding(Severity.WARNING, "OAuth client", "the account answers, and does not tell the scopes")
        return
    granted = " ".join(sorted(token.granted))
    yield Finding(Severity.OK, "OAuth client", f"the account answers; scopes: {granted}")
    for scope in missing_scopes(token, writing=True):
        yield Finding(
            Severity.ERROR, f"scope {scope}", "was asked for or is needed, and not granted", _SCOPE_HINT
        )


def view_findings(view: View) -> Iterator[Finding]:
    """Whether a kind can be read as the settings map it."""
    name = OBJECTS[view.kind]
    yield Finding(Severity.OK, name, "can be read")
    for source, fields in view.names.filled_by().items():
        if view.hidden.issuperset(fields):
            yield Finding(
                Severity.WARNING,
                f"{name}.{source}",
                f"there is no such attribute or field, so {', '.join(fields)} is unknown",
                "Correct `mapping` in the settings: organization fields go by key, ticket fields by title",
            )
    if view.kind is Kind.TICKET and view.hidden >= SLA_FIELDS:
        yield Finding(
            Severity.WARNING,
            "SLA policies",
            "there are none, or plan or role do not show them, so due times and breaches are unknown",
            "They need Support Professional or Suite Growth, and an admin",
        )


def field_findings(missing: Sequence[str]) -> Iterator[Finding]:
    """Whether all fields of Detente are there."""
    if not missing:
        yield Finding(Severity.OK, "fields", "all fields of Detente are there")
    for name in missing:
        yield Finding(
            Severity.ERROR,
            name,
            "the field is missing, switched off, of another type or without one of its options",
            "Run `detente provision` under an admin's credential",
        )


def clicks(client: ZendeskClient, views: Views, fields: Sequence[FieldSpec]) -> Iterator[Finding]:
    """What an admin does by hand: forms and views belong to the account, and Detente leaves them alone."""
    ids = _ticket_field_ids(views, fields)
    for form in _forms(client):
        if not ids <= {int(id_) for id_ in form.get("ticket_field_ids") or ()}:
            yield Finding(
                Severity.CLICK,
                "a ticket form",
                f"form {form.get('id')} does not show all fields of Detente",
                "Admin Center > Objects and rules > Tickets > Forms: drag the Detente fields into the form",
            )
    labels = " and ".join(f"'{spec.label}'" for spec in fields[:2])
    yield Finding(
        Severity.CLICK,
        "ticket views",
        "agents see priorities in their lists once a view has the columns",
        f"Admin Center > Workspaces > Agent tools > Views: add the columns {labels} to a view",
    )


def _ticket_field_ids(views: Views, fields: Sequence[FieldSpec]) -> set[int]:
    there = views.definitions(Kind.TICKET)
    ours = [spec for spec in fields if Kind.TICKET in spec.kinds]
    return {int(field["id"]) for spec in ours for field in found_fields(spec, there, Kind.TICKET)}


def _forms(client: ZendeskClient) -> list[Json]:
    """Forms in use; an account without forms, which not every plan has, shows new fields by itself."""
    try:
        return [
            form for form in client.all("/ticket_forms", "ticket_forms") if form.get("active") is not False
        ]
    except (AccessError, ConfigurationError):
        return []
