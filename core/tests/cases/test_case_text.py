"""A case in one line, as reps read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from detente.engine.cases.escalate import case_text
from detente.store.cases import CaseRow
from detente_contracts import Family, Stage

ROW = CaseRow(
    id="case-1",
    fingerprint="quarrel:c-1:",
    kind="quarrel",
    family=Family.INTERNAL,
    customer="c-1",
    title="A quarrel",
    contested="",
    playbook="quarrel",
    bundle="b1",
    severity=3,
    stage=Stage.INFORMAL,
    owner="Kim Lee",
    due_at=datetime(2026, 11, 26, 13, tzinfo=UTC),
    is_overdue=False,
    opened_at=datetime(2026, 11, 25, 13, tzinfo=UTC),
    closed_at=None,
    last_seen_run="r1",
)
BEFORE = datetime(2026, 6, 30, 9, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, 22, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "zone", "text"),
    [
        (ROW, "Europe/Berlin", "informal · Kim Lee · due Thu 26 Nov 14:00"),
        (ROW, "America/New_York", "informal · Kim Lee · due Thu 26 Nov 08:00"),
        (replace(ROW, due_at=SUMMER), "Europe/Berlin", "informal · Kim Lee · due Thu 2 Jul 00:05"),
        (
            replace(ROW, stage=Stage.RULING, is_overdue=True),
            "UTC",
            "ruling · Kim Lee · overdue since Thu 26 Nov 13:00",
        ),
        (replace(ROW, stage=None), "UTC", "opened · Kim Lee"),
        (replace(ROW, closed_at=SUMMER, owner=None, due_at=None), "UTC", ""),
    ],
    ids=["winter", "another zone", "summer, next day", "overdue", "before its first stage", "closed"],
)
def test_a_case_says_stage_owner_and_due_time_on_the_wall_clock(row: CaseRow, zone: str, text: str) -> None:
    assert case_text(row, zone, BEFORE) == text


def test_a_case_whose_next_step_is_still_to_be_chosen_says_since_when() -> None:
    assert case_text(ROW, "UTC", ROW.opened_at + timedelta(days=1)).endswith("overdue since Thu 26 Nov 13:00")


def test_a_case_fits_one_line_of_a_crm_field_whatever_the_owner_is_called() -> None:
    text = case_text(replace(ROW, owner="Kim\r\n\x1b[31mLee" + "x" * 300), "UTC", BEFORE)

    assert len(text) == 255
    assert text.isprintable()
    assert text.startswith("informal · Kim [31mLee")
