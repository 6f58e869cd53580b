"""The accounts of all CRMs as plugins see them when they propose links."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl
from detente_contracts import ACCOUNT_COLUMNS, Kind
from sqlalchemy import Connection

from detente.store import records

_CONTACT_DOMAINS = 5
"""Domains of an account's contacts that plugins see."""

_OWN = ["connector", "account_id"]


def accounts_frame(connection: Connection, connectors: Collection[str]) -> pl.DataFrame:
    """One row an account of `connectors` that is not gone, ordered by it, in `ACCOUNT_COLUMNS`.

    Blank keys are none.
    """
    frame = records.records_frame(connection, Kind.ACCOUNT, connectors)
    frame = frame.with_columns(
        _account(pl.col("id")).alias("account"),
        _account(pl.col("parent_id")).alias("parent"),
        _filled("customer_key").alias("customer_key"),
    )
    contacts = _contact_domains(records.records_frame(connection, Kind.CONTACT, connectors))
    frame = frame.join(contacts, left_on=["connector", "id"], right_on=_OWN, how="left")
    return frame.select(ACCOUNT_COLUMNS).sort("account")


def _account(id_: pl.Expr) -> pl.Expr:
    return pl.concat_str([pl.col("connector"), pl.col("object"), id_], separator="/")


def _filled(column: str) -> pl.Expr:
    bare = pl.col(column).str.strip_chars()
    return pl.when(bare != "").then(bare)


def _contact_domains(contacts: pl.DataFrame) -> pl.DataFrame:
    domain = pl.col("email").str.to_lowercase().str.extract(r"@([^@\s]+)$", 1).alias("domain")
    counted = contacts.select(*_OWN, domain).drop_nulls().group_by(*_OWN, "domain").len()
    ordered = counted.sort(*_OWN, "len", "domain", descending=[False, False, True, False])
    joined = pl.col("domain").head(_CONTACT_DOMAINS).str.join(" ").alias("contact_domains")
    return ordered.group_by(_OWN, maintain_order=True).agg(joined)
