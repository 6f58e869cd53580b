"""Scores are integers that their parts add up to, and that replay from the receipt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
from detente.engine.rubric.compile import compile_rubric
from detente.engine.rubric.evaluate import evaluate, part_columns, refusals
from detente.engine.rubric.plan import PlannedBand, PlannedCriterion, PlannedLens, ScoringPlan
from detente.engine.rubric.receipts import decode, encode
from detente.engine.rubric.replay import replay
from detente_contracts import Kind, Merge, Rubric, Signal, SignalCatalogue, SignalState
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = ("a", "b", "c", "d")
CATALOGUE = SignalCatalogue(
    signals=tuple(
        Signal(name=name, title=name, unit="", kind=Kind.ACCOUNT, value="1", merge=Merge.FIRST)
        for name in NAMES
    )
)
BANDS = [
    {"name": "P4", "up_to": 25},
    {"name": "P3", "up_to": 50},
    {"name": "P2", "up_to": 75},
    {"name": "P1"},
]
MICRO = 1_000_000


def a_plan(criteria: Mapping[str, Mapping[str, Any]], **changes: Any) -> ScoringPlan:
    """A plan whose criteria earn their signal's own value as points, each of weight 1 unless told."""
    content = [
        {"name": name, "title": name, "weight": 1, "scale": {"expression": name}, **more}
        for name, more in criteria.items()
    ]
    rubric = {"name": "r", "title": "R", "criteria": content, "bands": BANDS, **changes}
    return compile_rubric(Rubric.model_validate(rubric), [], CATALOGUE)


def a_portfolio(states: Mapping[str, list[int]] | None = None, **values: list[float | None]) -> pl.DataFrame:
    height = len(next(iter(values.values())))
    who = [f"c{number}" for number in range(height)]
    columns: dict[str, pl.Series] = {"customer": pl.Series(who), "name": pl.Series(who)}
    for name, column in values.items():
        columns[name] = pl.Series(column, dtype=pl.Float64)
        told = (states or {}).get(name, [1 if value is None else 0 for value in column])
        columns[f"{name}__state"] = pl.Series(told, dtype=pl.UInt8)
    return pl.DataFrame(columns)


def score(plan: ScoringPlan, portfolio: pl.DataFrame, **computed: pl.Series) -> dict[str, Any]:
    return evaluate(plan, portfolio, computed).row(0, named=True)


def test_a_customer_about_whom_nothing_is_known_stands_at_50() -> None:
    row = score(a_plan({"a": {}, "b": {}}), a_portfolio(a=[None], b=[None]))

    assert (row["score_micro"], row["score"], row["band"]) == (50 * MICRO, 50.0, "P3")
    assert (row["points__a"], row["part__a"], row["part__redistributed"]) == (None, 0, 0)


def test_a_part_is_half_the_points_by_share_of_weight() -> None:
    row = score(a_plan({"a": {"weight": 3}, "b": {"weight": -1}}), a_portfolio(a=[40], b=[80]))

    assert (row["part__a"], row["part__b"]) == (15 * MICRO, -10 * MICRO)
    assert (row["score"], row["band"]) == (55.0, "P2")


def test_the_weight_of_what_is_unknown_goes_to_what_is_known() -> None:
    row = score(a_plan({"a": {}, "b": {}}), a_portfolio(a=[40], b=[None]))

    assert (row["part__a"], row["part__redistributed"]) == (10 * MICRO, 10 * MICRO)
    assert row["score"] == 70.0


def test_an_unknown_value_earns_what_its_rule_says() -> None:
    rules: dict[str, dict[str, Any]] = {
        "a": {},
        "b": {"missing": "neutral"},
        "c": {"missing": "worst"},
        "d": {"assume": 20, "missing": "worst"},
    }
    row = score(a_plan(rules), a_portfolio(a=[40], b=[None], c=[None], d=[None]))
    parts = [row[f"part__{name}"] for name in NAMES]

    assert parts == [5 * MICRO, 0, -12_500_000, 2_500_000]
    assert (row["part__redistributed"], row["points__d"]) == (0, None)


def test_a_hidden_or_stale_signal_does_not_score_even_if_a_value_is_there() -> None:
    states = {"a": [int(SignalState.HIDDEN)], "b": [int(SignalState.STALE)]}
    row = score(a_plan({"a": {}, "b": {}, "c": {}}), a_portfolio(states, a=[90], b=[90], c=[20]))

    assert (row["points__a"], row["points__b"], row["score"]) == (None, None, 60.0)


