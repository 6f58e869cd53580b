"""Reading an org over HTTP by queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from detente_contracts import Account, Kind, Person, Record
from detente_contracts.testing import batches, read_all

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
    """Where a read stands that has just seen everything, and whose overlap holds nothing."""
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
        assert (record.name, record.parent_id) == (row["Name"], row["ParentId"])
        assert (record.customer_key, record.partner) == (
            row["Customer_Number__c"],
            row["Partner_Of_Record__c"],
        )
        assert record.arr_minor == (None if row["ARR__c"] is None else round(row["ARR__c"] * 100))
        assert (record.renewal_at is None) == (row["Renewal_Date__c"] is None)
        assert record.custom["uptime_exposure"] == row["Uptime_Exposure__c"]


def test_cases_opportunities_and_contacts_know_their_account(connector: Any) -> None:
    accounts = set(ids(read_all(connector, Kind.ACCOUNT)[0]))
    for kind in (Kind.TICKET, Kind.DEAL, Kind.CONTACT):
        linked: list[Any] = read_all(connector, kind)[0]
        assert {record.account_id for record in linked} <= accounts, kind


def test_owners_are_people_or_nobody(connector: Any, org: Any) -> None:
    people = read_all(connector, Kind.PERSON)[0]
    cases: list[Any] = read_all(connector, Kind.TICKET)[0]
    queued = [row["Id"] for row in org.rows("Case") if row["OwnerId"].startswith("00G")]

    assert all(isinstance(person, Person) and person.name for person in people)
    assert {case.owner for case in cases} - {None} <= set(ids(people))
    assert queued
    assert sorted(case.ref.id for case in cases if case.owner is None) == sorted(queued)


def test_a_planted_breach_is_read_as_a_breach(connector: Any, org: Any) -> None:
    planted = [row for row in org.ask("GET", "/truth") if row["kind"] == "sla_breached"]
    tickets: dict[str, Any] = {ticket.ref.id: ticket for ticket in read_all(connector, Kind.TICKET)[0]}
    wanted = [str(id_) for row in planted for id_ in row["ticket_ids"]]

    assert wanted
    assert all(tickets[id_].is_open and tickets[id_].is_breached for id_ in wanted)


@pytest.mark.parametrize("kind", [Kind.ACCOUNT, Kind.TICKET])
def test_a_killed_read_goes_on_from_any_cursor_to_the_same_end(kind: Kind, connect: Any) -> None:
    whole = list(batches(connect(), kind, limit=60))
    read = [ids(batch.records) for batch in whole]
    assert len(whole) > 2

    for place, batch in enumerate(whole[:-1]):
        rest = list(batches(connect(), kind, batch.cursor, limit=60))
        assert [ids(later.records) for later in rest] == read[place + 1 :]


def test_many_records_of_one_second_are_all_read_once(connector: Any, org: Any) -> None:
    cursor = fresh_cursor(connector, org)
    together = org.ids("Account", count=40)
    for id_ in together:
        org.edit("Account", id_, Site="moved")
    org.advance(HOUR_S)
    assert len({org.raw("Account", id_)["SystemModstamp"] for id_ in together}) <= 2
    found = [ids(batch.records) for batch in batches(connector, Kind.ACCOUNT, cursor, limit=7)]

    assert sorted(id_ for page in found for id_ in page) == sorted(together)
    assert max(map(len, found)) <= 7


def test_an_edit_is_read_by_one_query_and_nothing_else(connector: Any, org: Any) -> None:
    cursor = fresh_cursor(connector, org)
    edited = org.ids("Account", count=3)
    for id_ in edited:
        org.edit("Account", id_, Site="moved")
    org.advance(HOUR_S)
    # the session has expired meanwhile, and that costs a call too
    connector.missing_fields()
    calls = connector.connection.open().transport.calls
    calls.clear()
    records, _ = read_all(connector, Kind.ACCOUNT, cursor)

    assert sorted(ids(records)) == sorted(edited)
    assert calls == {"describe": 1, "queryAll": 1}


def test_an_edit_within_the_last_seconds_is_left_for_the_next_read(connector: Any, org: Any) -> None:
    cursor = fresh_cursor(connector, org)
    edited = org.ids("Account", count=1)
    org.edit("Account", edited[0], Site="just now")
    none_yet, cursor = read_all(connector, Kind.ACCOUNT, cursor)
    org.advance(60)

    assert ids(none_yet) == []
    assert ids(read_all(connector, Kind.ACCOUNT, cursor)[0]) == edited


def test_a_row_that_is_committed_late_is_read_by_the_overlap(connector: Any, org: Any) -> None:
    cursor = fresh_cursor(connector, org)
    late = org.ids("Account", count=1)[0]
    org.act("late_commit", type="Account", id=late, values={"Site": "late"}, age_s=300)
    org.advance(60)

    assert ids(read_all(connector, Kind.ACCOUNT, cursor)[0]) == [late]


def test_a_merge_is_told_with_the_record_that_is_left(connector: Any, org: Any) -> None:
    cursor = fresh_cursor(connector, org)
    records: list[Any] = read_all(connector, Kind.ACCOUNT)[0]
    kept, lost = records[0].ref, records[1].ref
    org.act("merge", type="Account", master=kept.id, loser=lost.id)
    org.advance(HOUR_S)
    told = list(batches(connector, Kind.ACCOUNT, cursor))

    assert [ref for batch in told for ref in batch.gone] == [lost]
    assert {one: other for batch in told for one, other in batch.merged.items()} == {lost: kept}
    assert kept in {record.ref for batch in told for record in batch.records}


def test_a_record_that_comes_back_from_the_recycle_bin_is_read_again(connector: Any, org: Any) -> None:
    cursor = fresh_cursor(connector, org, Kind.DEAL)
    id_ = org.ids("Opportunity", count=1)[0]
    org.remove("Opportunity", id_)
    org.advance(HOUR_S)
    told = list(batches(connector, Kind.DEAL, cursor))
    org.act("undelete", type="Opportunity", id=id_)
    org.advance(HOUR_S)

    assert [ref.id for batch in told for ref in batch.gone] == [id_]
    assert id_ in ids(read_all(connector, Kind.DEAL, told[-1].cursor)[0])


def test_a_milestone_that_moves_brings_its_case_again(connector: Any, org: Any) -> None:
    cursor = fresh_cursor(connector, org, Kind.TICKET)
    waiting = next(row for row in org.rows("CaseMilestone") if not row["IsCompleted"])
    org.edit("CaseMilestone", waiting["Id"], CompletionDate="2026-11-03T10:00:00.000+0000")
    org.advance(HOUR_S)

    assert ids(read_all(connector, Kind.TICKET, cursor)[0]) == [waiting["CaseId"]]


def test_without_entitlement_management_service_agreements_are_unknown_and_not_empty(
    connector: Any, org: Any
) -> None:
    org.act("hide_type", type="CaseMilestone", hidden=True)
    batch = connector.read(Kind.TICKET, None, 500)

    assert batch.hidden == {"is_breached", "resolve_due_at", "first_reply_at", "first_reply_due_at"}
    assert all(ticket.is_breached is None for ticket in batch.records)


def test_a_field_that_the_user_does_not_see_is_hidden_and_not_empty(connect: Any, org: Any) -> None:
    org.app("sync", hidden=["Account.ARR__c", "Account.Industry", "Account.Uptime_Exposure__c"])
    batch = connect("sync").read(Kind.ACCOUNT, None, 500)

    assert batch.hidden == {"arr_minor", "arr_currency", "industry", "custom.uptime_exposure"}
    assert all(record.arr_minor is None and record.name for record in batch.records)


def test_a_field_that_vanishes_in_mid_read_is_hidden_from_there_on(connect: Any, org: Any) -> None:
    connector = connect("sync")
    first = connector.read(Kind.ACCOUNT, None, 40)
    org.app("sync", hidden=["Account.Customer_Number__c"])
    second = connector.read(Kind.ACCOUNT, first.cursor, 40)

    assert "customer_key" not in first.hidden
    assert "customer_key" in second.hidden
    assert not set(ids(first.records)) & set(ids(second.records))


def test_a_field_that_comes_into_view_reads_everything_anew(connect: Any, org: Any) -> None:
    org.app("sync", hidden=["Account.ARR__c"])
    connector = connect("sync")
    cursor = fresh_cursor(connector, org)
    org.app("sync", hidden=[])

    assert len(read_all(connector, Kind.ACCOUNT, cursor)[0]) == len(org.rows("Account"))


def test_another_mapping_reads_everything_anew(connect: Any, org: Any) -> None:
    cursor = fresh_cursor(connect(), org)
    records, _ = read_all(connect(mapping={"account": {"employees": None}}), Kind.ACCOUNT, cursor)

    assert len(records) == len(org.rows("Account"))


def test_what_was_deleted_before_everything_is_read_anew_is_told_by_the_next_read(
    connect: Any, org: Any
) -> None:
    cursor = fresh_cursor(connect(), org, Kind.DEAL)
    removed = org.ids("Opportunity", count=1)[0]
    org.remove("Opportunity", removed)
    org.advance(HOUR_S)
    other = connect(mapping={"deal": {"deal_type": None}})
    records, cursor = read_all(other, Kind.DEAL, cursor)
    org.advance(HOUR_S)
    told = list(batches(other, Kind.DEAL, cursor))

    assert len(records) == len(org.rows("Opportunity"))
    assert [ref.id for batch in told for ref in batch.gone] == [removed]


def test_fields_that_were_just_made_do_not_read_everything_anew(connector: Any, org: Any) -> None:
    cursor = fresh_cursor(connector, org)
    connector.provision(apply=True)
    org.advance(HOUR_S)

    assert read_all(connector, Kind.ACCOUNT, cursor)[0] == []


def test_where_formulas_are_mapped_everything_is_read_anew_once_a_day(connect: Any, org: Any) -> None:
    org.formula("Opportunity", "ExpectedRevenue")
    formula = connect(mapping={"deal": {"custom": {"expected": "ExpectedRevenue"}}})
    plain = connect(mapping={"deal": {"custom": {"next_step": "NextStep"}}})
    cursors = {it: fresh_cursor(it, org, Kind.DEAL) for it in (formula, plain)}
    org.advance(24 * HOUR_S)
    again = {it: len(read_all(it, Kind.DEAL, cursor)[0]) for it, cursor in cursors.items()}

    assert again == {formula: len(org.rows("Opportunity")), plain: 0}


def test_a_query_that_takes_too_long_is_asked_again_over_less_time(connector: Any, org: Any) -> None:
    org.act("slow_queries", over=30)
    records, _ = read_all(connector, Kind.ACCOUNT)

    assert sorted(ids(records)) == sorted(org.ids("Account", count=1000))


def test_pages_that_come_smaller_than_asked_end_no_read(connector: Any, org: Any) -> None:
    org.act("shrink_pages", on=True)
    records, _ = read_all(connector, Kind.TICKET)

    assert sorted(ids(records)) == sorted(org.ids("Case", count=1000))


def test_a_row_that_cannot_be_read_is_refused_and_the_others_are_read(connect: Any, org: Any) -> None:
    odd = org.ids("Account", count=1)[0]
    org.edit("Account", odd, Site="nineteen")
    batch = connect(mapping={"account": {"employees": "Site"}}).read(Kind.ACCOUNT, None, 500)

    assert batch.refused == [(f"sf/Account/{odd}", "Site is not a number")]
    assert len(batch.records) == len(org.rows("Account")) - 1
