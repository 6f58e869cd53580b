"""The budget in memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from detente_connector_kit import LocalBudget
from detente_contracts.testing import StandingClock
from hypothesis import given
from hypothesis import strategies as st

START = datetime(2026, 11, 3, 9, tzinfo=UTC)


@given(
    limit=st.integers(1, 40),
    window_s=st.floats(0.5, 20),
    pauses=st.lists(st.floats(0, 3), min_size=1, max_size=120),
)
def test_no_window_ever_holds_more_calls_than_nine_tenths_of_the_limit(
    limit: int, window_s: float, pauses: list[float]
) -> None:
    clock = StandingClock(START)
    budget = LocalBudget(clock)
    made: list[datetime] = []
    for pause_s in pauses:
        clock.sleep(pause_s)
        while (wait_s := budget.take("calls", limit, window_s)) > 0:
            clock.sleep(max(wait_s, 1e-6))
        made.append(clock.now())

    allowed = max(1, int(limit * 0.9))
    window = timedelta(seconds=window_s)
    assert all(later - made[place] >= window for place, later in enumerate(made[allowed:]))


def test_a_refused_call_reserves_nothing() -> None:
    clock = StandingClock(START)
    budget = LocalBudget(clock)
    budget.take("calls", 1, 10)
    for _ in range(50):
        budget.take("calls", 1, 10)
    clock.sleep(10)

    assert budget.take("calls", 1, 10) == 0


def test_an_exhausted_bucket_stays_closed_and_leaves_others_open() -> None:
    clock = StandingClock(START)
    budget = LocalBudget(clock)
    budget.exhaust("search", 30)
    budget.exhaust("search", 5)

    assert budget.take("search", 10, 1) == 30
    assert budget.take("burst", 10, 1) == 0


def test_a_limit_that_grows_lets_more_calls_through_at_once() -> None:
    clock = StandingClock(START)
    budget = LocalBudget(clock)
    for _ in range(9):
        budget.take("calls", 10, 10)

    assert budget.take("calls", 10, 10) > 0
    assert budget.take("calls", 20, 10) == 0
