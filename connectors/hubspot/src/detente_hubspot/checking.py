"""What `doctor` looks at in a portal, and the clicks that no API can do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from detente_connector_kit import RefusedCallError, Transport, clock_finding, looked_at
from detente_contracts import (
    FieldSpec,
    Finding,
    Kind,
    Severity,
)

from detente_hubspot.client import HubSpotClient
from detente_hubspot.metadata import HubSpotMetadata
from detente_hubspot.portal import OBJECTS
from detente_hubspot.provisioning import Provisioning
from detente_hubspot.views import Views

_PROVISION = "Run `detente provision` under an admin's credential"


class Checkup:
    """Looks at one portal and changes nothing."""

    def __init__(
        self,
        transport: Transport,
        client: HubSpotClient,
        metadata: HubSpotMetadata,
        views: Views,
        provisioning: Provisioning,
    ) -> None:
        self._transport = transport
        self._client = client
        self._metadata = metadata
        self._views = views
        self._provisioning = provisioning

    def findings(
        self, reads: Sequence[Kind], writes: Sequence[Kind], fields: Sequence[FieldSpec]
    ) -> list[Finding]:
        """Clock, rights of each kind, mapped properties, our fields, and what is left to click."""
        findings = [clock_finding(self._transport)]
        for kind in reads:
            findings += looked_at(OBJECTS[kind], partial(self.kind, kind))
        for kind in writes:
            findings += looked_at(OBJECTS[kind], partial(self.right_to_write, kind))
        findings += looked_at("fields", self._fields)
        return [*findings, *clicks(fields)]

    def kind(self, kind: Kind) -> list[Finding]:
        """Whether `kind` can be read, and which mapped properties cannot.

        Raises: AccessError, RetryableError.
        """
        name = OBJECTS[kind]
        if kind is Kind.PERSON:
            self._metadata.owners()
            return [Finding(Severity.OK, name, "can be read")]
        view = self._views.view(kind, fresh=True)
        self._client.page(name, (), None, archived=False, linked=False)
        hidden = [
            Finding(
                Severity.WARNING,
                f"{name}.{source}",
                f"the property does not exist or may not be read, so {', '.join(fields)} is unknown",
                "Correct `mapping` in the settings, or let the token read the property",
            )
            for source, fields in view.names.filled_by().items()
            if view.hidden.issuperset(fields)
        ]
        return [Finding(Severity.OK, name, "can be read"), *hidden]

    def right_to_write(self, kind: Kind) -> list[Finding]:
        """Whether a scope for writing `kind` is missing.

        Raises: AccessError, RetryableError.
        """
        name = OBJECTS[kind]
        try:
            # an update of no record changes nothing and is refused for want of a scope all the same
            self._client.update(name, [])
        except RefusedCallError:
            return [Finding(Severity.OK, name, "no scope is missing, so far as can be told without writing")]
        return [Finding(Severity.OK, name, "can be written")]

    def _fields(self) -> list[Finding]:
        missing = self._provisioning.missing()
        if missing:
            return [Finding(Severity.ERROR, name, "the field is missing", _PROVISION) for name in missing]
        return [Finding(Severity.OK, "fields", "all fields of Detente are there")]


def clicks(fields: Sequence[FieldSpec]) -> Iterator[Finding]:
    """What an admin does by hand: HubSpot has no API for record layouts, views and rights on properties."""
    groups = " and ".join(sorted({f"'{spec.prefix.capitalize()}'" for spec in fields}))
    columns = " and ".join(f"'{spec.label}'" for spec in fields[:2])
    for label in ("Companies", "Deals", "Tickets"):
        yield Finding(
            Severity.CLICK,
            f"{label}, record page",
            f"group {groups} stands under 'View all properties' only, where nobody looks",
            f"Settings > Objects > {label} > Record customization: add a property card with {groups}",
        )
    yield Finding(
        Severity.CLICK,
        "lists",
        "reps work from saved views and see no score there",
        f"Lists of companies, deals and tickets: add the columns {columns}, and save the view for everybody",
    )
    yield Finding(
        Severity.CLICK,
        "rights on properties",
        f"whoever may edit a record may edit {groups} too; each such edit stands and asks for a lease",
        "Settings > Properties: leave the right to edit them to those who may overrule a score",
    )
