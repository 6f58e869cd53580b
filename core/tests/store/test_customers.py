"""A customer is found by id, by account or by a name that is its alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from detente.store.customers import (
    accounts_of,
    add_customers,
    add_memberships,
    called_like,
    end_memberships,
    memberships,
    resolve_customer,
)
from detente.store.database import Store
from detente.store.records import mark_gone, upsert_records
from detente_contracts import Account, Kind, Ref, RuleViolationError
from sqlalchemy import Connection

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ACME, ACME_SF, ZETA = Ref("hub", "company", "7"), Ref("sf", "Account", "001/x"), Ref("hub", "company", "8")


@pytest.fixture
def linked(store: Store) -> Store:
    with store.transaction() as connection:
        names = {ACME: "Acme", ACME_SF: "Acme", ZETA: "Zeta"}
        records = [Account(ref, NOW, name=name) for ref, name in names.items()]
        upsert_records(connection, Kind.ACCOUNT, records)
        add_customers(connection, [("c-1", "Acme"), ("c-2", "Zeta")], NOW)
        links = [
            ("c-1", ACME, "only account"),
            ("c-1", ACME_SF, "customer key 1"),
            ("c-2", ZETA, "only account"),
        ]
        add_memberships(connection, links, NOW)
    return store


def test_open_memberships_come_as_a_frame_ordered_by_account(linked: Store) -> None:
    with linked.reading() as connection:
        assert memberships(connection).rows() == [
            ("c-1", "hub", "company", "7", "only account"),
            ("c-2", "hub", "company", "8", "only account"),
            ("c-1", "sf", "Account", "001/x", "customer key 1"),
        ]
        assert accounts_of(connection, "c-1") == [ACME, ACME_SF]
        assert accounts_of(connection, "c-9") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("c-1", "c-1", id="customer id"),
        pytest.param("sf/Account/001/x", "c-1", id="account"),
        pytest.param("Acme", "c-1", id="name of two accounts of one customer"),
        pytest.param("acme", None, id="name in other letters"),
        pytest.param("hub/company/99", None, id="account that is not there"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_customer_is_resolved_from_what_people_type(linked: Store, text: str, found: str | None) -> None:
    with linked.reading() as connection:
        assert resolve_customer(connection, text) == found


def test_name_that_two_customers_share_resolves_to_neither(linked: Store) -> None:
    with linked.transaction() as connection:
        upsert_records(connection, Kind.ACCOUNT, [Account(ZETA, NOW, name="Acme")])

        assert resolve_customer(connection, "Acme") is None


def test_names_are_found_by_a_part_the_shortest_first(linked: Store) -> None:
    with linked.transaction() as connection:
        upsert_records(connection, Kind.ACCOUNT, [Account(ZETA, NOW, name="Acme Zeta")])

        assert called_like(connection, "ACME", 5) == [("Acme", "c-1"), ("Acme Zeta", "c-2")]
        assert called_like(connection, "acme", 1) == [("Acme", "c-1")]
        assert called_like(connection, "", 5) == []


def test_account_that_is_gone_lends_its_name_to_nobody(linked: Store) -> None:
    with linked.transaction() as connection:
        mark_gone(connection, [ZETA], NOW)

        assert resolve_customer(connection, "Zeta") is None


def test_ended_membership_makes_room_for_another_customer(linked: Store) -> None:
    later = NOW + timedelta(days=1)
    with linked.transaction() as connection:
        end_memberships(connection, [ACME, Ref("hub", "company", "none")], later)
        assert resolve_customer(connection, "hub/company/7") is None
        add_memberships(connection, [("c-2", ACME, "moved by hand")], later)

        assert accounts_of(connection, "c-2") == [ACME, ZETA]
        assert accounts_of(connection, "c-1") == [ACME_SF]


def test_account_never_belongs_to_two_customers(linked: Store) -> None:
    with pytest.raises(RuleViolationError, match="excludes"), linked.transaction() as connection:
        _claim(connection)

    with linked.reading() as connection:
        assert accounts_of(connection, "c-2") == [ZETA]


def _claim(connection: Connection) -> None:
    add_memberships(connection, [("c-2", ACME, "a second claim")], NOW + timedelta(days=1))


def test_known_customer_keeps_its_first_name(linked: Store) -> None:
    with linked.transaction() as connection:
        add_customers(connection, [("c-1", "Other"), ("c-3", None)], NOW)

        assert [resolve_customer(connection, text) for text in ("c-1", "c-3")] == ["c-1", "c-3"]
