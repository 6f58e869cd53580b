"""What is asked of an org for each kind of record: the mapped fields that we may see, and our own."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from detente_contracts import AccessError, ConnectorContext, Kind

from detente_salesforce.client import SalesforceClient
from detente_salesforce.field_mapping import TicketFields
from detente_salesforce.milestones import MILESTONE_FIELDS, MILESTONES, TYPE_NAME
from detente_salesforce.org import (
    CURRENCY,
    DELETED,
    ID,
    MASTER,
    OBJECTS,
    PERSON_FIELDS,
    READERS,
    Described,
    View,
    field_name,
)
from detente_salesforce.settings import SalesforceSettings

_AGREED = ("first_reply_at", "first_reply_due_at", "resolve_due_at", "is_breached")
"""Fields of a ticket that milestones fill."""


class Views:
    """Views by kind, kept until they are asked for anew."""

    def __init__(
        self, client: SalesforceClient, settings: SalesforceSettings, context: ConnectorContext
    ) -> None:
        self._client = client
        self._settings = settings
        self._context = context
        self._views: dict[Kind, View] = {}

    def view(self, kind: Kind, *, fresh: bool) -> View:
        """How `kind` is read; `fresh` looks at the org's objects again.

        Raises: AccessError when this user may not read the object.
        """
        if fresh or kind not in self._views:
            self._views[kind] = self._looked_at(kind)
        return self._views[kind]

    def _looked_at(self, kind: Kind) -> View:
        found = readable(self._client.describe(OBJECTS[kind]), OBJECTS[kind])
        stamp = found.stamp()
        if stamp is None:
            raise AccessError(
                f"Salesforce: this user sees no modification time of {found.name}",
                hint="Give the user's permission set read access to SystemModstamp",
            )
        view = View(
            kind,
            self._context.instance,
            stamp,
            marks=tuple(n for n in (DELETED, MASTER) if n in found.fields),
        )
        view = _of_people(view, found) if kind is Kind.PERSON else self._mapped(view, found)
        return self._with_milestones(view) if kind is Kind.TICKET else view

    def _mapped(self, view: View, found: Described) -> View:
        names = self._settings.mapping.of(view.kind)
        types = found.types()
        ours = ((field_name(spec), spec) for spec in self._context.fields if view.kind in spec.kinds)
        held = tuple((name, spec) for name, spec in ours if name in types)
        mapped = sorted(name for name in names.filled_by() if name in types)
        always = [ID, view.stamp, *(name for name in (CURRENCY,) if name in types)]
        return replace(
            view,
            names=names,
            asked=tuple(dict.fromkeys([*always, *mapped, *(name for name, _ in held)])),
            hidden=names.hidden_without(types) | self._without_currency(view.kind, types),
            custom=names.columns(types, READERS),
            held=held,
            currency=self._settings.currency,
            priorities=self._settings.priorities,
            first_reply_word=self._settings.first_reply_milestone,
            has_formulas=found.calculated(mapped),
        )

    def _without_currency(self, kind: Kind, types: dict[str, str]) -> frozenset[str]:
        # an amount whose currency nobody tells is unknown, and not nothing
        if self._settings.currency or CURRENCY in types:
            return frozenset()
        return {
            Kind.ACCOUNT: frozenset({"arr_minor", "arr_currency"}),
            Kind.DEAL: frozenset({"amount_minor", "amount_currency"}),
        }.get(kind, frozenset())

    def _with_milestones(self, view: View) -> View:
        found = self._client.describe(MILESTONES)
        names = view.names
        assert isinstance(names, TicketFields)  # noqa: S101 - tickets have that mapping
        if found is not None and found.is_readable:
            fields = tuple(name for name in MILESTONE_FIELDS if name in found.fields)
            return replace(view, milestones=(*fields, TYPE_NAME), milestone_stamp=found.stamp())
        known = {name for name in _AGREED if getattr(names, name) in view.asked}
        if "resolve_due_at" in known:
            known.add("is_breached")
        return replace(view, hidden=view.hidden | (frozenset(_AGREED) - known))


def _of_people(view: View, found: Described) -> View:
    seen = [name for name in PERSON_FIELDS if name in found.fields]
    hidden = frozenset(field for name, field in PERSON_FIELDS.items() if name not in seen)
    return replace(view, asked=(ID, view.stamp, *seen), hidden=hidden)


def readable(found: Described | None, name: str) -> Described:
    """The object, when this user may read it.

    Raises: AccessError.
    """
    if found is None or not found.is_readable:
        raise AccessError(
            f"Salesforce: this user may not read {name}",
            hint=f"Give the user's permission set read access to {name}",
        )
    return found


def asked_digest(view: View) -> str:
    """What a view reads, as a digest: another one means that records must be read anew.

    Detente's own fields are left out: they are empty when they are made.
    """
    own = {name for name, _ in view.held}
    asked = [name for name in view.asked if name not in own]
    mapped = [] if view.names is None else [*sorted(view.names.mapped().items()), *view.names.custom.items()]
    said = (asked, mapped, sorted(view.priorities.items()), view.currency, view.milestones)
    return hashlib.sha256(repr((said, view.first_reply_word)).encode()).hexdigest()[:16]
