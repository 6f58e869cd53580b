"""Scores a whole portfolio at once, in integers: millionths of a point, so that parts sum exactly.

A part is `weight * points / (2 * sum of all |weights|)`, rounded half up once. What the known parts gain
when the weight of unknown ones is shared among them is a part of its own, as is every cap, knock-out, clamp.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from detente_contracts import SignalState

from detente.engine.rubric.gate import expression
from detente.engine.rubric.plan import (
    BASE_MICRO,
    MICRO,
    TOP_MICRO,
    PlannedCap,
    PlannedCriterion,
    PlannedKnockOut,
    ScoringPlan,
)

_TENTH = MICRO // 10
SUM = "score_micro"


def evaluate(plan: ScoringPlan, portfolio: pl.DataFrame, computed: Mapping[str, pl.Series]) -> pl.DataFrame:
    """The portfolio with points, parts, score and band of every customer, and each lens's score and band.

    `computed` holds what plugins' functions returned, by criterion, one value a row; a criterion that is not
    there is unknown for everybody. `points__<criterion>` is null where unknown; `refused__<criterion>` stands
    only where points were not finite, which counts as unknown.
    """
    frame = portfolio.with_columns(_stored(plan, computed, portfolio.height))
    points = _points(plan, frame)
    known = _known(plan, points).with_columns(frame.select(_conditions(plan)).get_columns())
    parts = _ruled(plan, _weighed(plan.weights(), known)).select(*part_columns(plan), SUM)
    lenses = [_ruled(plan, _weighed(lens.weights, known))[SUM] for lens in plan.lenses]
    sums = [column.alias(f"{SUM}_{lens.name}") for column, lens in zip(lenses, plan.lenses, strict=True)]
    results = frame.with_columns(points.get_columns()).with_columns(parts.get_columns()).with_columns(sums)
    return _with_bands(plan, results)


def part_columns(plan: ScoringPlan) -> list[str]:
    """The columns that sum to the score less 50 points, in the order in which they come about."""
    criteria = [f"part__{item.name}" for item in plan.criteria]
    return [*criteria, "part__redistributed", *map(_part_name, plan.rules), "part__clamp"]


def refusals(scored: pl.DataFrame) -> dict[str, int]:
    """How many customers each criterion had points for that were not finite; empty when all is well."""
    marks = [name for name in scored.columns if name.startswith("refused__")]
    return {name.removeprefix("refused__"): int(scored[name].sum()) for name in marks}


def _stored(plan: ScoringPlan, computed: Mapping[str, pl.Series], height: int) -> list[pl.Series]:
    """What functions returned, as columns `computed__<criterion>`: the receipt keeps them as inputs."""
    unknown = pl.Series([None], dtype=pl.Float64).new_from_index(0, height)
    return [
        computed.get(item.name, unknown).cast(pl.Float64).alias(f"computed__{item.name}")
        for item in plan.criteria
        if item.is_computed
    ]


def _points(plan: ScoringPlan, frame: pl.DataFrame) -> pl.DataFrame:
    """Points of every criterion in whole millionths, null where unknown, and marks of those refused."""
    unseen = _unseen(plan, frame)
    raw = frame.select(_raw(item, unseen).alias(item.name) for item in plan.criteria)
    infinite = raw.select((~pl.all().is_finite()).any())
    refused = [name for name in raw.columns if infinite[name][0]]
    marks = [(~pl.col(name).is_finite()).fill_null(False).alias(f"refused__{name}") for name in refused]
    whole = [_whole(name, name in refused).alias(f"points__{name}") for name in raw.columns]
    return raw.select(whole + marks)


def _unseen(plan: ScoringPlan, frame: pl.DataFrame) -> frozenset[str]:
    """The signals that are hidden or stale for at least one customer."""
    states = [f"{item.name}__state" for item in plan.inputs if f"{item.name}__state" in frame.columns]
    worst = frame.select(pl.col(states).max()).row(0, named=True) if states and frame.height else {}
    return frozenset(
        name.removesuffix("__state") for name, state in worst.items() if (state or 0) >= SignalState.HIDDEN
    )


def _raw(item: PlannedCriterion, unseen: frozenset[str]) -> pl.Expr:
    given = pl.col(f"computed__{item.name}") if item.sql is None else expression(item.sql)
    points = given.cast(pl.Float64)
    seen = [pl.col(f"{name}__state") < int(SignalState.HIDDEN) for name in item.uses if name in unseen]
    return pl.when(pl.all_horizontal(seen)).then(points) if seen else points


def _whole(name: str, has_infinite: bool) -> pl.Expr:
    points = pl.col(name)
    if has_infinite:
        points = pl.when(points.is_finite()).then(points)
    return (points.clip(-100.0, 100.0) * float(MICRO) + 0.5).floor().cast(pl.Int64)


def _known(plan: ScoringPlan, points: pl.DataFrame) -> pl.DataFrame:
    """Points with unknown ones assumed or 0, and `gap__<criterion>` where a weight must be shared."""
    filled = [_col(item).fill_null(item.assumed or 0).alias(item.name) for item in plan.criteria]
    shared = [item for item in plan.criteria if item.assumed is None]
    gaps = [
        _col(item).is_null().cast(pl.Int64).alias(f"gap__{item.name}")
        for item in shared
        if points[f"points__{item.name}"].null_count()
    ]
    return points.select(filled + gaps)


def _col(item: PlannedCriterion) -> pl.Expr:
    return pl.col(f"points__{item.name}")


def _conditions(plan: ScoringPlan) -> list[pl.Expr]:
    """Whether each cap and knock-out holds; an unknown condition does not."""
    return [expression(rule.sql).fill_null(False).alias(_holds(rule)) for rule in plan.rules]


def _holds(rule: PlannedCap | PlannedKnockOut) -> str:
    return f"holds__{_part_name(rule)}"


def _part_name(rule: PlannedCap | PlannedKnockOut) -> str:
    return f"part__{'cap' if isinstance(rule, PlannedCap) else 'knock_out'}_{rule.name}"


def _weighed(weights: Mapping[str, int], known: pl.DataFrame) -> pl.DataFrame:
    """`known` with one part a criterion, what sharing unknown weights adds, and 50 plus their sum."""
    total = sum(map(abs, weights.values()))
    names = [f"part__{name}" for name in weights]
    frame = known.with_columns(
        ((pl.col(name) * weight + total) // (2 * total)).alias(f"part__{name}")
        for name, weight in weights.items()
    ).with_columns(pl.sum_horizontal(names).alias(SUM))
    shared = _shared(weights, frame, total).alias("part__redistributed")
    return frame.with_columns(shared).with_columns(pl.col(SUM) + pl.col("part__redistributed") + BASE_MICRO)


def _shared(weights: Mapping[str, int], frame: pl.DataFrame, total: int) -> pl.Series:
    """The sum over known weights alone less the sum of the parts; 0 where nothing or all is unknown."""
    gaps = [name for name in weights if f"gap__{name}" in frame.columns]
    if not gaps:
        return pl.Series([0], dtype=pl.Int64).new_from_index(0, frame.height)
    work = frame.select(
        pl.col(SUM),
        pl.sum_horizontal(pl.col(f"gap__{name}") * abs(weights[name]) for name in gaps).alias("unknown"),
        pl.sum_horizontal(pl.col(name) * weight for name, weight in weights.items()).alias("weighted"),
    ).with_columns((total - pl.col("unknown")).clip(lower_bound=1).alias("in_play"))
    alone = _floor_div(work["weighted"] + work["in_play"], 2 * work["in_play"]).alias("alone")
    is_shared = (pl.col("unknown") > 0) & (pl.col("unknown") < total)
    gained = pl.when(is_shared).then(pl.col("alone") - pl.col(SUM)).otherwise(0)
    return work.with_columns(alone).select(gained).to_series()


def _floor_div(above: pl.Series, below: pl.Series) -> pl.Series:
    """Whole division of whole columns, exact for quotients below 2**40 and a divisor above 0.

    Polars divides one whole column by another slowly, so a float makes the guess and the remainder corrects
    it by at most one.
    """
    guess = (above / below).floor().cast(pl.Int64)
    rest = above - guess * below
    return guess + (rest >= below).cast(pl.Int64) - (rest < 0).cast(pl.Int64)


def _ruled(plan: ScoringPlan, frame: pl.DataFrame) -> pl.DataFrame:
    """The sum bounded by caps in order, then by knock-outs, then to 0 and 100; each change is a part."""
    for rule in plan.rules:
        bounded = pl.when(_holds(rule)).then(_bounded(rule)).otherwise(pl.col(SUM))
        frame = _moved(frame, bounded, _part_name(rule))
    return _moved(frame, pl.col(SUM).clip(0, TOP_MICRO), "part__clamp")


def _bounded(rule: PlannedCap | PlannedKnockOut) -> pl.Expr:
    if isinstance(rule, PlannedKnockOut):
        return pl.lit(rule.score, dtype=pl.Int64)
    return pl.col(SUM).clip(rule.at_least, rule.at_most)


def _moved(frame: pl.DataFrame, bounded: pl.Expr, name: str) -> pl.DataFrame:
    return frame.with_columns((bounded - pl.col(SUM)).alias(name)).with_columns(pl.col(SUM) + pl.col(name))


def _with_bands(plan: ScoringPlan, frame: pl.DataFrame) -> pl.DataFrame:
    """Scores for people, bands, and how many bands lie between the lenses furthest apart."""
    endings = ["", *(f"_{lens.name}" for lens in plan.lenses)]
    scores = [_tenths(f"{SUM}{end}").alias(f"score{end}") for end in endings]
    bands = [_band(plan, f"{SUM}{end}").alias(f"band{end}") for end in endings]
    positions = [_position(plan, f"{SUM}{end}") for end in endings[1:]]
    gap = pl.lit(0, dtype=pl.Int64)
    if positions:
        gap = pl.max_horizontal(positions) - pl.min_horizontal(positions)
    return frame.with_columns(*scores, *bands, gap.alias("lens_gap"))


def _tenths(column: str) -> pl.Expr:
    """The score for people, halves up. Looked up, because Polars divides by 10 as it multiplies by 0.1."""
    shown = pl.Series([tenth / 10 for tenth in range(TOP_MICRO // _TENTH + 1)], dtype=pl.Float64)
    return pl.lit(shown).gather((pl.col(column) + _TENTH // 2) // _TENTH)


def _band(plan: ScoringPlan, column: str) -> pl.Expr:
    names = pl.Series([band.name for band in plan.bands], dtype=pl.String)
    return pl.lit(names).gather(_position(plan, column))


def _position(plan: ScoringPlan, column: str) -> pl.Expr:
    """Which band from below holds the score, from 0."""
    edges = [band.up_to for band in plan.bands if band.up_to is not None]
    above = [(pl.col(column) > edge).cast(pl.Int64) for edge in edges]
    return pl.sum_horizontal(above) if above else pl.col(column) * 0
