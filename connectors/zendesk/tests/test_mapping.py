"""Rows to records and values to Zendesk's own, without an account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from detente_contracts import STANDARD_FIELDS, FieldSpec, FieldType, Kind
from detente_zendesk.account import ATTRIBUTES, READERS, View
from detente_zendesk.mapping import (
    held_values,
    is_agent,
    modified_at,
    read_account,
    read_contact,
    read_person,
    read_ticket,
)
from detente_zendesk.own_fields import definition_of, found_fields, option_held, tag_of, vendor_value
from detente_zendesk.settings import AttributeMapping
from detente_zendesk.sla import SlaTimes
from hypothesis import given
from hypothesis import strategies as st

FIELDS: dict[str, FieldSpec] = {spec.key: spec for spec in STANDARD_FIELDS}
PRIORITY, SCORE = FIELDS["detente_priority"], FIELDS["detente_score"]
DUE = datetime(2026, 11, 4, 9, tzinfo=UTC)


def view(kind: Kind, held: tuple[tuple[str, FieldSpec], ...] = (), **mapping: Any) -> View:
    names = AttributeMapping.read({kind.value: mapping}, where="test").of(kind)
    types = {
        "tier": "integer",
        "since": "date",
        "vip": "checkbox",
        "note": "textarea",
        "areas": "multiselect",
    }
    types.update(dict.fromkeys(ATTRIBUTES[kind], "attribute"))
    return View(kind, "zen", names, custom=names.columns(types, READERS), held=held, currency="EUR")


def organization(**fields: Any) -> dict[str, Any]:
    return {
        "id": 1001,
        "name": "Acme",
        "external_id": "C-7",
        "domain_names": [" Acme.EXAMPLE ", "acme.test"],
        "organization_fields": fields,
        "created_at": "2024-01-02T03:04:05Z",
        "updated_at": "2026-11-01T09:00:00Z",
    }


def ticket(**changes: Any) -> dict[str, Any]:
    return {
        "id": 4101,
        "subject": "It is down",
        "status": "open",
        "priority": "high",
        "assignee_id": 71,
        "organization_id": 1001,
        "created_at": "2026-11-01T08:00:00Z",
        "updated_at": "2026-11-01T09:00:00Z",
        "generated_timestamp": 1793700000,
        "metric_set": {
            "reopens": 2,
            "solved_at": None,
            "reply_time_in_minutes": {"calendar": 30, "business": 5},
        },
        "custom_fields": [{"id": 360001, "value": 87.5}, {"id": 360002, "value": "detente_p1"}],
        **changes,
    }


def test_an_organization_becomes_an_account() -> None:
    source = organization(arr="1200.50", renewal_date="2027-01-31T00:00:00+00:00", staff=40)
    mapped = view(Kind.ACCOUNT, arr="arr", renewal_at="renewal_date", employees="staff")
    account = read_account(source, mapped)

    assert (account.ref.object, account.ref.id, account.name) == ("organizations", "1001", "Acme")
    assert (account.domain, account.customer_key, account.employees) == ("acme.example", "C-7", 40)
    assert (account.arr_minor, account.arr_currency) == (120050, "EUR")
    assert account.renewal_at == datetime(2027, 1, 31, tzinfo=UTC)


def test_an_organization_without_domain_key_or_amount_has_none() -> None:
    source = {**organization(arr=None), "domain_names": [], "external_id": None}
    account = read_account(source, view(Kind.ACCOUNT, arr="arr"))

    assert (account.domain, account.customer_key, account.arr_minor, account.arr_currency) == (None,) * 4


def test_custom_columns_have_the_type_of_their_field() -> None:
    custom = {
        "tier": "tier",
        "since": "since",
        "vip": "vip",
        "text": "note",
        "areas": "areas",
        "labels": "tags",
    }
    source = organization(tier=3, since="2026-01-02", vip=False, note="", areas=["eu", "us"])
    account = read_account({**source, "tags": ["a", "b"]}, view(Kind.ACCOUNT, custom=custom))

    since = datetime(2026, 1, 2, tzinfo=UTC)
    kept = {"tier": 3.0, "since": since, "vip": False, "text": None, "areas": "eu, us", "labels": "a, b"}
    assert account.custom == kept


def test_a_field_with_the_key_of_an_attribute_does_not_hide_it() -> None:
    assert read_account(organization(name="Other"), view(Kind.ACCOUNT)).name == "Acme"


def test_an_end_user_becomes_a_contact() -> None:
    source = {"id": 5, "name": "Ada", "email": "a@x.example", "organization_id": 1001, "updated_at": None}
    contact = read_contact({**source, "created_at": "2026-11-01T00:00:00Z"}, view(Kind.CONTACT))

    assert (contact.ref.object, contact.name, contact.account_id) == ("users", "Ada", "1001")
    assert contact.modified_at == datetime(2026, 11, 1, tzinfo=UTC)


def test_an_open_ticket_has_its_metrics_and_no_closing_time() -> None:
    source = ticket(metric_set={"reopens": 2, "solved_at": "2026-11-02T00:00:00Z"})
    record = read_ticket(source, view(Kind.TICKET), SlaTimes(resolve_due_at=DUE, is_breached=False))

    assert (record.owner, record.stage, record.priority, record.reopened) == ("71", "open", "high", 2)
    assert (record.is_open, record.closed_at, record.resolve_due_at) == (True, None, DUE)
    assert record.modified_at == datetime(2026, 11, 3, 10, tzinfo=UTC)


def test_a_first_reply_comes_the_calendar_minutes_after_the_opening() -> None:
    record = read_ticket(ticket(), view(Kind.TICKET), SlaTimes())

    assert record.first_reply_at == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize("status", ["solved", "closed"])
def test_a_ticket_that_is_solved_or_closed_is_not_open(status: str) -> None:
    source = ticket(status=status, metric_set={"solved_at": "2026-11-02T00:00:00Z"}, priority=None)
    record = read_ticket(source, view(Kind.TICKET), SlaTimes())

    assert (record.is_open, record.priority) == (False, None)
    assert record.closed_at == datetime(2026, 11, 2, tzinfo=UTC)


def test_a_ticket_without_metrics_is_read_all_the_same() -> None:
    record = read_ticket(ticket(metric_set=None), view(Kind.TICKET), SlaTimes())

    assert (record.reopened, record.first_reply_at, record.is_breached) == (None, None, None)


def test_an_agent_without_a_name_goes_by_e_mail_and_a_suspended_one_is_not_active() -> None:
    row = {"id": 5, "email": "k@x.example", "updated_at": "2026-01-01T00:00:00Z", "suspended": True}
    person = read_person(row, "Tier 2", "zen")

    assert (person.name, person.team, person.active, person.ref.object) == (
        "k@x.example",
        "Tier 2",
        False,
        "agents",
    )


@pytest.mark.parametrize(
    ("role", "agent"), [("admin", True), ("agent", True), ("end-user", False), (None, False)]
)
def test_who_works_in_the_account_is_told_by_the_role(role: str | None, agent: bool) -> None:
    assert is_agent({"role": role}) is agent


def test_a_row_without_any_time_was_changed_at_the_beginning() -> None:
    assert modified_at({"id": 1}) == datetime(1970, 1, 1, tzinfo=UTC)


def test_held_fields_are_canonical_on_both_objects() -> None:
    own = organization(detente_priority="detente_org_p2", detente_score=87, detente_reason="")
    fields = [
        (key, FIELDS[key]) for key in ("detente_priority", "detente_score", "detente_reason", "detente_case")
    ]
    by_id = [("360001", SCORE), ("360002", PRIORITY)]

    held = {"detente_priority": "P2", "detente_score": "87.0", "detente_reason": None}
    assert held_values(own, fields, Kind.ACCOUNT) == held
    assert held_values(ticket(), by_id, Kind.TICKET) == {"detente_score": "87.5", "detente_priority": "P1"}


def test_what_a_person_chose_beside_our_options_is_shown_as_it_is() -> None:
    assert option_held("detente_p9", PRIORITY, Kind.TICKET) == "detente_p9"


@pytest.mark.parametrize(
    ("source", "mapping"),
    [
        (organization(staff="secret text"), {"employees": "staff"}),
        (organization(arr="secret text"), {"arr": "arr"}),
        ({**organization(), "created_at": "secret text"}, {}),
        (organization(tier="secret text"), {"custom": {"tier": "tier"}}),
    ],
)
def test_a_value_that_cannot_be_read_names_its_field_and_not_itself(source: Any, mapping: Any) -> None:
    with pytest.raises(ValueError, match=r"staff|arr|created_at|tier") as caught:
        read_account(source, view(Kind.ACCOUNT, **mapping))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "sent"),
    [
        ("detente_score", "87.50", 87.5),
        ("detente_priority", "P1", "detente_p1"),
        ("detente_scored_at", "2026-11-01T10:00:00.9+01:00", "2026-11-01T09:00:00Z"),
        ("detente_reason", None, None),
        ("detente_case", "", None),
    ],
)
def test_a_value_is_sent_in_zendesks_own_form(key: str, value: str | None, sent: object) -> None:
    assert vendor_value(value, FIELDS[key], Kind.TICKET) == sent


@pytest.mark.parametrize(("key", "value"), [("detente_score", "a lot"), ("detente_priority", "P9")])
def test_a_value_of_another_type_is_refused_without_repeating_it(key: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"not a number|none of P1") as caught:
        vendor_value(value, FIELDS[key], Kind.TICKET)
    assert value not in str(caught.value)


SPECS = st.builds(
    FieldSpec,
    # a name that ends with the mark of organizations could be taken for it; provisioning refuses such a pair
    name=st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True).filter(lambda name: not name.endswith("org")),
    label=st.just("Mood"),
    help=st.just("How they feel"),
    type=st.just(FieldType.CHOICE),
    prefix=st.sampled_from(["detente", "acme"]),
    options=st.just(("P1", "P2", "Very bad")),
)


@given(SPECS, st.sampled_from([Kind.ACCOUNT, Kind.TICKET]), st.integers(0, 2))
def test_an_option_that_was_written_is_held_as_the_same_option(
    spec: FieldSpec, kind: Kind, place: int
) -> None:
    option = spec.options[place]

    assert option_held(str(vendor_value(option, spec, kind)), spec, kind) == option


@given(st.lists(SPECS, unique_by=lambda spec: spec.key, max_size=5))
def test_no_tag_stands_for_two_options_of_any_field_on_any_object(specs: list[FieldSpec]) -> None:
    fields = [PRIORITY, *(spec for spec in specs if spec.key != PRIORITY.key)]
    kinds = (Kind.ACCOUNT, Kind.TICKET)
    tags = [tag_of(option, spec, kind) for spec in fields for kind in kinds for option in spec.options]

    assert len(tags) == len(set(tags))


@given(st.decimals(0, 100, places=1))
def test_a_score_that_was_written_is_held_as_the_same_text(score: Any) -> None:
    source = organization(detente_score=vendor_value(str(score), SCORE, Kind.ACCOUNT))

    assert held_values(source, [(SCORE.key, SCORE)], Kind.ACCOUNT) == {SCORE.key: str(score)}


def test_a_new_field_is_optional_and_hidden_from_customers() -> None:
    made = definition_of(PRIORITY, Kind.TICKET)

    assert (made["type"], made["title"], made["required"]) == ("tagger", "Detente priority", False)
    assert (made["visible_in_portal"], made["editable_in_portal"]) == (False, False)
    assert made["custom_field_options"][0] == {"name": "P1", "value": "detente_p1"}


def test_an_organization_field_has_our_key() -> None:
    made = definition_of(PRIORITY, Kind.ACCOUNT)

    assert (made["type"], made["key"]) == ("dropdown", "detente_priority")
    assert [option["value"] for option in made["custom_field_options"]] == [
        f"detente_org_p{number}" for number in (1, 2, 3, 4)
    ]


def test_of_two_ticket_fields_with_our_title_the_older_one_is_ours() -> None:
    fields = [
        {"id": 9, "title": "Detente score"},
        {"id": 8, "title": "Detente score"},
        {"id": 7, "title": "X"},
    ]

    assert [field["id"] for field in found_fields(SCORE, fields, Kind.TICKET)] == [8, 9]


def test_a_ticket_opened_just_now_counts_from_its_opening() -> None:
    zero = {"reply_time_in_minutes": {"calendar": 0, "business": 0}}
    record = read_ticket(ticket(metric_set=zero), view(Kind.TICKET), SlaTimes())

    assert record.first_reply_at == record.opened_at
    assert record.opened_at == DUE - timedelta(days=3, hours=1)
