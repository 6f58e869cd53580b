"""How each kind of record is read: the mapping against the fields that exist, and whether there are SLAs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from detente_connector_kit import KindMapping
from detente_contracts import AccessError, ConfigurationError, ConnectorContext, FieldSpec, Kind

from detente_zendesk.account import ATTRIBUTES, READERS, View
from detente_zendesk.client import Json, ZendeskClient
from detente_zendesk.own_fields import found_fields, place_of
from detente_zendesk.settings import ZendeskSettings

SLA_FIELDS = frozenset({"is_breached", "first_reply_due_at", "resolve_due_at"})
"""Record fields that nobody knows without SLAs."""

_LISTS: Mapping[Kind, tuple[str, str]] = {
    Kind.ACCOUNT: ("/organization_fields", "organization_fields"),
    Kind.CONTACT: ("/user_fields", "user_fields"),
    Kind.TICKET: ("/ticket_fields", "ticket_fields"),
}


class Views:
    """Views by kind, kept until they are asked for anew."""

    def __init__(self, client: ZendeskClient, settings: ZendeskSettings, context: ConnectorContext) -> None:
        self._client = client
        self._settings = settings
        self._context = context
        self._views: dict[Kind, View] = {}

    def view(self, kind: Kind, *, fresh: bool) -> View:
        """How `kind` is read; `fresh` looks at the account's fields and SLA policies again."""
        if fresh or kind not in self._views:
            self._views[kind] = self._looked_at(kind)
        return self._views[kind]

    def forget(self) -> None:
        """Look anew the next time: fields were made."""
        self._views.clear()

    def definitions(self, kind: Kind) -> list[Json]:
        """The account's own fields on `kind`, in use or not."""
        return list(self._client.all(*_LISTS[kind]))

    def has_sla(self) -> bool:
        """Whether there are SLA policies that this credential may see; a plan without them answers 403."""
        try:
            return next(iter(self._client.all("/slas/policies", "sla_policies")), None) is not None
        except (AccessError, ConfigurationError):
            return False

    def _looked_at(self, kind: Kind) -> View:
        fields = self._fields(kind)
        names = _by_place(self._settings.mapping.of(kind), fields, kind)
        types = {place_of(field, kind): str(field.get("type")) for field in fields}
        types.update(dict.fromkeys(ATTRIBUTES[kind], "attribute"))
        has_sla = kind is Kind.TICKET and self.has_sla()
        unknown = SLA_FIELDS if kind is Kind.TICKET and not has_sla else frozenset()
        view = View(
            kind=kind,
            instance=self._context.instance,
            names=names,
            hidden=names.hidden_without(types) | unknown,
            custom=names.columns(types, READERS),
            held=tuple(self._held(kind, fields)),
            currency=self._settings.currency,
            sla_metrics=frozenset(self._settings.resolution_metrics) if has_sla else frozenset(),
        )
        return replace(view, asked=self._digest(view, types))

    def _fields(self, kind: Kind) -> list[Json]:
        if kind is Kind.CONTACT and not self._settings.mapping.of(kind).custom:
            return []
        return [field for field in self.definitions(kind) if field.get("active") is not False]

    def _held(self, kind: Kind, fields: Iterable[Json]) -> Iterator[tuple[str, FieldSpec]]:
        for spec in self._context.fields:
            found = found_fields(spec, fields, kind) if kind in spec.kinds else ()
            if found:
                yield place_of(found[0], kind), spec

    def _digest(self, view: View, types: Mapping[str, str]) -> str:
        """What is read: when that changes, all is read anew. Our fields are left out: they are made empty."""
        mapped = sorted(view.names.mapped().items())
        custom = sorted((*pair, types.get(pair[1])) for pair in view.names.custom.items())
        rest = (sorted(view.hidden), sorted(view.sla_metrics), view.currency, self._settings.sla_days)
        return hashlib.sha256(repr((mapped, custom, rest)).encode()).hexdigest()[:16]


def _by_place(mapping: KindMapping, fields: Iterable[Json], kind: Kind) -> KindMapping:
    """The mapping with the id of each ticket field in place of its title."""
    if kind is not Kind.TICKET:
        return mapping
    ids = {str(field.get("title")): place_of(field, kind) for field in fields}
    ids.update({name: name for name in ATTRIBUTES[kind]})
    mapped = {name: ids.get(source, source) for name, source in mapping.mapped().items()}
    custom = {name: ids.get(source, source) for name, source in mapping.custom.items()}
    return mapping.model_copy(update={**mapped, "custom": custom})
