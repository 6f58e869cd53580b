"""The state of a case: the fold of its event log under the playbook and calendar frozen at opening.

Pure: no clock, no store, no plugin. The same log, playbook, calendar and `now` give the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn

from detente_contracts import CaseEvent, Conflict, EventKind, Playbook, RuleViolationError, Stage, Value

from detente.engine.cases.conflict_text import from_data
from detente.engine.cases.working_time import WorkingTime

SUBSIDED = "subsided"
"""Outcome of a case whose condition no longer holds."""


@dataclass(frozen=True, slots=True)
class CaseState:
    """A case as it stands. Exactly one `owner` while it is open, and after it was closed the last one.

    `stage` is None until the first one is entered; until then the case is due at once. `seen` counts how
    often the conflict was seen with something new, its opening included. `last_seq` and `last_at` are the
    last event's. `conflict` is as last seen.
    """

    id: str
    stage: Stage | None
    owner: str
    entered_at: datetime | None
    due_at: datetime | None
    is_overdue: bool
    opened_at: datetime
    closed_at: datetime | None
    outcome: str | None
    seen: int
    conflict: Conflict
    digest: str
    playbook: str
    bundle: str
    account_owner: str | None
    is_overdue_recorded: bool
    last_seq: int
    last_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether the case has not ended."""
        return self.closed_at is None


def fold(events: Sequence[CaseEvent], playbook: Playbook, calendar: WorkingTime, now: datetime) -> CaseState:
    """The state after all `events`, in order; `now` decides only whether the stage's time has run out.

    Raises: RuleViolationError for a log that cannot have happened: empty, with a gap, backwards in time, of
        two cases, a stage before an earlier one or outside the playbook, anything after the end.
    """
    if not events:
        raise RuleViolationError("a case without events has no state", hint="Open it first")
    state = _opened(events[0])
    for event in events[1:]:
        _check_order(state, event)
        state = _NEXT[event.kind](state, event, playbook, calendar)
        state = replace(state, last_seq=event.seq, last_at=event.at)
    return replace(state, is_overdue=_has_run_out(state, now))


def position(playbook: Playbook, stage: Stage | None) -> int | None:
    """Where `stage` stands in the playbook, from 0; -1 before the first stage; None when it has no such."""
    if stage is None:
        return -1
    return next((place for place, item in enumerate(playbook.stages) if item.stage is stage), None)


def _opened(event: CaseEvent) -> CaseState:
    if event.kind is not EventKind.OPENED or event.seq != 1:
        _refuse(event, "a case begins with its opening, number 1")
    owner = _text(event, event.data, "owner")
    return CaseState(
        id=event.case,
        stage=None,
        owner=owner,
        entered_at=None,
        due_at=event.at,
        is_overdue=False,
        opened_at=event.at,
        closed_at=None,
        outcome=None,
        seen=1,
        conflict=from_data(event.data),
        digest=_text(event, event.data, "digest"),
        playbook=_text(event, event.data, "playbook"),
        bundle=_text(event, event.data, "bundle"),
        account_owner=str(event.data.get("account_owner") or "") or None,
        is_overdue_recorded=False,
        last_seq=event.seq,
        last_at=event.at,
    )


def _check_order(state: CaseState, event: CaseEvent) -> None:
    """Refuses what no event of any kind may do."""
    if event.case != state.id:
        _refuse(event, f"it does not belong to case {state.id}")
    if event.seq != state.last_seq + 1:
        _refuse(event, f"event {state.last_seq + 1} comes next")
    if event.at < state.last_at:
        _refuse(event, f"it lies before event {state.last_seq}")
    if not state.is_open:
        _refuse(event, "the case has ended")


def _seen(state: CaseState, event: CaseEvent, playbook: Playbook, calendar: WorkingTime) -> CaseState:
    """The conflict with the words it has now; who it is about cannot change."""
    digest = _text(event, event.data, "digest")
    old = {
        "kind": state.conflict.kind,
        "family": state.conflict.family.value,
        "customer": state.conflict.customer,
        "subject": state.conflict.subject,
    }
    conflict = from_data({**event.data, **old})
    return replace(state, conflict=conflict, digest=digest, seen=state.seen + 1)


def _entered(state: CaseState, event: CaseEvent, playbook: Playbook, calendar: WorkingTime) -> CaseState:
    """The next stage with its one owner and its due time."""
    stage = _stage(event)
    place, before = position(playbook, stage), position(playbook, state.stage)
    if place is None:
        _refuse(event, f"playbook {playbook.name} has no stage {stage}")
    if before is None or place <= before:
        _refuse(event, f"stages only go forward, and the case is in {state.stage}")
    hours = event.data.get("hours")
    if not isinstance(hours, int | float) or hours <= 0:
        _refuse(event, "a stage needs working hours above 0")
    return replace(
        state,
        stage=stage,
        owner=_text(event, event.data, "owner"),
        entered_at=event.at,
        due_at=calendar.add(event.at, hours),
        is_overdue_recorded=False,
    )


def _overdue(state: CaseState, event: CaseEvent, playbook: Playbook, calendar: WorkingTime) -> CaseState:
    """The same stage, known to be late."""
    if state.stage is None or state.due_at is None:
        _refuse(event, "the case is in no stage yet")
    if event.at < state.due_at:
        _refuse(event, f"the stage's time runs until {state.due_at.isoformat()}")
    if state.is_overdue_recorded:
        _refuse(event, "the stage is overdue already")
    return replace(state, is_overdue_recorded=True)


def _subsided(state: CaseState, event: CaseEvent, playbook: Playbook, calendar: WorkingTime) -> CaseState:
    """The end of a case that nobody has begun to mediate."""
    if not may_subside(state):
        _refuse(event, f"the case is in {state.stage} and ends there by people's word only")
    return replace(state, closed_at=event.at, outcome=SUBSIDED, due_at=None)


def may_subside(state: CaseState) -> bool:
    """Whether the case may end by itself when its condition no longer holds."""
    return state.is_open and state.stage in (None, Stage.INFORMAL)


_Step = Callable[[CaseState, CaseEvent, Playbook, WorkingTime], CaseState]


def _opened_again(state: CaseState, event: CaseEvent, playbook: Playbook, calendar: WorkingTime) -> CaseState:
    _refuse(event, "the case is open already")


_NEXT: Mapping[EventKind, _Step] = {
    EventKind.OPENED: _opened_again,
    EventKind.SEEN: _seen,
    EventKind.ENTERED: _entered,
    EventKind.OVERDUE: _overdue,
    EventKind.SUBSIDED: _subsided,
}


def _has_run_out(state: CaseState, now: datetime) -> bool:
    return state.is_open and state.stage is not None and state.due_at is not None and state.due_at <= now


def _stage(event: CaseEvent) -> Stage:
    try:
        stage = Stage(str(event.data.get("stage")))
    except ValueError:
        _refuse(event, f"there is no stage {event.data.get('stage')!r}")
    if stage is Stage.CLOSED:
        _refuse(event, "a case ends by its outcome, not by entering a stage")
    return stage


def _text(event: CaseEvent, data: Mapping[str, Value], key: str) -> str:
    found = str(data.get(key) or "").strip()
    if not found:
        _refuse(event, f"it names no {key}")
    return found


def _refuse(event: CaseEvent, reason: str) -> NoReturn:
    raise RuleViolationError(
        f"case {event.case}, event {event.seq} ({event.kind}) is impossible: {reason}",
        hint="Read the case's log; an event that happened is never edited",
    )
