"""All plugins of an installation: one call asks each of them alone, and names those that fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import polars as pl
from detente_contracts import (
    ConnectorType,
    Criterion,
    FieldSpec,
    PluginSettings,
    PolicyFolder,
    Signal,
    SignalCatalogue,
)

from detente.engine.plugins.asking import Asking, Objection
from detente.engine.plugins.failures import Failures, PluginFailure
from detente.engine.plugins.frames import PortfolioFrame
from detente.engine.plugins.host_process import HostProcess
from detente.engine.plugins.loading import load_seats
from detente.engine.plugins.offers import HookResult, Offer, combined
from detente.engine.plugins.seats import Seat
from detente.engine.plugins.sources import Origin, Source, find_sources

_OWN_PREFIX = "detente"


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """One plugin as people see it. `where`: in process, host, policy, or nowhere when it failed to load."""

    name: str
    version: str
    where: str
    hooks: tuple[str, ...]
    failures: tuple[str, ...]
    path: str


class Plugins:
    """Loaded plugins. What starts Detente is asked once and kept; close it to end the plugin host."""

    def __init__(
        self, sources: list[Source], seats: list[Seat], failures: Failures, host: HostProcess
    ) -> None:
        self._sources = sources
        self._asking = Asking(seats, failures)
        self._failures = failures
        self._host = host
        self._offers: dict[str, list[Offer]] = {}
        self._criteria: tuple[SignalCatalogue, list[Offer]] | None = None

    @classmethod
    def load(
        cls, settings: PluginSettings, base: Path, *, strict: bool = False, host: HostProcess | None = None
    ) -> Plugins:
        """Find and load plugins; `base` is the folder of the settings. A broken plugin is a failure.

        `host` is one that was started ahead and has loaded nothing; it is closed with the plugins.

        Raises: ConfigurationError for a name in `disabled` that no plugin has; with `strict` PluginError for
            the first failure, here and in every later call.
        """
        failures = Failures(strict=strict)
        host = host or HostProcess(settings.timeout_s)
        try:
            sources = find_sources(settings, base, failures)
            return cls(sources, load_seats(sources, host, failures), failures, host)
        except BaseException:
            host.close()
            raise

    @property
    def failures(self) -> list[PluginFailure]:
        """Everything that plugins did wrong since they were loaded, oldest first."""
        return list(self._failures.all)

    def unheard(self, hook: str) -> frozenset[str]:
        """Plugins whose answer to the last call of `hook` is missing; what they said before still holds.

        One that could not be loaded is always among them, as nobody knows what it would have said.
        """
        return self._failures.unheard(hook)

    def record_failure(self, plugin: str, hook: str, message: str) -> None:
        """Count an answer that core found unusable after it was validated, such as links of no account."""
        self._failures.count(plugin, hook, message)

    def call(self, hook: str, **arguments: object) -> list[HookResult]:
        """Ask every plugin that implements `hook`, in plugin order; those that fail are left out.

        Where the first answer counts there is at most one result. A Polars frame is taken for a Frame.
        Proposed writes to fields that the plugin did not declare are left out and named.
        """
        results = self._asking.call(hook, arguments)
        return self._own_writes(results) if hook == "detente_propose_writes" else results

    def first(self, hook: str, objection: Objection, **arguments: object) -> HookResult | None:
        """The first answer that is not None and to which core has no objection; None when there is none.

        An answer that core objects to is a failure of its plugin, and the next plugin is asked.
        """
        return self._asking.first(hook, arguments, objection)

    def listing(self) -> list[PluginInfo]:
        """Every plugin that is not disabled, in plugin order; broken ones too."""
        seats = {seat.source.name: seat for seat in self._asking.seats}
        infos = [_info(source, seats.get(source.name), self._failures) for source in self._sources]
        named = {info.name for info in infos}
        lost = {item.plugin for item in self._failures.all} - named
        return infos + [
            PluginInfo(name, "", "nowhere", (), self._failures.of(name), "") for name in sorted(lost)
        ]

    def versions(self) -> dict[str, str]:
        """Version by name of every plugin that was loaded; a dropped file's is a digest of its content."""
        loaded = {seat.source.name for seat in self._asking.seats}
        return {
            source.name: source.version
            for source in self._sources
            if source.name in loaded or source.origin is Origin.POLICY
        }

    def policy_folders(self) -> list[tuple[str, Path]]:
        """Folders of policy files by plugin, in plugin order."""
        offers = self._offered("detente_provide_policy", "folder", "path", _is_no_folder)
        shipped = [(offer.plugin, Path(offer.item.path)) for offer in offers]
        dropped = [(item.name, Path(item.target)) for item in self._sources if item.origin is Origin.POLICY]
        return shipped + dropped

    def connector_types(self) -> tuple[ConnectorType, ...]:
        """Kinds of connectors that settings may name."""
        return tuple(
            offer.item for offer in self._offered("detente_provide_connectors", "connector type", "name")
        )

    def fields(self) -> tuple[FieldSpec, ...]:
        """CRM fields that plugins declare, without core's own."""
        return tuple(offer.item for offer in self._declared())

    def signals(self) -> tuple[Signal, ...]:
        """Signals that plugins offer in code; those of policy folders are not among them."""
        return tuple(offer.item for offer in self._offered("detente_add_signals", "signal", "name"))

    def criteria(self, catalogue: SignalCatalogue) -> tuple[Criterion, ...]:
        """Criteria that plugins offer over `catalogue`; one with a function says `python` instead."""
        if self._criteria is None or self._criteria[0] != catalogue:
            hook = "detente_add_criteria"
            results = self.call(hook, signals=catalogue)
            offers = combined(hook, "criterion", results, lambda item: str(item.name), self._failures)
            self._criteria = (catalogue, offers)
        return tuple(offer.item for offer in self._criteria[1])

    def points(self, criterion_name: str, frame: PortfolioFrame) -> pl.Series | None:
        """Points of a criterion with a function, Float64, one a customer, null for unknown.

        None when its plugin failed, or when `criteria` brought no such criterion with a function.
        """
        offers = self._criteria[1] if self._criteria else []
        for offer in offers:
            if offer.name == criterion_name and offer.item.python:
                return self._asking.points(offer.plugin, criterion_name, frame)
        return None

    def close(self) -> None:
        """End the plugin host and remove its files."""
        self._host.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _offered(
        self, hook: str, what: str, key: str, objection: Callable[[Any], str | None] | None = None
    ) -> list[Offer]:
        if hook not in self._offers:
            results = self._asking.call(hook, {})
            self._offers[hook] = combined(
                hook, what, results, lambda item: str(getattr(item, key)), self._failures, objection
            )
        return self._offers[hook]

    def _declared(self) -> list[Offer]:
        return self._offered("detente_declare_fields", "field", "key", _is_cores)

    def _own_writes(self, results: list[HookResult]) -> list[HookResult]:
        owners = {offer.name: offer.plugin for offer in self._declared()}
        return [self._own(result, owners) for result in results]

    def _own(self, result: HookResult, owners: Mapping[str, str]) -> HookResult:
        strange = {item.field for item in result.value if owners.get(item.field) != result.plugin}
        if not strange:
            return result
        named = ", ".join(sorted(strange)[:3])
        message = f"wrote to {named}, not declared by it: those values are not written"
        self._failures.count(result.plugin, "detente_propose_writes", message)
        kept = tuple(item for item in result.value if item.field not in strange)
        return replace(result, value=kept)


def _info(source: Source, seat: Seat | None, failures: Failures) -> PluginInfo:
    failed = failures.of(source.name)
    if seat is not None:
        return PluginInfo(source.name, source.version, seat.where, seat.hooks, failed, seat.path)
    where = "policy" if source.origin is Origin.POLICY else "nowhere"
    path = "" if source.origin is Origin.ENTRY_POINT else source.target
    return PluginInfo(source.name, source.version, where, (), failed, path)


def _is_cores(field: FieldSpec) -> str | None:
    if field.prefix == _OWN_PREFIX:
        return f"field {field.key}: the prefix {_OWN_PREFIX} is core's own, choose another"
    return None


def _is_no_folder(folder: PolicyFolder) -> str | None:
    return None if folder.path.is_dir() else f"{folder.path} is not a folder"
