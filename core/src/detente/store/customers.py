"""Customers, and the dated table of the accounts that belong to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import polars as pl
from detente_contracts import Kind, Ref
from sqlalchemy import Connection, Select, bindparam, func, select, update

from detente.store.bulk import put_rows, raw_chunks, rows_by_ref
from detente.store.columns import micros
from detente.store.link_tables import customer_alias
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


def known_customers(connection: Connection) -> list[tuple[str, int, str | None]]:
    """Every customer there ever was: id, when it was made in microseconds, the key by which it is known."""
    query = "SELECT id, created_at, customer_key FROM customer"
    return [row for rows in raw_chunks(connection, query) for row in rows]  # type: ignore[misc]


def former_memberships(connection: Connection) -> list[tuple[str, str]]:
    """Accounts as connector/object/id with the customers that they left and that have no account now."""
    query = (
        "SELECT m.connector, m.object, m.id, m.customer FROM membership m WHERE m.until IS NOT NULL AND NOT "
        "EXISTS (SELECT 1 FROM membership o WHERE o.customer = m.customer AND o.until IS NULL)"
    )
    found = [(str(Ref(*row[:3])), str(row[3])) for row in connection.exec_driver_sql(query)]
    return list(dict.fromkeys(found))


def save_customer_keys(connection: Connection, keys: Iterable[tuple[str, str | None]]) -> None:
    """Note the key by which each customer is known now."""
    rows = [{"i": id_, "k": key} for id_, key in keys]
    if rows:
        change = update(customer).where(customer.c.id == bindparam("i"))
        connection.execute(change.values(customer_key=bindparam("k")), rows)


def successors(connection: Connection) -> dict[str, str]:
    """Customers that were merged into others, each with the one that stands for it now."""
    c = customer_alias.c
    into = dict(connection.execute(select(c.alias, c.customer).where(c.until.is_(None))).all())
    return {alias: _end_of(alias, into) for alias in into}


def ids_of(connection: Connection, customer_id: str) -> list[str]:
    """The customer's own id, then those of customers that it stands for now, in order."""
    merged = (alias for alias, into in successors(connection).items() if into == customer_id)
    return [customer_id, *sorted(merged)]


def _end_of(alias: str, into: Mapping[str, str]) -> str:
    seen = {alias}
    while (found := into.get(alias)) is not None and found not in seen:
        seen.add(found)
        alias = found
    return alias


def open_aliases(connection: Connection, rows: Iterable[tuple[str, str]], at: datetime) -> None:
    """Let what is kept under the first customer be found under the second from `at` on."""
    stamp = micros(at)
    columns = ("alias", "customer", "since", "until")
    put_rows(connection, customer_alias, columns, ((*row, stamp, None) for row in rows))


def close_aliases(connection: Connection, aliases: Iterable[str], at: datetime) -> None:
    """Customers that have accounts of their own again stand for themselves; without an alias, nothing."""
    rows = [{"a": alias, "at": at} for alias in aliases]
    if rows:
        here = (customer_alias.c.alias == bindparam("a")) & customer_alias.c.until.is_(None)
        connection.execute(update(customer_alias).where(here).values(until=bindparam("at")), rows)


def resolve_customer(connection: Connection, text: str) -> str | None:
    """The customer that a person means: by its id, by `connector/object/id` of an account, or by name.

    For an id that was merged into another, the one that stands for it now.

    A name must be the exact name of accounts of one customer only. None when nothing, or several, fit.
    """
    known: str | None = connection.scalar(select(customer.c.id).where(customer.c.id == text))
    if known is not None:
        return successors(connection).get(known, known)
    return _by_account(connection, text) or _by_name(connection, text)


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
    query = _named().where(record_tables[Kind.ACCOUNT].c.name == text).limit(2)
    found = {row.customer for row in connection.execute(query)}
    return found.pop() if len(found) == 1 else None


def called_like(connection: Connection, text: str, most: int) -> list[tuple[str, str]]:
    """Customers with an account whose name has `text` in it, in letters of any case: name and id.

    The shortest names come first, at most `most`; for an empty text none.
    """
    name = record_tables[Kind.ACCOUNT].c.name
    query = (
        _named()
        .where(name.icontains(text, autoescape=True))
        .order_by(func.length(name), name, membership.c.customer)
    )
    found = connection.execute(query.limit(most)) if text else ()
    return [(row.name, row.customer) for row in found]


def _named() -> Select[tuple[str, str]]:
    """Each name of an account that is there, with the customer that the account belongs to."""
    account = record_tables[Kind.ACCOUNT]
    same = (
        (account.c.connector == membership.c.connector)
        & (account.c.object == membership.c.object)
        & (account.c.id == membership.c.id)
    )
    query = select(account.c.name, membership.c.customer).join(account, same)
    query = query.where(account.c.gone_at.is_(None), membership.c.until.is_(None))
    return query.group_by(account.c.name, membership.c.customer)


def customers_of(connection: Connection, refs: Iterable[Ref]) -> dict[Ref, str]:
    """The customer that each account belongs to now; accounts of nobody are absent."""
    found = rows_by_ref(connection, membership, ("customer", "until"), refs)
    return {ref: str(owner) for ref, (owner, until) in found if until is None}


def members_of(connection: Connection, customer_id: str) -> list[tuple[Ref, datetime, str]]:
    """The accounts that belong to a customer now, since when and by what, in order."""
    c = membership.c
    query = select(c.connector, c.object, c.id, c.since, c.evidence)
    rows = connection.execute(query.where(c.customer == customer_id, c.until.is_(None)))
    return sorted((Ref(*row[:3]), row.since, row.evidence) for row in rows)


def accounts_of(connection: Connection, customer_id: str) -> list[Ref]:
    """The accounts that belong to a customer now, in order."""
    columns = (membership.c.connector, membership.c.object, membership.c.id)
    query = select(*columns).where(membership.c.customer == customer_id, membership.c.until.is_(None))
    return sorted(Ref(*row) for row in connection.execute(query))
