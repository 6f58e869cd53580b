"""The log of a case has neither gaps nor doubles; rows serve lists and due times."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from detente.store.cases import (
    CaseRow,
    append_events,
    due_cases,
    events_of,
    list_cases,
    open_cases,
    openings_of,
    save_cases,
)
from detente.store.database import Store
from detente_contracts import CaseEvent, EventKind, Family, RuleViolationError, Stage, Value

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CASE = CaseRow(
    id="case-1",
    fingerprint="lens_gap:c-1:",
    kind="lens_gap",
    family=Family.INTERNAL,
    customer="c-1",
    title="Sales and support disagree",
    contested="support says P3",
    playbook="internal",
    bundle="b-1",
    severity=3,
    stage=Stage.INFORMAL,
    owner="Kim Lee",
    due_at=NOW,
    is_overdue=False,
    opened_at=NOW,
    closed_at=None,
    last_seen_run="run-1",
)


def event(seq: int, case: str = "case-1") -> CaseEvent:
    data: dict[str, Value] = {"stage": "informal", "hours": 8.0, "certain": True, "none": None}
    return CaseEvent(case=case, seq=seq, at=NOW, kind=EventKind.ENTERED, actor="rule:x", data=data)


def other(number: int, **changes: object) -> CaseRow:
    row = replace(CASE, id=f"case-{number}", fingerprint=f"lens_gap:c-{number}:")
    return replace(row, **changes)  # type: ignore[arg-type]


def test_log_comes_back_in_order_as_it_was(store: Store) -> None:
    with store.transaction() as connection:
        append_events(connection, [event(1), event(1, "case-2"), event(2)], link="run-1")
        append_events(connection, [event(3)], link="run-2")

        assert events_of(connection, "case-1") == [event(1), event(2), event(3)]
        assert events_of(connection, "case-9") == []


@pytest.mark.parametrize("seqs", [(2,), (1, 1), (1, 3), (1, 2, 2)], ids=str)
def test_event_that_does_not_follow_is_refused(store: Store, seqs: tuple[int, ...]) -> None:
    with pytest.raises(RuleViolationError, match="case-1"), store.transaction() as connection:
        append_events(connection, [event(seq) for seq in seqs], link="run-1")

    with store.reading() as connection:
        assert events_of(connection, "case-1") == []


def test_case_comes_back_as_it_was_last_kept(store: Store) -> None:
    moved = replace(CASE, stage=None, owner=None, due_at=None, is_overdue=True, closed_at=NOW)
    with store.transaction() as connection:
        save_cases(connection, [CASE])
        assert open_cases(connection) == list_cases(connection) == [CASE]
        save_cases(connection, [moved])

        assert open_cases(connection) == list_cases(connection) == []
        assert list_cases(connection, only_open=False) == [moved]


def test_two_open_cases_never_share_a_fingerprint(store: Store) -> None:
    with pytest.raises(RuleViolationError, match="excludes"), store.transaction() as connection:
        save_cases(connection, [CASE, replace(CASE, id="case-2")])


def test_closed_case_makes_room_for_the_next_with_its_fingerprint(store: Store) -> None:
    with store.transaction() as connection:
        save_cases(connection, [CASE])
        save_cases(connection, [replace(CASE, id="case-2"), replace(CASE, closed_at=NOW)])

        assert [row.id for row in open_cases(connection)] == ["case-2"]
        assert openings_of(connection, [CASE.fingerprint, "none"]) == {CASE.fingerprint: 2}


def test_due_cases_are_open_out_of_time_and_not_yet_marked(store: Store) -> None:
    rows = [
        other(1),
        other(2, due_at=NOW - timedelta(hours=2)),
        other(3, due_at=NOW + timedelta(microseconds=1)),
        other(4, due_at=None),
        other(5, is_overdue=True),
        other(6, closed_at=NOW),
    ]
    with store.transaction() as connection:
        save_cases(connection, rows)

        assert [row.id for row in due_cases(connection, NOW, 10)] == ["case-2", "case-1"]
        assert [row.id for row in due_cases(connection, NOW, 1)] == ["case-2"]


def test_lists_show_the_most_severe_first_and_closed_cases_on_demand(store: Store) -> None:
    rows = [other(1), other(2, severity=5), other(3, closed_at=NOW), other(4, due_at=None)]
    with store.transaction() as connection:
        save_cases(connection, rows)

        assert [row.id for row in list_cases(connection)] == ["case-2", "case-1", "case-4"]
        shown = [row.id for row in list_cases(connection, only_open=False)]
        assert shown == ["case-2", "case-1", "case-4", "case-3"]
