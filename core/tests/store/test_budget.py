"""No window ever holds more calls than we may take, whoever asks; what may be taken can be."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from detente.store.budget import StoredBudget, allowance
from detente.store.database import Store
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@dataclass
class ManualClock:
    """A clock that stands until somebody waits."""

    instant: datetime = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

    def now(self) -> datetime:
        return self.instant

    def sleep(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Store, Store]]:
    """Two stores on one file, as two processes have them."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'detente.sqlite'}"
        stores = (Store.open(url), Store.open(url))
        yield stores
        for store in stores:
            store.close()


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    limit=st.integers(1, 25),
    window_s=st.sampled_from([0.5, 1.0, 10.0, 86_400.0]),
    moves=st.lists(st.tuples(st.booleans(), st.floats(0, 0.4), st.booleans()), max_size=60),
)
def test_no_window_holds_more_calls_than_allowed(
    pair: tuple[Store, Store], limit: int, window_s: float, moves: list[tuple[bool, float, bool]]
) -> None:
    clock, account = ManualClock(), uuid4().hex
    budgets = [StoredBudget(store, account, clock) for store in pair]
    made: list[datetime] = []
    for second, pause, waits in moves:
        clock.sleep(pause * window_s)
        wait_s = budgets[second].take("calls", limit, window_s)
        if wait_s and waits:
            clock.sleep(wait_s)
            assert budgets[not second].take("calls", limit, window_s) == 0.0
        if waits or not wait_s:
            made.append(clock.now())

    window = timedelta(seconds=window_s)
    most = max(
        (bisect_right(made, start + window - timedelta.resolution) - i for i, start in enumerate(made)),
        default=0,
    )
    assert most <= max(1, limit * 0.9)


@pytest.mark.parametrize(
    ("limit", "ours"), [(1, 1), (2, 1), (5, 4), (10, 9), (19, 17), (100, 90), (100_000, 90_000)]
)
def test_a_tenth_is_left_for_humans(limit: int, ours: int) -> None:
    assert allowance(limit, 0.1) == ours


def test_at_least_one_call_is_left_for_humans_without_a_reserve() -> None:
    assert (allowance(10, 0.0), allowance(9, 0.0)) == (9, 9)


def test_patient_caller_uses_nearly_all_it_may(store: Store) -> None:
    clock = ManualClock()
    budget, start, calls = StoredBudget(store, "hub", clock), clock.now(), 0
    while clock.now() < start + timedelta(seconds=30):
        wait_s = budget.take("calls", 20, 10.0)
        clock.sleep(wait_s or 0.01)
        calls += not wait_s

    assert calls >= 0.95 * 3 * 18


def test_calls_at_one_moment_from_two_stores_share_one_allowance(store: Store, store_url: str) -> None:
    other, clock = Store.open(store_url), ManualClock()
    budgets = [StoredBudget(opened, "hub", clock) for opened in (store, other)] * 2
    with ThreadPoolExecutor(4) as pool:
        waits = list(pool.map(lambda budget: budget.take("calls", 10, 10.0), budgets * 5))
    other.close()

    assert waits.count(0.0) == 9


def test_buckets_and_accounts_do_not_share(store: Store) -> None:
    clock = ManualClock()
    asked = [("hub", "calls"), ("hub", "search"), ("sf", "calls"), ("hub", "calls")]

    waits = [StoredBudget(store, account, clock).take(bucket, 1, 10.0) for account, bucket in asked]
    assert waits[:3] == [0.0, 0.0, 0.0]
    assert waits[3] > 0


def test_exhausted_bucket_answers_a_wait_until_its_time_has_passed(store: Store, store_url: str) -> None:
    clock, other = ManualClock(), Store.open(store_url)
    budget, neighbour = StoredBudget(store, "hub", clock), StoredBudget(other, "hub", clock)
    budget.exhaust("calls", 7.5)
    budget.exhaust("calls", 2.0)

    assert neighbour.take("calls", 100, 10.0) == 7.5
    assert neighbour.take("search", 100, 10.0) == 0.0
    clock.sleep(7.5)
    assert neighbour.take("calls", 100, 10.0) == 0.0
    other.close()
