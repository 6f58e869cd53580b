"""What is known of one customer beside its score: accounts, deals, tickets, what was written, who edited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from detente_contracts import FieldText, Kind, Ref
from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select

from detente.store.columns import field_texts
from detente.store.customers import ids_of
from detente.store.merges import predecessors
from detente.store.raw import CHUNK
from detente.store.record_tables import record_tables
from detente.store.tables import customer, lease_request, membership, written

_accounts, _people = record_tables[Kind.ACCOUNT], record_tables[Kind.PERSON]
_deals, _tickets = record_tables[Kind.DEAL], record_tables[Kind.TICKET]


@dataclass(frozen=True, slots=True)
class Membership:
    """An account that belongs, or until `until` belonged, to a customer. `owner` is the name of a person."""

    ref: Ref
    name: str | None
    owner: str | None
    evidence: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class DealCount:
    """Open deals of one connector in one currency; `amount_minor` sums those with an amount."""

    connector: str
    count: int
    amount_minor: int
    currency: str | None


@dataclass(frozen=True, slots=True)
class TicketCount:
    """Tickets of one connector that are open: how many, how many of them urgent, how many past their SLA."""

    connector: str
    open: int
    urgent: int
    breached: int


@dataclass(frozen=True, slots=True)
class Written:
    """What we last wrote to a record: values by field key, empty fields left out."""

    ref: Ref
    values: Mapping[str, FieldText]
    run: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HumanEdit:
    """A person's value in a field of ours, and its lease; `ended_at` is None while it stands."""

    ref: Ref
    field: str
    held: FieldText
    ours: FieldText
    seen_at: datetime
    ends_at: datetime
    ended_at: datetime | None


def names_of(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Names of customers by which they were first known; those without a name are absent."""
    wanted = sorted(set(ids))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), CHUNK):
        query = select(customer.c.id, customer.c.name).where(customer.c.id.in_(wanted[start : start + CHUNK]))
        found.update((row.id, row.name) for row in connection.execute(query) if row.name is not None)
    return found


def memberships_of(connection: Connection, customer_id: str) -> list[Membership]:
    """Accounts of a customer: those that belong to it now first, then by ref."""
    m, a = membership.c, _accounts.c
    same = and_(a.connector == m.connector, a.object == m.object, a.id == m.id)
    person = and_(_people.c.connector == a.connector, _people.c.id == a.owner)
    query = select(m.connector, m.object, m.id, a.name, _people.c.name, m.evidence, m.since, m.until)
    joined = membership.outerjoin(_accounts, same).outerjoin(_people, person)
    query = query.select_from(joined).where(m.customer == customer_id)
    order = (m.until.is_not(None), m.connector, m.object, m.id, m.since)
    return [Membership(Ref(*row[:3]), *row[3:]) for row in connection.execute(query.order_by(*order))]


def open_deals(connection: Connection, accounts: Sequence[Ref]) -> list[DealCount]:
    """Open deals of accounts, by connector and currency; without any, none."""
    d = _deals.c
    columns = (d.connector, func.count(), func.coalesce(func.sum(d.amount_minor), 0), d.amount_currency)
    query = select(*columns).where(_of(connection, accounts, _deals), d.gone_at.is_(None), d.is_open)
    query = query.group_by(d.connector, d.amount_currency).order_by(d.connector, d.amount_currency)
    return [DealCount(row[0], row[1], int(row[2]), row[3]) for row in connection.execute(query)]


def open_tickets(connection: Connection, accounts: Sequence[Ref], now: datetime) -> list[TicketCount]:
    """Open tickets of accounts by connector; one is past its SLA when the CRM says so or the time is over."""
    t = _tickets.c
    breached = or_(t.is_breached, t.resolve_due_at < now)
    counts = (func.count(), _count_if(t.priority == "urgent"), _count_if(breached))
    query = select(t.connector, *counts).where(
        _of(connection, accounts, _tickets), t.gone_at.is_(None), t.is_open
    )
    return [
        TicketCount(*row) for row in connection.execute(query.group_by(t.connector).order_by(t.connector))
    ]


def last_written(connection: Connection, refs: Sequence[Ref]) -> list[Written]:
    """What we last wrote to records, in order of ref; records never written to are absent."""
    w = written.c
    query = select(written).where(_is_one_of(refs, written)).order_by(w.connector, w.object, w.id)
    return [
        Written(Ref(row.connector, row.object, row.id), field_texts(row["values"]), row.run, row.at)
        for row in connection.execute(query).mappings()
    ]


def human_edits_of(connection: Connection, customer_id: str, limit: int) -> list[HumanEdit]:
    """At most `limit` edits by people of our fields on a customer's records: those that stand first.

    Those of customers that it stands for now are among them.
    """
    c = lease_request.c
    query = select(
        c.connector, c.object, c.record_id, c.field, c.held, c.ours, c.seen_at, c.ends_at, c.ended_at
    )
    query = query.where(c.customer.in_(ids_of(connection, customer_id)))
    order = (c.ended_at.is_not(None), c.seen_at.desc(), c.id)
    rows = connection.execute(query.order_by(*order).limit(limit))
    return [HumanEdit(Ref(*row[:3]), *row[3:]) for row in rows]


def _count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


def _of(connection: Connection, accounts: Sequence[Ref], table: Table) -> ColumnElement[bool]:
    """Records of `table` that name one of the accounts, or one that was merged into it."""
    named = [*accounts, *predecessors(connection, accounts)]
    pairs = [and_(table.c.connector == ref.connector, table.c.account_id == ref.id) for ref in named]
    return or_(False, *pairs)


def _is_one_of(refs: Sequence[Ref], table: Table) -> ColumnElement[bool]:
    c = table.c
    same = [and_(c.connector == ref.connector, c.object == ref.object, c.id == ref.id) for ref in refs]
    return or_(False, *same)
