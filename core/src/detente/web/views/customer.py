"""One customer: why it stands where it does, where it is known, what is contested, what was written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from detente.engine.rubric.explain import Explanation
from detente.store import scores
from detente.store.case_queue import cases_of
from detente.store.cases import CaseRow
from detente.store.customer_facts import (
    DealCount,
    HumanEdit,
    Membership,
    TicketCount,
    Written,
    human_edits_of,
    last_written,
    memberships_of,
    names_of,
    open_deals,
    open_tickets,
)
from detente.store.score_history import PastScore, score_history
from detente.web.views.snapshot import explanations

HISTORY = 30
"""Runs whose scores are drawn."""

LISTED = 50
"""Cases, and human edits, that are listed at most."""


@dataclass(frozen=True, slots=True)
class CustomerView:
    """The page. `told` is None for a customer never scored; `history` goes from the oldest run on."""

    customer: str
    name: str
    told: Explanation | None
    history: tuple[PastScore, ...]
    accounts: tuple[Membership, ...]
    deals: tuple[DealCount, ...]
    tickets: tuple[TicketCount, ...]
    cases: tuple[CaseRow, ...]
    edits: tuple[HumanEdit, ...]
    written: tuple[Written, ...]


def customer_view(connection: Connection, customer: str, now: datetime) -> CustomerView:
    """The page of a customer that is known by its present id."""
    told = _explanation(connection, customer)
    accounts = memberships_of(connection, customer)
    refs = [item.ref for item in accounts if item.until is None]
    return CustomerView(
        customer=customer,
        name=told.name if told else names_of(connection, [customer]).get(customer, customer),
        told=told,
        history=tuple(score_history(connection, customer, HISTORY)),
        accounts=tuple(accounts),
        deals=tuple(open_deals(connection, refs)),
        tickets=tuple(open_tickets(connection, refs, now)),
        cases=tuple(cases_of(connection, customer, LISTED)),
        edits=tuple(human_edits_of(connection, customer, LISTED)),
        written=tuple(last_written(connection, refs)),
    )


def _explanation(connection: Connection, customer: str) -> Explanation | None:
    score = scores.score_of(connection, customer)
    if score is None:
        return None
    row = {"customer": customer, "receipt": score.receipt, "bundle": score.bundle, "as_of": score.as_of}
    return explanations(connection, [row])[customer]
