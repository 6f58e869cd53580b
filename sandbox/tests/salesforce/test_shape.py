"""The firm's world as the org shows it, thing by thing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from detente_sandbox.clock import Clock
from detente_sandbox.options import Options
from detente_sandbox.salesforce.vendor import Salesforce
from detente_sandbox.world import generate_world
from detente_sandbox.world.model import LOST_STAGE, WON_STAGE, World

START_MS = 1_793_696_400_000
Shown = tuple[World, dict[str, list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def shown() -> Shown:
    """A world, and its records by type in the order of the world's lists."""
    world = generate_world(companies=120, tickets=200, seed=5, start_ms=START_MS)
    vendor = Salesforce(Clock(START_MS), Options(start_ms=START_MS))
    vendor.start(world)
    kinds = ("Account", "Contact", "Opportunity", "Case", "CaseMilestone", "User")
    return world, {kind: vendor.list_records(kind) for kind in kinds}


def instant(ms: int | None) -> str | None:
    if ms is None:
        return None
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def test_accounts_carry_their_own_words_and_stamps(shown: Shown) -> None:
    world, records = shown
    for row, record in zip(world.accounts, records["Account"], strict=True):
        assert record["Name"] == row.name
        assert record["Website"] == (row.domain and f"https://{row.domain}")
        assert record["Customer_Number__c"] == row.number
        assert record["ParentId"] == (None if row.parent is None else records["Account"][row.parent]["Id"])
        assert (record["CreatedDate"], record["SystemModstamp"]) == (
            instant(row.created_ms),
            instant(row.modified_ms),
        )


def test_worth_is_known_of_first_records_only(shown: Shown) -> None:
    world, records = shown
    for row, record in zip(world.accounts, records["Account"], strict=True):
        commerce = world.organisations[row.organisation].commerce
        known = None if row.is_double else commerce.recurring_revenue
        assert record["ARR__c"] == known
        assert record["Reference_Customer__c"] == (not row.is_double and bool(commerce.is_reference))


def test_people_without_a_last_name_go_by_the_first(shown: Shown) -> None:
    world, records = shown
    alone = [row for row in world.people if row.last_name is None]

    assert alone
    for row in alone:
        record = records["Contact"][row.key]
        assert (record["FirstName"], record["LastName"], record["Name"]) == (
            None,
            row.first_name,
            row.first_name,
        )


def test_deals_are_in_euros_and_always_have_a_day_to_close(shown: Shown) -> None:
    world, records = shown
    rates = {"EUR": 1, "USD": 0.92, "GBP": 1.17}
    for row, record in zip(world.deals, records["Opportunity"], strict=True):
        expected = None if row.amount is None else round(row.amount * rates[row.currency], 2)
        assert record["Amount"] == expected
        assert (record["IsClosed"], record["IsWon"]) == (row.stage >= WON_STAGE, row.stage == WON_STAGE)
        assert (record["StageName"] == "Closed Lost") == (row.stage == LOST_STAGE)
        assert len(record["CloseDate"]) == 10
        assert record["Registered_At__c"] == instant(row.registered_ms)


def test_cases_without_an_owner_wait_in_the_queue(shown: Shown) -> None:
    world, records = shown
    for row, record in zip(world.tickets, records["Case"], strict=True):
        owner = None if row.owner is None else records["User"][row.owner]["Id"]
        assert record["OwnerId"] == owner if owner else record["OwnerId"].startswith("00G")
        assert record["AccountId"] == records["Account"][row.account]["Id"]
        assert record["ClosedDate"] == instant(row.closed_ms)
        assert record["Reopen_Count__c"] == row.reopen_count


def test_targets_are_those_of_the_tickets(shown: Shown) -> None:
    world, records = shown
    wanted = {
        (records["Case"][row.key]["Id"], instant(due), instant(done))
        for row in world.tickets
        for due, done in ((row.reply_due_ms, row.reply_ms), (row.due_ms, row.closed_ms))
        if due is not None
    }
    found = {(row["CaseId"], row["TargetDate"], row["CompletionDate"]) for row in records["CaseMilestone"]}

    assert found == wanted
    for row in records["CaseMilestone"]:
        late = (row["CompletionDate"] or instant(START_MS)) > row["TargetDate"]
        assert row["IsViolated"] == late and row["IsCompleted"] == (row["CompletionDate"] is not None)
