"""Rows to records, without an org."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from detente_connector_kit import RowValues
from detente_contracts import STANDARD_FIELDS, Account, Contact, Deal, FieldSpec, Kind, Person, Ref, Ticket
from detente_salesforce.field_mapping import FieldMapping
from detente_salesforce.mapping import domain_of, read_row, sent_value
from detente_salesforce.org import READERS, View, field_name, flat_row
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIELDS: dict[str, FieldSpec] = {spec.key: spec for spec in STANDARD_FIELDS}
TYPES = {
    "Tier__c": "double",
    "Share__c": "percent",
    "Vip__c": "boolean",
    "Since__c": "date",
    "Note__c": "string",
}


def view(kind: Kind, **mapping: Any) -> View:
    names = None if kind is Kind.PERSON else FieldMapping.read({kind.value: mapping}, where="test").of(kind)
    return View(
        kind,
        "sf",
        "SystemModstamp",
        names=names,
        custom=() if names is None else names.columns(TYPES, READERS),
        held=tuple((field_name(spec), spec) for spec in STANDARD_FIELDS),
        currency="EUR",
        priorities={"High": "high"},
        first_reply_word="response",
    )


def row(**values: Any) -> RowValues:
    return RowValues({"Id": "001xx000003DGb1AAG", "SystemModstamp": "2026-11-01T09:15:08.000+0000", **values})


def read(kind: Kind, source: RowValues, **mapping: Any) -> Any:
    return read_row(source, view(kind, **mapping), (), NOW)


def test_a_row_becomes_an_account() -> None:
    values = {"Name": "Borealis", "Website": "http://www.Borealis.example/de", "NumberOfEmployees": 40}
    account = read(Kind.ACCOUNT, row(**values, ARR__c=1200.5, OwnerId="005x"), arr="ARR__c")

    assert isinstance(account, Account)
    assert account.ref == Ref("sf", "Account", "001xx000003DGb1AAG")
    assert (account.name, account.domain, account.employees) == ("Borealis", "borealis.example", 40)
    assert (account.arr_minor, account.arr_currency, account.owner) == (120_050, "EUR", "005x")
    assert account.modified_at == datetime(2026, 11, 1, 9, 15, 8, tzinfo=UTC)


def test_a_row_of_json_and_the_same_row_of_csv_become_the_same_record() -> None:
    json = row(
        Amount=10.0, IsClosed=True, IsWon=False, Probability=75.0, CloseDate="2026-12-01", AccountId=None
    )
    csv = {"Amount": "10.0", "IsClosed": "true", "IsWon": "false", "Probability": "75", "AccountId": ""}
    text = row(**csv, CloseDate="2026-12-01")
    stamped = RowValues({**text.values, "SystemModstamp": "2026-11-01T09:15:08.000Z"})

    assert read(Kind.DEAL, json) == read(Kind.DEAL, stamped)


def test_a_record_that_names_its_currency_is_in_that() -> None:
    deal = read(Kind.DEAL, row(Amount=10, CurrencyIsoCode="JPY"))

    assert isinstance(deal, Deal)
    assert (deal.amount_minor, deal.amount_currency) == (10, "JPY")


def test_an_amount_whose_currency_nobody_tells_is_left_out() -> None:
    nowhere = replace(view(Kind.DEAL), currency=None)
    deal = read_row(row(Amount=10), nowhere, (), NOW)

    assert isinstance(deal, Deal)
    assert (deal.amount_minor, deal.amount_currency) == (None, None)


def test_an_opportunitys_probability_is_a_share_and_its_state_two_flags() -> None:
    deal = read(
        Kind.DEAL, row(Probability=75.0, IsClosed=True, IsWon=True, Type="Existing Customer - Upgrade")
    )

    assert isinstance(deal, Deal)
    assert (deal.probability, deal.is_open, deal.is_won) == (0.75, False, True)
    assert deal.deal_type == "Existing Customer - Upgrade"


def test_custom_columns_have_the_type_of_their_field_and_per_cent_is_a_share() -> None:
    custom = {"tier": "Tier__c", "share": "Share__c", "vip": "Vip__c", "since": "Since__c", "note": "Note__c"}
    source = row(Tier__c=3, Share__c=45.0, Vip__c=True, Since__c="2026-01-02", Note__c="")
    account = read(Kind.ACCOUNT, source, custom=custom)

    since = datetime(2026, 1, 2, tzinfo=UTC)
    assert account.custom == {"tier": 3.0, "share": 0.45, "vip": True, "since": since, "note": None}


def test_held_fields_are_canonical_and_absent_where_the_org_lacks_them() -> None:
    source = row(
        Detente_Score__c=87.0, Detente_Scored_At__c="2026-11-01T09:00:00.000+0000", Detente_Reason__c=None
    )

    held = {"detente_score": "87.0", "detente_scored_at": "2026-11-01T09:00:00Z", "detente_reason": None}
    assert read(Kind.ACCOUNT, source).held == held


def test_a_queue_owns_nothing_because_it_is_nobody() -> None:
    queue, person = row(OwnerId="00Gxx0000001", Priority="High"), row(OwnerId="005xx0000001", Priority="Odd")
    tickets = [read(Kind.TICKET, queue), read(Kind.TICKET, person)]

    assert [(ticket.owner, ticket.priority) for ticket in tickets] == [(None, "high"), ("005xx0000001", None)]


def test_an_open_case_that_was_closed_before_has_no_closing_time() -> None:
    ticket = read(Kind.TICKET, row(IsClosed=False, ClosedDate="2026-11-02T00:00:00.000+0000"))

    assert isinstance(ticket, Ticket)
    assert (ticket.is_open, ticket.closed_at) == (True, None)


def test_a_mapped_due_time_takes_the_place_of_milestones() -> None:
    milestone = RowValues({"TargetDate": "2026-12-24T00:00:00.000+0000", "MilestoneType.Name": "Resolution"})
    mapped = view(Kind.TICKET, resolve_due_at="Due__c")
    ticket = read_row(row(IsClosed=False, Due__c="2026-11-03T08:00:00Z"), mapped, [milestone], NOW)

    assert isinstance(ticket, Ticket)
    assert (ticket.resolve_due_at, ticket.is_breached) == (NOW - HOUR, True)


def test_a_mapped_breach_flag_decides() -> None:
    source = row(IsClosed=False, Due__c="2026-11-03T08:00:00Z", Late__c=False)

    assert read(Kind.TICKET, source, resolve_due_at="Due__c", is_breached="Late__c").is_breached is False


def test_a_user_is_a_person_and_one_who_left_is_not_active() -> None:
    person = read(Kind.PERSON, row(Name=None, Email="k@x.example", IsActive=False, Department="North"))

    assert isinstance(person, Person)
    assert (person.name, person.team, person.active) == ("k@x.example", "North", False)


def test_a_contact_knows_its_account() -> None:
    contact = read(Kind.CONTACT, row(Name="Ada Q.", Email="a@x.example", AccountId="001A"))

    assert isinstance(contact, Contact)
    assert (contact.name, contact.account_id) == ("Ada Q.", "001A")


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("acme.example", "acme.example"),
        ("HTTPS://WWW.Acme.example:8443/a?b#c", "acme.example"),
        ("https://user:pw@shop.acme.example/", "shop.acme.example"),
        (" www.acme.example. ", "acme.example"),
        ("http://[broken", None),
        ("tbd", None),
        ("see <b>intranet.acme</b>", None),
        ("", None),
        (None, None),
    ],
)
def test_a_domain_is_the_bare_host_of_a_web_address(website: str | None, domain: str | None) -> None:
    assert domain_of(website) == domain


@given(st.text(max_size=60))
def test_any_text_as_a_web_address_gives_a_bare_host_or_nothing(website: str) -> None:
    domain = domain_of(website)

    assert domain is None or domain_of(f"https://www.{domain}/x") == domain


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Kind.ACCOUNT, {"NumberOfEmployees": "about 5"}),
        (Kind.ACCOUNT, {"CreatedDate": "secret text"}),
        (Kind.ACCOUNT, {"SystemModstamp": None}),
        (Kind.DEAL, {"Amount": "secret text"}),
        (Kind.DEAL, {"Probability": "secret text"}),
    ],
)
def test_a_value_that_cannot_be_read_names_its_field_and_not_itself(kind: Kind, values: Any) -> None:
    with pytest.raises(ValueError, match=next(iter(values))) as caught:
        read(kind, row(**values))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "sent"),
    [
        ("detente_score", "87.5", 87.5),
        ("detente_priority", "P1", "P1"),
        ("detente_scored_at", "2026-11-01T10:00:00.9+01:00", "2026-11-01T09:00:00Z"),
        ("detente_reason", None, None),
    ],
)
def test_a_value_is_sent_in_salesforces_own_form(key: str, value: str | None, sent: object) -> None:
    assert sent_value(value, FIELDS[key]) == sent


@given(st.decimals(0, 100, places=1))
def test_a_score_that_was_written_is_held_as_the_same_text(score: Decimal) -> None:
    source = row(Detente_Score__c=sent_value(str(score), FIELDS["detente_score"]))

    assert read(Kind.ACCOUNT, source).held["detente_score"] == str(score)


def test_our_fields_have_the_names_of_the_design() -> None:
    assert [field_name(spec) for spec in STANDARD_FIELDS] == [
        "Detente_Priority__c",
        "Detente_Score__c",
        "Detente_Reason__c",
        "Detente_Scored_At__c",
        "Detente_Case__c",
        "Detente_Link__c",
    ]


def test_a_record_is_flat_with_the_fields_of_its_parents() -> None:
    owner = {"attributes": {"type": "User"}, "Name": "Ada Q."}
    record = {"attributes": {"type": "Account"}, "Id": "1", "Owner": owner, "Parent": None}

    assert flat_row(record) == {"Id": "1", "Owner.Name": "Ada Q.", "Parent": None}
