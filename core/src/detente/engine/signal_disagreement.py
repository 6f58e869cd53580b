"""How far the CRMs of one customer lie apart: each speaks by its record that was changed last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
from detente_contracts import Merge, Signal

from detente.engine.signal_sources import CUSTOMER, RANK

APART = (Merge.SPREAD, Merge.BY_SOURCE)
"""Merges over connectors instead of records."""

MODIFIED = "__modified"


def merged_apart(signals: Sequence[Signal], work: pl.DataFrame) -> pl.DataFrame:
    """One row a customer: each of `signals`, and under `<signal>__count` how many records matched.

    `work` has customer, connector, RANK, MODIFIED, and for each signal its value and whether a record counts.
    """
    by_connector = work.group_by(CUSTOMER, RANK, "connector").agg(
        *(_latest(signal.name) for signal in signals),
        *(pl.col(f"{signal.name}__count").sum() for signal in signals),
    )
    by_connector = by_connector.sort(CUSTOMER, RANK, "connector", nulls_last=True)
    counts = [pl.col(f"{signal.name}__count").sum() for signal in signals]
    spreads = [_spread(signal.name) for signal in signals if signal.merge is Merge.SPREAD]
    merged = by_connector.group_by(CUSTOMER, maintain_order=True).agg(*counts, *spreads)
    for signal in signals:
        if signal.merge is Merge.BY_SOURCE:
            told = pl.DataFrame(
                list(_told(signal, by_connector).items()),
                schema={CUSTOMER: pl.String, signal.name: pl.String},
                orient="row",
            )
            merged = merged.join(told, on=CUSTOMER, how="left", maintain_order="left")
    return merged


def _latest(name: str) -> pl.Expr:
    value = pl.col(name)
    is_known = value.is_not_null()
    return value.filter(is_known).sort_by(pl.col(MODIFIED).filter(is_known), maintain_order=True).last()


def _spread(name: str) -> pl.Expr:
    return pl.col(name).max() - pl.col(name).min()


def _told(signal: Signal, by_connector: pl.DataFrame) -> Mapping[str, str]:
    """What each connector says, for customers of whom two say different things."""
    known = by_connector.select(CUSTOMER, "connector", signal.name).drop_nulls()
    apart = known.filter(pl.col(signal.name).n_unique().over(CUSTOMER) > 1)
    told: dict[str, list[str]] = {}
    for customer, connector, value in apart.iter_rows():
        told.setdefault(customer, []).append(f"{_shown(value, signal)} in {connector}")
    return {customer: ", ".join(texts) for customer, texts in told.items()}


def _shown(value: str | float, signal: Signal) -> str:
    number = value if isinstance(value, str) else f"{value:,.{signal.decimals}f}"
    return f"{number} {signal.unit}".rstrip()
