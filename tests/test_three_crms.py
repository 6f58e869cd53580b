"""The whole line over Salesforce, HubSpot and Zendesk at once; when one of them fails, over the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from detente.cli.demo.checking import equal_to_receipts, pairs_right
from detente.cli.demo.hands import PRIORITY, read_back, set_priority
from detente.engine.opening import open_store, silent
from detente.engine.verifying import verify_receipts
from detente.engine.working import perform_run, perform_undo
from detente.store import customers, scores
from detente.store.audit import verify as verify_chain

ACCOUNTS = {"salesforce": "Account", "hubspot": "companies", "zendesk": "organizations"}
OTHERS = [name for name in ACCOUNTS if name != "zendesk"]


def written_accounts(company: Any, name: str) -> dict[str, str]:
    """The priority that each account of a CRM holds, by `object/id`; those without one are left out."""
    held = read_back(company.crms[name])
    prefix = f"{ACCOUNTS[name]}/"
    return {path: row[PRIORITY] for path, row in held.items() if path.startswith(prefix) and PRIORITY in row}


def edit_one_in_each(company: Any) -> dict[str, str]:
    """Change one priority by hand in each CRM; what `crm/object/id` holds then."""
    edited = {}
    for name, crm in company.crms.items():
        record, band = sorted(written_accounts(company, name).items())[0]
        edited[f"{name}/{record}"] = "P4" if band != "P4" else "P1"
        set_priority(crm, record, edited[f"{name}/{record}"])
    company.firm.let_pass(600)
    return edited


def test_after_a_run_every_crm_holds_what_the_receipts_say_and_everything_verifies(
    company: Any, tmp_path: Path
) -> None:
    home = company.connected(tmp_path / "home")
    summary = perform_run(home)

    assert summary["degraded"] == []
    for name, crm in company.crms.items():
        equal, there = equal_to_receipts(home, name, read_back(crm))
        assert there > 20
        assert equal == there, name
    with open_store(home) as store:
        assert verify_receipts(store, everything=True, progress=silent).wrong == ()
        assert verify_chain(store, home / "state" / "audit.anchor") == []
    assert_customers_are_told_apart(company, home)


def assert_customers_are_told_apart(company: Any, home: Path) -> None:
    """One customer is found in all three CRMs, no two are taken for one, and each is scored."""
    joined, right, there = pairs_right(home, company.firm)
    with open_store(home) as store, store.reading() as connection:
        rows = customers.memberships(connection).select("customer", "connector").iter_rows()
        scored = set(scores.current_scores(connection)["customer"])
    known: defaultdict[str, set[str]] = defaultdict(set)
    for customer, connector in rows:
        known[customer].add(connector)
    assert right == joined
    assert joined > there / 2
    assert Counter(len(names) for names in known.values())[3] >= 10
    assert scored == set(known)


def test_a_second_run_with_nothing_changed_writes_to_no_crm(company: Any, tmp_path: Path) -> None:
    home = company.connected(tmp_path / "home")
    perform_run(home)
    company.firm.let_pass(120)
    perform_run(home)
    held = company.held()
    company.firm.let_pass(120)
    summary = perform_run(home)

    assert summary["writes"] == {"planned": 0, "applied": 0, "failed": 0, "skipped": 0}
    assert summary["changed"] == 0
    assert company.held() == held


def test_what_a_person_edits_in_any_crm_stands_and_undo_restores_the_rest(
    company: Any, tmp_path: Path
) -> None:
    home = company.connected(tmp_path / "home")
    before = company.held()
    first = perform_run(home)
    edited = edit_one_in_each(company)
    second = perform_run(home)
    stand = {record: company.held()[record].get(PRIORITY) for record in edited}
    perform_undo(home, str(first["run"]))

    assert stand == edited
    assert second["writes"]["applied"] == 0
    assert second["lease_requests"] == len(edited)
    wanted = before | {record: {PRIORITY: band} for record, band in edited.items()}
    assert company.held() == wanted


def test_while_one_crm_is_down_the_others_are_served_and_it_catches_up_later(
    company: Any, tmp_path: Path
) -> None:
    home = company.connected(tmp_path / "home")
    fault = {"path": "^/api", "times": 100_000, "action": {"status": 503, "body": "<html>busy</html>"}}
    company.crms["zendesk"].tell("POST", "faults", fault)
    broken = perform_run(home)
    served = {name: len(written_accounts(company, name)) for name in OTHERS}
    company.crms["zendesk"].tell("DELETE", "faults", {})
    company.firm.let_pass(3600)
    mended = perform_run(home)

    assert all(count > 20 for count in served.values())
    assert [text for text in broken["degraded"] if "zendesk" in text]
    assert mended["degraded"] == []
    equal, there = equal_to_receipts(home, "zendesk", read_back(company.crms["zendesk"]))
    assert 0 < equal == there


def leave_no_calls_to_read_with(company: Any) -> None:
    """Others use so much of the org's day that reading pauses, and writing does not."""
    salesforce = company.crms["salesforce"]
    salesforce.tell("POST", "act/use_calls", {"calls": int(0.85 * salesforce.ask("limits")["daily"])})


