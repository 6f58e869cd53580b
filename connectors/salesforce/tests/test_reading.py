"""Reading an org over HTTP by queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from detente_contracts import Account, Kind, Person, Record
from detente_contracts.testing import read_all

HOUR_S = 3600
NAMES = {
    Kind.PERSON: "User",
    Kind.ACCOUNT: "Account",
    Kind.CONTACT: "Contact",
    Kind.DEAL: "Opportunity",
    Kind.TICKET: "Case",
}


def ids(records: Sequence[Record]) -> list[str]:
    return [record.ref.id for record in records]


def fresh_cursor(connector: Any, org: Any, kind: Kind = Kind.ACCOUNT) -> str:
    """Where a read stands that has just seen everything, overlap included."""
    cursor = read_all(connector, kind)[1]
    org.advance(HOUR_S)
    return read_all(connector, kind, cursor)[1]


@pytest.mark.parametrize("kind", list(NAMES))
def test_a_first_read_brings_every_record(kind: Kind, connector: Any, org: Any) -> None:
    records, _ = read_all(connector, kind)

    assert sorted(ids(records)) == sorted(row["Id"] for row in org.rows(NAMES[kind]))


def test_an_account_is_what_the_org_holds(connector: Any, org: Any) -> None:
    raw = {row["Id"]: row for row in org.rows("Account")}
    for record in read_all(connector, Kind.ACCOUNT)[0]:
        assert isinstance(record, Account)
        row = raw[record.ref.id]
        assert (record.name, record.owner, record.parent_id) == (row["Name"], row["OwnerId"], row["ParentId"])
        assert (record.customer_key, record.partner) == (
            row["Customer_Number__c"],
            row["Partner_Of_Record__c"],
        )
        assert record.arr_minor == (None if row["ARR__c"] is None else round(row["ARR__c"] * 100))
        assert (record.renewal_at is None) == (row["Renewal_Date__c"] is None)


def test_cases_opportunities_and_contacts_know_their_account(connector: Any) -> None:
    accounts = set(ids(read_all(connector, Kind.ACCOUNT)[0]))
    for kind in (Kind.TICKET, Kind.DEAL, Kind.CONTACT):
        linked: list[Any] = read_all(connector, kind)[0]
        assert {record.account_id for record in linked} - {None} <= accounts, kind


def test_owners_are_people_or_nobody(connector: Any) -> None:
    people = read_all(connector, Kind.PERSON)[0]
    for kind in (Kind.ACCOUNT, Kind.DEAL, Kind.TICKET):
        owned: list[Any] = read_all(connector, kind)[0]
        assert {record.owner for record in owned} - {None} <= set(ids(people)), kind
    assert all(isinstance(person, Person) and person.name for person in people)


def test_a_planted_breach_is_read_as_a_breach(connector: Any, org: Any) -> None:
    planted = [row for row in org.ask("GET", "/truth") if row["kind"] == "sla_breached"]
    tickets: dict[str, Any] = {ticket.ref.id: ticket for ticket in read_all(connector, Kind.TICKET)[0]}
    wanted = [str(id_) for row in planted for id_ in row["ticket_ids"]]

    assert wanted
    assert all(tickets[id_].is_open and tickets[id_].is_breached for id_ in wanted)
