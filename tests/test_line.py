"""The whole line over a simulated HubSpot: read, score, open cases, write back, run again, undo."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from detente.engine.opening import open_store
from detente.engine.verifying import verify_receipts
from detente.engine.working import perform_plan, perform_run, perform_undo
from detente.store import cases, customers, scores
from detente.store.audit import verify as verify_chain
from detente_contracts import FieldWrite, Outcome
from detente_hubspot.connector import HubSpotConnector
from detente_sandbox.process import SandboxProcess


def company(sandbox: SandboxProcess, record: str) -> dict[str, str | None]:
    """A company's properties, straight from the CRM."""
    found: dict[str, str | None] = sandbox.get(f"/_sandbox/objects/companies/{record}")["properties"]
    return found


def companies(sandbox: SandboxProcess) -> dict[str, dict[str, str | None]]:
    """Every company's properties by id."""
    return {item["id"]: item["properties"] for item in sandbox.get("/_sandbox/objects/companies")}


def edit(sandbox: SandboxProcess, record: str, **properties: str) -> None:
    """Change a company as a person would, in the CRM's own pages."""
    sandbox.patch(f"/_sandbox/objects/companies/{record}", {"properties": properties})


def test_a_run_writes_every_score_where_its_receipt_says(installation: Any) -> None:
    summary = perform_run(installation.home)

    held = companies(installation.sandbox)
    with open_store(installation.home) as store, store.reading() as connection:
        for row in scores.current_scores(connection).iter_rows(named=True):
            for ref in customers.accounts_of(connection, row["customer"]):
                assert held[ref.id]["detente_priority"] == row["band"]
                tenths = (row["score_micro"] + 50_000) // 100_000
                assert round(float(held[ref.id]["detente_score"] or "nan") * 10) == tenths
    assert summary["degraded"] == []


def test_a_second_run_with_nothing_changed_writes_nothing(installation: Any) -> None:
    perform_run(installation.home)
    perform_run(installation.home)
    installation.sandbox.delete("/_sandbox/requests")
    summary = perform_run(installation.home)

    assert summary["writes"] == {"planned": 0, "applied": 0, "failed": 0, "skipped": 0}
    assert summary["changed"] == 0
    assert "batch_update" not in installation.sandbox.get("/_sandbox/requests/counts")


def test_what_a_person_edits_stands_and_asks_for_a_lease(installation: Any) -> None:
    perform_run(installation.home)
    record = next(iter(companies(installation.sandbox)))
    other = "P4" if company(installation.sandbox, record)["detente_priority"] != "P4" else "P1"
    edit(installation.sandbox, record, detente_priority=other)
    installation.sandbox.advance(600)
    summary = perform_run(installation.home)

    assert company(installation.sandbox, record)["detente_priority"] == other
    assert summary["lease_requests"] == 1
    assert summary["writes"]["applied"] == 0


