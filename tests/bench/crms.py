"""The simulated CRMs that are measured: one at a time, its limits raised, and a connector as a run has it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from detente.cli.demo.clicks import assign_permission_sets
from detente.cli.demo.connecting import ACCESS, SECRETS
from detente.cli.demo.firm import SimulatedCrm
from detente.store.budget import StoredBudget
from detente.store.database import Store
from detente_contracts import STANDARD_FIELDS, Clock, Connector, ConnectorContext, ConnectorType, Kind
from detente_hubspot.connector import HUBSPOT
from detente_salesforce.connector import SALESFORCE
from detente_sandbox.process import SandboxProcess
from detente_zendesk.connector import ZENDESK

TYPES: Mapping[str, ConnectorType] = {kind.name: kind for kind in (HUBSPOT, SALESFORCE, ZENDESK)}

MANY = 1_000_000_000
"""A limit that nobody reaches; a budget still counts every call against it."""

_RAISED: Mapping[str, dict[str, int]] = {
    "hubspot": {"ten_secondly": MANY, "daily": MANY, "search_per_second": MANY},
    "salesforce": {"daily": MANY},
    "zendesk": {"account": MANY, "incremental-exports": MANY},
}


class FollowedClock:
    """A sandbox's clock; waiting advances it.

    When not `exact` it stands still between two waits: asking over HTTP would be part of what is measured.
    """

    def __init__(self, crm: SimulatedCrm, *, exact: bool = False) -> None:
        self._crm = crm
        self._exact = exact
        self._last: datetime | None = None

    def now(self) -> datetime:
        """The present, aware UTC."""
        if self._last is None or self._exact:
            self._last = _instant(self._crm.ask("clock"))
        return self._last

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self._last = _instant(self._crm.tell("POST", "clock", {"advance_s": seconds}))


def _instant(told: Mapping[str, str]) -> datetime:
    return datetime.fromisoformat(told["now"])


@contextmanager
def simulated(name: str, *, accounts: int) -> Iterator[SimulatedCrm]:
    """A CRM with our fields in it and its limits raised; `vendor_limits` brings them back."""
    with SandboxProcess(companies=accounts, tickets=100, seed=7, vendors=name) as sandbox:
        crm = SimulatedCrm(name, sandbox.credentials, Path(sandbox.ca_file) if sandbox.ca_file else None)
        try:
            _provision(crm)
            raise_limits(crm)
            yield crm
        finally:
            crm.close()


def raise_limits(crm: SimulatedCrm) -> None:
    """Let the CRM refuse no call for its rate."""
    crm.tell("PUT", "limits", _RAISED[crm.name])


@contextmanager
def vendor_limits(crm: SimulatedCrm, **changes: int) -> Iterator[None]:
    """The CRM with the limits that its vendor documents, or with `changes` to them."""
    crm.tell("PUT", "limits", {**_DOCUMENTED[crm.name], **changes})
    try:
        yield
    finally:
        raise_limits(crm)


_DOCUMENTED: Mapping[str, dict[str, int]] = {
    "hubspot": {"ten_secondly": 190, "daily": 650_000, "search_per_second": 5},
    "salesforce": {"daily": 100_000},
    "zendesk": {"account": 700, "incremental-exports": 10},
}
"""As the sandbox has them at its start: HubSpot Professional, Salesforce Enterprise, Zendesk Enterprise."""


@contextmanager
def connected(
    crm: SimulatedCrm,
    folder: Path,
    clock: Clock,
    *,
    app: str = "sync",
    settings: Mapping[str, object] | None = None,
) -> Iterator[tuple[Store, Connector]]:
    """The store of an installation in `folder`, and its connector to the CRM, with the starter's mapping."""
    with (
        closing(Store.open(f"sqlite:///{folder}/detente.sqlite")) as store,
        closing(_connector(crm, store, folder, clock, app, settings or {})) as connector,
    ):
        yield store, connector


def _provision(crm: SimulatedCrm) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        connected(crm, Path(folder), FollowedClock(crm), app="admin") as (_, connector),
    ):
        connector.provision(apply=True)
    if crm.name == "salesforce":
        assign_permission_sets(crm)


def _connector(
    crm: SimulatedCrm, store: Store, folder: Path, clock: Clock, app: str, settings: Mapping[str, object]
) -> Connector:
    kind = TYPES[crm.name]
    reached, os.environ[SECRETS[crm.name]] = ACCESS[crm.name](crm, app)
    given = {**starter(crm.name), **reached, **settings}
    context = ConnectorContext(
        crm.name, clock, StoredBudget(store, crm.name, clock), STANDARD_FIELDS, str(folder)
    )
    return kind.build(kind.settings.read(given, where="bench"), context)


def starter(name: str) -> dict[str, Any]:
    """The settings that `detente init` writes for a CRM."""
    folder = TYPES[name].starter
    assert folder is not None
    written = yaml.safe_load((folder / "connector.yaml").read_text(encoding="utf-8"))
    settings: dict[str, Any] = written[name]["with"]
    return settings


def mapped_fields(crm: SimulatedCrm) -> list[str]:
    """The vendor's fields of an account that the starter's mapping reads, in order."""
    reached, _ = ACCESS[crm.name](crm, "sync")
    settings: Any = TYPES[crm.name].settings.read({**starter(crm.name), **reached}, where="bench")
    return sorted(settings.mapping.of(Kind.ACCOUNT).filled_by())