def test_a_crm_whose_calls_for_reading_are_used_up_is_named_and_still_written_to(
    company: Any, tmp_path: Path
) -> None:
    home = company.connected(tmp_path / "home")
    perform_run(home)
    before = written_accounts(company, "salesforce")
    company.firm.let_pass(30 * 86_400)
    leave_no_calls_to_read_with(company)
    summary = perform_run(home)

    assert (summary["behind"], summary["down"]) == (["salesforce"], [])
    assert [text.split(":")[0] for text in summary["degraded"]] == ["salesforce"]
    assert "salesforce" not in summary["records"]
    assert written_accounts(company, "salesforce") != before
    equal, there = equal_to_receipts(home, "salesforce", read_back(company.crms["salesforce"]))
    assert 0 < equal == there


def test_a_crm_that_was_never_read_to_its_end_is_not_written_to(company: Any, tmp_path: Path) -> None:
    home = company.connected(tmp_path / "home")
    leave_no_calls_to_read_with(company)
    summary = perform_run(home)

    assert (summary["behind"], summary["down"]) == ([], ["salesforce"])
    assert written_accounts(company, "salesforce") == {}


@pytest.mark.parametrize(
    "name",
    [
        "zendesk",
        pytest.param("salesforce", marks=pytest.mark.soak),
        pytest.param("hubspot", marks=pytest.mark.soak),
    ],
)
def test_a_crm_that_refuses_the_credential_is_named_and_the_others_are_served(
    company: Any, tmp_path: Path, name: str
) -> None:
    home = company.connected(tmp_path / "home")
    perform_run(home)
    other = next(crm for crm in company.crms if crm != name)
    company.crms[name].tell("PUT", "tokens/sync", {"revoked": True})
    company.firm.let_pass(90_000)
    summary = perform_run(home)

    assert [text for text in summary["degraded"] if name in text]
    assert not [text for text in summary["degraded"] if other in text]
    assert summary["records"].get(other)


def test_a_crm_that_answers_429_for_a_minute_only_takes_longer(company: Any, tmp_path: Path) -> None:
    home = company.connected(tmp_path / "home")
    for crm in company.crms.values():
        crm.tell("POST", "faults", limited_for_a_minute(crm.name))
    summary = perform_run(home)

    assert summary["degraded"] == []
    for name, crm in company.crms.items():
        equal, there = equal_to_receipts(home, name, read_back(crm))
        assert 0 < equal == there, name


def limited_for_a_minute(name: str) -> dict[str, object]:
    """A fault that answers a few calls as the vendor does when there were too many."""
    if name == "salesforce":
        body = [
            {
                "message": "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
                "errorCode": "REQUEST_LIMIT_EXCEEDED",
            }
        ]
        return {"path": "/query", "times": 2, "action": {"status": 403, "body": body}}
    headers = {"Retry-After": "60"}
    path = "/crm/" if name == "hubspot" else "/incremental/"
    return {"path": path, "after": 2, "times": 2, "action": {"status": 429, "body": {}, "headers": headers}}
