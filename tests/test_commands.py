"""What the commands say to machines and to people, over a simulated HubSpot."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from detente.engine.working import perform_run


def told(installation: Any, *words: str) -> Any:
    """What a command says as JSON."""
    done = installation.detente(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_run_tells_machines_everything_that_the_admin_counts(installation: Any) -> None:
    summary = told(installation, "run")

    assert set(summary["records"]["hubspot"]) == {"person", "account", "contact", "deal", "ticket"}
    assert set(summary["links"]) == {
        "automatic", "by_key", "by_evidence", "suggested", "moved", "ended",
    }  # fmt: skip
    assert {"opened", "updated"} <= set(summary["cases"])
    assert set(summary["writes"]) == {"planned", "applied", "failed", "skipped"}
    assert summary["writes"]["planned"] == summary["writes"]["applied"] > 0
    assert set(summary["seconds"]) == {
        "begin", "read", "link", "signals", "score", "escalate", "plan", "write",
    }  # fmt: skip
    assert (summary["scored"] > 0, summary["degraded"]) == (True, [])


def test_a_plan_tells_machines_one_row_a_field(installation: Any) -> None:
    rows = told(installation, "plan")

    assert all(
        list(row) == ["connector", "object", "id", "field", "old", "new", "reason"] and row["reason"]
        for row in rows
    )
    assert {row["object"] for row in rows} == {"companies", "deals", "tickets"}


def test_a_plan_leaves_nothing_behind_in_the_store(installation: Any) -> None:
    installation.detente("plan")

    assert told(installation, "cases") == {"cases": [], "lease_requests": []}


def test_cases_and_receipts_and_audit_are_told(installation: Any) -> None:
    perform_run(installation.home)
    cases = told(installation, "cases")["cases"]
    receipts = told(installation, "receipts", "verify", "--all")
    audit = told(installation, "audit", "verify")

    assert all(case["owner"] and case["due_at"] for case in cases)
    assert (receipts["wrong"], audit["problems"]) == ([], [])
    assert receipts["scores"] > 0 < audit["links"]


class Tags(HTMLParser):
    """Remembers every tag and every address that a page names."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]


def test_a_receipt_is_drawn_on_a_page_that_stands_alone(installation: Any, tmp_path: Path) -> None:
    perform_run(installation.home)
    page = tmp_path / "receipt.html"
    done = installation.detente("explain", "hubspot/companies/20000001", "--html", str(page))
    found = Tags(page.read_text(encoding="utf-8"))

    assert done.returncode == 0, done.stderr
    assert "svg" in found.tags
    assert "script" not in found.tags
    assert found.addresses == []


def test_doctor_lists_the_clicks_that_no_api_can_do(installation: Any) -> None:
    findings = told(installation, "doctor")

    assert "click" in {finding["severity"] for finding in findings}
    assert "error" not in {finding["severity"] for finding in findings}


def test_doctor_names_what_is_missing_and_the_command_that_mends_it(bare_installation: Any) -> None:
    done = bare_installation.detente("doctor")

    assert done.returncode == 1
    assert "detente_priority" in done.stdout
    assert "provision" in done.stdout


def test_provisioning_twice_makes_nothing_twice(installation: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DETENTE_HUBSPOT_TOKEN", installation.sandbox.token("admin"))
    steps = told(installation, "provision", "hubspot", "--apply")

    assert {step["action"] for step in steps} == {"standing"}


def test_no_command_lets_a_secret_or_a_customers_text_into_its_errors(
    installation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DETENTE_TRACE_HOOKS", "1")
    done = installation.detente("run")
    names = [item["properties"]["name"] for item in installation.sandbox.get("/_sandbox/objects/companies")]

    assert "detente_choose_step" in done.stderr
    assert installation.sandbox.token("sync") not in done.stderr
    assert [name for name in names if name and name in done.stderr] == []
