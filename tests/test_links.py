"""Links over the whole line: what people decide, and where scores, cases and receipts are afterwards."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from detente.cli.main import cli
from detente.engine.explaining import explain_customer
from detente.engine.opening import open_store
from detente.engine.starting import start_installation
from detente.engine.verifying import verify_receipts
from detente.engine.working import perform_run
from detente.store import cases, customers
from detente.store.audit import verify as verify_chain
from detente_contracts.errors import DetenteError

ACCOUNTS: dict[str, list[tuple[str, ...]]] = {
    "sales": [
        ("1", "Alder Works GmbH", "alder.example", "", "Germany", "900000", "p1"),
        ("2", "Brook Foods Ltd", "brook.example", "K2", "United Kingdom", "50000", "p1"),
        ("3", "Cedar Steel AG", "cedar.example", "", "Germany", "70000", ""),
    ],
    "support": [
        ("7", "ALDER WORKS", "www.alder.example", "", "DE", "400000", "501"),
        ("8", "Brook Foods", "brook.example", "K2", "UK", "50000", "502"),
        ("9", "Cedar Steel", "cedar.example", "", "", "70000", ""),
    ],
}
PERSONS: dict[str, list[tuple[str, ...]]] = {
    "sales": [("p1", "Kim Lee", "Kim.Lee@firm.example")],
    "support": [("501", "Lee, Kim", "kim.lee@firm.example"), ("502", "Lea Roth", "lea.roth@firm.example")],
}
"""Kim is known to both CRMs, under another id in each."""

CEDAR = "sales/account/3=support/account/9"


def write_table(path: Path, headings: list[str], rows: Sequence[tuple[str, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headings, *rows])


def entry(name: str) -> dict[str, Any]:
    """A CRM that is a folder of CSV files."""
    columns = {"name": "name", "domain": "domain", "customer_key": "key", "country": "country", "arr": "arr"}
    accounts = {"kind": "account", "file": "accounts.csv", "id": "id", "object": "account"}
    tickets = {"kind": "ticket", "file": "tickets.csv", "id": "id", "object": "ticket"}
    persons = {"kind": "person", "file": "persons.csv", "id": "id", "object": "user"}
    late = {"account_id": "account", "is_open": "open", "is_breached": "late", "opened_at": "opened"}
    sources = [
        {**persons, "columns": {"name": "name", "email": "email"}},
        {**accounts, "columns": {**columns, "owner": "owner", "arr_currency": {"default": "EUR"}}},
        {**tickets, "columns": late},
    ]
    return {"type": "files", "writes": False, "with": {"folder": name, "sources": sources}}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Two CRMs that hold three firms: alike in all, alike by key, alike in name and domain only."""
    start_installation(tmp_path, organisation="Example Ltd", sources=["files"])
    path = tmp_path / "detente.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings["connectors"] = {name: entry(name) for name in ACCOUNTS}
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    for name, rows in ACCOUNTS.items():
        headings = ["id", "name", "domain", "key", "country", "arr", "owner"]
        write_table(tmp_path / name / "accounts.csv", headings, rows)
        write_table(tmp_path / name / "persons.csv", ["id", "name", "email"], PERSONS[name])
        late = [(f"t{rows[-1][0]}", rows[-1][0], "true", "true", "2026-01-05T09:00:00Z")]
        write_table(tmp_path / name / "tickets.csv", ["id", "account", "open", "late", "opened"], late)
    return tmp_path


@pytest.fixture
def detente(home: Path) -> Callable[..., Result]:
    """The command line, in this process."""

    def call(*words: str) -> Result:
        return CliRunner().invoke(cli, [*words, "--home", str(home)], standalone_mode=False)

    return call


def told(result: Result) -> Any:
    assert result.exception is None, result.output
    return json.loads(result.output)


def customer_of(home: Path, account: str) -> str:
    with open_store(home) as store, store.reading() as connection:
        found = customers.resolve_customer(connection, account)
    assert found is not None
    return found


def late_cases(home: Path) -> list[tuple[str, str]]:
    """Open cases of late tickets: id, and the customer that they are about now."""
    with open_store(home) as store, store.reading() as connection:
        return [(row.id, row.customer) for row in cases.list_cases(connection) if row.kind == "sla_breached"]


def test_a_run_joins_by_key_and_by_evidence_and_asks_about_the_rest(home: Path, detente: Any) -> None:
    summary = perform_run(home)
    suggested = told(detente("links", "list", "--json"))

    assert (summary["links"]["by_key"], summary["links"]["by_evidence"]) == (1, 1)
    assert summary["scored"] == 4
    assert [(item["one"]["account"], item["other"]["account"]) for item in suggested] == [
        tuple(CEDAR.split("="))
    ]
    assert "both use cedar.example" in suggested[0]["reasons"]


