"""Open cases as reps read them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from detente.engine.writing.case_lines import case_lines
from detente.engine.writing.desired import CaseLine
from detente.store.cases import CaseRow
from detente_contracts import Family, Stage

DUE = datetime(2026, 11, 26, 13, tzinfo=UTC)

ROW = CaseRow(
    id="case-1",
    fingerprint="two_owners:c-1:",
    kind="two_owners",
    family=Family.INTERNAL,
    customer="c-1",
    title="Two owners",
    contested="support says P3",
    playbook="two_owners",
    bundle="b",
    severity=3,
    stage=Stage.INFORMAL,
    owner="Kim Lee",
    due_at=DUE,
    is_overdue=False,
    opened_at=DUE,
    closed_at=None,
    last_seen_run="run-1",
)


def line_of(*rows: CaseRow) -> CaseLine:
    return case_lines(rows, lambda row: "Europe/Berlin", DUE - timedelta(hours=1))["c-1"]


def test_a_case_is_told_with_stage_owner_and_due_time_on_its_calendars_clock() -> None:
    assert line_of(ROW) == CaseLine(
        "informal · Kim Lee · due Thu 26 Nov 14:00", "support says P3", "Kim Lee decides by Thu 26 Nov 14:00"
    )


def test_an_overdue_case_says_so() -> None:
    assert line_of(replace(ROW, is_overdue=True)).decides == "Kim Lee was to decide by Thu 26 Nov 14:00"


def test_a_case_whose_time_ran_out_while_no_step_could_be_chosen_says_so_too() -> None:
    lines = case_lines([ROW], lambda row: "Europe/Berlin", DUE)

    assert lines["c-1"].decides == "Kim Lee was to decide by Thu 26 Nov 14:00"


def test_a_case_before_its_first_stage_names_its_owner_and_no_time() -> None:
    assert line_of(replace(ROW, stage=None, due_at=DUE - timedelta(days=1))).decides == "Kim Lee decides"


def test_a_case_without_an_owner_yet_names_nobody() -> None:
    assert line_of(replace(ROW, stage=None, owner=None, due_at=None)).decides == ""


def test_of_several_cases_the_most_severe_then_the_first_due_is_told() -> None:
    late = replace(ROW, id="case-0", owner="Late", due_at=DUE.replace(hour=15))
    severe = replace(ROW, id="case-2", owner="Severe", severity=5, due_at=DUE.replace(hour=16))

    assert "Severe" in line_of(ROW, late, severe).text
    assert "Kim Lee" in line_of(late, ROW).text


def test_a_closed_case_is_not_told() -> None:
    assert case_lines([replace(ROW, closed_at=DUE)], lambda row: "UTC", DUE) == {}
