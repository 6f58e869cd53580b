"""What is asked of a portal for each kind of record: the mapped properties that exist, and our own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from detente_contracts import ConnectorContext, Kind

from detente_hubspot.client import HubSpotClient, Json
from detente_hubspot.metadata import HubSpotMetadata
from detente_hubspot.portal import (
    MERGED,
    MODIFIED,
    OBJECTS,
    READERS,
    StageMeaning,
    View,
    stage_meanings,
)
from detente_hubspot.settings import HubSpotSettings


class Views:
    """Views by kind, kept until they are asked for anew."""

    def __init__(
        self,
        client: HubSpotClient,
        metadata: HubSpotMetadata,
        settings: HubSpotSettings,
        context: ConnectorContext,
    ) -> None:
        self._client = client
        self._metadata = metadata
        self._settings = settings
        self._context = context
        self._views: dict[Kind, View] = {}
        self._account: Json | None = None

    def account(self) -> Json:
        """The portal's id, currency and zone, read once."""
        if self._account is None:
            self._account = self._client.account()
        return self._account

    def view(self, kind: Kind, *, fresh: bool) -> View:
        """How `kind` is read; `fresh` looks at the portal's properties and pipelines again."""
        if fresh or kind not in self._views:
            self._views[kind] = self._looked_at(kind)
        return self._views[kind]

    def _looked_at(self, kind: Kind) -> View:
        types = {row["name"]: str(row["type"]) for row in self._metadata.properties(OBJECTS[kind])}
        names = self._settings.mapping.of(kind)
        filled = names.filled_by()
        ours = [spec for spec in self._context.fields if kind in spec.kinds and spec.key in types]
        held = tuple((spec.key, spec) for spec in ours)
        own = [key for key, _ in held]
        always = [name for name in (MODIFIED[kind], MERGED) if name in types]
        mapped = sorted(name for name in filled if name in types)
        view = View(
            kind=kind,
            instance=self._context.instance,
            names=names,
            asked=tuple(dict.fromkeys([*always, *mapped, *own])),
            hidden=names.hidden_without(types),
            custom=names.columns(types, READERS),
            held=held,
            priorities=self._settings.priorities,
        )
        return replace(view, stages=self._stages(kind), currency=self._currency(kind))

    def _stages(self, kind: Kind) -> Mapping[tuple[str, str], StageMeaning]:
        if kind not in (Kind.DEAL, Kind.TICKET):
            return {}
        return stage_meanings(self._metadata.pipelines(OBJECTS[kind]))

    def _currency(self, kind: Kind) -> str | None:
        if kind not in (Kind.ACCOUNT, Kind.DEAL):
            return None
        return self._settings.currency or self.account().get("companyCurrency")


def asked_digest(view: View) -> str:
    """What a view reads, as a digest: another one means that records must be read anew.

    Detente's own fields are left out: they are empty when they are made.
    """
    own = {key for key, _ in view.held}
    asked = [name for name in view.asked if name not in own]
    mapped = [*sorted(view.names.mapped().items()), *sorted(view.names.custom.items())]
    return hashlib.sha256(repr((asked, mapped, sorted(view.priorities.items()))).encode()).hexdigest()[:16]