def test_people_read_why_two_accounts_may_be_one(home: Path, detente: Any) -> None:
    perform_run(home)
    listed = detente("links", "list").output
    link = told(detente("links", "list", "--json"))[0]["id"]
    shown = detente("links", "show", link).output

    assert link in listed
    assert "1 suggested link" in listed
    assert "both names read cedar steel" in shown
    assert "suggested by plugin:links" in shown


def test_after_accept_and_undo_cases_scores_and_receipts_stay_with_the_right_customer(
    home: Path, detente: Any
) -> None:
    perform_run(home)
    before = {account: customer_of(home, account) for account in CEDAR.split("=")}
    opened = late_cases(home)
    assert len(opened) == 2
    told(detente("links", "accept", CEDAR, "--why", "one firm", "--json"))
    perform_run(home)
    assert len(set(before.values())) == 2
    assert {customer for _, customer in late_cases(home)} == {customer_of(home, CEDAR.split("=")[0])}
    assert sorted(id_ for id_, _ in late_cases(home)) == sorted(id_ for id_, _ in opened)

    link = told(detente("links", "list", "--state", "accepted", "--json"))[0]["id"]
    told(detente("links", "undo", link, "--json"))
    perform_run(home)
    assert {account: customer_of(home, account) for account in before} == before
    assert sorted(late_cases(home)) == sorted(opened)
    with open_store(home) as store:
        assert verify_receipts(store, everything=True, progress=lambda *_: None).wrong == ()
        assert verify_chain(store, home / "state" / "audit.anchor") == []


def test_an_id_that_was_merged_explains_the_customer_that_stands_for_it(home: Path, detente: Any) -> None:
    perform_run(home)
    before = [customer_of(home, account) for account in CEDAR.split("=")]
    told(detente("links", "accept", CEDAR, "--json"))
    perform_run(home)
    with open_store(home) as store:
        found = {explain_customer(store, customer).customer for customer in before}

    assert len(found) == 1


def test_explain_shows_the_accounts_in_each_crm_with_what_holds_them(home: Path, detente: Any) -> None:
    perform_run(home)
    accounts = told(detente("explain", "sales/account/1", "--json"))["accounts"]
    text = detente("explain", "sales/account/2").output

    assert [item["account"] for item in accounts] == ["sales/account/1", "support/account/7"]
    assert "both use alder.example" in accounts[0]["links"][0]["reasons"]
    assert "both have the customer key K2" in text


def test_a_customer_whose_accounts_are_all_gone_says_so(home: Path, detente: Any) -> None:
    with open_store(home) as store, store.transaction() as connection:
        customers.add_customers(connection, [("c-1", "Cedar")], datetime(2026, 11, 3, 9, tzinfo=UTC))

    assert detente("links", "show", "c-1").output == "No account belongs to this customer now.\n"
    assert told(detente("links", "show", "c-1", "--json")) == []


def test_what_is_refused_stays_apart_in_every_later_run(home: Path, detente: Any) -> None:
    perform_run(home)
    link = told(detente("links", "list", "--state", "automatic", "--json"))[-1]["id"]
    said = detente("links", "refuse", link).output
    perform_run(home)
    perform_run(home)

    assert "are not one customer" in said
    assert customer_of(home, "sales/account/1") != customer_of(home, "support/account/7")
    assert detente("links", "list", "--state", "refused").output.strip().endswith("1 refused link")


def test_crms_that_disagree_about_revenue_open_a_case_that_says_which_and_how_much(home: Path) -> None:
    perform_run(home)
    with open_store(home) as store, store.reading() as connection:
        titles = [row.title for row in cases.list_cases(connection) if row.kind == "revenue_disputed"]

    said = "CRMs disagree about its revenue a year: 900,000 EUR in sales, 400,000 EUR in support"
    assert titles == [f"Alder Works GmbH: {said}"]


def test_one_colleague_known_to_two_crms_is_one_owner_and_two_colleagues_are_two(home: Path) -> None:
    perform_run(home)
    with open_store(home) as store, store.reading() as connection:
        owned_twice = [row.customer for row in cases.list_cases(connection) if row.kind == "two_owners"]

    assert owned_twice == [customer_of(home, "sales/account/2")]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("accept", "l-0000000000"), id="unknown link"),
        pytest.param(("refuse", "sales/account/1=support/account/99"), id="unknown account"),
        pytest.param(("undo", "l-0000000000"), id="undo of nothing"),
        pytest.param(("show", "l-0000000000"), id="show of nothing"),
    ],
)
def test_what_there_is_not_is_refused_with_a_hint(detente: Any, words: tuple[str, ...]) -> None:
    error = detente("links", *words).exception

    assert isinstance(error, DetenteError)
    assert error.hint
