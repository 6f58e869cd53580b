"""Why a customer stands where it stands: from a receipt's row to words, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from detente_contracts import SignalState

from detente.engine.policy import Bundle
from detente.engine.rubric.explanation import Explanation, LensView, Line, LineKind, strength
from detente.engine.rubric.plan import Input, PlannedCap, PlannedCriterion, ScoringPlan
from detente.engine.rubric.reasons import reason
from detente.engine.rubric.told import as_json, as_text
from detente.engine.rubric.wording import level, plain, quantity, shortened

__all__ = ["Explanation", "LensView", "Line", "LineKind", "as_json", "as_text", "explain", "reason"]

_WHY_UNKNOWN = {
    SignalState.HIDDEN: "hidden from Detente",
    SignalState.STALE: "read too long ago",
}


def explain(bundle: Bundle, row: Mapping[str, object]) -> Explanation:
    """The explanation of one row of a receipt, with `as_of` added to it."""
    plan = bundle.plan
    told = {item.name: item for item in plan.inputs}
    about = sorted(_criterion_lines(plan, told, row), key=strength)
    as_of = row["as_of"]
    if not isinstance(as_of, datetime):
        raise TypeError("as_of is an instant")
    return Explanation(
        customer=str(row["customer"]),
        name=shortened(str(row.get("name") or row["customer"]), 120),
        score_micro=_whole(row, "score_micro"),
        score=_score(row, "score"),
        band=str(row["band"]),
        lines=(*about, *_adjusting_lines(plan, row)),
        lenses=tuple(_views(plan, row)),
        unknown=tuple(_unknown(plan, told, row)),
        bundle=bundle.hash,
        as_of=as_of.astimezone(UTC),
    )


def _criterion_lines(
    plan: ScoringPlan, told: Mapping[str, Input], row: Mapping[str, object]
) -> Iterator[Line]:
    """A line for every criterion that is known and weighs something, or that counts although unknown."""
    for item in plan.criteria:
        part = _whole(row, f"part__{item.name}")
        if row[f"points__{item.name}"] is not None and item.weight:
            yield Line(plain(item.title), _said(item, told, row), part, LineKind.CRITERION)
        elif part:
            yield Line(plain(item.title), f"{plain(item.title)} not known", part, LineKind.ASSUMED)


def _said(item: PlannedCriterion, told: Mapping[str, Input], row: Mapping[str, object]) -> str:
    """The criterion's phrase. Its two placeholders are replaced as text; nothing in it is evaluated."""
    value, phrase = row.get(item.signal) if item.signal else None, item.phrase
    if isinstance(value, int | float) and value < 0 and item.phrase_below_zero:
        value, phrase = -value, item.phrase_below_zero
    shown = quantity(value, told[item.signal]) if item.signal and value is not None else "not known"
    before, *others = phrase.replace("{title}", item.title).split("{value}")
    return plain("".join([before, *(f"{shown}{other}" for other in others)]))


def _adjusting_lines(plan: ScoringPlan, row: Mapping[str, object]) -> Iterator[Line]:
    """What moves the sum of the criteria, where it moves it."""
    shared = _whole(row, "part__redistributed")
    found = [
        Line("Weight of what is not known", "shared among what is known", shared, LineKind.REDISTRIBUTED)
    ]
    for cap in plan.caps:
        part = _whole(row, f"part__cap_{cap.name}")
        found.append(Line(plain(cap.title), _bound(cap), part, LineKind.CAP))
    for rule in plan.knock_outs:
        said, part = f"the score is {level(rule.score)}", _whole(row, f"part__knock_out_{rule.name}")
        found.append(Line(plain(rule.title), said, part, LineKind.KNOCK_OUT))
    limit = "a score lies between 0 and 100"
    found.append(Line("Limits of the score", limit, _whole(row, "part__clamp"), LineKind.CLAMP))
    yield from (line for line in found if line.points_micro)


def _bound(cap: PlannedCap) -> str:
    if cap.at_most is not None:
        return f"the score is at most {level(cap.at_most)}"
    return f"the score is at least {level(cap.at_least or 0)}"


def _views(plan: ScoringPlan, row: Mapping[str, object]) -> Iterator[LensView]:
    for lens in plan.lenses:
        score, band = _score(row, f"score_{lens.name}"), str(row[f"band_{lens.name}"])
        yield LensView(lens.name, plain(lens.title), score, band)


def _unknown(plan: ScoringPlan, told: Mapping[str, Input], row: Mapping[str, object]) -> Iterator[str]:
    for item in plan.criteria:
        if row[f"points__{item.name}"] is None:
            why = [_why(told[name], row) for name in item.uses]
            reasons = ", ".join(dict.fromkeys(reason for reason in why if reason))
            yield f"{plain(item.title)} ({reasons})" if reasons else plain(item.title)


def _why(told: Input, row: Mapping[str, object]) -> str:
    """Why the signal gives no value; empty when it gives one or is simply absent."""
    state = row.get(f"{told.name}__state")
    reason = _WHY_UNKNOWN.get(SignalState(state)) if isinstance(state, int) else None
    return f"{plain(told.title)} is {reason}" if reason else ""


def _whole(row: Mapping[str, object], column: str) -> int:
    value = row[column]
    if not isinstance(value, int):
        raise TypeError(f"{column} is a whole number")
    return value


def _score(row: Mapping[str, object], column: str) -> float:
    value = row[column]
    if not isinstance(value, float):
        raise TypeError(f"{column} is a number")
    return value
