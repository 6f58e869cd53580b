"""Link accounts to Customers by explicit id: accounts that share a customer key are one Customer.

An account without a key is a Customer of its own. A Customer's id is minted once, from the first account that
it was known by, and lasts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from detente_contracts import Kind, Ref
from sqlalchemy import Connection

from detente.store import customers, records

_REF = ["connector", "object", "id"]


@dataclass(frozen=True, slots=True)
class LinkCounts:
    """Links made in one run: `automatic` by explicit id; `suggested` wait for a person."""

    automatic: int
    suggested: int
    ended: int


def mint_customer(ref: Ref) -> str:
    """A lasting customer id, from the account by which the customer is first known."""
    return "c-" + hashlib.sha256(str(ref).encode()).hexdigest()[:16]


def link_accounts(connection: Connection, *, now: datetime) -> LinkCounts:
    """Give every account a Customer and end the memberships of accounts that are gone."""
    accounts = records.records_frame(connection, Kind.ACCOUNT).select(*_REF, "customer_key", "name")
    known = customers.memberships(connection)
    ended = known.join(accounts, on=_REF, how="anti")
    fresh = accounts.join(known, on=_REF, how="anti").sort(_REF)
    by_key = _customers_by_key(accounts, known)
    new_customers, links, joined = _assign(fresh, by_key)
    customers.end_memberships(connection, [Ref(*row) for row in ended.select(_REF).iter_rows()], now)
    customers.add_customers(connection, new_customers, now)
    customers.add_memberships(connection, links, now)
    return LinkCounts(automatic=joined, suggested=0, ended=ended.height)


def _customers_by_key(accounts: pl.DataFrame, known: pl.DataFrame) -> dict[str, str]:
    keyed = accounts.filter(pl.col("customer_key").is_not_null())
    rows = keyed.join(known, on=_REF).sort(_REF).select("customer_key", "customer")
    return dict(reversed(rows.rows()))


def _assign(
    fresh: pl.DataFrame, by_key: dict[str, str]
) -> tuple[list[tuple[str, str | None]], list[tuple[str, Ref, str]], int]:
    """New customers (id, name), links (customer, account, evidence), and how many joined another account."""
    new: list[tuple[str, str | None]] = []
    links: list[tuple[str, Ref, str]] = []
    joined = 0
    for ref, key, name in _rows(fresh):
        customer = by_key.get(key) if key is not None else None
        joined += customer is not None
        if customer is None:
            customer = mint_customer(ref)
            new.append((customer, name))
        if key is not None:
            by_key[key] = customer
        links.append((customer, ref, f"customer key {key}" if key is not None else "only account"))
    return new, links, joined


def _rows(fresh: pl.DataFrame) -> Iterator[tuple[Ref, str | None, str | None]]:
    for connector, vendor_object, record_id, key, name in fresh.iter_rows():
        yield Ref(connector, vendor_object, record_id), key, name
