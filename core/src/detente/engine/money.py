"""Amounts in the policy's currency, by the dated rates of the policy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import polars as pl
from detente_contracts import Kind, minor_places

from detente.engine.policy import Policy


def rates_on(policy: Policy, as_of: datetime) -> dict[str, float]:
    """What one unit of each currency is worth in the policy's currency on the day of `as_of`, UTC."""
    day = as_of.astimezone(UTC).date()
    known: dict[str, float] = {}
    for dated in sorted(policy.exchange, key=lambda entry: entry.since):
        if dated.since <= day:
            known |= dated.rates
    return known | {policy.currency: 1.0}


def amount(minor: str, currency: str, rates: Mapping[str, float], own: str) -> pl.Expr:
    """The amount in whole units of the currency `own`; null where the currency has no rate.

    An amount without a currency is in `own`: CRMs that know one currency only do not name it.
    """
    divisors = {code: float(10 ** minor_places(code)) for code in rates}
    code = pl.col(currency).fill_null(own)
    units = pl.col(minor) / code.replace_strict(divisors, default=None, return_dtype=pl.Float64)
    return units * code.replace_strict(rates, default=None, return_dtype=pl.Float64)


def unknown_currencies(
    frames: Mapping[Kind, pl.DataFrame], policy: Policy, as_of: datetime
) -> dict[str, int]:
    """Currencies without a rate, by code, with how many amounts are left out; empty when all is well."""
    known = list(rates_on(policy, as_of))
    counts: dict[str, int] = {}
    for frame in frames.values():
        for minor, currency in money_pairs(frame.columns).values():
            lost = frame.filter(pl.col(minor).is_not_null() & ~pl.col(currency).is_in(known))[currency]
            for code, count in lost.value_counts().iter_rows():
                counts[str(code)] = counts.get(str(code), 0) + int(count)
    return dict(sorted(counts.items()))


def money_pairs(columns: list[str]) -> dict[str, tuple[str, str]]:
    """The amounts that the columns hold: `x` with its `x_minor` and `x_currency`."""
    names = [name.removesuffix("_minor") for name in columns if name.endswith("_minor")]
    return {name: (f"{name}_minor", f"{name}_currency") for name in names if f"{name}_currency" in columns}
