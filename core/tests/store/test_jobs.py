"""Jobs: a due time is taken once, and what became of it stays until it is old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from detente.store.database import Store
from detente.store.jobs import (
    JobOutcome,
    JobRow,
    begin_job,
    dated_ahead,
    end_job,
    expect_job,
    forget_ahead,
    forget_jobs,
    give_back,
    last_end,
    last_job,
    last_jobs,
    note_run,
    unfinished_job,
)
from sqlalchemy.exc import IntegrityError

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


def test_a_due_time_is_under_way_until_it_is_told_how_it_ended(store: Store) -> None:
    with store.transaction() as connection:
        row = begin_job(connection, "run", NOW, LATER)
        assert unfinished_job(connection, "run") == row
        end_job(connection, row, JobOutcome.PROBLEMS, {"problems": ["hubspot is down"]}, LATER)

        assert unfinished_job(connection, "run") is None
        ended = JobRow("run", NOW, LATER, LATER, None, JobOutcome.PROBLEMS, {"problems": ["hubspot is down"]})
        assert last_job(connection, "run", LATER) == ended


def test_a_due_time_cannot_be_taken_twice(store: Store) -> None:
    with store.transaction() as connection:
        begin_job(connection, "run", NOW, NOW)
        begin_job(connection, "sweep", NOW, NOW)

    with pytest.raises(IntegrityError), store.transaction() as connection:
        begin_job(connection, "run", NOW, LATER)


def test_the_run_of_a_due_time_is_known_before_it_ends(store: Store) -> None:
    with store.transaction() as connection:
        row = begin_job(connection, "run", NOW, NOW)
        note_run(connection, row, "run-1", LATER)
        left = unfinished_job(connection, "run")

    assert left is not None
    assert (left.run, left.due_at, left.began_at) == ("run-1", NOW, LATER)


def test_a_due_time_that_is_given_back_can_be_taken_again_but_not_once_it_has_ended(store: Store) -> None:
    with store.transaction() as connection:
        give_back(connection, begin_job(connection, "run", NOW, NOW))
        row = begin_job(connection, "run", NOW, LATER)
        end_job(connection, row, JobOutcome.DONE, {}, LATER)
        give_back(connection, row)
        last = last_job(connection, "run", LATER)

    assert last is not None
    assert (last.outcome, last.counts_from(LATER)) == (JobOutcome.DONE, LATER)


def test_a_job_is_expected_from_its_first_start_on_and_no_later_one(store: Store) -> None:
    with store.transaction() as connection:
        expect_job(connection, "run", NOW)
        expect_job(connection, "run", LATER)
        first = last_job(connection, "run", LATER)

        assert first is not None
        assert (first.began_at, first.outcome) == (NOW, JobOutcome.EXPECTED)
        assert last_jobs(connection, 9) == []


def test_a_due_time_far_ahead_is_not_believed_and_can_be_forgotten(store: Store) -> None:
    ahead = NOW + timedelta(days=365)
    with store.transaction() as connection:
        expect_job(connection, "run", NOW)
        begin_job(connection, "run", ahead, ahead)
        last = last_job(connection, "run", LATER)

        assert last is not None and last.due_at == NOW
        assert (dated_ahead(connection, "run", LATER), dated_ahead(connection, "run", ahead)) == (ahead, None)
        assert last_end(connection, "run", LATER) == NOW
        forget_ahead(connection, "run", LATER)
        assert last_jobs(connection, 9) == []


def test_only_the_newest_are_remembered_and_other_jobs_are_left_alone(store: Store) -> None:
    with store.transaction() as connection:
        for minute in range(5):
            begin_job(connection, "sweep", NOW + timedelta(minutes=minute), NOW)
        begin_job(connection, "run", NOW, NOW)

        assert forget_jobs(connection, "sweep", 2) == 3
        assert forget_jobs(connection, "sweep", 2) == 0
        kept = [(row.name, row.due_at - NOW) for row in last_jobs(connection, 9)]
        assert kept == [
            ("sweep", timedelta(minutes=4)),
            ("sweep", timedelta(minutes=3)),
            ("run", timedelta(0)),
        ]
