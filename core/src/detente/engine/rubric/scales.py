"""Scales as SQL text: bands, look-ups and ramps compile into the expressions that the gate allows."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from math import log

from detente_contracts import Criterion, Direction, Ramp, Signal, SignalType, Step
from sqlglot import exp

from detente.engine.rubric.grammar import refusal

_YES_NO = {"yes": 1, "no": 0, "1": 1, "0": 0}


def scale_text(criterion: Criterion, signal: Signal) -> str:
    """The points of `criterion` over `signal`; NULL while the signal is unknown.

    Raises: ConfigurationError for a scale that does not fit the signal or contradicts its direction.
    """
    where, scale = f"criterion {criterion.name}", criterion.scale
    column = exp.column(signal.name, quoted=True).sql()
    if scale.lookup:
        branches = _lookup(scale.lookup.items(), signal, column, where)
        return f"CASE {branches} END"
    if signal.type is SignalType.TEXT:
        raise refusal(where, f"{signal.name!r} is text; bands and ramps need a number", "Use a lookup")
    _check_direction(criterion)
    known = f"CASE WHEN {column} IS NULL THEN NULL"
    if scale.ramp is not None:
        return f"{known} {_ramp(scale.ramp, column)} END"
    return f"{known} {_bands(scale.bands, column)} END"


def worst_points(criterion: Criterion) -> float:
    """The lowest contribution that the scale can make; -100 where the scale does not say."""
    scale = criterion.scale
    earned = [step.points for step in scale.bands] or list(scale.lookup.values())
    if scale.ramp is not None:
        earned = [scale.ramp.from_points, scale.ramp.to_points]
    lowest, highest = (min(earned), max(earned)) if earned else (-100.0, 100.0)
    return lowest if criterion.weight >= 0 else highest


def number_text(value: float) -> str:
    """The number in decimal digits, without an exponent, exactly as it was written."""
    return f"{Decimal(repr(value)):f}"


def _bands(steps: Iterable[Step], column: str) -> str:
    return " ".join(
        f"ELSE {number_text(step.points)}"
        if step.up_to is None
        else f"WHEN {column} <= {number_text(step.up_to)} THEN {number_text(step.points)}"
        for step in steps
    )


def _lookup(entries: Iterable[tuple[str, float]], signal: Signal, column: str, where: str) -> str:
    """One branch for all values that earn the same points: a branch a value would be slow to evaluate."""
    values: dict[float, list[str]] = {}
    for key, points in entries:
        values.setdefault(points, []).append(_entry(key, signal, where))
    return " ".join(
        f"WHEN {column} IN ({', '.join(same)}) THEN {number_text(points)}" for points, same in values.items()
    )


def _entry(key: str, signal: Signal, where: str) -> str:
    if signal.type is SignalType.TEXT:
        return exp.Literal.string(key).sql()
    if signal.type is SignalType.FLAG and key.lower() in _YES_NO:
        return str(_YES_NO[key.lower()])
    if signal.type is SignalType.FLAG:
        raise refusal(where, f"{signal.name!r} is a flag and never {key!r}", "Look up yes and no")
    raise refusal(where, f"{signal.name!r} is a number; a lookup needs text", "Use bands or a ramp")


def _ramp(ramp: Ramp, column: str) -> str:
    low, high = number_text(ramp.from_value), number_text(ramp.to_value)
    start, end = number_text(ramp.from_points), number_text(ramp.to_points)
    rise = number_text(float(Decimal(end) - Decimal(start)))
    along, extent = f"({column} - {low})", number_text(float(Decimal(high) - Decimal(low)))
    if ramp.log:
        along, extent = f"LN({column} / {low})", number_text(log(ramp.to_value / ramp.from_value))
    return (
        f"WHEN {column} <= {low} THEN {start} WHEN {column} >= {high} THEN {end} "
        f"ELSE {start} + {along} * {rise} / {extent}"
    )


def _check_direction(criterion: Criterion) -> None:
    scale = criterion.scale
    points = [step.points for step in scale.bands]
    if scale.ramp is not None:
        points = [scale.ramp.from_points, scale.ramp.to_points]
    falls = any(after < before for before, after in pairwise(points))
    rises = any(after > before for before, after in pairwise(points))
    for direction, against, does in ((Direction.MORE, falls, "fall"), (Direction.LESS, rises, "rise")):
        if criterion.direction is direction and against:
            what = f"direction says {direction.value}, but the points {does} as the signal grows"
            raise refusal(f"criterion {criterion.name}", what, "Correct the scale or the direction")
