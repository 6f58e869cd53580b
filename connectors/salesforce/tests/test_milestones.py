"""What case milestones say of a service agreement."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from detente_connector_kit import RowValues
from detente_salesforce.milestones import Agreement, agreement
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def milestone(name: str, due: datetime | None, done: datetime | None = None, **more: Any) -> RowValues:
    values = {"TargetDate": due, "CompletionDate": done}
    texts = {key: at and at.strftime("%Y-%m-%dT%H:%M:%S.000+0000") for key, at in values.items()}
    return RowValues({"MilestoneType.Name": name, "IsCompleted": done is not None, **texts, **more})


def test_without_milestones_nothing_is_known() -> None:
    assert agreement([], "response", NOW) == Agreement()


def test_first_reply_and_resolution_are_told_apart_by_a_word_in_the_name() -> None:
    rows = [milestone("First Response", NOW - HOUR, NOW - 2 * HOUR), milestone("Resolution", NOW + HOUR)]

    expected = Agreement(NOW - 2 * HOUR, NOW - HOUR, NOW + HOUR, is_breached=False)
    assert agreement(rows, "response", NOW) == expected


@pytest.mark.parametrize(
    ("row", "ended_at", "breached"),
    [
        pytest.param(milestone("Resolution", NOW - HOUR), NOW, True, id="open past its time"),
        pytest.param(milestone("Resolution", NOW), NOW, False, id="open on the dot"),
        pytest.param(milestone("Resolution", NOW - HOUR, NOW), NOW, True, id="done late"),
        pytest.param(milestone("Resolution", NOW, NOW - HOUR), NOW + HOUR, False, id="done in time"),
        pytest.param(milestone("Resolution", NOW + HOUR, IsViolated=True), NOW, True, id="violated by flag"),
        pytest.param(milestone("Resolution", NOW - HOUR), None, False, id="closed, nobody knows when"),
        pytest.param(milestone("Resolution", None), NOW, False, id="without a time"),
    ],
)
def test_a_breach_is_told_by_flag_then_by_time(
    row: RowValues, ended_at: datetime | None, breached: bool
) -> None:
    assert agreement([row], "response", ended_at).is_breached is breached


def test_a_missed_first_reply_breaches_no_resolution() -> None:
    rows = [milestone("First response", NOW - HOUR), milestone("Resolution", NOW + HOUR)]

    assert agreement(rows, "response", NOW).is_breached is False


def test_the_open_milestone_that_is_due_first_counts_then_the_one_due_last() -> None:
    done = milestone("Resolution", NOW - HOUR, NOW - 2 * HOUR)
    first, later = milestone("Update", NOW + HOUR), milestone("Resolution", NOW + 2 * HOUR)

    assert agreement([done, later, first], "response", NOW).resolve_due_at == NOW + HOUR
    assert agreement([done], "response", NOW).resolve_due_at == NOW - HOUR


@given(st.permutations([milestone("A", NOW + place * HOUR) for place in range(-2, 3)]))
def test_the_order_of_milestones_says_nothing(rows: list[RowValues]) -> None:
    assert agreement(rows, "response", NOW).resolve_due_at == NOW - 2 * HOUR
