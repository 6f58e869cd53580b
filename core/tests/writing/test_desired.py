"""What should stand on a record, and when its reason may change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from detente.engine.writing.desired import (
    CaseLine,
    CustomerResult,
    Desired,
    Proposal,
    desired_values,
    reason_score,
)
from detente.engine.writing.diff import Values
from detente_contracts import FieldText
from hypothesis import given
from hypothesis import strategies as st

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
ACME = CustomerResult("c-1", Decimal("75.0"), "P2", link="https://detente.example/customers/c-1")
CASE = CaseLine("informal · Kim Lee · due Thu 26 Nov 14:00")


def _written(result: CustomerResult, written: Values, *, at: datetime, text: str = "new") -> Values:
    """What stands as last written after one undisturbed run, with the reason `text` wherever it is fresh."""
    desired = _desired(result, written, at=at)
    reason: dict[str, FieldText] = {"detente_reason": text} if desired.rewrites_reason else {}
    values = {**desired.values, **reason}
    applied = {key: value for key, value in values.items() if written.get(key) != value}
    return {**written, **applied, **reason_score(written, applied)}


def _desired(
    result: CustomerResult, written: Values, *, at: datetime = MONDAY, standing: frozenset[str] = frozenset()
) -> Desired:
    return desired_values(result, held=written, written=written, standing=standing, step=3, as_of=at)


def test_a_record_that_was_never_written_gets_every_field() -> None:
    desired = _desired(replace(ACME, case=CASE, proposed={"renewal_watch": Proposal("lapsed")}), {})

    assert desired.values == {
        "detente_priority": "P2",
        "detente_score": "75.0",
        "detente_case": CASE.text,
        "detente_scored_at": "2026-11-02T09:00:00Z",
        "detente_link": "https://detente.example/customers/c-1",
        "renewal_watch": "lapsed",
    }
    assert (desired.rewrites_reason, desired.up) == (True, None)


def test_without_a_public_address_the_link_is_no_part_of_what_should_stand() -> None:
    assert "detente_link" not in _desired(replace(ACME, link=None), {}).values


def test_a_score_that_moves_less_than_the_step_leaves_the_reason_as_it_was() -> None:
    written = _written(ACME, {}, at=MONDAY, text="75: first")
    desired = _desired(replace(ACME, score=Decimal("77.9")), written, at=MONDAY + timedelta(days=1))

    assert desired.values["detente_score"] == "77.9"
    assert desired.values["detente_reason"] == "75: first"
    assert desired.values["detente_scored_at"] == "2026-11-02T09:00:00Z"
    assert not desired.rewrites_reason


MOVES = [
    pytest.param(replace(ACME, score=Decimal("78.0")), "score moved", id="the score by the step"),
    pytest.param(replace(ACME, band="P1"), "band moved", id="the band"),
    pytest.param(replace(ACME, case=CASE), "case moved", id="a case was opened"),
]


@pytest.mark.parametrize(("result", "why"), MOVES)
def test_the_reason_is_rewritten_when_something_moved(result: CustomerResult, why: str) -> None:
    desired = _desired(result, _written(ACME, {}, at=MONDAY), at=MONDAY + timedelta(days=1))

    assert desired.rewrites_reason
    assert desired.values["detente_scored_at"] == "2026-11-03T09:00:00Z"
    assert desired.why["detente_reason"] == why


def test_the_end_of_a_case_rewrites_the_reason_and_clears_the_field() -> None:
    written = _written(replace(ACME, case=CASE), {}, at=MONDAY)
    desired = _desired(ACME, written)

    assert desired.rewrites_reason
    assert desired.values["detente_case"] is None


def test_a_score_that_creeps_rewrites_the_reason_once_it_is_a_step_away_from_the_last_one() -> None:
    written = _written(ACME, {}, at=MONDAY)
    seen = []
    for score in ("76.0", "77.0", "78.0", "79.0"):
        result = replace(ACME, score=Decimal(score))
        seen.append(_desired(result, written).rewrites_reason)
        written = _written(result, written, at=MONDAY, text=score)

    assert seen == [False, False, True, False]


@pytest.mark.parametrize(("score", "up"), [("87.4", 12), ("60.5", -14), ("75.4", 0)])
def test_the_move_that_a_reason_tells_is_between_the_scores_as_people_read_them(score: str, up: int) -> None:
    written = _written(ACME, {}, at=MONDAY)

    assert _desired(replace(ACME, score=Decimal(score)), written).up == up


@pytest.mark.parametrize(("result", "why"), MOVES)
def test_a_field_in_which_a_persons_value_stands_moves_no_reason(result: CustomerResult, why: str) -> None:
    standing = frozenset({f"detente_{why.split()[0].replace('band', 'priority')}"})
    desired = _desired(result, _written(ACME, {}, at=MONDAY), standing=standing)

    assert not desired.rewrites_reason


def test_a_reason_in_which_a_persons_text_stands_is_not_composed() -> None:
    written = _written(ACME, {}, at=MONDAY, text="75: first")
    standing = frozenset({"detente_reason"})
    desired = _desired(replace(ACME, band="P1"), written, standing=standing)

    assert not desired.rewrites_reason
    assert desired.values["detente_reason"] == "75: first"
    assert desired.values["detente_scored_at"] == "2026-11-02T09:00:00Z"


def test_a_proposals_reason_says_why_the_field_moves() -> None:
    result = replace(ACME, proposed={"renewal_watch": Proposal("lapsed", "renewal was 3 days ago")})

    assert _desired(result, {"renewal_watch": "due soon"}).why["renewal_watch"] == "renewal was 3 days ago"


_results = st.builds(
    CustomerResult,
    st.just("c-1"),
    st.decimals(0, 100, places=1),
    st.sampled_from(["P1", "P2", "P3", "P4"]),
    st.sampled_from([None, CASE, CaseLine("mediation · Ana Silva · due Fri 27 Nov 09:00")]),
    st.just("https://detente.example/customers/c-1"),
)


@given(st.lists(_results, min_size=1, max_size=8))
def test_the_same_result_again_changes_nothing(results: list[CustomerResult]) -> None:
    written: Values = {}
    for day, result in enumerate(results):
        written = _written(result, written, at=MONDAY + timedelta(days=day), text=f"day {day}")
    again = _desired(results[-1], written, at=MONDAY + timedelta(days=99))

    assert not again.rewrites_reason
    assert {key: value for key, value in again.values.items() if written.get(key) != value} == {}


@given(st.lists(_results, min_size=2, max_size=8))
def test_a_reason_never_speaks_of_a_score_a_step_or_more_away(results: list[CustomerResult]) -> None:
    written: Values = {}
    for result in results:
        written = _written(result, written, at=MONDAY, text=str(result.score))

        assert abs(Decimal(written["detente_reason"] or "0") - result.score) < 3
