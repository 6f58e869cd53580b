"""One signal over many records: its checked expressions, and the merge over the records of a customer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl
from detente_contracts import Merge, Signal, SignalState, SignalType

from detente.engine.rubric.gate import Checked, checked, expression
from detente.engine.rubric.grammar import refusal
from detente.engine.signal_columns import SourceColumn
from detente.engine.signal_disagreement import APART, merged_apart
from detente.engine.signal_sources import CUSTOMER, MODIFIED, RANK, Standing, latest

__all__ = ["CUSTOMER", "RANK", "SignalPlan", "dtype_of", "merged", "plan_signal"]

_ADDS = (Merge.SUM, Merge.MEAN, Merge.SPREAD)


def dtype_of(signal: Signal) -> pl.DataType:
    """The column type of a signal's values: flags are the numbers 0 and 1."""
    return pl.String() if signal.type is SignalType.TEXT else pl.Float64()


@dataclass(frozen=True, slots=True)
class SignalPlan:
    """A signal ready to be made. `fields` are the record fields that it depends on.

    Without `is_possible` a field that it needs is read by nobody, so it is absent for everybody.
    """

    signal: Signal
    is_possible: bool
    fields: frozenset[str]
    value: Checked | None = None
    where: Checked | None = None

    @property
    def columns(self) -> frozenset[str]:
        """The columns that its expressions read."""
        return frozenset(name for part in (self.value, self.where) if part for name in part.columns)

    def settled(
        self, frame: pl.DataFrame, standing: Standing, hides: pl.Series
    ) -> tuple[pl.Series, pl.Series]:
        """Values and states by customer, from the merged `frame`; what must not be used is withheld."""
        name, count = self.signal.name, f"{self.signal.name}__count"
        value: pl.Expr = pl.lit(None, dtype=dtype_of(self.signal))
        if count in frame.columns:
            matched = pl.col(count).fill_null(0) > 0
            value = pl.when(matched).then(pl.col(name)).when("__read").then(self._empty())
        work = frame.with_columns(
            standing.is_read.alias("__read"), standing.is_stale.alias("__stale"), hides.alias("__hides")
        ).with_columns(value.alias(name))
        state = (
            pl.when("__hides")
            .then(int(SignalState.HIDDEN))
            .when("__stale")
            .then(int(SignalState.STALE))
            .when(pl.col(name).is_null())
            .then(int(SignalState.ABSENT))
            .otherwise(int(SignalState.KNOWN))
        )
        work = work.with_columns(state.cast(pl.UInt8).alias("__state"))
        usable = pl.when(pl.col("__state") == int(SignalState.KNOWN)).then(pl.col(name)).alias(name)
        return work.select(usable).to_series(), work["__state"].alias(f"{name}__state")

    def _empty(self) -> pl.Expr:
        is_number = self.signal.type is not SignalType.TEXT
        return pl.lit(self.signal.empty if is_number else None, dtype=dtype_of(self.signal))


def plan_signal(
    signal: Signal, columns: Mapping[str, SourceColumn], records: pl.DataFrame | None
) -> SignalPlan:
    """The signal's expressions, checked over the columns that there are.

    Raises: ConfigurationError for a column that nothing provides and that is not among the signal's needs.
    """
    fields = frozenset(signal.needs).union(
        *(columns[name].fields for name in signal.needs if name in columns)
    )
    there = set(columns) | set(records.columns if records is not None else ())
    if records is None or not set(signal.needs) <= there:
        return SignalPlan(signal, False, fields)
    types = {name: column.type for name, column in columns.items()}
    place = f"signal {signal.name}"
    where = checked(signal.where, types, where=f"{place}, where", boolean=True) if signal.where else None
    value = None
    if signal.merge is not Merge.COUNT:
        value = checked(signal.value, types, where=f"{place}, value")
        _check_type(signal, value.type, place)
    plan = SignalPlan(signal, True, fields, value, where)
    return replace(plan, fields=fields.union(*(columns[name].fields for name in plan.columns)))


def _check_type(signal: Signal, found: SignalType, place: str) -> None:
    is_text = found is SignalType.TEXT
    if signal.merge is Merge.BY_SOURCE and signal.type is not SignalType.TEXT:
        raise refusal(place, "what each source says is text", "Correct the type to text")
    if signal.merge in (Merge.DISTINCT, Merge.BY_SOURCE):
        return
    if is_text and signal.merge in _ADDS:
        raise refusal(place, f"text has no {signal.merge.value}", "Merge text by latest, first or distinct")
    if is_text is not (signal.type is SignalType.TEXT):
        what = f"the type is {signal.type.value}, but the value is {found.value}"
        raise refusal(place, what, "Correct the type or the value")


def merged(
    plans: Sequence[SignalPlan], records: pl.DataFrame, columns: Mapping[str, SourceColumn]
) -> pl.DataFrame:
    """One row a customer that has records: each signal, and under `<signal>__count` how many matched."""
    needed = sorted(frozenset().union(*(plan.columns for plan in plans)))
    work = records.with_columns(columns[name].made.alias(name) for name in needed)
    row_wise = [expr for plan in plans for expr in _row_wise(plan)]
    origin = [CUSTOMER, RANK, "connector", pl.col("modified_at").alias(MODIFIED)]
    work = work.select(*origin, *row_wise)
    apart = [plan.signal for plan in plans if plan.signal.merge in APART]
    rest = [plan.signal for plan in plans if plan.signal.merge not in APART]
    whole = work.group_by(CUSTOMER).agg(expr for signal in rest for expr in _merging(signal))
    return whole.join(merged_apart(apart, work), on=CUSTOMER) if apart else whole


def _row_wise(plan: SignalPlan) -> list[pl.Expr]:
    """The value and whether the record counts; a record that does not count has no value."""
    signal = plan.signal
    counts = expression(plan.where.text).fill_null(False) if plan.where else pl.lit(True)
    value = expression(plan.value.text) if plan.value else pl.lit(1.0)
    if plan.value and plan.value.type is not SignalType.TEXT:
        number = value.cast(pl.Float64)
        value = pl.when(number.is_finite()).then(number)
    return [pl.when(counts).then(value).alias(signal.name), counts.alias(f"{signal.name}__count")]


def _merging(signal: Signal) -> list[pl.Expr]:
    # Fractions are added in one order whatever the order of the records: the last bit would flap else.
    value, count = pl.col(signal.name), pl.col(f"{signal.name}__count").sum()
    known = value.drop_nulls()
    made: Mapping[Merge, Callable[[], pl.Expr]] = {
        Merge.SUM: lambda: pl.when(value.count() > 0).then(value.sort().sum()),
        Merge.MAX: value.max,
        Merge.MIN: value.min,
        Merge.MEAN: lambda: value.sort().mean(),
        Merge.COUNT: lambda: count.cast(pl.Float64),
        Merge.DISTINCT: lambda: known.n_unique().cast(pl.Float64),
        Merge.LATEST: lambda: latest(value),
        Merge.FIRST: known.first,
    }
    return [made[signal.merge]().alias(signal.name), count.alias(f"{signal.name}__count")]
