"""Rows in Zendesk's shape that others anonymised: `fivetran/dbt_zendesk`, integration tests, Apache-2.0.

They are not part of the project; without them these tests are skipped.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from detente_contracts import Kind
from detente_zendesk.account import View
from detente_zendesk.mapping import DELETED, is_agent, read_account, read_contact, read_person, read_ticket
from detente_zendesk.settings import AttributeMapping
from detente_zendesk.sla import SlaTimes

SEEDS = Path(__file__).parents[3].parent / "shared/reference/data/zendesk/dbt_seeds"
"""../shared/reference/data from the project's root."""

FLAGS = {"TRUE": True, "FALSE": False, "": None}


def seeds(name: str) -> list[dict[str, Any]]:
    """Rows of one table as the API would have them, ids as text."""
    path = SEEDS / f"{name}_data.csv"
    if not path.is_file():
        pytest.skip("the seeds are not at ../shared/reference/data")
    with path.open(newline="", encoding="utf-8") as file:
        return [{key: FLAGS.get(text, text) for key, text in row.items()} for row in csv.DictReader(file)]


def view(kind: Kind) -> View:
    return View(kind, "zen", AttributeMapping().of(kind))


def test_every_ticket_is_read_with_its_account_and_its_state() -> None:
    rows = [row for row in seeds("ticket") if row["status"] != DELETED]
    read = [read_ticket(row, view(Kind.TICKET), SlaTimes()) for row in rows]

    assert [ticket.account_id for ticket in read] == [row["organization_id"] for row in rows]
    assert [ticket.is_open for ticket in read] == [row["status"] not in ("solved", "closed") for row in rows]
    assert all(ticket.opened_at and ticket.opened_at <= ticket.modified_at for ticket in read)


def test_every_organization_is_read_with_its_name() -> None:
    rows = seeds("organization")
    read = [read_account(row, view(Kind.ACCOUNT)) for row in rows]

    assert [(one.ref.id, one.name, one.domain) for one in read] == [
        (row["id"], row["name"], None) for row in rows
    ]


def test_every_user_is_an_agent_or_a_contact() -> None:
    rows = seeds("user")
    people = [read_person(row, None, "zen") for row in rows if is_agent(row)]
    contacts = [read_contact(row, view(Kind.CONTACT)) for row in rows if row["role"] == "end-user"]

    assert len(people) + len(contacts) == len(rows)
    assert all(person.active and person.name for person in people)
    assert all(contact.account_id for contact in contacts)