def test_points_outside_the_range_are_held_to_it() -> None:
    row = score(a_plan({"a": {}, "b": {}}), a_portfolio(a=[1e12], b=[-101]))

    assert (row["points__a"], row["points__b"]) == (100 * MICRO, -100 * MICRO)


def test_points_that_are_not_finite_count_as_unknown_and_are_reported() -> None:
    plan = a_plan({"a": {"scale": {"expression": "1 / a"}}, "b": {"scale": {"expression": "LN(b)"}}, "c": {}})
    scored = evaluate(plan, a_portfolio(a=[0, 1], b=[-1, 1], c=[40, 40]), {})

    assert scored["points__a"].to_list() == [None, MICRO]
    assert refusals(scored) == {"a": 1, "b": 1}
    assert scored["score"][0] == 70.0


def test_points_of_functions_are_kept_as_inputs() -> None:
    plan = a_plan({"a": {}, "mood": {"python": True, "scale": {}}})
    row = score(plan, a_portfolio(a=[0]), mood=pl.Series([60.5]))
    without = score(plan, a_portfolio(a=[10]))

    assert (row["computed__mood"], row["points__mood"], row["score"]) == (60.5, 60_500_000, 65.1)
    assert (without["points__mood"], without["score"]) == (None, 55.0)


def test_caps_then_knock_outs_bound_the_score_and_each_cut_is_a_part() -> None:
    plan = a_plan(
        {"a": {}},
        caps=[
            {"name": "low", "title": "Low", "when": "b > 0", "at_most": 60},
            {"name": "high", "title": "High", "when": "b > 1", "at_least": 70},
        ],
        knock_outs=[{"name": "gone", "title": "Gone", "when": "b > 2", "score": 5}],
    )
    scored = evaluate(plan, a_portfolio(a=[100] * 5, b=[0, 1, 2, 3, None]), {})

    assert scored["score"].to_list() == [100.0, 60.0, 70.0, 5.0, 100.0]
    assert scored.select(part_columns(plan)[2:]).row(3) == (-40 * MICRO, 10 * MICRO, -65 * MICRO, 0)


def test_the_upper_edge_belongs_to_the_band() -> None:
    plan = a_plan({"a": {}})
    scored = evaluate(plan, a_portfolio(a=[-50, -49.999998, 0, 50, 50.000002]), {})

    assert scored["band"].to_list() == ["P4", "P3", "P3", "P2", "P1"]


def test_scores_for_people_have_one_decimal_with_halves_up() -> None:
    scored = evaluate(a_plan({"a": {}}), a_portfolio(a=[9.6, 9.7, 9.69, -9.7]), {})

    assert scored["score"].to_list() == [54.8, 54.9, 54.8, 45.2]


def test_lenses_weigh_the_same_points_and_their_distance_is_counted_in_bands() -> None:
    lenses = [
        {"name": "sales", "title": "Sales", "incentive": "x", "weights": {"a": 1}},
        {"name": "support", "title": "Support", "incentive": "x", "weights": {"b": 0.7}},
        {"name": "agreed", "title": "Agreed", "incentive": "x", "weights": {"a": 5, "b": 5}},
    ]
    row = score(a_plan({"a": {}, "b": {}}, lenses=lenses), a_portfolio(a=[90], b=[-90]))

    assert (row["score_sales"], row["score_support"], row["score_agreed"]) == (95.0, 5.0, 50.0)
    assert (row["band_sales"], row["band_support"], row["lens_gap"]) == ("P1", "P4", 3)
    assert row["score_micro_agreed"] == row["score_micro"]


def test_a_portfolio_without_customers_is_scored() -> None:
    scored = evaluate(a_plan({"a": {}, "m": {"python": True, "scale": {}}}), a_portfolio(a=[]), {})

    assert scored.height == 0
    assert {"score_micro", "score", "band", "lens_gap", "part__clamp"} <= set(scored.columns)


WEIGHTS = st.integers(-10_000, 10_000) | st.sampled_from([0, 1, -1, 3_333_333_333, -9_999_999_999])
POINTS = (
    st.none() | st.floats(-100, 100) | st.sampled_from([100.0, -100.0, 0.000001, float("inf"), float("nan")])
)
CAPS = st.tuples(st.sampled_from(["at_most", "at_least"]), st.integers(0, 100))


