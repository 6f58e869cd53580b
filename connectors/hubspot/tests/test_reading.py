"""Reading a portal over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from detente_contracts import Account, Contact, Deal, Kind, Person, Record, Ticket
from detente_contracts.testing import batches, read_all
from detente_hubspot.mapping import is_breached
from detente_hubspot.reading import Place

HOUR_S = 3600
NAMES = {Kind.ACCOUNT: "companies", Kind.CONTACT: "contacts", Kind.DEAL: "deals", Kind.TICKET: "tickets"}


def ids(records: Sequence[Record]) -> list[str]:
    return [record.ref.id for record in records]


def fresh_cursor(connector: Any, portal: Any, kind: Kind = Kind.ACCOUNT) -> str:
    """Where a read stands that has just seen everything."""
    cursor = read_all(connector, kind)[1]
    portal.advance(HOUR_S)
    return read_all(connector, kind, cursor)[1]


@pytest.mark.parametrize("kind", list(NAMES))
def test_a_first_read_brings_every_record_by_list_and_not_by_search(
    kind: Kind, connector: Any, portal: Any
) -> None:
    records, _ = read_all(connector, kind)
    counts = portal.counts()

    assert len(records) == portal.held(NAMES[kind])
    assert "search" not in counts
    assert counts["list"] == -(-len(records) // 100)


def test_an_account_is_what_the_portal_holds(connector: Any, portal: Any) -> None:
    for record in read_all(connector, Kind.ACCOUNT)[0][:40]:
        assert isinstance(record, Account)
        raw = portal.raw("companies", record.ref.id)
        assert (record.name, record.domain, record.owner) == (
            raw["name"] or None,
            raw["domain"] or None,
            raw["hubspot_owner_id"] or None,
        )
        assert (record.customer_key, record.partner) == (raw["customer_number"], raw["partner_of_record"])
        assert record.arr_minor == (None if not raw["arr"] else round(float(raw["arr"]) * 100))
        assert (record.renewal_at is None) == (not raw["renewal_date"])
        assert record.custom["uptime"] == (raw["uptime_exposure"] or None)


def test_tickets_and_deals_and_contacts_know_their_account(connector: Any) -> None:
    accounts = set(ids(read_all(connector, Kind.ACCOUNT)[0]))
    for kind in (Kind.TICKET, Kind.DEAL, Kind.CONTACT):
        linked: list[Any] = read_all(connector, kind)[0]
        assert {record.account_id for record in linked} <= accounts
        assert isinstance(linked[0], Ticket | Deal | Contact)


def test_open_and_breached_follow_stage_and_sla(connector: Any, portal: Any) -> None:
    tickets: list[Any] = read_all(connector, Kind.TICKET)[0]
    for ticket in tickets[:40]:
        raw = portal.raw("tickets", ticket.ref.id)
        assert ticket.is_open == (raw["hs_is_closed"] != "true")
        ended = connector.transport.vendor_now() if ticket.is_open else ticket.closed_at
        assert ticket.is_breached == is_breached(
            raw["hs_time_to_close_sla_status"], ticket.resolve_due_at, ended
        )
    assert {ticket.priority for ticket in tickets} <= {"low", "normal", "high", "urgent", None}


def test_a_planted_breach_is_read_as_a_breach(connector: Any, portal: Any) -> None:
    planted = [row for row in portal.ask("GET", "/truth") if row["kind"] == "sla_breached"]
    tickets: dict[str, Any] = {ticket.ref.id: ticket for ticket in read_all(connector, Kind.TICKET)[0]}
    wanted = [str(id_) for row in planted for id_ in row["ticket_ids"]]

    assert wanted
    assert all(tickets[id_].is_open and tickets[id_].is_breached for id_ in wanted)


def test_owners_are_people_by_owner_id(connector: Any) -> None:
    people = read_all(connector, Kind.PERSON)[0]
    owners = {record.owner for record in read_all(connector, Kind.ACCOUNT)[0] if isinstance(record, Account)}

    assert owners - {None} <= set(ids(people))
    assert all(isinstance(person, Person) and person.name for person in people)


def test_owners_come_again_only_when_one_of_them_changed(connector: Any) -> None:
    _, cursor = read_all(connector, Kind.PERSON)

    assert read_all(connector, Kind.PERSON, cursor) == ([], cursor)


def test_only_mapped_properties_that_exist_are_asked_for(connect: Any, portal: Any) -> None:
    connector = connect(mapping={"account": {"customer_key": "customer_number", "arr": "nowhere"}})
    batch = connector.read(Kind.ACCOUNT, None, 100)

    assert batch.hidden == {"arr_minor", "arr_currency"}
    assert all(record.arr_minor is None for record in batch.records)


def test_a_hidden_custom_column_is_named_as_custom(connect: Any) -> None:
    mapping = {"ticket": {"custom": {"mood": "customer_mood"}, "resolve_due_at": "no_such_time"}}
    batch = connect(mapping=mapping).read(Kind.TICKET, None, 100)

    assert batch.hidden == {"custom.mood", "resolve_due_at"}


def test_a_property_that_is_removed_in_mid_read_is_hidden_and_not_empty(connector: Any, portal: Any) -> None:
    first = connector.read(Kind.ACCOUNT, None, 100)
    portal.sandbox.api("DELETE", "/crm/v3/properties/companies/customer_number")
    second = connector.read(Kind.ACCOUNT, first.cursor, 100)

    assert "customer_key" not in first.hidden
    assert "customer_key" in second.hidden


def test_names_too_long_for_a_url_are_asked_for_in_a_body(connect: Any, portal: Any) -> None:
    admin = portal.sandbox
    custom = {f"column_{place}": f"{'long_' * 12}{place}" for place in range(40)}
    for name in custom.values():
        definition = {"name": name, "label": name, "type": "string", "fieldType": "text"}
        body = {**definition, "groupName": "companyinformation"}
        assert admin.api("POST", "/crm/v3/properties/companies", body).status_code == 201
    connector = connect(mapping={"account": {"custom": custom}})
    portal.counts()
    records, _ = read_all(connector, Kind.ACCOUNT)

    assert len(records) == portal.held("companies")
    assert portal.counts()["batch_read"] == -(-len(records) // 100)
    assert all(isinstance(record, Account) and record.name for record in records[:5])


def test_an_edit_is_read_and_nothing_else(connector: Any, portal: Any) -> None:
    cursor = fresh_cursor(connector, portal)
    edited = portal.ids("companies", count=3)
    for id_ in edited:
        portal.edit("companies", id_, name="New name")
    portal.advance(HOUR_S)
    portal.counts()
    records, _ = read_all(connector, Kind.ACCOUNT, cursor)

    assert sorted(ids(records)) == sorted(edited)
    assert portal.counts() == {"properties": 1, "search": 1, "list": 1}


def test_an_edit_within_the_last_seconds_is_left_for_the_next_read(connector: Any, portal: Any) -> None:
    cursor = fresh_cursor(connector, portal)
    edited = portal.ids("companies", count=1)
    portal.edit("companies", edited[0], name="Just now")
    none_yet, cursor = read_all(connector, Kind.ACCOUNT, cursor)
    portal.advance(60)

    assert ids(none_yet) == []
    assert ids(read_all(connector, Kind.ACCOUNT, cursor)[0]) == edited


def test_a_record_that_the_index_shows_late_is_read_by_the_overlap(connector: Any, portal: Any) -> None:
    portal.ask("PUT", "/limits", {"search_lag_s": 60})
    cursor = fresh_cursor(connector, portal)
    edited = portal.ids("companies", count=1)
    portal.edit("companies", edited[0], name="Shown late")
    portal.advance(45)
    missed, cursor = read_all(connector, Kind.ACCOUNT, cursor)
    portal.advance(45)
    found, _ = read_all(connector, Kind.ACCOUNT, cursor)

    assert (ids(missed), ids(found)) == ([], edited)


def test_many_records_of_one_instant_are_all_read_once(connector: Any, portal: Any) -> None:
    cursor = fresh_cursor(connector, portal, Kind.TICKET)
    before = portal.ids("tickets", count=1)
    portal.edit("tickets", before[0], subject="A little earlier")
    portal.advance(5)
    at_once = ids(read_all(connector, Kind.TICKET)[0])
    for id_ in at_once:
        portal.edit("tickets", id_, subject="All at once")
    portal.advance(HOUR_S)
    records, _ = read_all(connector, Kind.TICKET, cursor)

    assert len(at_once) > 400
    assert sorted(ids(records)) == sorted(at_once)


def test_a_changed_ticket_still_knows_its_account(connector: Any, portal: Any) -> None:
    tickets: list[Any] = read_all(connector, Kind.TICKET)[0]
    cursor = fresh_cursor(connector, portal, Kind.TICKET)
    portal.edit("tickets", tickets[0].ref.id, subject="Changed")
    portal.advance(HOUR_S)
    again: list[Any] = read_all(connector, Kind.TICKET, cursor)[0]

    assert [ticket.account_id for ticket in again] == [tickets[0].account_id]


def test_archived_records_are_told_once_as_gone(connector: Any, portal: Any) -> None:
    cursor = fresh_cursor(connector, portal)
    removed = portal.ids("companies", count=2)
    for id_ in removed:
        portal.remove("companies", id_)
    portal.advance(HOUR_S)
    gone = [ref.id for batch in batches(connector, Kind.ACCOUNT, cursor) for ref in batch.gone]
    later = fresh_cursor(connector, portal)
    again = [ref.id for batch in batches(connector, Kind.ACCOUNT, later) for ref in batch.gone]

    assert (sorted(gone), again) == (sorted(removed), [])


def test_a_merge_is_told_with_the_record_that_is_left(connector: Any, portal: Any) -> None:
    cursor = fresh_cursor(connector, portal)
    kept, merged = portal.ids("companies", count=2)
    body = {"primaryObjectId": kept, "objectIdToMerge": merged}
    assert portal.sandbox.api("POST", "/crm/v3/objects/companies/merge", body).ok
    portal.advance(HOUR_S)
    read = list(batches(connector, Kind.ACCOUNT, cursor))

    told = {old.id: new for batch in read for old, new in batch.merged.items()}
    left = {record.ref for batch in read for record in batch.records}

    assert merged in {ref.id for batch in read for ref in batch.gone}
    assert told[merged] in left
    assert merged not in {ref.id for ref in left}


def test_a_read_that_is_cut_off_goes_on_where_it_stood(connect: Any) -> None:
    first = connect().read(Kind.TICKET, None, 100)
    rest, _ = read_all(connect(), Kind.TICKET, first.cursor)

    assert not first.done
    assert not set(ids(first.records)) & set(ids(rest))


def test_another_mapping_reads_everything_anew(connect: Any, portal: Any) -> None:
    cursor = fresh_cursor(connect(), portal)
    mapping = {"account": {"customer_key": "customer_number", "employees": None}}
    records, _ = read_all(connect(mapping=mapping), Kind.ACCOUNT, cursor)

    assert len(records) == portal.held("companies")


def test_what_was_archived_before_everything_is_read_anew_is_told_by_the_next_read(
    connect: Any, portal: Any
) -> None:
    cursor = fresh_cursor(connect(), portal)
    removed = portal.ids("companies", count=1)[0]
    portal.remove("companies", removed)
    portal.advance(HOUR_S)
    other = connect(mapping={"account": {"employees": None}})
    cursor = read_all(other, Kind.ACCOUNT, cursor)[1]
    portal.advance(HOUR_S)

    assert [ref.id for batch in batches(other, Kind.ACCOUNT, cursor) for ref in batch.gone] == [removed]


def test_fields_that_were_just_made_do_not_read_everything_anew(connector: Any, portal: Any) -> None:
    cursor = fresh_cursor(connector, portal)
    connector.provision(apply=True)
    portal.advance(HOUR_S)

    assert read_all(connector, Kind.ACCOUNT, cursor)[0] == []


def test_a_row_that_cannot_be_read_is_refused_and_the_others_are_read(connect: Any, portal: Any) -> None:
    body = {"name": "staff", "label": "Staff", "type": "string", "fieldType": "text"}
    portal.sandbox.api("POST", "/crm/v3/properties/companies", {**body, "groupName": "companyinformation"})
    odd = portal.ids("companies", count=1)[0]
    portal.edit("companies", odd, staff="nineteen")
    batch = connect(mapping={"account": {"employees": "staff"}}).read(Kind.ACCOUNT, None, 100)

    assert batch.refused == [(f"hub/companies/{odd}", "staff is not a number")]
    assert len(batch.records) == 99


def test_windows_walk_around_the_limit_of_a_search(connect: Any, large: Any) -> None:
    """Everything since 2017 by search alone, which gives 10,000 rows a query at most."""
    large.advance(HOUR_S)
    connector = connect(at=large)
    place = orjson.loads(connector.read(Kind.ACCOUNT, None, 100).cursor)
    place.pop("v")
    since = Place(**{**place, "phase": "rest", "after": None, "began": 1_500_000_000_000})
    large.counts()
    records, _ = read_all(connector, Kind.ACCOUNT, since.text())
    counts = large.counts()

    assert len(records) == len(set(ids(records))) == large.held("companies") > 10_000
    assert counts["search"] <= len(records) / 200 * 1.2
