"""Runs have a beginning and an end; bundles are kept by hash."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from detente.store.bundles import read_bundle, save_bundle
from detente.store.database import Store
from detente.store.runs import RUNNING, RunRow, finish_run, last_runs, open_run, read_run, unfinished_run
from detente_contracts import RuleViolationError

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


def test_run_is_unfinished_until_it_is_told_how_it_ended(store: Store) -> None:
    with store.transaction() as connection:
        open_run(connection, "run-1", NOW, LATER)
        assert unfinished_run(connection) == RunRow("run-1", NOW, RUNNING, {}, LATER, None)
        finish_run(connection, "run-1", "done", {"writes": {"applied": 3}}, LATER)

        assert unfinished_run(connection) is None
        assert read_run(connection, "run-1") == RunRow(
            "run-1", NOW, "done", {"writes": {"applied": 3}}, LATER, LATER
        )


def test_run_opened_again_after_a_kill_keeps_its_beginning(store: Store) -> None:
    with store.transaction() as connection:
        open_run(connection, "run-1", NOW, NOW)
        open_run(connection, "run-1", LATER, LATER)
        known = read_run(connection, "run-1")

    assert known is not None
    assert known.as_of == NOW


def test_last_runs_come_newest_first(store: Store) -> None:
    with store.transaction() as connection:
        for number in range(4):
            open_run(connection, f"run-{number}", NOW, NOW + timedelta(minutes=number))

        assert [row.id for row in last_runs(connection, 2)] == ["run-3", "run-2"]
        assert read_run(connection, "run-9") is None


def test_bundle_comes_back_as_it_was_first_kept(store: Store) -> None:
    content: dict[str, object] = {"rubric": {"weights": [1, 2.5]}, "name": "ü"}
    with store.transaction() as connection:
        save_bundle(connection, "abc", content, NOW)
        save_bundle(connection, "abc", {"other": True}, LATER)

        assert read_bundle(connection, "abc") == content


def test_bundle_that_is_not_kept_is_named(store: Store) -> None:
    with store.reading() as connection, pytest.raises(RuleViolationError, match="abc"):
        read_bundle(connection, "abc")
