"""Recomputes scores from their receipt alone, in plain Python integers, and names what differs.

Nothing of the arithmetic that made the scores is used here; only the points of an SQL text come from the one
evaluator that there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor, isfinite

import polars as pl

from detente.engine.rubric.gate import expression
from detente.engine.rubric.plan import BASE_MICRO, MICRO, TOP_MICRO, PlannedCap, PlannedCriterion, ScoringPlan

HIDDEN = 2
"""The state from which on a signal's value must not be used."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One value of a receipt that does not recompute."""

    customer: str
    column: str
    stored: object
    recomputed: object

    def __str__(self) -> str:
        return f"customer {self.customer}: {self.column} is {self.stored}, recomputed {self.recomputed}"


@dataclass(frozen=True, slots=True)
class _Weights:
    """Whole weights in the order of the criteria; `total` is the sum of their absolute values."""

    each: Sequence[int]
    total: int

    @classmethod
    def of(cls, weights: Mapping[str, int], plan: ScoringPlan) -> _Weights:
        """The weights of the rubric or of a lens."""
        each = [weights[item.name] for item in plan.criteria]
        return cls(each, sum(abs(weight) for weight in each))


def replay(plan: ScoringPlan, receipt: pl.DataFrame) -> list[Mismatch]:
    """Every value of the receipt that differs from what its inputs give, in the receipt's order."""
    stored = [name for name in _result_names(plan) if name in receipt.columns]
    absent = [name for name in _result_names(plan) if name not in receipt.columns]
    if absent:
        return [Mismatch("any", name, "missing", "needed") for name in absent]
    rows = zip(
        receipt["customer"], receipt.select(stored).iter_rows(), _recomputed(plan, receipt), strict=True
    )
    return [
        Mismatch(str(customer), name, old, new)
        for customer, before, after in rows
        if before != after
        for name, old, new in zip(stored, before, after, strict=True)
        if old != new
    ]


def _result_names(plan: ScoringPlan) -> list[str]:
    """The names of what is recomputed, in the order of `_recomputed`."""
    names = [item.name for item in plan.criteria]
    rules = [f"part__cap_{cap.name}" for cap in plan.caps]
    rules += [f"part__knock_out_{rule.name}" for rule in plan.knock_outs]
    results = [
        f"{what}{end}"
        for end in ("", *(f"_{lens.name}" for lens in plan.lenses))
        for what in ("score_micro", "score", "band")
    ]
    parts = [*(f"part__{name}" for name in names), "part__redistributed", *rules, "part__clamp"]
    return [*(f"points__{name}" for name in names), *parts, *results, "lens_gap"]


def _recomputed(plan: ScoringPlan, receipt: pl.DataFrame) -> Iterator[tuple[object, ...]]:
    own = _Weights.of(plan.weights(), plan)
    lenses = [_Weights.of(lens.weights, plan) for lens in plan.lenses]
    assumed = [item.assumed for item in plan.criteria]
    holding = _holding(plan, receipt)
    for points, holds in zip(_points(plan, receipt), holding, strict=True):
        known = [given if given is not None else other for given, other in zip(points, assumed, strict=True)]
        parts, score = _scored(plan, own, known, holds)
        results = _result(plan, score)
        positions = []
        for lens in lenses:
            _, seen = _scored(plan, lens, known, holds)
            positions.append(_position(plan, seen))
            results += _result(plan, seen)
        gap = max(positions) - min(positions) if positions else 0
        yield (*points, *parts, *results, gap)


def _points(plan: ScoringPlan, receipt: pl.DataFrame) -> Iterator[tuple[int | None, ...]]:
    """Millionths of a point a criterion, None where unknown, customer by customer."""
    return zip(*(_criterion_points(item, receipt) for item in plan.criteria), strict=True)


def _criterion_points(item: PlannedCriterion, receipt: pl.DataFrame) -> list[int | None]:
    given = pl.col(f"computed__{item.name}") if item.sql is None else expression(item.sql)
    raw = receipt.with_columns(given.cast(pl.Float64).alias("raw__"))["raw__"].to_list()
    states = [
        receipt[f"{name}__state"].to_list() for name in item.uses if f"{name}__state" in receipt.columns
    ]
    seen = [max(row) < HIDDEN for row in zip(*states, strict=True)] if states else [True] * len(raw)
    return [
        floor(min(max(value, -100.0), 100.0) * MICRO + 0.5)
        if visible and value is not None and isfinite(value)
        else None
        for value, visible in zip(raw, seen, strict=True)
    ]


def _holding(plan: ScoringPlan, receipt: pl.DataFrame) -> list[tuple[bool, ...]]:
    """Which caps and knock-outs hold, customer by customer."""
    columns = [
        receipt.with_columns(expression(rule.sql).alias("holds__"))["holds__"].to_list()
        for rule in plan.rules
    ]
    rows = zip(*columns, strict=True) if columns else [()] * receipt.height
    return [tuple(bool(held) for held in row) for row in rows]


def _scored(
    plan: ScoringPlan, weights: _Weights, points: Sequence[int | None], holds: Sequence[bool]
) -> tuple[list[int], int]:
    """The parts in their order and the score that they add up to."""
    total, in_play, weighted = weights.total, 0, 0
    parts = []
    for weight, value in zip(weights.each, points, strict=True):
        if value is None:
            parts.append(_half_up(0, 2 * total))
            continue
        in_play += abs(weight)
        weighted += weight * value
        parts.append(_half_up(weight * value, 2 * total))
    redistributed = 0
    if 0 < in_play < total:
        redistributed = _half_up(weighted, 2 * in_play) - sum(parts)
    parts.append(redistributed)
    score = BASE_MICRO + sum(parts)
    for rule, held in zip(plan.rules, holds, strict=True):
        bounded = _bounded(rule, score) if held else score
        parts.append(bounded - score)
        score = bounded
    clamped = min(max(score, 0), TOP_MICRO)
    parts.append(clamped - score)
    return parts, clamped


def _half_up(above: int, below: int) -> int:
    """`above / below` to the nearest whole number, halves up."""
    return (2 * above + below) // (2 * below)


def _bounded(rule: object, score: int) -> int:
    if isinstance(rule, PlannedCap):
        low = score if rule.at_least is None else max(score, rule.at_least)
        return low if rule.at_most is None else min(low, rule.at_most)
    return int(getattr(rule, "score", score))


def _result(plan: ScoringPlan, score: int) -> list[object]:
    tenths = (score + MICRO // 20) // (MICRO // 10)
    return [score, tenths / 10, plan.bands[_position(plan, score)].name]


def _position(plan: ScoringPlan, score: int) -> int:
    """Which band, from below, the score falls in."""
    return next(i for i, band in enumerate(plan.bands) if band.up_to is None or score <= band.up_to)
