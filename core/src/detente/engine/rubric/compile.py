"""From a rubric to a scoring plan: names resolved, scales turned into SQL text, weights into integers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import gcd, isfinite, lcm

from detente_contracts import (
    ConfigurationError,
    Criterion,
    Lens,
    MissingRule,
    Rubric,
    Signal,
    SignalCatalogue,
    SignalType,
    unknown_name,
)

from detente.engine.rubric.gate import checked, columns_of
from detente.engine.rubric.grammar import COMPILED, WRITTEN, refusal
from detente.engine.rubric.plan import (
    MICRO,
    Input,
    PlannedBand,
    PlannedCap,
    PlannedCriterion,
    PlannedKnockOut,
    PlannedLens,
    ScoringPlan,
)
from detente.engine.rubric.scales import scale_text, worst_points

HEAVIEST = 10**10
"""About the largest sum of whole weights: times the most points, 10**8 millionths, it stays below 63 bits."""

Columns = Mapping[str, SignalType]


def compile_rubric(rubric: Rubric, offered: Sequence[Criterion], catalogue: SignalCatalogue) -> ScoringPlan:
    """The plan of `rubric` with the criteria that plugins offer.

    A rubric's criterion hides an offered one of the same name; where it says `python`, its points are the
    offered one's. Raises: ConfigurationError naming the criterion, cap or lens and what is wrong.
    """
    signals = {signal.name: signal for signal in catalogue.signals}
    columns = {name: signal.type for name, signal in signals.items()}
    criteria = _in_play(rubric, offered)
    planned = _planned_criteria(criteria, signals, columns)
    caps, knock_outs = _planned_caps(rubric, columns), _planned_knock_outs(rubric, columns)
    return ScoringPlan(
        rubric=rubric.name,
        title=rubric.title,
        criteria=planned,
        lenses=tuple(_planned_lens(lens, planned) for lens in rubric.lenses),
        caps=caps,
        knock_outs=knock_outs,
        bands=tuple(PlannedBand(name=band.name, up_to=_edge(band.up_to)) for band in rubric.bands),
        inputs=_inputs(planned, [*caps, *knock_outs], signals),
        step_micro=_micro(rubric.step),
        unoffered=tuple(sorted(_wanted(rubric) - {criterion.name for criterion in offered})),
    )


def _wanted(rubric: Rubric) -> set[str]:
    return {criterion.name for criterion in rubric.criteria if criterion.python}


def _in_play(rubric: Rubric, offered: Sequence[Criterion]) -> list[Criterion]:
    """The rubric's criteria, then the offered ones that it takes, in the order offered."""
    by_name = {criterion.name: criterion for criterion in offered}
    own = [_filled_in(criterion, by_name.get(criterion.name)) for criterion in rubric.criteria]
    names = {criterion.name for criterion in own}
    taken = [item for item in offered if item.weight and item.name not in names]
    return own + (taken if rubric.takes_offered else [])


def _filled_in(criterion: Criterion, offer: Criterion | None) -> Criterion:
    """A criterion that only names Python takes scale and signal from what a plugin offers by its name."""
    if not criterion.python or offer is None:
        return criterion
    given = {"signal": criterion.signal or offer.signal, "scale": offer.scale}
    return criterion.model_copy(update=given)


def _planned_criteria(
    criteria: Sequence[Criterion], signals: Mapping[str, Signal], columns: Columns
) -> tuple[PlannedCriterion, ...]:
    weights = _whole_weights([criterion.weight for criterion in criteria], "the rubric")
    return tuple(
        _planned(criterion, weight, signals, columns)
        for criterion, weight in zip(criteria, weights, strict=True)
    )


def _planned(
    criterion: Criterion, weight: int, signals: Mapping[str, Signal], columns: Columns
) -> PlannedCriterion:
    sql = _points_text(criterion, signals, columns)
    shown = {criterion.signal} if criterion.signal else set()
    if not shown <= signals.keys():
        raise _unknown_signal(criterion, signals)
    return PlannedCriterion(
        name=criterion.name,
        title=criterion.title,
        family=criterion.family,
        phrase=criterion.phrase,
        phrase_below_zero=criterion.phrase_below_zero,
        signal=criterion.signal,
        sql=sql,
        uses=tuple(sorted(shown | set(columns_of(sql) if sql else ()))),
        weight=weight,
        assumed=_assumed(criterion),
    )


