"""What is known about the sources of a customer's signals: read at all, read lately, hidden in part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from detente_contracts import Kind

CUSTOMER, RANK, MODIFIED = "__customer", "__rank", "__modified"
"""Columns of our own beside those of records, whose mapped fields may have any other name."""

Source = tuple[str, Kind]
"""A connector instance and one kind of record that it reads."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Customer by customer: whether a connector of theirs reads the kind, and whether one is stale."""

    is_read: pl.Series
    is_stale: pl.Series


@dataclass(frozen=True, slots=True)
class Sources:
    """The connectors that hold each customer's accounts. `members` is in order of `customers`.

    A source that was not read to its end since `stale_before` is stale: what it lacks is not known.
    """

    members: pl.DataFrame
    customers: pl.Series
    hidden: Mapping[Source, frozenset[str]]
    caught_up_at: Mapping[Source, datetime | None]
    stale_before: datetime

    def standing(self, kind: Kind) -> Standing:
        """How the customers' connectors stand with one kind of record."""
        whole_at = {name: at for (name, what), at in self.caught_up_at.items() if what is kind}
        stale = {name for name, at in whole_at.items() if at is None or at < self.stale_before}
        is_read = self._any_of(set(whole_at))
        if kind is Kind.ACCOUNT:
            is_read = pl.Series([True], dtype=pl.Boolean).new_from_index(0, len(self.customers))
        return Standing(is_read, self._any_of(stale))

    def hiding(self, kind: Kind, fields: frozenset[str]) -> pl.Series:
        """Customer by customer, whether one of their connectors hides any of the fields from us."""
        return self._any_of(
            {
                name
                for (name, what), gone in self.hidden.items()
                if what is kind and _bare(gone) & _bare(fields)
            }
        )

    def _any_of(self, connectors: set[str]) -> pl.Series:
        if not connectors:
            return pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(self.customers))
        held = pl.col("connector").is_in(sorted(connectors)).any()
        return self.members.group_by(CUSTOMER, maintain_order=True).agg(held)["connector"]


def _bare(fields: Iterable[str]) -> frozenset[str]:
    """Names as expressions speak them: connectors name a mapped custom field `custom.x`."""
    return frozenset(name.removeprefix("custom.") for name in fields)


def latest(value: pl.Expr) -> pl.Expr:
    """The known value of the record that was modified last."""
    is_known = value.is_not_null()
    return value.filter(is_known).sort_by(pl.col(MODIFIED).filter(is_known), maintain_order=True).last()
