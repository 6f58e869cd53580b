"""Open cases as reps read them: one line a customer, for the case field and for the end of the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from detente.engine.cases.case_text import case_text, moment
from detente.engine.writing.desired import CaseLine
from detente.store.cases import CaseRow

ZoneOf = Callable[[CaseRow], str]
"""The zone of the calendar that a case goes by."""


def case_lines(cases: Iterable[CaseRow], zone_of: ZoneOf, now: datetime) -> dict[str, CaseLine]:
    """The line at `now` of each customer's foremost open case.

    Foremost is the most severe, then the first due, then the first by id.
    """
    lines: dict[str, CaseLine] = {}
    for row in sorted(cases, key=_rank):
        if row.customer not in lines and row.closed_at is None:
            lines[row.customer] = _line(row, zone_of(row), now)
    return lines


def _rank(row: CaseRow) -> tuple[int, bool, float, str]:
    due = row.due_at.timestamp() if row.due_at else 0.0
    return -row.severity, row.due_at is None, due, row.id


def _line(row: CaseRow, zone: str, now: datetime) -> CaseLine:
    return CaseLine(case_text(row, zone, now), row.contested, _decides(row, zone, now))


def _decides(row: CaseRow, zone: str, now: datetime) -> str:
    if not row.owner:
        return ""
    if row.stage is None or row.due_at is None:
        return f"{row.owner} decides"
    verb = "was to decide" if row.is_late(now) else "decides"
    return f"{row.owner} {verb} by {moment(row.due_at, zone)}"
