"""Who owns a customer's account, by the name that people know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
from detente_contracts import Kind
from sqlalchemy import Connection

from detente.store import customers, records
from detente.store.record_frames import owned_accounts

_RANK = "__rank"


def account_owners(connection: Connection, connectors: Sequence[str]) -> Mapping[str, str]:
    """Customer to the name of the active owner of its first account that has one; absent where nobody is.

    `connectors` is the order of the settings: the first CRM's word counts.
    """
    people = records.records_frame(connection, Kind.PERSON, connectors).filter(pl.col("active"))
    people = people.select("connector", pl.col("id").alias("owner"), pl.col("name").alias("owner_name"))
    accounts = owned_accounts(connection)
    owned = accounts.join(customers.memberships(connection), on=["connector", "object", "id"])
    ranks = {name: place for place, name in enumerate(connectors)}
    rank = pl.col("connector").replace_strict(ranks, default=len(ranks), return_dtype=pl.Int64).alias(_RANK)
    named = owned.join(people, on=["connector", "owner"]).sort(rank, "connector", "object", "id")
    rows = named.unique("customer", keep="first", maintain_order=True).select("customer", "owner_name")
    return dict(rows.iter_rows())
