"""The state of a case is the fold of its log; a log that cannot have happened is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from detente.engine.cases.conflict_text import as_data, from_data, words
from detente.engine.cases.fold import CaseState, fold, position
from detente.engine.cases.working_time import WEEKDAYS, WorkingTime
from detente_contracts import (
    Calendar,
    CaseEvent,
    Conflict,
    EventKind,
    Family,
    Playbook,
    PlaybookStage,
    RuleViolationError,
    Stage,
    Value,
)
from hypothesis import given, settings
from hypothesis import strategies as st

MONDAY = datetime(2026, 1, 12, 9, tzinfo=UTC)
OFFICE = WorkingTime.of(
    Calendar(name="office", zone="UTC", week=dict.fromkeys(WEEKDAYS[:5], ("09:00-17:00",)))
)
PLAYBOOK = Playbook(
    name="lenses_apart",
    title="Departments see it differently",
    calendar="office",
    stages=(
        PlaybookStage(stage=Stage.INFORMAL, owner="account_owner", hours=8, then=Stage.MEDIATION),
        PlaybookStage(stage=Stage.MEDIATION, owner="facilitator", hours=16, then=Stage.RULING),
        PlaybookStage(stage=Stage.RULING, owner="committee", hours=8),
    ),
    default_owner="facilitator",
)
CONFLICT = Conflict(
    kind="lenses_apart",
    family=Family.INTERNAL,
    customer="c-1",
    title="Sales says P1, support says P4",
    contested="support says P4",
    parties=("Sales", "Support"),
    evidence={"lens_gap": 3, "score": 71.5, "renewal": None},
    severity=2,
)
OPENED: dict[str, Value] = {
    **as_data(CONFLICT),
    "playbook": "lenses_apart",
    "bundle": "b1",
    "owner": "Kim Lee",
    "account_owner": "Kim Lee",
}
INFORMAL: dict[str, Value] = {"stage": "informal", "owner": "Kim Lee", "hours": 8}
MEDIATION: dict[str, Value] = {"stage": "mediation", "owner": "Nia Okoye", "hours": 16}
RULING: dict[str, Value] = {"stage": "ruling", "owner": "Ada Brandt", "hours": 8}


def _log(*entries: tuple[EventKind, float, dict[str, Value]]) -> list[CaseEvent]:
    """A log from kind, hours after Monday 09:00, and data."""
    return [
        CaseEvent(case="case-1", seq=seq, at=MONDAY + timedelta(hours=hours), kind=kind, actor="t", data=data)
        for seq, (kind, hours, data) in enumerate(entries, start=1)
    ]


def _fold(events: Sequence[CaseEvent], hours: float) -> CaseState:
    return fold(events, PLAYBOOK, OFFICE, MONDAY + timedelta(hours=hours))


def test_a_case_just_opened_has_an_owner_and_waits_for_its_first_stage() -> None:
    state = _fold(_log((EventKind.OPENED, 0, OPENED)), 0)

    assert (state.stage, state.owner, state.due_at, state.is_overdue) == (None, "Kim Lee", MONDAY, False)
    assert state.conflict == CONFLICT
    assert state.conflict.fingerprint == OPENED["fingerprint"]


def test_a_stage_has_its_owner_and_is_due_after_its_working_hours() -> None:
    log = _log(
        (EventKind.OPENED, 0, OPENED), (EventKind.ENTERED, 7, INFORMAL), (EventKind.ENTERED, 31, MEDIATION)
    )

    state = _fold(log, 31)

    assert (state.stage, state.owner) == (Stage.MEDIATION, "Nia Okoye")
    assert state.entered_at == MONDAY + timedelta(hours=31)
    assert state.due_at == datetime(2026, 1, 15, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "late"), [(7.99, False), (8, True), (500, True)], ids=["before", "at the minute", "long after"]
)
def test_a_case_is_overdue_from_its_due_time_on(hours: float, late: bool) -> None:
    log = _log((EventKind.OPENED, 0, OPENED), (EventKind.ENTERED, 0, INFORMAL))

    assert _fold(log, hours).is_overdue is late


def test_a_new_stage_is_not_overdue_though_the_last_one_was() -> None:
    log = _log(
        (EventKind.OPENED, 0, OPENED),
        (EventKind.ENTERED, 0, INFORMAL),
        (EventKind.OVERDUE, 8, {}),
        (EventKind.ENTERED, 9, MEDIATION),
    )

    state = _fold(log, 9)

    assert not state.is_overdue
    assert not state.is_overdue_recorded


def test_seeing_a_conflict_again_changes_its_words_and_nothing_else() -> None:
    again = CONFLICT.model_copy(update={"title": "Sales says P1, support says P3", "severity": 4})
    log = _log((EventKind.OPENED, 0, OPENED), (EventKind.ENTERED, 0, INFORMAL))
    seen = _log(*[(EventKind.SEEN, 2, words(again))] * 3)[2:]

    before, after = _fold(log, 3), _fold([*log, *seen], 3)

    assert after.conflict == again
    assert (after.stage, after.owner, after.due_at) == (before.stage, before.owner, before.due_at)
    assert (before.seen, after.seen) == (1, 2)


def test_a_case_whose_condition_ended_while_informal_is_closed_and_never_overdue() -> None:
    log = _log(
        (EventKind.OPENED, 0, OPENED), (EventKind.ENTERED, 0, INFORMAL), (EventKind.SUBSIDED, 3, {"run": "r"})
    )

    state = _fold(log, 100)

    assert (state.outcome, state.closed_at) == ("subsided", MONDAY + timedelta(hours=3))
    assert not state.is_open
    assert not state.is_overdue


OPEN = (EventKind.OPENED, 0.0, OPENED)
IN_INFORMAL = (EventKind.ENTERED, 0.0, INFORMAL)
IN_MEDIATION = (EventKind.ENTERED, 8.0, MEDIATION)
IMPOSSIBLE: list[tuple[str, list[tuple[EventKind, float, dict[str, Value]]], str]] = [
    ("nothing", [], "without events"),
    ("no opening", [IN_INFORMAL], "begins with its opening"),
    ("opened twice", [OPEN, OPEN], "open already"),
    ("opened by nobody's name", [(EventKind.OPENED, 0, {**OPENED, "owner": " "})], "names no owner"),
    ("entered by nobody", [OPEN, (EventKind.ENTERED, 0, {**INFORMAL, "owner": ""})], "names no owner"),
    ("entered for no time", [OPEN, (EventKind.ENTERED, 0, {**INFORMAL, "hours": 0})], "hours above 0"),
    ("entered for ever", [OPEN, (EventKind.ENTERED, 0, {**INFORMAL, "hours": None})], "hours above 0"),
    ("the same stage twice", [OPEN, IN_INFORMAL, IN_INFORMAL], "only go forward"),
    ("a stage back", [OPEN, IN_MEDIATION, (EventKind.ENTERED, 9, INFORMAL)], "only go forward"),
    ("not in the playbook", [OPEN, (EventKind.ENTERED, 0, {**RULING, "stage": "appeal"})], "has no stage"),
    ("no stage at all", [OPEN, (EventKind.ENTERED, 0, {**RULING, "stage": "verdict"})], "no stage 'verdict'"),
    ("closed as a stage", [OPEN, (EventKind.ENTERED, 0, {**RULING, "stage": "closed"})], "by its outcome"),
    ("late too early", [OPEN, IN_INFORMAL, (EventKind.OVERDUE, 7.9, {})], "time runs until"),
    ("late in no stage", [OPEN, (EventKind.OVERDUE, 7.9, {})], "in no stage yet"),
    (
        "late twice",
        [OPEN, IN_INFORMAL, (EventKind.OVERDUE, 8, {}), (EventKind.OVERDUE, 9, {})],
        "overdue already",
    ),
    ("subsided in mediation", [OPEN, IN_MEDIATION, (EventKind.SUBSIDED, 9, {})], "people's word only"),
    ("something after the end", [OPEN, (EventKind.SUBSIDED, 1, {}), (EventKind.SEEN, 2, {})], "has ended"),
    ("back in time", [OPEN, (EventKind.ENTERED, -1, INFORMAL)], "lies before event 1"),
]


@pytest.mark.parametrize(
    ("entries", "message"), [case[1:] for case in IMPOSSIBLE], ids=[case[0] for case in IMPOSSIBLE]
)
def test_a_log_that_cannot_have_happened_is_refused(
    entries: list[tuple[EventKind, float, dict[str, Value]]], message: str
) -> None:
    with pytest.raises(RuleViolationError, match=message):
        _fold(_log(*entries), 10)


def test_a_log_with_a_gap_is_refused() -> None:
    log = _log(OPEN, IN_INFORMAL, IN_MEDIATION)

    with pytest.raises(RuleViolationError, match="event 2 comes next"):
        _fold([log[0], log[2]], 10)


def test_a_log_of_two_cases_is_refused() -> None:
    log = _log(OPEN, IN_INFORMAL)
    other = log[1].model_copy(update={"case": "case-2"})

    with pytest.raises(RuleViolationError, match="does not belong to case case-1"):
        _fold([log[0], other], 10)


_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_values = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | _text


@given(
    title=_text,
    parties=st.lists(_text, max_size=3).map(tuple),
    evidence=st.dictionaries(_text, _values.filter(lambda value: value not in (1e400, -1e400)), max_size=4),
)
def test_a_conflict_comes_back_from_its_event_as_it_went_in(
    title: str, parties: tuple[str, ...], evidence: dict[str, Value]
) -> None:
    conflict = CONFLICT.model_copy(update={"title": title, "parties": parties, "evidence": evidence})

    assert from_data(as_data(conflict)) == conflict


_Entry = tuple[EventKind, dict[str, Value]]
_stages: st.SearchStrategy[dict[str, Value]] = st.fixed_dictionaries(
    {
        "stage": st.sampled_from(list(Stage)).map(str),
        "owner": st.sampled_from(["Kim Lee", "Nia Okoye", "Ada Brandt", ""]),
        "hours": st.sampled_from([0, 0.5, 8, 20]),
    }
)
_OTHERS: list[_Entry] = [
    (EventKind.SEEN, words(CONFLICT)),
    (EventKind.OVERDUE, {}),
    (EventKind.SUBSIDED, {}),
    (EventKind.OPENED, OPENED),
]
_entries: st.SearchStrategy[_Entry] = st.one_of(
    st.tuples(st.just(EventKind.ENTERED), _stages), st.sampled_from(_OTHERS)
)


@st.composite
def _accepted(draw: st.DrawFn) -> list[CaseEvent]:
    """A log that the fold takes: whatever is drawn, kept as far as it was not refused."""
    log = _log(OPEN)
    for kind, data in draw(st.lists(_entries, max_size=12)):
        at = log[-1].at + timedelta(hours=draw(st.sampled_from([-1, 0, 1, 30, 200])))
        event = CaseEvent(case="case-1", seq=len(log) + 1, at=at, kind=kind, actor="t", data=data)
        try:
            fold([*log, event], PLAYBOOK, OFFICE, at)
        except RuleViolationError:
            continue
        log.append(event)
    return log


@settings(max_examples=200, deadline=None)
@given(log=_accepted())
def test_an_open_case_always_has_one_owner_and_its_stages_only_go_forward(log: list[CaseEvent]) -> None:
    states = [fold(log[:end], PLAYBOOK, OFFICE, log[-1].at) for end in range(1, len(log) + 1)]
    places = [position(PLAYBOOK, state.stage) or 0 for state in states]

    assert places == sorted(places)
    for state in states:
        assert state.owner.strip()
        assert state.is_open == (state.outcome is None)
        assert (state.due_at is not None) == state.is_open
    assert all(state.is_open for state in states[:-1])


@settings(max_examples=200, deadline=None)
@given(log=_accepted(), later=st.timedeltas(timedelta(), timedelta(days=60)))
def test_a_prefix_of_a_log_folds_to_what_was_known_then(log: list[CaseEvent], later: timedelta) -> None:
    """Nothing that comes later changes what an earlier part of the log says, and `now` moves no event."""
    whole = fold(log, PLAYBOOK, OFFICE, log[-1].at)
    read_later = fold(log, PLAYBOOK, OFFICE, log[-1].at + later)
    opened = fold(log[:1], PLAYBOOK, OFFICE, log[0].at)

    assert (whole.id, whole.opened_at, whole.last_seq) == (opened.id, opened.opened_at, len(log))
    assert (whole.conflict.fingerprint, whole.bundle) == (opened.conflict.fingerprint, opened.bundle)
    assert (read_later.stage, read_later.owner, read_later.due_at) == (whole.stage, whole.owner, whole.due_at)
    assert read_later.is_overdue >= whole.is_overdue
    if whole.is_overdue_recorded and whole.is_open:
        assert whole.is_overdue


@settings(max_examples=100, deadline=None)
@given(log=_accepted(), place=st.integers(0, 12))
def test_a_log_without_one_of_its_events_is_refused_or_is_a_prefix(log: list[CaseEvent], place: int) -> None:
    cut = [event for event in log if event.seq != place + 1]

    if place + 1 >= len(log):
        assert not cut or fold(cut, PLAYBOOK, OFFICE, log[-1].at).last_seq == len(cut)
    else:
        with pytest.raises(RuleViolationError):
            fold(cut, PLAYBOOK, OFFICE, log[-1].at)