def _points_text(criterion: Criterion, signals: Mapping[str, Signal], columns: Columns) -> str | None:
    """The criterion's points as checked text; None when a plugin's function gives them."""
    scale, where = criterion.scale, f"criterion {criterion.name}"
    if scale.expression is not None:
        text, limits = scale.expression, WRITTEN
    elif not (scale.bands or scale.lookup or scale.ramp):
        return None
    elif criterion.signal is None or criterion.signal not in signals:
        raise _unknown_signal(criterion, signals)
    else:
        text, limits = scale_text(criterion, signals[criterion.signal]), COMPILED
    result = checked(text, columns, where=where, limits=limits)
    if result.type is SignalType.TEXT:
        raise refusal(where, "the expression yields text", "Points are a number from -100 to 100")
    return result.text


def _unknown_signal(criterion: Criterion, signals: Mapping[str, Signal]) -> ConfigurationError:
    message = unknown_name("signal", criterion.signal or "", signals)
    return refusal(f"criterion {criterion.name}", message, "Declare the signal, or correct the name")


def _assumed(criterion: Criterion) -> int | None:
    if criterion.assume is not None:
        return _micro(criterion.assume)
    if criterion.missing is MissingRule.NEUTRAL:
        return 0
    return _micro(worst_points(criterion)) if criterion.missing is MissingRule.WORST else None


def _planned_lens(lens: Lens, planned: Sequence[PlannedCriterion]) -> PlannedLens:
    names = [criterion.name for criterion in planned]
    for name in lens.weights:
        if name not in names:
            fix = "Correct the name, or add the criterion to the rubric"
            raise refusal(f"lens {lens.name}", unknown_name("criterion", name, names), fix)
    weights = _whole_weights([lens.weights.get(name, 0) for name in names], f"lens {lens.name}")
    return PlannedLens(
        name=lens.name,
        title=lens.title,
        incentive=lens.incentive,
        weights=dict(zip(names, weights, strict=True)),
    )


def _planned_caps(rubric: Rubric, columns: Columns) -> tuple[PlannedCap, ...]:
    _refuse_doubles("cap", [cap.name for cap in rubric.caps])
    return tuple(
        PlannedCap(
            name=cap.name,
            title=cap.title,
            sql=checked(cap.when, columns, where=f"cap {cap.name}", boolean=True).text,
            at_most=_edge(cap.at_most),
            at_least=_edge(cap.at_least),
        )
        for cap in rubric.caps
    )


def _planned_knock_outs(rubric: Rubric, columns: Columns) -> tuple[PlannedKnockOut, ...]:
    _refuse_doubles("knock-out", [rule.name for rule in rubric.knock_outs])
    return tuple(
        PlannedKnockOut(
            name=rule.name,
            title=rule.title,
            sql=checked(rule.when, columns, where=f"knock-out {rule.name}", boolean=True).text,
            score=_micro(rule.score),
        )
        for rule in rubric.knock_outs
    )


def _refuse_doubles(what: str, names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise refusal(f"{what} {name}", "the name is used twice", "Give each a name of its own")


def _inputs(
    criteria: Iterable[PlannedCriterion],
    rules: Iterable[PlannedCap | PlannedKnockOut],
    signals: Mapping[str, Signal],
) -> tuple[Input, ...]:
    used = {name for criterion in criteria for name in criterion.uses}
    used |= {name for rule in rules for name in columns_of(rule.sql)}
    return tuple(
        Input(name=name, title=signal.title, unit=signal.unit, type=signal.type, decimals=signal.decimals)
        for name, signal in sorted(signals.items())
        if name in used
    )


def _whole_weights(weights: Sequence[float], where: str) -> list[int]:
    """The weights as the smallest whole numbers in the same proportion.

    Weights with too many digits for that are rounded to shares of `HEAVIEST`.
    """
    exact = [Fraction(repr(weight)) if isfinite(weight) else None for weight in weights]
    finite = [weight for weight in exact if weight is not None]
    if len(finite) < len(exact) or not any(finite):
        raise refusal(where, "weights must be finite, and one of them not 0", "Correct the weights")
    scale = lcm(*(weight.denominator for weight in finite))
    whole = [int(weight * scale) for weight in finite]
    shared = gcd(*whole)
    smallest, total = [weight // shared for weight in whole], sum(map(abs, whole)) // shared
    return smallest if total <= HEAVIEST else [round(Fraction(w * HEAVIEST, total)) for w in smallest]


def _edge(points: float | None) -> int | None:
    return None if points is None else _micro(points)


def _micro(points: float) -> int:
    """Points as written, in whole millionths."""
    return int((Decimal(repr(points)) * MICRO).to_integral_value())
