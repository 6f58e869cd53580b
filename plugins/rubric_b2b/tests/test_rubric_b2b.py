"""What the rubric makes of customers, by a plain reading of its scales apart from the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import log
from pathlib import Path
from typing import ClassVar

import detente_rubric_b2b
import pytest
import yaml
from detente_contracts import Criterion, MissingRule, PolicyFile, Row, Rubric, SignalCatalogue, Value
from detente_contracts.testing import PluginConformance
from detente_rubric_b2b.burden import SERVICE_BURDEN, service_burden

FOLDER = Path(detente_rubric_b2b.__file__).parent / "policy"


def policy(name: str) -> PolicyFile:
    return PolicyFile.read(yaml.safe_load((FOLDER / name).read_text("utf-8")), where=name)


RUBRIC: Rubric = policy("b2b.yaml").rubrics[0]
LENSES: Mapping[str, Mapping[str, float]] = {lens.name: lens.weights for lens in RUBRIC.lenses}
WEIGHTS: Mapping[str, float] = {item.name: item.weight for item in RUBRIC.criteria}


class TestRubric(PluginConformance):
    """The promises of every plugin."""

    plugin: ClassVar[object] = detente_rubric_b2b
    examples: ClassVar[Sequence[Row]] = (
        {"open_tickets": 3, "reopened_90d": None, "urgent_open_tickets": 1e12},
        {"open_tickets": 0, "reopened_90d": -4, "urgent_open_tickets": "many"},
    )


def points(criterion: Criterion, value: Value) -> float | None:
    """Points of one value; None while it shares its weight among the others."""
    scale = criterion.scale
    if value is None or (scale.lookup and str(value) not in scale.lookup):
        return 0.0 if criterion.missing is MissingRule.NEUTRAL else None
    if scale.lookup:
        return scale.lookup[str(value)]
    assert isinstance(value, int | float)
    if scale.bands:
        return next(step.points for step in scale.bands if step.up_to is None or value <= step.up_to)
    ramp = scale.ramp
    assert ramp is not None
    inside = min(max(value, ramp.from_value), ramp.to_value)
    way = (inside - ramp.from_value) / (ramp.to_value - ramp.from_value)
    if ramp.log:
        way = log(inside / ramp.from_value) / log(ramp.to_value / ramp.from_value)
    return ramp.from_points + way * (ramp.to_points - ramp.from_points)


def score(customer: Row, weights: Mapping[str, float] = WEIGHTS) -> float:
    """50 plus half of the weighed mean of the points that are known."""
    given = {item.name: points(item, customer.get(item.signal or "")) for item in RUBRIC.criteria}
    known = {name: found for name, found in given.items() if found is not None and weights.get(name)}
    total = sum(weights[name] for name in known)
    return 50 + sum(weights[name] * found for name, found in known.items()) / (2 * total)


def band(value: float) -> str:
    return next(item.name for item in RUBRIC.bands if item.up_to is None or value <= item.up_to)


AVERAGE: dict[str, Value] = {
    "arr": 40_000.0,
    "expansion_likelihood": 30.0,
    "industry_influence": "low",
    "reference_customer": "no",
    "uptime_exposure": "business_hours",
    "compliance_sensitivity": "standard",
    "data_security_tier": 2.0,
    "days_to_renewal": 160.0,
    "cost_to_serve": 4_000.0,
    "mean_urgent_resolve_days": 3.0,
    "cross_team_dependencies": 1.0,
    "breaches_90d": 0.0,
}
GIANT: dict[str, Value] = {
    **AVERAGE,
    "arr": 2_000_000.0,
    "expansion_likelihood": 95.0,
    "industry_influence": "high",
    "reference_customer": "yes",
    "days_to_renewal": 12.0,
}
CALM_GIANT: dict[str, Value] = {
    **GIANT,
    "uptime_exposure": "none",
    "data_security_tier": 1.0,
    "cost_to_serve": 3_000.0,
    "mean_urgent_resolve_days": None,
    "cross_team_dependencies": 0.0,
}
SUFFERER: dict[str, Value] = {
    **AVERAGE,
    "arr": 5_000.0,
    "expansion_likelihood": 0.0,
    "uptime_exposure": "always_on",
    "compliance_sensitivity": "critical",
    "data_security_tier": 4.0,
    "days_to_renewal": 350.0,
    "cost_to_serve": 12_000.0,
    "mean_urgent_resolve_days": 7.0,
    "cross_team_dependencies": 6.0,
    "breaches_90d": 8.0,
}
MARGINAL: dict[str, Value] = {
    **AVERAGE,
    "arr": 3_000.0,
    "expansion_likelihood": 5.0,
    "uptime_exposure": "none",
    "data_security_tier": 1.0,
    "days_to_renewal": 320.0,
    "cost_to_serve": 9_000.0,
}


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        pytest.param(GIANT, "P1", id="a giant about to renew"),
        pytest.param(
            {**AVERAGE, "arr": 400_000.0, "days_to_renewal": 50.0}, "P2", id="large, renews in weeks"
        ),
        pytest.param(AVERAGE, "P3", id="an ordinary customer"),
        pytest.param({}, "P3", id="a customer of whom nothing is known"),
        pytest.param(MARGINAL, "P4", id="small, quiet, far from renewal"),
    ],
)
def test_customers_stand_in_the_band_that_people_expect(customer: Row, expected: str) -> None:
    assert band(score(customer)) == expected


@pytest.mark.parametrize(
    ("customer", "high", "low"),
    [
        pytest.param(CALM_GIANT, "sales", "support", id="money without trouble"),
        pytest.param(SUFFERER, "support", "sales", id="trouble without money"),
    ],
)
def test_departments_are_two_bands_apart_over_what_only_one_of_them_is_paid_for(
    customer: Row, high: str, low: str
) -> None:
    bands = {lens: band(score(customer, weights)) for lens, weights in LENSES.items()}

    assert bands[high] == "P1"
    assert int(bands[low][1]) - int(bands[high][1]) >= 2


def test_departments_agree_on_an_ordinary_customer() -> None:
    assert {band(score(AVERAGE, weights)) for weights in LENSES.values()} == {"P3"}


WORSE_NEWS: Sequence[tuple[str, Value, Value]] = [
    ("arr", 50_000.0, 500_000.0),
    ("expansion_likelihood", 20.0, 60.0),
    ("industry_influence", "low", "high"),
    ("reference_customer", "no", "yes"),
    ("uptime_exposure", "business_hours", "always_on"),
    ("compliance_sensitivity", "standard", "regulated"),
    ("data_security_tier", 2.0, 3.0),
    ("days_to_renewal", 100.0, 20.0),
    ("cost_to_serve", 40_000.0, 4_000.0),
    ("mean_urgent_resolve_days", 2.0, 9.0),
    ("cross_team_dependencies", 4.0, 1.0),
    ("breaches_90d", 0.0, 2.0),
]


@pytest.mark.parametrize(("signal", "before", "after"), WORSE_NEWS, ids=[row[0] for row in WORSE_NEWS])
def test_each_signal_moves_the_score_the_way_the_readme_says(
    signal: str, before: Value, after: Value
) -> None:
    assert score({**AVERAGE, signal: after}) > score({**AVERAGE, signal: before})


def test_no_single_criterion_moves_a_customer_by_more_than_one_band() -> None:
    heaviest = max(WEIGHTS.values()) / sum(WEIGHTS.values())
    edges = [item.up_to for item in RUBRIC.bands if item.up_to is not None]

    assert max(WEIGHTS.values()) <= 0.2 * sum(WEIGHTS.values())
    assert heaviest * 50 < edges[-1] - edges[0]


def test_the_twelve_criteria_cover_all_families_that_the_definition_of_priority_names() -> None:
    families = [item.family for item in RUBRIC.criteria]

    assert len(families) == 12
    assert set(families) == {"revenue", "strategic", "risk", "renewal", "operational"}


def test_every_lens_says_what_its_department_is_rewarded_for() -> None:
    assert list(LENSES) == ["sales", "support", "product"]
    assert len({lens.incentive for lens in RUBRIC.lenses}) == 3
    assert all(len(weights) >= 8 for weights in LENSES.values())


def test_every_reason_names_its_value_or_needs_none() -> None:
    flags = {"reference"}

    assert {item.name for item in RUBRIC.criteria if "{value}" not in item.phrase} == flags


def test_the_readme_lists_the_criteria_with_signal_and_weight() -> None:
    lines = (Path(__file__).parents[1] / "README.md").read_text("utf-8").splitlines()
    rows = [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| `")]

    assert [row[:4] for row in rows] == [
        [item.name, item.family, item.signal, f"{item.weight:g}"] for item in RUBRIC.criteria
    ]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param({"open_tickets": 0}, 0.0, id="no tickets"),
        pytest.param({"open_tickets": 2}, 0.0, id="two open ones are no burden"),
        pytest.param({"open_tickets": 2, "urgent_open_tickets": 1}, 40.0, id="one of them urgent"),
        pytest.param({"open_tickets": 2, "reopened_90d": 2}, 60.0, id="two reopened"),
        pytest.param({"open_tickets": 40, "urgent_open_tickets": 9}, 100.0, id="no more than all"),
        pytest.param({"open_tickets": None, "reopened_90d": 9}, None, id="open tickets unknown"),
    ],
)
def test_service_burden_weighs_urgent_and_reopened_tickets_more(row: Row, expected: float | None) -> None:
    assert service_burden(row) == expected


def test_service_burden_is_offered_only_where_its_signal_is_known() -> None:
    assert detente_rubric_b2b.detente_add_criteria(signals=SignalCatalogue()) == []
    assert 0 < SERVICE_BURDEN.weight < min(item.weight for item in RUBRIC.criteria) + 1


def test_money_has_dated_rates_and_edits_have_an_end() -> None:
    money = policy("money.yaml")

    assert (money.currency, money.lease_days, money.stale_after_hours) == ("EUR", 14, 48)
    assert [rates.since for rates in money.exchange] == sorted({rates.since for rates in money.exchange})
    assert all(
        set(rates.rates) == {"USD", "GBP"} and rates.since > date(2024, 1, 1) for rates in money.exchange
    )
