"""Customers, and the dated table of the accounts that belong to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import polars as pl
from detente_contracts import Kind, Ref
from sqlalchemy import Connection, bindparam, select, update

from detente.store.bulk import put_rows
from detente.store.columns import micros
from detente.store.record_frames import query_frame
from detente.store.record_tables import record_tables
from detente.store.tables import customer, membership

_MEMBERSHIPS = ("customer", "connector", "object", "id", "evidence")


def memberships(connection: Connection) -> pl.DataFrame:
    """Open memberships: customer, connector, object, id, evidence; ordered by connector, object, id."""
    query = f"SELECT {', '.join(_MEMBERSHIPS)} FROM membership WHERE until IS NULL"  # noqa: S608
    frame = query_frame(connection, query, dict.fromkeys(_MEMBERSHIPS, pl.String))
    return frame.sort("connector", "object", "id")


def add_customers(connection: Connection, rows: Iterable[tuple[str, str | None]], at: datetime) -> None:
    """Keep new customers (id, name); one that exists stays as it is."""
    stamp = micros(at)
    put_rows(
        connection, customer, ("id", "name", "created_at"), ((*row, stamp) for row in rows), replace=False
    )


def add_memberships(connection: Connection, rows: Iterable[tuple[str, Ref, str]], at: datetime) -> None:
    """Let accounts belong to customers from `at` on: customer, account, evidence.

    Raises: RuleViolationError when an account belongs to a customer already.
    """
    stamp = micros(at)
    columns = ("customer", "connector", "object", "id", "evidence", "since", "until")
    values = (
        (owner, ref.connector, ref.object, ref.id, evidence, stamp, None) for owner, ref, evidence in rows
    )
    put_rows(connection, membership, columns, values)


def end_memberships(connection: Connection, refs: Sequence[Ref], at: datetime) -> None:
    """End the open memberships of accounts; without one, nothing."""
    if refs:
        here = (membership.c.connector == bindparam("c")) & (membership.c.object == bindparam("o"))
        change = update(membership).where(
            here, membership.c.id == bindparam("i"), membership.c.until.is_(None)
        )
        rows = [{"c": ref.connector, "o": ref.object, "i": ref.id, "at": at} for ref in refs]
        connection.execute(change.values(until=bindparam("at")), rows)


def resolve_customer(connection: Connection, text: str) -> str | None:
    """The customer that a person means: by its id, by `connector/object/id` of an account, or by name.

    A name must be the exact name of accounts of one customer only. None when nothing, or several, fit.
    """
    known = connection.scalar(select(customer.c.id).where(customer.c.id == text))
    return known or _by_account(connection, text) or _by_name(connection, text)


def _by_account(connection: Connection, text: str) -> str | None:
    parts = text.split("/", 2)
    if len(parts) != 3:
        return None
    here = (
        (membership.c.connector == parts[0])
        & (membership.c.object == parts[1])
        & (membership.c.id == parts[2])
    )
    return connection.scalar(select(membership.c.customer).where(here, membership.c.until.is_(None)))


def _by_name(connection: Connection, text: str) -> str | None:
    account = record_tables[Kind.ACCOUNT]
    same = (
        (account.c.connector == membership.c.connector)
        & (account.c.object == membership.c.object)
        & (account.c.id == membership.c.id)
    )
    query = select(membership.c.customer).distinct().join(account, same).limit(2)
    query = query.where(account.c.name == text, account.c.gone_at.is_(None), membership.c.until.is_(None))
    found = connection.scalars(query).all()
    return found[0] if len(found) == 1 else None


def accounts_of(connection: Connection, customer_id: str) -> list[Ref]:
    """The accounts that belong to a customer now, in order."""
    columns = (membership.c.connector, membership.c.object, membership.c.id)
    query = select(*columns).where(membership.c.customer == customer_id, membership.c.until.is_(None))
    return sorted(Ref(*row) for row in connection.execute(query))
