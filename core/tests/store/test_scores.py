"""Scores point into receipts that are kept once by their content."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import polars as pl
import pytest
from detente.store.customers import add_memberships, end_memberships
from detente.store.database import Store
from detente.store.scores import (
    ScoreRow,
    ScoringRow,
    all_receipts,
    current_scores,
    receipt_of,
    save_scoring,
    score_of,
    scorings_of,
)
from detente_contracts import Ref, RuleViolationError

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
SCORES = pl.DataFrame(
    {"customer": ["c-1", "c-2"], "score_micro": [87_500_000, 50_000_000], "band": ["P1", "P3"]}
)
FIRST = sha256(b"first").hexdigest()


def score(store: Store, run: str, receipt: bytes, *, at: datetime = NOW, seq: int = 1) -> str:
    with store.transaction() as connection:
        return save_scoring(
            connection, run=run, seq=seq, bundle="b-1", as_of=at, receipt=receipt, scores=SCORES
        )


def test_current_score_names_its_receipt_and_its_place_in_it(store: Store) -> None:
    assert score(store, "run-1", b"first") == FIRST

    with store.reading() as connection:
        assert score_of(connection, "c-2") == ScoreRow("c-2", "run-1", FIRST, 1, 50_000_000, "P3", "b-1", NOW)
        assert score_of(connection, "c-3") is None
        assert receipt_of(connection, FIRST) == b"first"


def test_equal_receipt_of_a_later_run_is_kept_once_and_dated_by_that_run(store: Store) -> None:
    score(store, "run-1", b"first")
    score(store, "run-2", b"first", at=LATER)

    with store.reading() as connection:
        assert list(all_receipts(connection)) == [(FIRST, "b-1")]
        assert scorings_of(connection, "run-2") == [ScoringRow("run-2", 1, FIRST, "b-1", LATER)]
        current = score_of(connection, "c-1")
        assert current is not None
        assert (current.run, current.as_of) == ("run-2", LATER)


def test_new_receipt_replaces_the_current_scores_and_leaves_the_old_receipt(store: Store) -> None:
    score(store, "run-1", b"first")
    second = score(store, "run-2", b"second", at=LATER)

    with store.reading() as connection:
        current = score_of(connection, "c-1")
        assert current is not None
        assert current.receipt == second
        assert receipt_of(connection, FIRST) == b"first"


def test_scoring_told_again_after_a_kill_stands_as_it_was(store: Store) -> None:
    score(store, "run-1", b"first")

    assert score(store, "run-1", b"other") == FIRST
    with store.reading() as connection:
        assert [row.receipt for row in scorings_of(connection, "run-1")] == [FIRST]
        assert list(all_receipts(connection)) == [(FIRST, "b-1")]


def test_current_scores_are_those_of_customers_that_have_an_account(store: Store) -> None:
    score(store, "run-1", b"first")
    links = [
        ("c-1", Ref("hub", "company", "1"), "only account"),
        ("c-2", Ref("hub", "company", "2"), "the same"),
    ]
    with store.transaction() as connection:
        add_memberships(connection, links, NOW)
        assert current_scores(connection).get_column("customer").to_list() == ["c-1", "c-2"]
        end_memberships(connection, [Ref("hub", "company", "1")], LATER)

        (row,) = current_scores(connection).to_dicts()
        assert ScoreRow(**row) == score_of(connection, "c-2")


def test_receipt_that_is_not_kept_is_named(store: Store) -> None:
    with store.reading() as connection, pytest.raises(RuleViolationError, match="feed"):
        receipt_of(connection, "feed")
