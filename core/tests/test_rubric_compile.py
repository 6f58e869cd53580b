"""A rubric becomes a plan, or is refused with the name of what is wrong."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from detente.engine.rubric.compile import compile_rubric
from detente.engine.rubric.gate import expression
from detente.engine.rubric.plan import ScoringPlan
from detente_contracts import (
    ConfigurationError,
    Criterion,
    Kind,
    Merge,
    Rubric,
    Signal,
    SignalCatalogue,
    SignalType,
)
from hypothesis import given, settings
from hypothesis import strategies as st


def a_signal(name: str, type_: SignalType = SignalType.NUMBER) -> Signal:
    return Signal(name=name, title=name, unit="", type=type_, kind=Kind.ACCOUNT, value="1", merge=Merge.FIRST)


CATALOGUE = SignalCatalogue(
    signals=(
        a_signal("days"),
        a_signal("arr"),
        a_signal("tier", SignalType.TEXT),
        a_signal("is_reference", SignalType.FLAG),
    )
)
BANDS = [{"name": "P3", "up_to": 40}, {"name": "P2", "up_to": 70.5}, {"name": "P1"}]
RAMP = {"ramp": {"from": 0, "to": 100, "from_points": -100, "to_points": 100}}


def a_criterion(name: str = "c", **changes: Any) -> dict[str, Any]:
    return {"name": name, "title": name, "signal": "days", "weight": 1, "scale": RAMP, **changes}


def compiled(*criteria: dict[str, Any], offered: tuple[Criterion, ...] = (), **changes: Any) -> ScoringPlan:
    content = {"name": "r", "title": "R", "criteria": criteria, "bands": BANDS, **changes}
    return compile_rubric(Rubric.model_validate(content), offered, CATALOGUE)


def points(plan: ScoringPlan, column: str, values: list[Any]) -> list[float | None]:
    text = plan.criteria[0].sql
    assert text is not None
    dtype = pl.String if column == "tier" else pl.Float64
    frame = pl.DataFrame({column: pl.Series(values, dtype=dtype)})
    return frame.select(expression(text).cast(pl.Float64).alias("found"))["found"].to_list()


def test_a_value_on_the_edge_of_a_band_belongs_to_it() -> None:
    steps = [{"up_to": 30, "points": 90}, {"up_to": 90.5, "points": 10}, {"points": -40}]
    plan = compiled(a_criterion(scale={"bands": steps}))

    assert points(plan, "days", [-5, 30, 30.01, 90.5, 91, None]) == [90, 90, 10, 10, -40, None]


def test_a_ramp_is_straight_between_its_ends_and_flat_outside() -> None:
    plan = compiled(a_criterion())

    assert points(plan, "days", [-1, 0, 25, 100, 1e9, None]) == [-100, -100, -50, 100, 100, None]


def test_a_log_ramp_is_straight_in_the_logarithm() -> None:
    ramp = {"from": 1000, "to": 100000, "from_points": 0, "to_points": 80, "log": True}
    plan = compiled(a_criterion(signal="arr", scale={"ramp": ramp}))

    assert points(plan, "arr", [1, 1000, 10000, 1e6]) == pytest.approx([0, 0, 40, 80])


def test_a_text_that_a_lookup_does_not_list_is_unknown() -> None:
    plan = compiled(a_criterion(signal="tier", scale={"lookup": {"gold": 50, "O'Neill's": -5}}))

    assert points(plan, "tier", ["gold", "O'Neill's", "Gold", None]) == [50, -5, None, None]


def test_a_flag_is_looked_up_by_yes_and_no() -> None:
    plan = compiled(a_criterion(signal="is_reference", scale={"lookup": {"yes": 60, "no": -1}}))

    assert points(plan, "is_reference", [1.0, 0.0, None]) == [60, -1, None]


def test_a_lookup_may_be_longer_than_people_may_write_expressions() -> None:
    table = {f"city {number}": number % 100 for number in range(1500)}
    plan = compiled(a_criterion(signal="tier", scale={"lookup": table}))

    assert points(plan, "tier", ["city 1499"]) == [99]


@pytest.mark.parametrize(
    ("weights", "whole"),
    [
        ([1, 2, 3], [1, 2, 3]),
        ([0.1, 0.25, 0.65], [2, 5, 13]),
        ([100, 200], [1, 2]),
        ([-1.5, 0.5], [-3, 1]),
        ([1e-9, 1], [1, 1_000_000_000]),
    ],
    ids=["whole", "shares", "with a common factor", "negative", "far apart"],
)
def test_weights_become_whole_numbers_in_the_same_proportion(weights: list[float], whole: list[int]) -> None:
    plan = compiled(*(a_criterion(f"c{i}", weight=weight) for i, weight in enumerate(weights)))

    assert [criterion.weight for criterion in plan.criteria] == whole


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8).filter(any))
def test_any_weights_become_whole_numbers_that_add_without_overflow(weights: list[float]) -> None:
    plan = compiled(*(a_criterion(f"c{i}", weight=weight) for i, weight in enumerate(weights)))
    whole, total = [item.weight for item in plan.criteria], sum(abs(weight) for weight in weights)

    assert sum(map(abs, whole)) * 100_000_000 * 4 < 2**63
    for exact, found in zip(weights, whole, strict=True):
        assert found / sum(map(abs, whole)) == pytest.approx(exact / total, abs=1e-8)


def test_offered_criteria_take_part_with_the_weight_that_they_suggest() -> None:
    offered = (
        Criterion.model_validate(a_criterion("extra", weight=3)),
        Criterion.model_validate(a_criterion("c", weight=9)),
        Criterion.model_validate(a_criterion("unweighted", weight=0)),
    )

    assert compiled(a_criterion(), offered=offered).weights() == {"c": 1, "extra": 3}
    assert compiled(a_criterion(), offered=offered, takes_offered=False).weights() == {"c": 1}


def test_a_rubric_may_weigh_a_criterion_that_a_plugin_computes() -> None:
    wanted = {"name": "mood", "title": "Mood", "weight": 2, "python": True}
    offered = Criterion(name="mood", title="Mood", function=lambda row: 5.0)
    plan = compiled(a_criterion(), wanted, offered=(offered,))

    assert plan.criteria[1].is_computed and not plan.unoffered
    assert compiled(a_criterion(), wanted).unoffered == ("mood",)


def test_a_plan_survives_being_written_as_json() -> None:
    plan = compiled(
        a_criterion(missing="worst"),
        lenses=[{"name": "sales", "title": "Sales", "incentive": "new business", "weights": {"c": 0.3}}],
        caps=[{"name": "late", "title": "Late", "when": "is_reference AND arr > 5", "at_most": 60}],
        knock_outs=[{"name": "gone", "title": "Gone", "when": "tier = 'none'", "score": 0}],
    )

    assert ScoringPlan.model_validate_json(plan.model_dump_json()) == plan
    assert [item.name for item in plan.inputs] == ["arr", "days", "is_reference", "tier"]
    assert plan.criteria[0].assumed == -100_000_000


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "unknown signal": ({"criteria": [a_criterion(signal="dayz")]}, "did you mean 'days'?"),
    "unknown signal of Python": (
        {"criteria": [{"name": "c", "title": "c", "python": True, "signal": "dayz", "weight": 1}]},
        "did you mean 'days'?",
    ),
    "look-up on a number": ({"criteria": [a_criterion(scale={"lookup": {"a": 1}})]}, "lookup needs text"),
    "look-up of a flag": (
        {"criteria": [a_criterion(signal="is_reference", scale={"lookup": {"maybe": 1}})]},
        "never 'maybe'",
    ),
    "ramp on text": ({"criteria": [a_criterion(signal="tier")]}, "need a number"),
    "rising scale said to fall": ({"criteria": [a_criterion(direction="less")]}, "direction says less"),
    "falling scale said to rise": (
        {
            "criteria": [
                a_criterion(
                    direction="more",
                    scale={"bands": [{"up_to": 1, "points": 5}, {"points": 4}]},
                )
            ]
        },
        "direction says more",
    ),
    "text as points": ({"criteria": [a_criterion(scale={"expression": "tier"})]}, "yields text"),
    "file in an expression": (
        {"criteria": [a_criterion(scale={"expression": "read_csv('x')"})]},
        "criterion c: ",
    ),
    "unknown signal in a cap": (
        {"caps": [{"name": "k", "title": "K", "when": "ar > 1", "at_most": 1}]},
        "did you mean 'arr'?",
    ),
    "number as a condition": (
        {"knock_outs": [{"name": "k", "title": "K", "when": "arr", "score": 1}]},
        "knock-out k: ",
    ),
    "caps of one name": (
        {"caps": [{"name": "k", "title": "K", "when": "arr > 1", "at_most": 1}] * 2},
        "used twice",
    ),
}


@pytest.mark.parametrize(("changes", "message"), WRONG.values(), ids=WRONG)
def test_a_rubric_that_cannot_be_meant_is_refused(changes: dict[str, Any], message: str) -> None:
    changes = dict(changes)
    criteria = changes.pop("criteria", [a_criterion()])
    with pytest.raises(ConfigurationError) as refused:
        compiled(*criteria, **changes)

    assert message in str(refused.value)


def test_a_direction_that_fits_its_scale_is_accepted() -> None:
    assert compiled(a_criterion(direction="more")).criteria[0].weight == 1