@st.composite
def plans(draw: st.DrawFn) -> ScoringPlan:
    """Any weights, missing rules, lenses, caps and knock-outs over the four signals."""
    weights = draw(st.lists(WEIGHTS, min_size=4, max_size=4).filter(any))
    assumed = draw(st.lists(st.none() | st.integers(-100 * MICRO, 100 * MICRO), min_size=4, max_size=4))
    lens = draw(st.lists(WEIGHTS, min_size=4, max_size=4).filter(any))
    caps = [
        {"name": f"cap{i}", "title": "Cap", "when": f"{NAMES[i % 4]} > {edge - 50}", bound: edge}
        for i, (bound, edge) in enumerate(draw(st.lists(CAPS, max_size=3)))
    ]
    knock_outs = [{"name": "out", "title": "Out", "when": "a > 50 AND b < 0", "score": 12.5}]
    base = a_plan({name: {} for name in NAMES}, caps=caps, knock_outs=knock_outs[: draw(st.integers(0, 1))])
    criteria = tuple(
        item.model_copy(update={"weight": weight, "assumed": known})
        for item, weight, known in zip(base.criteria, weights, assumed, strict=True)
    )
    view = PlannedLens(name="l", title="L", incentive="", weights=dict(zip(NAMES, lens, strict=True)))
    flat = view.model_copy(update={"name": "flat", "weights": dict.fromkeys(NAMES, 1)})
    return base.model_copy(update={"criteria": criteria, "lenses": (view, flat)})


@settings(max_examples=60, deadline=None)
@given(plans(), st.lists(st.tuples(POINTS, POINTS, POINTS, POINTS), min_size=1, max_size=6), st.randoms())
def test_50_and_the_parts_are_the_score_and_it_replays_from_its_receipt(
    plan: ScoringPlan, rows: list[tuple[float | None, ...]], random: Any
) -> None:
    values = {name: [row[i] for row in rows] for i, name in enumerate(NAMES)}
    states = {name: [random.choice([0, 0, 0, 1, 2, 3]) for _ in rows] for name in NAMES}
    scored = evaluate(plan, a_portfolio(states, **values), {})
    sums = [50 * MICRO + sum(row) for row in scored.select(part_columns(plan)).iter_rows()]

    assert sums == scored["score_micro"].to_list()
    assert all(0 <= total <= 100 * MICRO for total in sums)
    assert replay(plan, decode(encode("b" * 64, scored))) == []


def test_replay_names_every_value_that_was_tampered_with() -> None:
    plan = a_plan({"a": {}, "b": {}})
    receipt = decode(encode("b", evaluate(plan, a_portfolio(a=[10, 20], b=[None, 5]), {})))
    forged = receipt.with_columns(pl.Series("score_micro", [99 * MICRO, receipt["score_micro"][1]]))
    retold = receipt.with_columns(pl.Series("a", [11.0, 20.0]))

    assert [(found.customer, found.column) for found in replay(plan, forged)] == [("c0", "score_micro")]
    assert "customer c0: points__a is 10000000, recomputed 11000000" in map(str, replay(plan, retold))


def test_replay_names_a_column_that_was_cut_out() -> None:
    plan = a_plan({"a": {}})
    receipt = evaluate(plan, a_portfolio(a=[10]), {}).drop("part__clamp")

    assert [found.column for found in replay(plan, receipt)] == ["part__clamp"]


def test_replay_finds_another_policy() -> None:
    plan, other = a_plan({"a": {}, "b": {}}), a_plan({"a": {}, "b": {"weight": 2}})
    receipt = evaluate(plan, a_portfolio(a=[10], b=[20]), {})

    assert "score_micro" in {found.column for found in replay(other, receipt)}


def test_plans_are_plain_data() -> None:
    plan = ScoringPlan(
        rubric="r",
        title="R",
        criteria=(PlannedCriterion(name="a", title="a", family="x", phrase="a", sql='"a"', weight=1),),
        bands=(PlannedBand(name="P1"),),
        step_micro=3 * MICRO,
    )

    assert score(plan, a_portfolio(a=[20]))["band"] == "P1"
