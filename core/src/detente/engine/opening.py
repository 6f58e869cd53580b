"""Open everything that work needs: settings, clock, store, plugins, policy, connectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from detente_contracts import (
    STANDARD_FIELDS,
    Clock,
    ConfigurationError,
    Connector,
    FieldSpec,
    Kind,
    Progress,
    Rubric,
    Settings,
    SignalCatalogue,
    UnfinishedError,
    unknown_name,
)

from detente.clock import clock_for
from detente.engine.connecting import Building, build_connectors
from detente.engine.plugins import Plugins
from detente.engine.plugins.host_process import HostProcess
from detente.engine.policy import Bundle, Policy, load_policy
from detente.engine.rubric.compile import compile_rubric
from detente.engine.rubric.plan import ScoringPlan
from detente.private_folder import make_private_folder
from detente.settings import database_url, read_settings
from detente.store.database import Store


def silent(stage: str, done: int, total: int | None = None) -> None:
    """Progress that nobody watches."""


class RulesChangedError(UnfinishedError):
    """A run that was cut short cannot go on: what it scored was scored under other rules."""


@dataclass(frozen=True, slots=True)
class Ruleset:
    """The policy in force, its compiled rubric, and the bundle that names both by hash."""

    policy: Policy
    rubric: Rubric
    plan: ScoringPlan
    catalogue: SignalCatalogue
    bundle: Bundle

    def require(self, bundle: str) -> None:
        """Raises: RulesChangedError when `bundle` is not the hash of the bundle in force."""
        if bundle != self.bundle.hash:
            raise RulesChangedError(
                "policy or plugins changed since this run was cut short", hint="Run again under the new ones"
            )


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything open that a run, a plan or an undo works with."""

    home: Path
    settings: Settings
    clock: Clock
    store: Store
    plugins: Plugins
    rules: Ruleset
    fields: tuple[FieldSpec, ...]
    connectors: Mapping[str, Connector]
    progress: Progress = silent

    @property
    def sources(self) -> list[tuple[str, str]]:
        """What is read, in order: every kind of every connector, both by name."""
        found = self.connectors.items()
        return [(name, kind.value) for name, connector in found for kind in Kind if kind in connector.reads]

    @property
    def state(self) -> Path:
        """The folder of the database and the audit anchor."""
        return self.home / self.settings.state


def load_rules(settings: Settings, home: Path, plugins: Plugins) -> Ruleset:
    """The rubric that the settings name, compiled over the signals and criteria of all plugins.

    Raises: ConfigurationError naming file and key of whatever cannot be used.
    """
    own = home / settings.policy
    policy = load_policy(plugins.policy_folders(), own if own.is_dir() else None)
    signals = {**{signal.name: signal for signal in plugins.signals()}, **policy.signals}
    catalogue = SignalCatalogue(signals=tuple(signals.values()))
    rubric = policy.rubrics.get(settings.rubric)
    if rubric is None:
        raise ConfigurationError(
            f"detente.yaml, rubric: {unknown_name('rubric', settings.rubric, policy.rubrics)}",
            hint="Name a rubric of the policy folder or of an installed plugin",
        )
    with policy.placed("rubrics", rubric.name):
        plan = compile_rubric(rubric, plugins.criteria(catalogue), catalogue)
    return Ruleset(policy, rubric, plan, catalogue, Bundle.build(policy, rubric, plan, plugins.versions()))


@contextmanager
def open_store(home: Path, *, upgrade: bool = True) -> Iterator[Store]:
    """The store of the folder `home`, brought up to date; closed at the end. Its state is its owner's alone.

    Raises: OlderStoreError when that takes an upgrade, and `upgrade` is false.
    """
    settings = read_settings(home)
    make_private_folder(home / settings.state)
    with closing(Store.open(database_url(settings, home), upgrade=upgrade)) as store:
        yield store


@contextmanager
def open_engine(
    home: Path,
    *,
    strict: bool = False,
    progress: Progress = silent,
    store: Store | None = None,
    clock: Clock | None = None,
) -> Iterator[Engine]:
    """Everything that work in the folder `home` needs.

    For dry runs `store` replaces the settings' own, which is not upgraded then, and `clock` the settings'
    clock.

    Raises: ConfigurationError before any effect when settings, policy or plugins cannot be used.
    """
    settings = read_settings(home)
    clock = clock or clock_for(settings.clock)
    with Plugins.load(settings.plugins, home, strict=strict) as plugins:
        rules = load_rules(settings, home, plugins)
        fields = (*STANDARD_FIELDS, *plugins.fields())
        with open_store(home, upgrade=store is None) as own_store:
            types = {kind.name: kind for kind in plugins.connector_types()}
            connectors = build_connectors(settings, Building(types, home, own_store, clock, fields))
            try:
                yield Engine(
                    home, settings, clock, store or own_store, plugins, rules, fields, connectors, progress
                )
            finally:
                for connector in connectors.values():
                    connector.close()


@contextmanager
def open_offline(
    home: Path, store: Store, settings: Settings, *, clock: Clock, host: HostProcess | None = None
) -> Iterator[Engine]:
    """Everything that scoring what `store` holds needs. No connector is built, so no credential is asked for.

    `host` is a plugin host that was started ahead.

    Raises: ConfigurationError when policy or plugins cannot be used.
    """
    with Plugins.load(settings.plugins, home, host=host) as plugins:
        rules = load_rules(settings, home, plugins)
        fields = (*STANDARD_FIELDS, *plugins.fields())
        yield Engine(home, settings, clock, store, plugins, rules, fields, {})
