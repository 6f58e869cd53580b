"""Declared triggers over the scored portfolio: who is in conflict, and for whom that cannot be said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

import polars as pl
from detente_contracts import (
    ConfigurationError,
    Conflict,
    Row,
    Signal,
    SignalState,
    SignalType,
    Trigger,
    unknown_name,
)

from detente.engine.cases.placeholders import filled, names_in, plain
from detente.engine.rubric.gate import checked, expression

TITLE, CONTESTED = 160, 80
"""Characters that a conflict's texts may have; see `Conflict`."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one trigger says: `conflicts` it found, and customers `undecided` because a value is hidden or
    stale. Everybody else is known not to be in this conflict."""

    conflicts: tuple[Conflict, ...]
    undecided: pl.Series


def column_types(portfolio: pl.DataFrame, signals: Mapping[str, Signal]) -> dict[str, SignalType]:
    """The columns that a trigger may name, with what they hold."""
    made = {name: _type(dtype) for name, dtype in portfolio.schema.items() if "__" not in name}
    return {name: signals[name].type if name in signals else type_ for name, type_ in made.items()}


def judge(trigger: Trigger, portfolio: pl.DataFrame, signals: Mapping[str, Signal]) -> Judgement:
    """The trigger over every customer.

    Raises: ConfigurationError naming the trigger and what in it cannot be used.
    """
    types = column_types(portfolio, signals)
    # A flag is the number 0 or 1 to an expression, whatever holds it.
    portfolio = portfolio.with_columns(pl.col(pl.Boolean).cast(pl.Int8))
    where = f"trigger {trigger.kind}"
    condition = checked(trigger.when, types, where=f"{where}, when", boolean=True)
    shown = _shown_columns(trigger, types)
    unsure = _unsure(portfolio, condition.columns)
    found = portfolio.filter(expression(condition.text) & ~unsure)
    rows = found.select(["customer", *(name for name in shown if name != "customer")])
    decimals = {name: signals[name].decimals for name in shown if name in signals}
    conflicts = tuple(_conflict(trigger, row, decimals) for row in _rows(rows))
    return Judgement(conflicts, portfolio.filter(unsure)["customer"])


def _shown_columns(trigger: Trigger, types: Mapping[str, SignalType]) -> list[str]:
    """Columns that the conflict's words and evidence are made of."""
    named = names_in(trigger.title) | names_in(trigger.contested) | set(trigger.evidence)
    for name in sorted(named):
        if name not in types:
            raise ConfigurationError(
                f"trigger {trigger.kind}: {unknown_name('column', name, types)}",
                hint="Name a signal, score, band, lens_gap, or a lens's score or band",
            )
    return sorted(named)


def _unsure(portfolio: pl.DataFrame, columns: tuple[str, ...]) -> pl.Expr:
    """Whether any of the columns is hidden from us or was read too long ago."""
    states = [f"{name}__state" for name in columns if f"{name}__state" in portfolio.columns]
    bad = [pl.col(state) >= int(SignalState.HIDDEN) for state in states]
    return reduce(or_, bad, pl.lit(False))


def _rows(found: pl.DataFrame) -> Iterator[Row]:
    return found.iter_rows(named=True)


def _conflict(trigger: Trigger, row: Row, decimals: Mapping[str, int]) -> Conflict:
    return Conflict(
        kind=trigger.kind,
        family=trigger.family,
        customer=str(row["customer"]),
        title=plain(filled(trigger.title, row, decimals), TITLE),
        contested=plain(filled(trigger.contested, row, decimals), CONTESTED),
        parties=trigger.parties,
        evidence={name: row[name] for name in trigger.evidence},
        severity=trigger.severity,
    )


def _type(dtype: pl.DataType) -> SignalType:
    if dtype == pl.Boolean:
        return SignalType.FLAG
    return SignalType.NUMBER if dtype.is_numeric() else SignalType.TEXT
