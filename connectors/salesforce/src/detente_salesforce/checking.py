"""What `doctor` looks at in an org, and the clicks that no API can do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from detente_connector_kit import looked_at
from detente_contracts import (
    AccessError,
    DetenteError,
    Finding,
    Kind,
    Severity,
)

from detente_salesforce.access import INTEGRATION, READER
from detente_salesforce.client import SalesforceClient
from detente_salesforce.org import CURRENCY, OBJECTS, Described, View
from detente_salesforce.provisioning import Provisioning
from detente_salesforce.views import Views, readable

_PROVISION = (
    f"Run `detente provision` under an admin's credential, then assign {INTEGRATION.name} to Detente's user"
)


class Checkup:
    """Looks at one org and changes nothing."""

    def __init__(
        self,
        client: SalesforceClient,
        views: Views,
        provisioning: Provisioning,
        *,
        reads: Sequence[Kind],
        writes: Sequence[Kind],
    ) -> None:
        self._client = client
        self._views = views
        self._provisioning = provisioning
        self._reads = reads
        self._writes = writes

    def findings(self) -> list[Finding]:
        """Sign-in, version, clock, calls, rights, mapped and own fields, what is left to click."""
        try:
            versions = self._client.versions()
        except DetenteError as error:
            return [Finding(Severity.ERROR, "sign-in", error.message, error.hint)]
        findings = [Finding(Severity.OK, "sign-in", "the org answers"), self._version(versions)]
        findings.append(self._client.clock())
        findings += looked_at("calls", self._calls)
        for kind in self._reads:
            findings += looked_at(OBJECTS[kind], partial(self._kind, kind))
        for kind in self._writes:
            findings += looked_at(OBJECTS[kind], partial(self._right_to_write, kind))
        findings += looked_at("fields", self._fields)
        return [*findings, *clicks()]

    def require_rights(self, *, writing: bool) -> None:
        """Look at what a run needs.

        Raises: AccessError naming the first right that is missing.
        """
        for kind in self._reads:
            found = readable(self._client.describe(OBJECTS[kind], urgent=True), OBJECTS[kind])
            if writing and kind in self._writes:
                refuse_unwritable(found)

    def _version(self, versions: Sequence[str]) -> Finding:
        ours = self._client.version
        if ours in versions:
            return Finding(Severity.OK, "API version", f"{ours} is served")
        hint = f"Set `api_version` to one of {', '.join(versions[-4:])}"
        return Finding(Severity.ERROR, "API version", f"{ours} is not served by this org", hint)

    def _calls(self) -> Sequence[Finding]:
        calls = self._client.limits().get("DailyApiRequests") or {}
        left, most = calls.get("Remaining"), calls.get("Max")
        return [Finding(Severity.OK, "calls", f"{left} of {most} calls of the last 24 hours are left")]

    def _kind(self, kind: Kind) -> Sequence[Finding]:
        view = self._views.view(kind, fresh=True)
        return [Finding(Severity.OK, OBJECTS[kind], "can be read"), *_hidden(view)]

    def _right_to_write(self, kind: Kind) -> Sequence[Finding]:
        refuse_unwritable(readable(self._client.describe(OBJECTS[kind], urgent=True), OBJECTS[kind]))
        return [Finding(Severity.OK, OBJECTS[kind], "can be written")]

    def _fields(self) -> Sequence[Finding]:
        missing = self._provisioning.missing()
        if not missing:
            return [Finding(Severity.OK, "fields", "all fields of Detente are there and can be written")]
        said = "the field is missing, hidden from this user or not editable"
        return [Finding(Severity.ERROR, name, said, _PROVISION) for name in missing]


def refuse_unwritable(found: Described) -> None:
    """Refuse an object whose records this user may not edit.

    Raises: AccessError.
    """
    if not found.is_writable:
        raise AccessError(
            f"Salesforce: this user may not edit {found.name}",
            hint=f"Give the user's permission set edit access to {found.name}",
        )


def _hidden(view: View) -> Iterator[Finding]:
    sources = {} if view.names is None else view.names.filled_by()
    explained: set[str] = set()
    for source, fields in sources.items():
        if source not in view.asked:
            explained.update(fields)
            yield Finding(
                Severity.WARNING,
                f"{view.object}.{source}",
                f"the field does not exist or this user may not see it, so {', '.join(fields)} is unknown",
                "Correct `mapping` in the settings, or let the user's permission set read the field",
            )
    rest = view.hidden - explained
    if rest & {"arr_minor", "amount_minor"}:
        yield Finding(
            Severity.WARNING,
            f"{view.object}.{CURRENCY}",
            "records name no currency, so amounts are unknown",
            "Set `currency` to the org's currency",
        )
    if rest & {"is_breached", "resolve_due_at"}:
        yield Finding(
            Severity.WARNING,
            "CaseMilestone",
            "the org has no entitlement management that this user sees, so service agreements are unknown",
            "Map `resolve_due_at` of tickets to a field of Case, or let the user read CaseMilestone",
        )


def clicks() -> list[Finding]:
    """What an admin does by hand: choose people, and change pages, which an API could only replace."""
    objects = ("Account", "Opportunity", "Case")
    return [
        Finding(
            Severity.CLICK,
            READER.name,
            "reps see Detente's fields only with a permission set that grants them",
            f"Setup > Permission Sets > {READER.label} > Manage Assignments: add those who shall see them",
        ),
        Finding(
            Severity.CLICK,
            INTEGRATION.name,
            "Detente's user needs this set, unless that user ran `detente provision`",
            f"Setup > Permission Sets > {INTEGRATION.label} > Manage Assignments: add the app's user",
        ),
        *(
            Finding(
                Severity.CLICK,
                f"{name} page",
                "Salesforce does not show new fields by itself",
                f"Setup > Object Manager > {name} > Page Layouts: add a section with Detente's fields;"
                " then Compact Layouts: add priority and score, and assign that layout as the primary one",
            )
            for name in objects
        ),
        Finding(
            Severity.CLICK,
            "list views",
            "priority and score are in no list yet",
            "In the lists of accounts, opportunities and cases: List View Controls > Select Fields",
        ),
    ]
