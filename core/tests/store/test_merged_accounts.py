"""What was merged away, where it went, and whose its tickets are now, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from detente.store import customer_facts, merges, records
from detente.store.database import Store
from detente_contracts import Account, Kind, Ref, Ticket

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
ONE, TWO, THREE = (Ref("hub", "company", number) for number in "123")


@pytest.fixture
def merged(store: Store) -> Store:
    """Company 1 went into 2 and that into 3, which lives; each has an open ticket of its own number."""
    accounts = [Account(ref, NOW) for ref in (ONE, TWO, THREE)]
    tickets = [Ticket(Ref("hub", "ticket", ref.id), NOW, account_id=ref.id) for ref in (ONE, TWO, THREE)]
    with store.transaction() as connection:
        records.upsert_records(connection, Kind.ACCOUNT, accounts)
        records.upsert_records(connection, Kind.TICKET, tickets)
        records.mark_gone(connection, [ONE, TWO], NOW)
        merges.note_merges(connection, {ONE: TWO, TWO: THREE}, NOW)
    return store


def test_heirs_are_the_living_ones_at_the_end_of_the_way(merged: Store) -> None:
    with merged.reading() as connection:
        assert merges.heirs(connection) == {ONE: THREE, TWO: THREE}
        assert merges.predecessors(connection, [THREE]) == [ONE, TWO]
        assert merges.predecessors(connection, [TWO]) == []


def test_tickets_of_merged_accounts_belong_to_the_living_one(merged: Store) -> None:
    with merged.reading() as connection:
        assert records.records_frame(connection, Kind.TICKET, ["hub"])["account_id"].to_list() == ["3"] * 3
        assert [row.open for row in customer_facts.open_tickets(connection, [THREE], NOW)] == [3]


def test_an_account_that_is_there_again_has_its_tickets_back(merged: Store) -> None:
    with merged.transaction() as connection:
        records.upsert_records(connection, Kind.ACCOUNT, [Account(TWO, NOW)])

        assert merges.merges(connection) == {str(ONE): str(TWO)}
        tickets = records.records_frame(connection, Kind.TICKET, ["hub"])
        assert tickets["account_id"].to_list() == ["2", "2", "3"]


@pytest.mark.parametrize("into", [THREE, ONE], ids=["deleted later", "in a circle"])
def test_without_a_living_heir_nothing_moves(store: Store, into: Ref) -> None:
    with store.transaction() as connection:
        records.upsert_records(connection, Kind.ACCOUNT, [Account(ONE, NOW), Account(THREE, NOW)])
        records.upsert_records(connection, Kind.TICKET, [Ticket(Ref("hub", "t", "1"), NOW, account_id="1")])
        records.mark_gone(connection, [ONE, THREE], NOW)
        merges.note_merges(connection, {ONE: TWO, TWO: into}, NOW)

        assert merges.heirs(connection) == {}
        assert records.records_frame(connection, Kind.TICKET, ["hub"])["account_id"].to_list() == ["1"]


def test_records_of_other_connectors_are_left_out(merged: Store) -> None:
    with merged.reading() as connection:
        assert records.records_frame(connection, Kind.ACCOUNT, ["sf"]).height == 0
        assert records.records_frame(connection, Kind.PERSON, ["sf"]).height == 0
