"""The columns that a signal's expression may read: fields of a record, and what is derived from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import polars as pl
from detente_contracts import SignalType

from detente.engine.money import amount, money_pairs, rates_on
from detente.engine.policy import Policy
from detente.engine.signal_persons import OWNER_PERSON

_HOUR_US = 3_600_000_000.0
_PRIVATE = frozenset({"held"})


class SourceColumn(NamedTuple):
    """One column: how it is made, what it holds, and the fields of the record that it comes from."""

    made: pl.Expr
    type: SignalType
    fields: frozenset[str]


def source_columns(frame: pl.DataFrame, policy: Policy, as_of: datetime) -> dict[str, SourceColumn]:
    """Everything that an expression over the records of `frame` may name.

    Flags and whole numbers become floats, so that arithmetic neither overflows nor rounds down. What is
    derived hides a mapped field of the same name.
    """
    columns = dict(_plain_columns(frame))
    if OWNER_PERSON in columns:
        columns[OWNER_PERSON] = columns[OWNER_PERSON]._replace(fields=frozenset({"owner"}))
    for name, dtype in frame.schema.items():
        if isinstance(dtype, pl.Datetime):
            columns |= _time_columns(name, as_of)
    rates = rates_on(policy, as_of)
    for name, (minor, currency) in money_pairs(frame.columns).items():
        made = amount(minor, currency, rates, policy.currency)
        columns[name] = SourceColumn(made, SignalType.NUMBER, frozenset({minor, currency}))
    return columns


def known_at(frame: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """The records as they stood at `as_of`: later ones are left out, what closed later is still open."""
    instant = _instant(as_of)
    begins = [name for name in ("created_at", "opened_at") if name in frame.columns]
    for name in begins:
        frame = frame.filter((pl.col(name) <= instant).fill_null(True))
    if "closed_at" in frame.columns:
        later = (pl.col("closed_at") > instant).fill_null(False)
        frame = frame.with_columns(
            (pl.col("is_open") | later).alias("is_open"),
            pl.when(~later).then(pl.col("closed_at")).alias("closed_at"),
        )
    return frame


def _plain_columns(frame: pl.DataFrame) -> Iterator[tuple[str, SourceColumn]]:
    for name, dtype in frame.schema.items():
        fields = frozenset({name})
        if dtype == pl.Boolean:
            yield name, SourceColumn(pl.col(name).cast(pl.Float64), SignalType.FLAG, fields)
        elif dtype.is_numeric():
            yield name, SourceColumn(pl.col(name).cast(pl.Float64), SignalType.NUMBER, fields)
        elif dtype == pl.String and name not in _PRIVATE:
            yield name, SourceColumn(pl.col(name), SignalType.TEXT, fields)


def _time_columns(name: str, as_of: datetime) -> Mapping[str, SourceColumn]:
    """Whole calendar days since and until the instant, in UTC, and the hours until it."""
    today = pl.lit(as_of.astimezone(UTC).date())
    days_until = (pl.col(name).dt.date() - today).dt.total_days().cast(pl.Float64)
    hours_until = (pl.col(name) - _instant(as_of)).dt.total_microseconds() / _HOUR_US
    made = {
        f"days_since_{name}": 0.0 - days_until,
        f"days_until_{name}": days_until,
        f"hours_until_{name}": hours_until,
    }
    return {key: SourceColumn(expr, SignalType.NUMBER, frozenset({name})) for key, expr in made.items()}


def _instant(as_of: datetime) -> pl.Expr:
    return pl.lit(as_of.astimezone(UTC)).cast(pl.Datetime("us", "UTC"))
