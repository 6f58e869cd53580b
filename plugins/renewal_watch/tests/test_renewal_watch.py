"""The renewal watch: promises of every plugin, and its own rule."""

from __future__ import annotations

from typing import ClassVar

import detente_renewal_watch
import pytest
from detente_contracts import Kind, Row
from detente_contracts.testing import FrameOfRows, PluginConformance
from detente_renewal_watch.watch import FIELD, proposals, reason, watch


class TestRenewalWatch(PluginConformance):
    """What every plugin promises."""

    plugin: ClassVar[object] = detente_renewal_watch
    examples: ClassVar[tuple[Row, ...]] = tuple({"days_to_renewal": days} for days in (-1, 0, 60, 61, None))


@pytest.mark.parametrize(
    ("days", "value"),
    [
        pytest.param(-0.5, "lapsed", id="it passed a moment ago"),
        pytest.param(-400, "lapsed", id="it passed long ago"),
        pytest.param(0, "due soon", id="it is today"),
        pytest.param(60, "due soon", id="the last day that counts as soon"),
        pytest.param(61, "later", id="a day more"),
        pytest.param(None, "none", id="no date is known"),
    ],
)
def test_the_field_says_how_near_the_renewal_is(days: float | None, value: str) -> None:
    assert watch(days) == value


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (41, "renewal in 41 days"),
        (1, "renewal in 1 day"),
        (-1200, "renewal was 1,200 days ago"),
        (None, "no renewal date known"),
    ],
)
def test_the_plan_says_why(days: float | None, words: str) -> None:
    assert reason(days) == words


def test_every_customer_gets_one_value() -> None:
    rows: list[Row] = [
        {"customer": "c1", "days_to_renewal": 3.0},
        {"customer": "c2", "days_to_renewal": None},
    ]
    found = list(proposals(FrameOfRows(rows)))

    assert [(item.customer, item.field, item.value) for item in found] == [
        ("c1", "renewal_watch", "due soon"),
        ("c2", "renewal_watch", "none"),
    ]


@pytest.mark.parametrize("days", [float("nan"), float("inf"), "soon", 1e300, -1e300])
def test_a_value_that_is_no_number_of_days_stops_nothing(days: float | str) -> None:
    (found,) = proposals(FrameOfRows([{"customer": "c1", "days_to_renewal": days}]))

    assert found.value in FIELD.options


def test_without_the_signal_nothing_is_proposed() -> None:
    assert list(proposals(FrameOfRows([{"customer": "c1", "arr": 5.0}]))) == []


def test_the_field_is_on_accounts_only() -> None:
    assert FIELD.kinds == (Kind.ACCOUNT,)
