"""What case milestones say of a case's service agreement. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from detente_connector_kit import RowValues

MILESTONES = "CaseMilestone"

CASE = "CaseId"
MILESTONE_FIELDS = (CASE, "TargetDate", "CompletionDate", "IsCompleted", "IsViolated")
"""Fields of CaseMilestone that are read, besides its type's name."""

TYPE_NAME = "MilestoneType.Name"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Times of a case's service agreement; None where no milestone tells."""

    first_reply_at: datetime | None = None
    first_reply_due_at: datetime | None = None
    resolve_due_at: datetime | None = None
    is_breached: bool | None = None


@dataclass(frozen=True, slots=True)
class _Milestone:
    due_at: datetime | None
    done_at: datetime | None
    is_done: bool
    is_violated: bool
    is_first_reply: bool

    def is_missed(self, ended_at: datetime | None) -> bool:
        """Whether it was violated, was done late, or stood open past its time when the case `ended_at`."""
        if self.is_violated:
            return True
        at = self.done_at if self.is_done else ended_at
        return self.due_at is not None and at is not None and at > self.due_at


def agreement(rows: Iterable[RowValues], first_reply_word: str, ended_at: datetime | None) -> Agreement:
    """What the milestones of one case say. `ended_at` is now for an open case, else when it was closed.

    Of several milestones of one sort the open one that is due first counts, else the one that was due last.
    The resolution is breached when any of its milestones was missed.

    Raises: ValueError that names the field, and not its value, when a value cannot be read.
    """
    milestones = [_milestone(row, first_reply_word.casefold()) for row in rows]
    reply = _current([item for item in milestones if item.is_first_reply])
    resolving = [item for item in milestones if not item.is_first_reply]
    resolve = _current(resolving)
    return Agreement(
        first_reply_at=reply.done_at if reply else None,
        first_reply_due_at=reply.due_at if reply else None,
        resolve_due_at=resolve.due_at if resolve else None,
        is_breached=any(item.is_missed(ended_at) for item in resolving) if resolving else None,
    )


def _milestone(row: RowValues, first_reply_word: str) -> _Milestone:
    done_at = row.instant("CompletionDate")
    return _Milestone(
        due_at=row.instant("TargetDate"),
        done_at=done_at,
        is_done=row.text("IsCompleted") == "true" or done_at is not None,
        is_violated=row.text("IsViolated") == "true",
        is_first_reply=first_reply_word in (row.text(TYPE_NAME) or "").casefold(),
    )


def _current(milestones: Sequence[_Milestone]) -> _Milestone | None:
    dated = [(item.due_at, place, item) for place, item in enumerate(milestones) if item.due_at is not None]
    waiting = [entry for entry in dated if not entry[2].is_done]
    if waiting:
        return min(waiting)[2]
    return max(dated)[2] if dated else None
