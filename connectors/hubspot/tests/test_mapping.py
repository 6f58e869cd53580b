"""Rows to records, without a portal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from detente_contracts import STANDARD_FIELDS, Account, Contact, Deal, FieldSpec, Kind, Ticket
from detente_hubspot.mapping import is_breached, person, read_row, vendor_text
from detente_hubspot.portal import READERS, StageMeaning, View, stage_meanings
from detente_hubspot.settings import PropertyMapping
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
STAGES = {
    ("0", "1"): StageMeaning(is_open=True),
    ("0", "4"): StageMeaning(is_open=False),
    ("default", "won"): StageMeaning(is_open=False, is_won=True, probability=1.0),
}
FIELDS: dict[str, FieldSpec] = {spec.key: spec for spec in STANDARD_FIELDS}


def view(kind: Kind, **mapping: Any) -> View:
    names = PropertyMapping.read({kind.value: mapping}, where="test").of(kind)
    types = {"tier": "number", "since": "date", "vip": "bool", "note": "string"}
    return View(
        kind,
        "hub",
        names,
        custom=names.columns(types, READERS),
        held=tuple(FIELDS.items()),
        stages=STAGES,
        currency="EUR",
        priorities={"HIGH": "high"},
    )


def row(**properties: str | None) -> dict[str, Any]:
    return {"id": "7", "updatedAt": "2026-11-01T09:00:00.123Z", "properties": properties}


def test_a_company_becomes_an_account() -> None:
    source = row(name="Acme", arr="1200.50", renewal_date="2027-01-31", numberofemployees="40", domain="")
    account = read_row(source, view(Kind.ACCOUNT, arr="arr", renewal_at="renewal_date"), None, NOW)

    assert isinstance(account, Account)
    assert (account.name, account.domain, account.employees) == ("Acme", None, 40)
    assert (account.arr_minor, account.arr_currency) == (120050, "EUR")
    assert account.renewal_at == datetime(2027, 1, 31, tzinfo=UTC)
    assert account.modified_at == datetime(2026, 11, 1, 9, 0, 0, 123000, tzinfo=UTC)


def test_an_empty_amount_has_no_currency() -> None:
    account = read_row(row(arr=None), view(Kind.ACCOUNT, arr="arr"), None, NOW)

    assert isinstance(account, Account)
    assert (account.arr_minor, account.arr_currency) == (None, None)


def test_custom_columns_have_the_type_of_their_property() -> None:
    mapped = view(Kind.ACCOUNT, custom={"tier": "tier", "since": "since", "vip": "vip", "text": "note"})
    account = read_row(row(tier="3", since="2026-01-02", vip="true", note=""), mapped, None, NOW)

    assert isinstance(account, Account)
    since = datetime(2026, 1, 2, tzinfo=UTC)
    assert account.custom == {"tier": 3.0, "since": since, "vip": True, "text": None}


def test_held_fields_are_canonical_and_absent_where_the_portal_lacks_them() -> None:
    source = row(detente_score="87", detente_scored_at="2026-11-01T09:00:00.500Z", detente_reason="")
    account = read_row(source, view(Kind.ACCOUNT), None, NOW)

    assert isinstance(account, Account)
    held = {"detente_score": "87.0", "detente_scored_at": "2026-11-01T09:00:00Z", "detente_reason": None}
    assert account.held == held


def test_a_contact_has_one_name_and_its_company() -> None:
    contact = read_row(row(firstname="Ada", lastname="", email="a@x.example"), view(Kind.CONTACT), "9", NOW)

    assert isinstance(contact, Contact)
    assert (contact.name, contact.account_id) == ("Ada", "9")


def test_a_deals_state_comes_from_its_stage_and_not_from_a_label() -> None:
    source = row(pipeline="default", dealstage="won", amount="10", deal_currency_code="JPY")
    deal = read_row(source, view(Kind.DEAL), "9", NOW)

    assert isinstance(deal, Deal)
    assert (deal.is_open, deal.is_won, deal.probability) == (False, True, 1.0)
    assert (deal.amount_minor, deal.amount_currency) == (10, "JPY")


def test_a_deal_in_a_stage_that_is_not_listed_goes_by_its_flags() -> None:
    source = row(dealstage="new", hs_is_closed="true", hs_is_closed_won="false")
    deal = read_row(source, view(Kind.DEAL), None, NOW)

    assert isinstance(deal, Deal)
    assert (deal.is_open, deal.is_won) == (False, False)


def test_a_tickets_priority_and_state_are_canonical() -> None:
    source = row(hs_pipeline="0", hs_pipeline_stage="4", hs_ticket_priority="HIGH", closed_date="2026-11-02")
    ticket = read_row(source, view(Kind.TICKET), "9", NOW)

    assert isinstance(ticket, Ticket)
    assert (ticket.priority, ticket.is_open) == ("high", False)
    assert ticket.closed_at == datetime(2026, 11, 2, tzinfo=UTC)


def test_an_open_ticket_that_was_closed_before_has_no_closing_time() -> None:
    source = row(hs_pipeline="0", hs_pipeline_stage="1", closed_date="2026-11-02", hs_ticket_priority="ODD")
    ticket = read_row(source, view(Kind.TICKET), None, NOW)

    assert isinstance(ticket, Ticket)
    assert (ticket.is_open, ticket.closed_at, ticket.priority) == (True, None, None)


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "due_at", "ended_at", "breached"),
    [
        pytest.param("1", None, None, True, id="overdue"),
        pytest.param("4", NOW + HOUR, NOW, True, id="done late by status"),
        pytest.param("3", NOW - HOUR, NOW, False, id="done in time by status"),
        pytest.param("0", NOW - HOUR, NOW, True, id="active by status, past by time"),
        pytest.param("2", NOW + HOUR, NOW, False, id="due soon"),
        pytest.param(None, NOW - HOUR, NOW, True, id="no status, past"),
        pytest.param(None, NOW, NOW, False, id="on the dot"),
        pytest.param(None, NOW, None, None, id="ended, nobody knows when"),
        pytest.param(None, None, NOW, None, id="no SLA"),
    ],
)
def test_a_breach_is_told_by_status_then_by_time(
    status: str | None, due_at: datetime | None, ended_at: datetime | None, breached: bool | None
) -> None:
    assert is_breached(status, due_at, ended_at) is breached


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        (Kind.ACCOUNT, row(numberofemployees="about 5")),
        (Kind.ACCOUNT, row(numberofemployees="1e400")),
        (Kind.ACCOUNT, row(createdate="secret text")),
        (Kind.DEAL, row(amount="secret text")),
        (Kind.DEAL, row(hs_deal_stage_probability="secret text")),
    ],
)
def test_a_value_that_cannot_be_read_names_its_property_and_not_itself(kind: Kind, source: Any) -> None:
    with pytest.raises(ValueError, match=r"numberofemployees|createdate|amount|hs_deal_stage") as caught:
        read_row(source, view(kind), None, NOW)
    assert "secret" not in str(caught.value)


def test_stage_metadata_tells_open_won_and_lost() -> None:
    stages = [
        {"id": "new", "metadata": {"probability": "0.2"}},
        {"id": "sure", "metadata": {"probability": "1.0", "isClosed": "false"}},
        {"id": "won", "metadata": {"probability": "1.0", "isClosed": "true"}},
        {"id": "lost", "metadata": {"probability": "0.0"}},
        {"id": "done", "metadata": {"ticketState": "CLOSED"}},
    ]
    meanings = stage_meanings([{"id": "p", "stages": stages}])

    told = {stage: (meanings["p", stage].is_open, meanings["p", stage].is_won) for _, stage in meanings}
    assert told == {
        "new": (True, False),
        "sure": (True, False),
        "won": (False, True),
        "lost": (False, False),
        "done": (False, False),
    }


def test_an_owner_without_a_name_goes_by_e_mail_and_one_who_left_is_not_active() -> None:
    owner = {"id": "5", "email": "k@x.example", "updatedAt": "2026-01-01T00:00:00Z", "archived": True}

    assert (person(owner, "hub").name, person(owner, "hub").active) == ("k@x.example", False)


def test_an_owners_primary_team_is_the_team() -> None:
    teams = [{"id": "1", "name": "A", "primary": False}, {"id": "2", "name": "B", "primary": True}]
    owner = {
        "id": "5",
        "firstName": "Kim",
        "lastName": "Lee",
        "updatedAt": "2026-01-01T00:00:00Z",
        "teams": teams,
    }

    assert (person(owner, "hub").name, person(owner, "hub").team) == ("Kim Lee", "B")


@pytest.mark.parametrize(
    ("key", "value", "sent"),
    [
        ("detente_score", "87.50", "87.5"),
        ("detente_score", "87", "87.0"),
        ("detente_priority", "P1", "P1"),
        ("detente_scored_at", "2026-11-01T10:00:00.9+01:00", "2026-11-01T09:00:00Z"),
        ("detente_reason", None, ""),
    ],
)
def test_a_value_is_sent_in_hubspots_own_form(key: str, value: str | None, sent: str) -> None:
    assert vendor_text(value, FIELDS[key]) == sent


@given(st.decimals(0, 100, places=1))
def test_a_score_that_was_written_is_held_as_the_same_text(score: Any) -> None:
    source = row(detente_score=vendor_text(str(score), FIELDS["detente_score"]))
    account = read_row(source, view(Kind.ACCOUNT), None, NOW)

    assert isinstance(account, Account)
    assert account.held["detente_score"] == str(score)
