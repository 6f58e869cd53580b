"""What a run wrote is counted by object, field and reason, and listed without gap or double."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from detente.store.database import Store
from detente.store.write_tallies import (
    DetailTally,
    FieldTally,
    ObjectTally,
    WriteTally,
    tally_details,
    tally_writes,
    write_page,
)
from detente.store.writes import PlannedWrite, SettledWrite, WriteState, plan_rows, settle
from detente_contracts import Kind, Ref

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BAND, SCORE = "detente_priority", "detente_score"
SETTLED = {
    1: (WriteState.APPLIED, ""),
    2: (WriteState.APPLIED, ""),
    3: (WriteState.FAILED, "no such record"),
    4: (WriteState.SKIPPED, "edited meanwhile"),
    5: (WriteState.FAILED, "no such record"),
}


def plan(seq: int) -> PlannedWrite:
    reasons = {SCORE: "score moved", **({BAND: "band moved"} if seq == 1 else {})}
    new = dict.fromkeys(reasons, "x")
    where = Ref("hub", "deal" if seq > 4 else "company", str(seq))
    return PlannedWrite("run-1", seq, where, "c-1", Kind.ACCOUNT, dict.fromkeys(new), new, reasons)


@pytest.fixture
def wrote(store: Store) -> Store:
    """A store in which a run planned six writes and settled five."""
    with store.transaction() as connection:
        plan_rows(connection, map(plan, range(1, 7)))
        settle(
            connection,
            [SettledWrite("run-1", seq, state, detail, NOW) for seq, (state, detail) in SETTLED.items()],
        )
    return store


def test_records_are_counted_by_object_and_state(wrote: Store) -> None:
    with wrote.reading() as connection:
        assert tally_writes(connection, "run-1").objects == (
            ObjectTally("hub", "company", WriteState.APPLIED, 2),
            ObjectTally("hub", "company", WriteState.FAILED, 1),
            ObjectTally("hub", "company", WriteState.SKIPPED, 1),
            ObjectTally("hub", "deal", WriteState.FAILED, 1),
            ObjectTally("hub", "deal", WriteState.PLANNED, 1),
        )
        assert tally_writes(connection, "run-2").objects == ()


def test_fields_are_counted_with_their_reasons_where_they_were_really_written(wrote: Store) -> None:
    with wrote.reading() as connection:
        assert tally_writes(connection, "run-1").fields == (
            FieldTally("hub", "company", BAND, "band moved", 1),
            FieldTally("hub", "company", SCORE, "score moved", 2),
        )


def test_a_tally_that_was_written_down_says_the_same(wrote: Store) -> None:
    with wrote.reading() as connection:
        tally = tally_writes(connection, "run-1")

    assert WriteTally.of(json.loads(json.dumps(tally.as_data()))) == tally


def test_failed_and_skipped_records_are_counted_by_what_is_said_of_them(wrote: Store) -> None:
    with wrote.reading() as connection:
        found = tally_details(connection, "run-1", 9)

        assert found == [
            DetailTally("hub", "company", WriteState.FAILED, "no such record", 1),
            DetailTally("hub", "company", WriteState.SKIPPED, "edited meanwhile", 1),
            DetailTally("hub", "deal", WriteState.FAILED, "no such record", 1),
        ]
        assert len(tally_details(connection, "run-1", 2)) == 2


def test_pages_of_writes_follow_each_other(wrote: Store) -> None:
    with wrote.reading() as connection:
        first = write_page(connection, "run-1", None, after=0, limit=4)
        rest = write_page(connection, "run-1", None, after=first[-1].seq, limit=4)
        failed = write_page(connection, "run-1", WriteState.FAILED, after=0, limit=4)

    assert [row.seq for row in (*first, *rest)] == [1, 2, 3, 4, 5, 6]
    assert [(row.seq, row.detail) for row in failed] == [(3, "no such record"), (5, "no such record")]
