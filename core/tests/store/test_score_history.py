"""A customer's past scores are read back from receipts, whichever batch of a run held it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO

import polars as pl
from detente.store.database import Store
from detente.store.score_history import score_history
from detente.store.scores import save_scoring
from detente.store.tables import scoring
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def score(store: Store, day: int, customers: list[str], *, batch: int = 2, bundle: str = "b-1") -> None:
    """A run that scored `customers` in batches, each as many points as the day has."""
    with store.transaction() as connection:
        for seq, start in enumerate(range(0, len(customers), batch)):
            here = customers[start : start + batch]
            frame = pl.DataFrame({"customer": here, "score_micro": [day * 1_000_000] * len(here)})
            frame = frame.with_columns(pl.lit("P3").alias("band"))
            content = BytesIO()
            frame.with_columns(pl.lit(bundle).alias("bundle__hash")).write_ipc(content)
            save_scoring(
                connection,
                run=f"run-{day}",
                seq=seq,
                bundle=bundle,
                as_of=NOW + day * DAY,
                receipt=content.getvalue(),
                scores=frame,
            )


def days(store: Store, customer: str, last: int = 30) -> list[int]:
    with store.reading() as connection:
        return [item.score_micro // 1_000_000 for item in score_history(connection, customer, last)]


def test_scores_come_from_the_oldest_run_on_with_the_bundle_that_made_them(store: Store) -> None:
    score(store, 1, ["c-1"])
    score(store, 2, ["c-1"], bundle="b-2")
    with store.reading() as connection:
        found = score_history(connection, "c-1", 30)

    assert [(item.run, item.as_of, item.bundle, item.band) for item in found] == [
        ("run-1", NOW + DAY, "b-1", "P3"),
        ("run-2", NOW + 2 * DAY, "b-2", "P3"),
    ]


def test_only_the_latest_runs_are_looked_at(store: Store) -> None:
    for day in range(1, 6):
        score(store, day, ["c-1"])

    assert days(store, "c-1", last=2) == [4, 5]


def test_a_run_that_did_not_know_the_customer_is_left_out(store: Store) -> None:
    score(store, 1, ["c-1", "c-3", "c-5"])
    score(store, 2, ["c-1", "c-2", "c-3", "c-4", "c-5"])
    score(store, 3, [])

    assert days(store, "c-2") == [2]
    assert days(store, "c-5") == [1, 2]
    assert days(store, "c-9") == []


numbers = st.lists(st.sets(st.integers(0, 30), max_size=20), min_size=1, max_size=5)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers, st.integers(0, 30))
def test_no_run_that_scored_the_customer_is_missed_however_customers_are_spread(
    store: Store, runs: list[set[int]], wanted: int
) -> None:
    with store.transaction() as connection:
        connection.execute(delete(scoring))
    for day, known in enumerate(runs, start=1):
        score(store, day, [f"c-{number:02d}" for number in sorted(known)])

    assert days(store, f"c-{wanted:02d}") == [day for day, known in enumerate(runs, 1) if wanted in known]
