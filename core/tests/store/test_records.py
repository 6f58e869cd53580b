"""Records are kept typed, rewritten only when something changed, and come back as a frame."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from detente.store.database import Store
from detente.store.records import (
    Upserted,
    count_records,
    held_of,
    mark_gone,
    missed,
    records_frame,
    update_held,
    upsert_records,
)
from detente_contracts import Account, Census, Contact, CustomValue, Deal, Kind, Person, Record, Ref, Ticket

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ACCOUNT = Account(
    Ref("hub", "company", "7"),
    NOW,
    name="Acme",
    employees=12,
    arr_minor=1_200_00,
    arr_currency="EUR",
    renewal_at=NOW + timedelta(days=41, microseconds=1),
    custom={"tier": "gold", "health": 71, "is_reference": True, "last_qbr": NOW, "nothing": None},
    held={"detente_priority": "P2", "detente_score": None},
)
RECORDS: dict[Kind, Record] = {
    Kind.PERSON: Person(Ref("hub", "owner", "1"), NOW, "Kim Lee", team="East", active=False),
    Kind.ACCOUNT: ACCOUNT,
    Kind.CONTACT: Contact(Ref("hub", "contact", "2"), NOW, account_id="7", email="a@acme.example"),
    Kind.DEAL: Deal(Ref("hub", "deal", "3"), NOW, account_id="7", probability=0.25, amount_minor=5),
    Kind.TICKET: Ticket(Ref("hub", "ticket", "4"), NOW, account_id="7", is_breached=True, reopened=2),
}


def keep(store: Store, *records: Record, kind: Kind = Kind.ACCOUNT) -> Upserted:
    with store.transaction() as connection:
        return upsert_records(connection, kind, records)


def frame(store: Store, kind: Kind = Kind.ACCOUNT) -> pl.DataFrame:
    with store.reading() as connection:
        return records_frame(connection, kind, ("a", "b", "hub", "other"))


@pytest.mark.parametrize("kind", list(Kind))
def test_record_comes_back_field_by_field(store: Store, kind: Kind) -> None:
    record = RECORDS[kind]
    assert keep(store, record, kind=kind) == Upserted(new=1)

    (row,) = frame(store, kind).to_dicts()
    assert (row["connector"], row["object"], row["id"]) == (
        record.ref.connector,
        record.ref.object,
        record.ref.id,
    )
    for name in set(type(record).__dataclass_fields__) - {"ref", "custom", "held"}:
        assert row[name] == getattr(record, name), name


def test_custom_fields_are_columns_of_their_type(store: Store) -> None:
    keep(store, ACCOUNT, replace(ACCOUNT, ref=Ref("hub", "company", "8"), custom={"city": "Ulm"}))

    seen = frame(store).select("tier", "health", "is_reference", "last_qbr", "city")
    assert seen.schema == {
        "tier": pl.String,
        "health": pl.Float64,
        "is_reference": pl.Boolean,
        "last_qbr": pl.Datetime("us", "UTC"),
        "city": pl.String,
    }
    assert seen.rows() == [("gold", 71.0, True, NOW, None), (None, None, None, None, "Ulm")]


def test_custom_field_read_with_two_types_is_text(store: Store) -> None:
    other = replace(ACCOUNT, ref=Ref("hub", "company", "8"), custom={"health": "good", "name": "not it"})
    keep(store, ACCOUNT, other)

    assert frame(store).select("health", "name").rows() == [("71.0", "Acme"), ("good", "Acme")]


def test_record_read_again_unchanged_is_not_rewritten(store: Store) -> None:
    keep(store, ACCOUNT)
    later = replace(ACCOUNT, modified_at=NOW + timedelta(hours=1))

    assert keep(store, later) == Upserted(same=1)
    assert frame(store).get_column("modified_at").to_list() == [NOW]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"name": "Acme Ltd"}, id="a field"),
        pytest.param({"renewal_at": None}, id="a field that was emptied"),
        pytest.param({"custom": {"tier": "gold", "health": 70}}, id="a custom field"),
        pytest.param({"held": {"detente_priority": "P1"}}, id="what the CRM holds in ours"),
    ],
)
def test_change_of_any_part_rewrites_the_record(store: Store, change: dict[str, CustomValue]) -> None:
    keep(store, ACCOUNT)

    assert keep(store, replace(ACCOUNT, **change)) == Upserted(changed=1)  # type: ignore[arg-type]


def test_of_a_record_read_twice_in_a_batch_the_last_counts(store: Store) -> None:
    assert keep(store, ACCOUNT, replace(ACCOUNT, name="Acme Ltd")) == Upserted(new=1)
    assert frame(store).get_column("name").to_list() == ["Acme Ltd"]


def test_gone_record_is_left_out_until_it_is_read_again(store: Store) -> None:
    keep(store, ACCOUNT)
    with store.transaction() as connection:
        assert mark_gone(connection, [ACCOUNT.ref, Ref("hub", "company", "none")], NOW) == 1
        assert mark_gone(connection, [ACCOUNT.ref], NOW) == 0
        assert count_records(connection) == {}

    assert frame(store).height == 0
    assert keep(store, ACCOUNT) == Upserted(changed=1)
    assert frame(store).height == 1


@pytest.mark.parametrize(
    ("census", "gone"),
    [
        pytest.param(Census("company", frozenset({"9", "10"})), {"2", "11", "100"}, id="all ids"),
        pytest.param(Census("company", frozenset({"10"}), "9", "11"), {"11"}, id="a stretch across digits"),
        pytest.param(Census("company", frozenset(), None, "9"), {"2", "9"}, id="from the lowest"),
        pytest.param(Census("company", frozenset(), "11", None), {"100"}, id="to the highest"),
        pytest.param(Census("person", frozenset()), set(), id="another object"),
    ],
)
def test_a_census_misses_what_is_known_in_its_stretch_and_not_listed(
    store: Store, census: Census, gone: set[str]
) -> None:
    for connector in ("hub", "other"):
        keep(
            store,
            *(replace(ACCOUNT, ref=Ref(connector, "company", id)) for id in ("2", "9", "10", "11", "100")),
        )
    with store.transaction() as connection:
        found = missed(connection, "hub", Kind.ACCOUNT, census)
        mark_gone(connection, found, NOW)

        assert set(found) == {Ref("hub", "company", id) for id in gone}
        assert missed(connection, "hub", Kind.ACCOUNT, census) == []


def test_our_own_echo_rewrites_nothing(store: Store) -> None:
    keep(store, ACCOUNT)
    written = {"detente_priority": "P1", "detente_reason": "ü 87", "detente_score": None}
    with store.transaction() as connection:
        assert update_held(connection, {ACCOUNT.ref: written, Ref("hub", "company", "none"): written}) == 1
        assert update_held(connection, {ACCOUNT.ref: written}) == 0

    assert keep(store, replace(ACCOUNT, held=written)) == Upserted(same=1)
    with store.reading() as connection:
        held = held_of(connection, [ACCOUNT.ref, Ref("hub", "deal", "none")])
    assert held == {ACCOUNT.ref: {"detente_priority": "P1", "detente_reason": "ü 87"}}


def test_held_values_are_found_whatever_the_kind(store: Store) -> None:
    deal, ticket = RECORDS[Kind.DEAL], RECORDS[Kind.TICKET]
    keep(store, deal, kind=Kind.DEAL)
    keep(store, ticket, kind=Kind.TICKET)
    with store.transaction() as connection:
        changed = update_held(connection, {deal.ref: {"detente_score": "1.0"}, ticket.ref: {"x_y": "2"}})
        assert changed == 2
        assert held_of(connection, [deal.ref, ticket.ref]) == {
            deal.ref: {"detente_score": "1.0"},
            ticket.ref: {"x_y": "2"},
        }


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"name": "\ud800"}, id="half a character"),
        pytest.param({"employees": 2**63}, id="a number too large"),
        pytest.param({"employees": "many"}, id="text where a number belongs"),
        pytest.param({"created_at": datetime(2026, 3, 2)}, id="an instant without a zone"),  # noqa: DTZ001
        pytest.param({"custom": {"health": float("nan")}}, id="no number"),
        pytest.param({"custom": {"health": [1]}}, id="a list"),
        pytest.param({"held": {"detente_score": 1}}, id="a held value that is no text"),
    ],
)
def test_record_that_cannot_be_kept_is_named_and_the_others_are_kept(
    store: Store, fault: dict[str, CustomValue]
) -> None:
    bad = replace(ACCOUNT, ref=Ref("hub", "company", "13"), **fault)  # type: ignore[arg-type]
    upserted = keep(store, bad, ACCOUNT)

    assert (upserted.new, [name for name, _ in upserted.refused]) == (1, ["hub/company/13"])
    assert frame(store).get_column("id").to_list() == ["7"]


def test_a_nul_becomes_a_visible_mark_and_nobody_is_lost(store: Store) -> None:
    hostile = replace(ACCOUNT, name="a\x00b", custom={"note": "\x00"}, held={"detente_reason": "x\x00"})
    keep(store, hostile)

    assert frame(store).select("name", "note").row(0) == ("a\ufffdb", "\ufffd")


def test_frame_is_ordered_by_connector_object_and_id(store: Store) -> None:
    refs = [
        Ref("b", "x", "1"),
        Ref("a", "y", "2"),
        Ref("a", "x", "é"),
        Ref("a", "x", "Z"),
        Ref("a", "x", "a"),
    ]
    keep(store, *(replace(ACCOUNT, ref=ref) for ref in refs))

    assert frame(store).select("connector", "object", "id").rows() == [
        ("a", "x", "Z"),
        ("a", "x", "a"),
        ("a", "x", "é"),
        ("a", "y", "2"),
        ("b", "x", "1"),
    ]


def test_kind_without_records_is_a_frame_with_its_columns(store: Store) -> None:
    empty = frame(store)

    assert (empty.height, empty.schema["renewal_at"]) == (0, pl.Datetime("us", "UTC"))


def test_six_letters_that_only_look_like_a_nul_stay_as_they_are(store: Store) -> None:
    keep(store, replace(ACCOUNT, name="a\\u0000b", custom={"note": "\\u0000"}))

    assert frame(store).select("name", "note").row(0) == ("a\\u0000b", "\\u0000")
