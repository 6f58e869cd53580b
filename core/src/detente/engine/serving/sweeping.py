"""The sweep: cases whose time ran out move on between runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from detente_contracts import Settings

from detente.engine.cases.escalate import CaseCounts, sweep
from detente.engine.plugins import Plugins
from detente.store import cases
from detente.store.audit import anchor, head
from detente.store.database import Store


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did; `problems` are sentences for people."""

    moved: int = 0
    overdue: int = 0
    problems: tuple[str, ...] = ()


def perform_sweep(home: Path, settings: Settings, store: Store, now: datetime) -> Swept:
    """Move every case whose time ran out at `now`, up to 500 in each transaction, the longest due first.

    Asks no CRM: the case's line there follows with the next run. Plugins are loaded only when a case is due.

    Raises: ConfigurationError when plugins cannot be loaded.
    """
    with store.reading() as connection:
        if not cases.due_cases(connection, now, 1):
            return Swept()
    with Plugins.load(settings.plugins, home) as plugins:
        done = sum(sweep(store, now=now, plugins=plugins), start=CaseCounts())
        failures = [f"plugin {item.plugin}, {item.hook}: {item.message}" for item in plugins.failures]
    with store.reading() as connection:
        newest = head(connection)
    anchor(home / settings.state / "audit.anchor", newest)
    return Swept(done.moved, done.overdue, tuple(dict.fromkeys([*done.problems, *failures])))
