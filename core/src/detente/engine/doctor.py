"""Look at everything that a run needs, part by part, and change nothing. What is down hides nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from detente_contracts import (
    STANDARD_FIELDS,
    Clock,
    ConfigurationError,
    Connector,
    ConnectorEntry,
    DetenteError,
    Finding,
    Settings,
    Severity,
)

from detente.clock import SystemClock, clock_for
from detente.engine.connecting import Building
from detente.engine.opening import Ruleset, load_rules
from detente.engine.own_findings import (
    clock_findings,
    database_findings,
    forgotten_findings,
    plugin_findings,
    policy_findings,
    public_url_findings,
    reading_finding,
    settings_finding,
)
from detente.engine.plugins import Plugins
from detente.engine.policy import Policy
from detente.engine.scratch import scratch_copy
from detente.settings import database_url, read_settings
from detente.store.database import Store
from detente.store.migrating import OlderStoreError

OWN = "detente"
"""The part that is no connector: settings, plugins, policy, database, clock, public address."""


@dataclass(frozen=True, slots=True)
class Examined:
    """One part of an installation with what was found about it: `OWN`, or a connector by name and `type`."""

    part: str
    type: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    """The store, or an empty one in its place; `is_known` says whether it tells what was read."""

    store: Store
    findings: Sequence[Finding]
    is_known: bool = True


def examine(home: Path) -> list[Examined]:
    """The installation itself, then every connector in the settings' order.

    Raises: ConfigurationError when the settings cannot be used, so that nothing can be looked at.
    """
    settings = read_settings(home)
    with Plugins.load(settings.plugins, home) as plugins, _kept(settings, home) as kept:
        rules, about_policy = _policy(settings, home, plugins)
        clock, about_clock = _clock(settings)
        own = [settings_finding(settings), *plugin_findings(plugins), *about_policy, *kept.findings]
        own += forgotten_findings(kept.store, settings)
        own += [*about_clock, *clock_findings(kept.store, clock), *public_url_findings(settings)]
        types = {kind.name: kind for kind in plugins.connector_types()}
        building = Building(types, home, kept.store, clock, (*STANDARD_FIELDS, *plugins.fields()))
        policy = rules.policy if rules else Policy()
        read = partial(reading_finding, kept.store, clock=clock, policy=policy) if kept.is_known else None
        return [Examined(OWN, "", tuple(own))] + [
            Examined(name, entry.type, tuple(_looked_at(building, name, entry, read)))
            for name, entry in settings.connectors.items()
        ]


def _policy(settings: Settings, home: Path, plugins: Plugins) -> tuple[Ruleset | None, list[Finding]]:
    try:
        rules = load_rules(settings, home, plugins)
    except ConfigurationError as error:
        return None, [Finding(Severity.ERROR, "policy", error.message, error.hint)]
    return rules, policy_findings(rules)


def _clock(settings: Settings) -> tuple[Clock, list[Finding]]:
    try:
        return clock_for(settings.clock), []
    except ConfigurationError as error:
        return SystemClock(), [Finding(Severity.ERROR, "clock", error.message, error.hint)]


@contextmanager
def _kept(settings: Settings, home: Path) -> Iterator[_Kept]:
    """The store, or an empty one in its place while it is not made yet or cannot be opened as it is."""
    url = database_url(settings, home)
    if not settings.database and not Path(url.removeprefix("sqlite:///")).exists():
        with scratch_copy(None) as scratch:
            yield _Kept(scratch, [Finding(Severity.OK, "database", "is made at the first run")])
        return
    try:
        store = Store.open(url, upgrade=False)
    except ConfigurationError as error:
        severity = Severity.WARNING if isinstance(error, OlderStoreError) else Severity.ERROR
        with scratch_copy(None) as scratch:
            found = Finding(severity, "database", error.message, error.hint)
            yield _Kept(scratch, [found], is_known=False)
        return
    with closing(store):
        yield _Kept(store, database_findings(store, settings))


def _looked_at(
    building: Building, name: str, entry: ConnectorEntry, read: Callable[[str], Finding] | None
) -> list[Finding]:
    """What the connector says of its CRM; when it cannot say anything, why. `read` says when it was read."""
    try:
        connector = building.build(name, entry)
    except DetenteError as error:
        return [Finding(Severity.ERROR, "settings", error.message, error.hint)]
    except Exception as error:  # noqa: BLE001 - a connector is a plugin: its faults stop no other
        return [_failed(error)]
    with closing(connector):
        return [*_checked(connector), *([read(name)] if read else [])]


def _checked(connector: Connector) -> Sequence[Finding]:
    try:
        return connector.check()
    except DetenteError as error:
        return [Finding(Severity.ERROR, "connector", error.message, error.hint)]
    except Exception as error:  # noqa: BLE001 - a connector is a plugin: its faults stop no other
        return [_failed(error)]


def _failed(error: Exception) -> Finding:
    hint = "Please report this to whoever wrote the connector"
    return Finding(Severity.ERROR, "connector", f"the connector failed ({type(error).__name__})", hint)
