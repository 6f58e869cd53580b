"""The records that a run writes to: linked accounts, their open deals and their open tickets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

import orjson
import polars as pl
from detente_contracts import Kind, Ref
from sqlalchemy import Connection

from detente.engine.writing.diff import Values
from detente.store import customers, records

REF = ["connector", "object", "id"]

Writable = Mapping[str, Set[Kind]]
"""The kinds of record that may be written, by connector."""

_ACCOUNT = ["connector", "account_id"]

_KINDS = {kind.value: kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class Target:
    """One record, its customer, and what the CRM held in our fields when last read.

    `seq` gives the order of writing: by connector, object and id. `position` is the customer's row in the
    scored frame, from 0.
    """

    seq: int
    ref: Ref
    kind: Kind
    customer: str
    held: Values
    position: int


def targets_frame(connection: Connection, writable: Writable, scored: pl.DataFrame) -> pl.DataFrame:
    """Every target of the customers in `scored`, ordered by customer; a column each of Target but `ref`."""
    members = customers.memberships(connection).select("customer", *REF)
    of_account = members.select("customer", "connector", pl.col("id").alias("account_id"))
    of_account = of_account.unique(_ACCOUNT, keep="first", maintain_order=True)
    frames = [_accounts(connection, members, writable)]
    frames += [_open_records(connection, kind, of_account, writable) for kind in (Kind.DEAL, Kind.TICKET)]
    ordered = pl.concat(frames).sort(REF).with_row_index("seq", offset=1)
    positions = scored.select("customer").with_row_index("position")
    return ordered.join(positions, on="customer").sort("customer", "seq")


def targets_of(frame: pl.DataFrame) -> Iterator[Target]:
    """The rows of a targets frame, or of a part of one, in its order."""
    columns = ("seq", *REF, "kind", "customer", "held", "position")
    for seq, connector, vendor_object, record_id, kind, customer, held, position in frame.select(
        columns
    ).iter_rows():
        ref = Ref(connector, vendor_object, record_id)
        yield Target(seq, ref, _KINDS[kind], customer, orjson.loads(held), position)


def _accounts(connection: Connection, members: pl.DataFrame, writable: Writable) -> pl.DataFrame:
    rows = records.records_frame(connection, Kind.ACCOUNT, writable).select(*REF, "held")
    return _written(rows.join(members, on=REF), Kind.ACCOUNT, writable)


def _open_records(
    connection: Connection, kind: Kind, of_account: pl.DataFrame, writable: Writable
) -> pl.DataFrame:
    rows = records.records_frame(connection, kind, writable).filter(pl.col("is_open"))
    return _written(rows.select(*REF, "account_id", "held").join(of_account, on=_ACCOUNT), kind, writable)


def _written(rows: pl.DataFrame, kind: Kind, writable: Writable) -> pl.DataFrame:
    allowed = [connector for connector, kinds in writable.items() if kind in kinds]
    chosen = rows.filter(pl.col("connector").is_in(allowed))
    return chosen.select(*REF, "customer", "held", pl.lit(kind.value).alias("kind"))