def test_what_a_person_edits_between_look_and_write_is_put_back(
    installation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox, write = installation.sandbox, HubSpotConnector.write
    waiting = [next(iter(companies(sandbox)))]

    def edit_then_write(connector: HubSpotConnector, rows: Sequence[FieldWrite]) -> Sequence[Outcome]:
        if waiting and waiting[0] in [row.ref.id for row in rows if row.ref.object == "companies"]:
            edit(sandbox, waiting.pop(), detente_score="1.0")
        return write(connector, rows)

    monkeypatch.setattr(HubSpotConnector, "write", edit_then_write)
    record = waiting[0]
    summary = perform_run(installation.home)

    assert float(company(sandbox, record)["detente_score"] or "nan") == 1
    assert company(sandbox, record)["detente_priority"]
    assert (waiting, summary["lease_requests"], summary["writes"]["failed"]) == ([], 1, 0)


def test_after_its_lease_the_rubrics_value_returns(installation: Any) -> None:
    perform_run(installation.home)
    record = next(iter(companies(installation.sandbox)))
    edit(installation.sandbox, record, detente_score="1.0")
    installation.sandbox.advance(600)
    perform_run(installation.home)
    installation.sandbox.advance(14 * 86_400)
    summary = perform_run(installation.home)

    assert company(installation.sandbox, record)["detente_score"] != "1.0"
    assert summary["lease_requests"] == 0


def test_undo_restores_everything_but_what_a_person_edited(installation: Any) -> None:
    first = perform_run(installation.home)
    record = next(iter(companies(installation.sandbox)))
    edit(installation.sandbox, record, detente_reason="Called them, all is well")
    summary = perform_undo(installation.home, str(first["run"]))

    left = {
        (number, key, value)
        for number, properties in companies(installation.sandbox).items()
        for key, value in properties.items()
        if key.startswith("detente_") and value
    }
    assert left == {(record, "detente_reason", "Called them, all is well")}
    assert [item["record"] for item in summary["kept"]] == [f"hubspot/companies/{record}"]


def test_a_plan_says_what_a_run_then_writes_and_changes_nothing(installation: Any) -> None:
    before = installation.sandbox.get("/_sandbox/state")
    rows, problems = perform_plan(installation.home)
    after = installation.sandbox.get("/_sandbox/state")
    perform_run(installation.home)

    held = companies(installation.sandbox)
    wanted = {
        (row["id"], row["field"]): row["new"]
        for row in rows
        if row["object"] == "companies" and row["field"] in ("detente_priority", "detente_score")
    }
    assert before == after
    assert problems == []
    assert wanted
    assert {key: held[key[0]][key[1]] for key in wanted} == wanted


def test_every_receipt_replays_to_the_same_integer(installation: Any) -> None:
    summary = perform_run(installation.home)
    with open_store(installation.home) as store:
        checked = verify_receipts(store, everything=True, progress=lambda *_: None)

    assert checked.wrong == ()
    assert checked.scores == summary["scored"] > 0


def test_the_audit_chain_is_whole_after_runs_and_undo(installation: Any) -> None:
    first = perform_run(installation.home)
    perform_undo(installation.home, str(first["run"]))
    with open_store(installation.home) as store:
        problems = verify_chain(store, installation.home / "state" / "audit.anchor")

    assert problems == []


def altered(home: Path, statement: str) -> list[str]:
    """What `audit verify` finds after somebody changed the database by hand."""
    with closing(sqlite3.connect(home / "state" / "detente.sqlite")) as database, database:
        assert database.execute(statement).rowcount > 0
    with open_store(home) as store:
        return [str(problem) for problem in verify_chain(store, home / "state" / "audit.anchor")]


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(
            "UPDATE receipt_batch SET content = substr(content, 1, 99) || X'00' || substr(content, 101)",
            id="a byte of a receipt",
        ),
        pytest.param(
            "UPDATE \"write\" SET new = replace(new, 'P1', 'P2') WHERE seq = 1 OR new LIKE '%P1%'",
            id="a value that was written",
        ),
        pytest.param("UPDATE case_event SET actor = 'somebody'", id="who acted in a case"),
        pytest.param("DELETE FROM audit_link WHERE seq = (SELECT max(seq) FROM audit_link)", id="a cut tail"),
    ],
)
def test_the_audit_chain_finds_what_somebody_changed(installation: Any, statement: str) -> None:
    perform_run(installation.home)

    assert altered(installation.home, statement)


def test_planted_disagreements_are_found(installation: Any) -> None:
    perform_run(installation.home)
    truth = installation.sandbox.get("/_sandbox/truth")
    kinds = {
        "two_owners": "two_owners",
        "two_partners": "two_partners",
        "sla_breached": "sla_breached",
        "lenses_apart_sales_high": "lenses_apart",
        "lenses_apart_support_high": "lenses_apart",
    }
    with open_store(installation.home) as store, store.reading() as connection:
        found = {(row.kind, row.customer) for row in cases.list_cases(connection)}
        for row in truth:
            if row["kind"] in kinds:
                customer = customers.resolve_customer(
                    connection, f"hubspot/companies/{row['account_ids'][0]}"
                )
                assert (kinds[row["kind"]], customer) in found, row


def test_a_case_left_alone_moves_on_when_its_business_day_is_over(installation: Any) -> None:
    perform_run(installation.home)
    installation.sandbox.advance(3 * 86_400)
    summary = perform_run(installation.home)

    assert summary["cases"]["moved"] > 0


@pytest.mark.parametrize("hostile", ["<script>", "=cmd", "{{7*7}}"])
def test_hostile_names_reach_no_reason_as_anything_but_text(installation: Any, hostile: str) -> None:
    perform_run(installation.home)

    reasons = [item["detente_reason"] or "" for item in companies(installation.sandbox).values()]
    assert all(reasons)
    assert not any(hostile in reason or reason == "49" for reason in reasons)
