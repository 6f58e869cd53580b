"""What should stand on a customer's records: the standard fields, and what plugins propose for theirs.

The reason is a contract with the people who read it: reason, scored-at and link are rewritten only when band
or case moved, or the score by at least the rubric's step against the score that the last reason spoke of.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from detente_contracts import FieldText, instant_text

from detente.engine.writing.diff import Values
from detente.engine.writing.field_text import number

PRIORITY = "detente_priority"
SCORE = "detente_score"
REASON = "detente_reason"
SCORED_AT = "detente_scored_at"
CASE = "detente_case"
LINK = "detente_link"

REASON_SCORE = "detente_reason.score"
"""Kept beside what was last written: the score at that time. No field key holds a dot."""

FIRST_WRITE = "first write"


@dataclass(frozen=True, slots=True)
class CaseLine:
    """The open case of a customer as reps read it: `text` in its field, the rest at the end of the reason."""

    text: str
    contested: str = ""
    decides: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A value that a plugin proposes for a field of its own, and why."""

    value: FieldText
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CustomerResult:
    """What is to be told about one customer. `score` has one decimal; `link` is None without a public URL."""

    customer: str
    score: Decimal
    band: str
    case: CaseLine | None = None
    link: str | None = None
    proposed: Mapping[str, Proposal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Desired:
    """`values` by field key with `why` each of them may differ from what was last written.

    With `rewrites_reason` the reason is still to be composed; it is `up` whole points from the last one, or
    None when there was none.
    """

    values: dict[str, FieldText]
    why: dict[str, str]
    rewrites_reason: bool
    up: int | None


def desired_values(
    result: CustomerResult,
    *,
    held: Values,
    written: Values,
    standing: Collection[str],
    step: float,
    as_of: datetime,
) -> Desired:
    """What should stand on one record of the customer. Fields that `standing` names hold a person's value."""
    values, why = _moving_values(result, written)
    movement = why_reason_moves(result, held=held, written=written, standing=standing, step=step)
    lasting: dict[str, FieldText] = {SCORED_AT: instant_text(as_of)}
    if result.link is not None:
        lasting[LINK] = result.link
    for key, value in lasting.items():
        keeps = not movement and key in written
        values[key] = written[key] if keeps else value
        why[key] = movement or FIRST_WRITE
    rewrites = bool(movement) and REASON not in standing
    if not rewrites:
        values[REASON] = written.get(REASON)
    why[REASON] = movement or FIRST_WRITE
    return Desired(values, why, rewrites, _up(result.score, _reason_score(written)))


def why_reason_moves(
    result: CustomerResult, *, held: Values, written: Values, standing: Collection[str], step: float
) -> str:
    """Why the reason must be rewritten, as people read it; empty while it stays frozen.

    A field in which a person's value stands moves nothing, else the reason would be rewritten in every run.
    """
    case = result.case.text if result.case else None

    def moves(key: str, value: FieldText) -> bool:
        return key not in standing and value not in (written.get(key), held.get(key))

    if REASON not in written and REASON not in standing:
        return FIRST_WRITE
    if moves(PRIORITY, result.band):
        return "band moved"
    if moves(CASE, case):
        return "case moved"
    before = _reason_score(written)
    if moves(SCORE, score_text(result.score)) and (before is None or abs(result.score - before) >= step):
        return "score moved"
    return ""


def reason_score(written: Values, applied: Values) -> dict[str, FieldText]:
    """What to keep beside `applied`, written over `written`: the score of which a new reason speaks."""
    if REASON not in applied and SCORED_AT not in applied:
        return {}
    return {REASON_SCORE: applied.get(SCORE, written.get(SCORE))}


def score_text(score: Decimal) -> str:
    """A score as canonical text, with its one decimal."""
    return str(score.quantize(Decimal("0.1"), ROUND_HALF_UP))


def _moving_values(result: CustomerResult, written: Values) -> tuple[dict[str, FieldText], dict[str, str]]:
    values: dict[str, FieldText] = {
        PRIORITY: result.band,
        SCORE: score_text(result.score),
        CASE: result.case.text if result.case else None,
    }
    why = {PRIORITY: "band moved", SCORE: "score moved", CASE: "case moved"}
    for key, proposal in result.proposed.items():
        values[key] = proposal.value
        why[key] = proposal.reason or "value moved"
    return values, {key: text if key in written else FIRST_WRITE for key, text in why.items()}


def _reason_score(written: Values) -> Decimal | None:
    return number(written.get(REASON_SCORE) or written.get(SCORE))


def _up(score: Decimal, before: Decimal | None) -> int | None:
    return None if before is None else _whole(score) - _whole(before)


def _whole(score: Decimal) -> int:
    return int(score.quantize(Decimal(1), ROUND_HALF_UP))
