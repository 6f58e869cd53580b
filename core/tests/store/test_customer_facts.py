"""What a customer's page shows beside its score comes from the accounts that belong to it now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from detente.store.customer_facts import (
    DealCount,
    TicketCount,
    human_edits_of,
    last_written,
    memberships_of,
    names_of,
    open_deals,
    open_tickets,
)
from detente.store.customers import add_customers, add_memberships, end_memberships
from detente.store.database import Store
from detente.store.records import mark_gone, upsert_records
from detente.store.writes import LeaseRequest, add_lease_requests, end_lease_requests, save_written
from detente_contracts import Account, Deal, Kind, Person, Ref, Ticket
from sqlalchemy import event

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
HUB, SF, OLD = Ref("hub", "company", "7"), Ref("sf", "Account", "001"), Ref("hub", "company", "6")


@pytest.fixture
def empty_store(sqlite_template: Path) -> Iterator[Store]:
    """A store on SQLite, which tells how it finds rows; of so few, PostgreSQL looks at all."""
    with closing(Store.open(f"sqlite:///{sqlite_template}")) as opened:
        yield opened


@pytest.fixture
def known(store: Store) -> Store:
    """A customer in two CRMs, and an account that it had once."""
    with store.transaction() as connection:
        upsert_records(connection, Kind.PERSON, [Person(Ref("hub", "owner", "3"), NOW, "Kim Lee")])
        accounts = [Account(HUB, NOW, name="Acme", owner="3"), Account(SF, NOW, name="ACME Inc", owner="3")]
        upsert_records(connection, Kind.ACCOUNT, accounts)
        add_customers(connection, [("c-1", "Acme"), ("c-2", None)], NOW)
        links = [("c-1", SF, "same key"), ("c-1", HUB, "only account"), ("c-1", OLD, "only account")]
        add_memberships(connection, links, NOW)
        end_memberships(connection, [OLD], NOW + DAY)
    return store


def test_accounts_come_present_ones_first_with_owner_and_evidence(known: Store) -> None:
    with known.reading() as connection:
        found = memberships_of(connection, "c-1")

    assert [(item.ref, item.name, item.owner, item.evidence, item.until) for item in found] == [
        (HUB, "Acme", "Kim Lee", "only account", None),
        (SF, "ACME Inc", None, "same key", None),
        (OLD, None, None, "only account", NOW + DAY),
    ]


def test_names_are_those_that_are_known(known: Store) -> None:
    with known.reading() as connection:
        assert names_of(connection, ["c-1", "c-2", "c-3"]) == {"c-1": "Acme"}


def deal(number: int, **changes: object) -> Deal:
    return Deal(Ref("hub", "deal", str(number)), NOW, **{"account_id": "7", **changes})  # type: ignore[arg-type]


def test_open_deals_are_summed_by_currency(known: Store) -> None:
    deals = [
        deal(1, amount_minor=500, amount_currency="EUR"),
        deal(2, amount_minor=250, amount_currency="EUR"),
        deal(3),
        deal(4, is_open=False, amount_minor=9, amount_currency="EUR"),
        deal(5, account_id="8", amount_minor=9, amount_currency="EUR"),
    ]
    with known.transaction() as connection:
        upsert_records(connection, Kind.DEAL, deals)
        found = open_deals(connection, [HUB, SF])

        assert sorted(found, key=lambda item: item.count) == [
            DealCount("hub", 1, 0, None),
            DealCount("hub", 2, 750, "EUR"),
        ]
        assert open_deals(connection, []) == []


@pytest.mark.parametrize("table", ["record_deal", "record_ticket"])
def test_open_records_of_an_account_are_found_without_looking_at_all(empty_store: Store, table: str) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, parameters: Any, *rest: object) -> None:
        asked.append((statement, parameters))

    with empty_store.reading() as connection:
        event.listen(connection, "before_cursor_execute", note)
        open_deals(connection, [HUB, SF])
        open_tickets(connection, [HUB, SF], NOW)
        ((statement, parameters),) = [item for item in asked if f"FROM {table}" in item[0]]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()

    assert [row[3] for row in plan if "SCAN" in row[3]] == []


def ticket(number: int, **changes: object) -> Ticket:
    return Ticket(Ref("hub", "ticket", str(number)), NOW, **{"account_id": "7", **changes})  # type: ignore[arg-type]


def test_open_tickets_are_counted_with_the_urgent_ones_and_those_past_their_sla(known: Store) -> None:
    tickets = [
        ticket(1, priority="urgent", is_breached=True),
        ticket(2, resolve_due_at=NOW - DAY),
        ticket(3, resolve_due_at=NOW + DAY, priority="low"),
        ticket(4, is_open=False, is_breached=True),
        ticket(5, priority="urgent"),
    ]
    with known.transaction() as connection:
        upsert_records(connection, Kind.TICKET, tickets)
        mark_gone(connection, [Ref("hub", "ticket", "5")], NOW)

        assert open_tickets(connection, [HUB, SF], NOW) == [TicketCount("hub", 3, 1, 2)]


def test_what_was_last_written_names_its_run(known: Store) -> None:
    with known.transaction() as connection:
        save_written(connection, {HUB: {"detente_priority": "P1"}}, "run-1", NOW)
        found = last_written(connection, [HUB, SF])

    assert [(item.ref, item.values, item.run, item.at) for item in found] == [
        (HUB, {"detente_priority": "P1"}, "run-1", NOW)
    ]


def edit(number: int, at: datetime) -> LeaseRequest:
    return LeaseRequest(f"l-{number}", HUB, "detente_priority", "c-1", "P4", "P1", at, at + 14 * DAY)


def test_human_edits_come_with_those_that_stand_first(known: Store) -> None:
    with known.transaction() as connection:
        add_lease_requests(connection, [edit(1, NOW), edit(2, NOW + DAY), edit(3, NOW)])
        end_lease_requests(connection, ["l-2"], NOW + 3 * DAY)
        found = human_edits_of(connection, "c-1", 9)

    assert [(item.seen_at, item.ended_at) for item in found] == [
        (NOW, None),
        (NOW, None),
        (NOW + DAY, NOW + 3 * DAY),
    ]
    assert (found[0].held, found[0].ours) == ("P4", "P1")
