"""A case in one line, as reps read it in the CRM."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from detente_contracts import REASON_LENGTH

from detente.engine.cases.placeholders import plain
from detente.store.cases import CaseRow

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def case_text(row: CaseRow, zone: str, now: datetime) -> str:
    """Stage, owner and due time on the wall clock of `zone`, such as `Europe/Berlin`; empty once closed.

    Example: `informal · Kim Lee · due Thu 26 Nov 14:00`.
    """
    if row.closed_at is not None:
        return ""
    parts = [row.stage.value if row.stage else "opened", row.owner or "", _due(row, zone, now)]
    return plain(" · ".join(part for part in parts if part), REASON_LENGTH)


def moment(at: datetime, zone: str) -> str:
    """Weekday, day, month and minute on the wall clock of `zone`, such as `Thu 26 Nov 14:00`."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local:%H:%M}"


def _due(row: CaseRow, zone: str, now: datetime) -> str:
    if row.stage is None or row.due_at is None:
        return ""
    return f"{'overdue since' if row.is_late(now) else 'due'} {moment(row.due_at, zone)}"
