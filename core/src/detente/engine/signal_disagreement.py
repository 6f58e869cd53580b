"""How far the CRMs of one customer lie apart: each speaks by its record that was changed last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
from detente_contracts import Merge, Signal

from detente.engine.signal_sources import CUSTOMER, RANK, latest

APART = (Merge.SPREAD, Merge.BY_SOURCE)
"""Merges over connectors instead of records."""

_MOST_DECIMALS = 9
"""Values that are still alike then are shown in full."""


def merged_apart(signals: Sequence[Signal], work: pl.DataFrame) -> pl.DataFrame:
    """One row a customer: each of `signals`, and under `<signal>__count` how many records matched.

    `work` has customer, connector, RANK, MODIFIED, and for each signal its value and whether a record counts.
    """
    by_connector = work.group_by(CUSTOMER, RANK, "connector").agg(
        *(latest(pl.col(signal.name)) for signal in signals),
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


def _spread(name: str) -> pl.Expr:
    return pl.col(name).max() - pl.col(name).min()


def _told(signal: Signal, by_connector: pl.DataFrame) -> Mapping[str, str]:
    """What each connector says, for customers of whom two say different things."""
    known = by_connector.select(CUSTOMER, "connector", signal.name).drop_nulls()
    apart = known.filter(pl.col(signal.name).n_unique().over(CUSTOMER) > 1)
    said: dict[str, dict[str, str | float]] = {}
    for customer, connector, value in apart.iter_rows():
        said.setdefault(customer, {})[connector] = value
    return {
        customer: ", ".join(
            f"{text} {signal.unit}".rstrip() + f" in {connector}"
            for connector, text in zip(values, _shown(list(values.values()), signal.decimals), strict=True)
        )
        for customer, values in said.items()
    }


def _shown(values: Sequence[str | float], decimals: int) -> list[str]:
    """The values as text, with as many decimals, at least `decimals`, as tell different ones apart."""
    for places in range(decimals, _MOST_DECIMALS + 1):
        texts = [value if isinstance(value, str) else f"{value:,.{places}f}" for value in values]
        if len(set(texts)) == len(set(values)):
            return texts
    return list(map(str, values))
