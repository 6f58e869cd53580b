"""A new criterion, detector or connector touches nothing outside its own file or folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from detente.engine.explaining import explain_customer
from detente.engine.opening import open_store
from detente.engine.working import perform_run
from detente.store import cases, scores

CRITERION = '''
from detente_contracts import Criterion, hookimpl


def points(customer):
    """Customers with many open tickets come first."""
    return min(100.0, 20.0 * (customer["open_tickets"] or 0))


@hookimpl
def detente_add_criteria(signals):
    return [
        Criterion(name="busy_desk", title="Busy desk", weight=15, signal="open_tickets", function=points)
    ]
'''

DETECTOR = """
from detente_contracts import Conflict, hookimpl


@hookimpl
def detente_detect_conflicts(portfolio, as_of):
    rows = [row for row in portfolio.rows() if row["band"] == "P1" and not row["open_pipeline"]]
    return [
        Conflict(kind="first_without_deal", family="internal", customer=row["customer"], title="No deal")
        for row in rows
    ]
"""

POLICY = """
triggers:
  - kind: many_open
    family: customer
    when: open_tickets >= 3
    title: "{open_tickets} open tickets"
    playbook: PLAYBOOK
"""

CONNECTOR_PROJECT = """
[build-system]
requires = ["flit_core>=3.12,<5"]
build-backend = "flit_core.buildapi"
[project]
name = "acme-ledger"
version = "1.0"
description = "Reads accounts from a JSON ledger"
dependencies = ["detente-contracts"]
[project.entry-points.detente]
ledger = "acme_ledger"
"""

CONNECTOR = '''
"""Accounts from a ledger in JSON."""
import json
from datetime import UTC, datetime
from pathlib import Path

from detente_contracts import (
    Account, Batch, Connector, ConnectorType, ContractModel, Kind, Ref, hookimpl,
)


class LedgerSettings(ContractModel):
    """Where the ledger lies."""

    path: str


class Ledger(Connector):
    """Reads the whole ledger once."""

    reads = (Kind.ACCOUNT,)

    def __init__(self, settings, context):
        self.path, self.context = Path(settings.path), context

    def check(self):
        return []

    def read(self, kind, cursor, limit):
        rows = json.loads(self.path.read_text()) if cursor is None else []
        at = datetime(2026, 1, 1, tzinfo=UTC)
        name = self.context.instance
        made = [Account(Ref(name, "account", row["id"]), at, name=row["name"]) for row in rows]
        return Batch(made, cursor="read", done=True)

    def held(self, refs, keys):
        return {}

    def write(self, rows):
        return []

    def missing_fields(self):
        return []


@hookimpl
def detente_provide_connectors():
    return [ConnectorType("ledger", LedgerSettings, Ledger)]
'''


def test_a_dropped_file_adds_a_criterion_that_counts(installation: Any) -> None:
    (installation.home / "plugins" / "busy.py").write_text(CRITERION, encoding="utf-8")
    summary = perform_run(installation.home)
    with open_store(installation.home) as store:
        with store.reading() as connection:
            customer = str(scores.current_scores(connection)["customer"][0])
        explanation = explain_customer(store, customer)

    assert summary["degraded"] == []
    assert "Busy desk" in [line.title for line in explanation.lines]


def test_a_dropped_file_adds_a_detector_whose_conflicts_become_cases(installation: Any) -> None:
    (installation.home / "plugins" / "firsts.py").write_text(DETECTOR, encoding="utf-8")
    (installation.home / "policy" / "ours.yaml").write_text(
        "default_playbook: lenses_apart\n", encoding="utf-8"
    )
    summary = perform_run(installation.home)
    with open_store(installation.home) as store, store.reading() as connection:
        kinds = {row.kind for row in cases.list_cases(connection)}

    assert summary["degraded"] == []
    assert "first_without_deal" in kinds


def test_a_dropped_policy_folder_adds_a_trigger(installation: Any) -> None:
    folder = installation.home / "plugins" / "many_open"
    folder.mkdir()
    (folder / "triggers.yaml").write_text(POLICY.replace("PLAYBOOK", "lenses_apart"), encoding="utf-8")
    perform_run(installation.home)
    with open_store(installation.home) as store, store.reading() as connection:
        kinds = {row.kind for row in cases.list_cases(connection)}

    assert "many_open" in kinds


def install(folder: Path, site: Path) -> None:
    """Lay a distribution out as an installer would: its module and its metadata."""
    site.mkdir()
    (site / "acme_ledger.py").write_text(CONNECTOR, encoding="utf-8")
    metadata = site / "acme_ledger-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-ledger\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[detente]\nledger = acme_ledger\n")


def test_an_installed_connector_is_named_in_the_settings_and_read(
    installation: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    site = tmp_path / "site"
    install(tmp_path, site)
    monkeypatch.syspath_prepend(str(site))
    ledger = tmp_path / "ledger.json"
    ledger.write_text(json.dumps([{"id": "1", "name": "Acme"}, {"id": "2", "name": "Bolt"}]))

    def add(data: dict[str, Any]) -> None:
        data["connectors"]["ledger"] = {"type": "ledger", "writes": False, "with": {"path": str(ledger)}}
        data["plugins"] = {"in_process": ["acme-ledger"]}

    installation.change(add)
    summary = perform_run(installation.home)

    assert summary["records"]["ledger"] == {"account": 2}
    assert summary["degraded"] == []
