"""People edit, scores move, processes die, connectors fail, runs are undone: in any order."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from detente.engine.leftovers import abandon_leftovers
from detente.engine.writing.apply import apply_batch
from detente.engine.writing.desired import CaseLine
from detente.engine.writing.plan import keep_plan
from detente.engine.writing.undo import plan_undo
from detente.store import runs, writes
from detente.store.audit import verify
from detente.store.database import Store
from detente.store.writes import WriteRow, WriteState
from detente_contracts import FieldText, FieldWrite, Outcome, Ref, Result
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

if TYPE_CHECKING:
    from core.tests.writing.conftest import FakeCrm, Scoring

START = datetime(2026, 11, 3, 9, tzinfo=UTC)
LEASE = timedelta(days=14)
IDS = ("1", "2", "3", "4")
KEYS = ("detente_priority", "detente_score", "detente_reason", "detente_case")
BOUNDARIES = ("before held", "after held", "before write", "after write")
WINDOW = ("after held", "before write")
"""Where an edit comes too late for the look before the write."""
VENDORS = ("conditional", "history", "blind")
"""What a CRM does about an edit in the window: it refuses our write, tells of it afterwards, or nothing."""

_records = st.sampled_from(IDS).map(lambda id: Ref("crm", "companies", id))
_keys = st.sampled_from(KEYS)
_places = st.tuples(_records, _keys)
_scores = st.dictionaries(
    st.sampled_from([f"c-{id}" for id in IDS]), st.sampled_from([50.0, 52.0, 70.5, 95.0])
)
_accidents = st.none() | st.tuples(st.sampled_from(["kill", "fault"]), st.integers(0, 9))


Place = tuple[Ref, str]
"""A field of a record."""


class Killed(BaseException):
    """The process ends here."""


class Desk:
    """The real planning and applying over one store and one CRM, with a clock and people who edit."""

    def __init__(self, crm: FakeCrm, store: Store, scoring: Scoring) -> None:
        self.crm, self.store, self.scoring = crm, store, scoring
        self.now = START
        self.scores = {f"c-{id}": 60.0 for id in IDS}
        self.cases: dict[str, CaseLine] = {}
        self.edits: dict[Place, tuple[FieldText, datetime]] = {}
        self.typed: set[FieldText] = {None}
        self.over: dict[Place, tuple[FieldText, datetime]] = {}
        self.undoing = False
        self._numbers = count(1)
        self._write, crm._write = crm._write, self._checked_write  # type: ignore[method-assign]

    def edit(self, ref: Ref, key: str) -> None:
        """A person types something that nobody ever wrote there."""
        text = f"typed {next(self._numbers)}"
        self.typed.add(text)
        self.crm.values[ref][key] = text
        self.edits[ref, key] = (text, self.now)

    def clear(self, ref: Ref, key: str) -> None:
        """A person empties a field of ours."""
        self.crm.values[ref][key] = None
        self.edits[ref, key] = (None, self.now)

    def put_back(self, ref: Ref, key: str) -> None:
        """A person puts back what Detente last wrote."""
        self.crm.values[ref][key] = self.ours(ref, key)
        self.edits.pop((ref, key), None)

    def ours(self, ref: Ref, key: str) -> FieldText:
        with self.store.reading() as connection:
            return writes.written_of(connection, [ref]).get(ref, {}).get(key)

    def doubts(self, ref: Ref, key: str, value: FieldText) -> bool:
        """Whether nobody knows if Detente wrote this value."""
        return self.ours(ref, f"{key}.doubt") == (value or "")

    def _checked_write(self, row: FieldWrite) -> Outcome:
        """What the CRM does, and notes of edits that are written over or put back."""
        outcome = self._write(row)
        if outcome.result is Result.APPLIED:
            for key, value in row.values.items():
                self._note((row.ref, key), value)
        return outcome

    def _note(self, place: Place, value: FieldText) -> None:
        if place in self.over and self.over[place][0] == value:
            self.edits[place] = self.over.pop(place)
        elif place in self.edits:
            text, since = self.edits.pop(place)
            # What a person emptied is as good as never filled once we take back our own value too.
            stands = text is not None or self.ours(*place) is not None
            if stands and (self.undoing or self.now < since + LEASE):
                self.over[place] = (text, since)

    def plan(self, run: str) -> int:
        self.crm.read_into(self.store)
        brief = self.scoring.brief(self.scores, run=run, now=self.now)
        with self.store.transaction() as connection:
            return keep_plan(connection, replace(brief, cases=dict(self.cases)))

    def apply(self, run: str) -> None:
        while apply_batch(self.store, {"crm": self.crm}, run, self.now, limit=3):
            pass

    def rows_of(self, run: str) -> list[WriteRow]:
        with self.store.reading() as connection:
            return writes.writes_of(connection, run)


class WritingBack(RuleBasedStateMachine):
    """One installation over weeks. `pending` is a run that was killed and must be taken up again."""

    make_desk: Callable[[], Desk]

    def __init__(self) -> None:
        super().__init__()
        self.desk = type(self).make_desk()
        self.number = count(1)
        self.pending: str | None = None
        self.runs: list[str] = []
        self.window: set[Place] = set()

    @initialize(vendor=st.sampled_from(VENDORS))
    def a_crm_is_connected(self, vendor: str) -> None:
        self.desk.crm.is_conditional = vendor == "conditional"
        self.desk.crm.has_history = vendor == "history"

    @rule(place=_places)
    def a_person_edits(self, place: Place) -> None:
        self.desk.edit(*place)

    @precondition(lambda self: self.pending is None)
    @rule(place=_places)
    def a_person_clears(self, place: Place) -> None:
        if self.desk.ours(*place) is not None:
            self.desk.clear(*place)

    @precondition(lambda self: self.pending is None)
    @rule(place=_places)
    def a_person_puts_ours_back(self, place: Place) -> None:
        self.desk.put_back(*place)

    @rule(scores=_scores)
    def scores_move(self, scores: dict[str, float]) -> None:
        self.desk.scores |= scores

    @rule(id=st.sampled_from(IDS), is_open=st.booleans())
    def a_case_opens_or_ends(self, id: str, is_open: bool) -> None:
        line = CaseLine(f"informal · due day {self.desk.now.day}", "support says P3", "Kim Lee decides")
        self.desk.cases = {**self.desk.cases, f"c-{id}": line} if is_open else {}

    @rule(days=st.sampled_from([0.5, 3, 14, 20]))
    def time_passes(self, days: float) -> None:
        self.desk.now += timedelta(days=days)

    @precondition(lambda self: self.pending is None)
    @rule(
        accident=_accidents,
        edits=st.dictionaries(st.sampled_from(BOUNDARIES), _places),
        is_lagging=st.booleans(),
    )
    def run(
        self,
        accident: tuple[str, int] | None,
        edits: dict[str, Place],
        *,
        is_lagging: bool = False,
    ) -> None:
        """A run, which the CRM may answer with what it held before; by the next one it has caught up."""
        run = f"run-{next(self.number)}"
        self.desk.plan(run)
        self.desk.crm.is_lagging = is_lagging
        self._apply(run, accident, edits)
        self.desk.crm.catch_up()
        self.runs.append(run)

    @precondition(lambda self: self.pending is None)
    @rule(
        edits=st.dictionaries(st.sampled_from(WINDOW), _places, min_size=1),
        score=st.sampled_from([55.0, 90.0]),
    )
    def people_edit_while_everything_is_written(self, edits: dict[str, Place], score: float) -> None:
        self.desk.scores = dict.fromkeys(self.desk.scores, score)
        self.run(None, edits)

    @precondition(lambda self: self.pending is None and self.runs)
    @rule(accident=_accidents, data=st.data())
    def undo(self, accident: tuple[str, int] | None, data: st.DataObject) -> None:
        self._undo(self.runs.pop(data.draw(st.integers(0, len(self.runs) - 1))), accident)

    @precondition(lambda self: self.pending is None)
    @rule(accident=_accidents, undoing=_accidents, is_lagging=st.booleans())
    def a_run_is_undone_at_once(
        self, accident: tuple[str, int] | None, undoing: tuple[str, int] | None, *, is_lagging: bool
    ) -> None:
        self.run(accident, {}, is_lagging=is_lagging)
        if self.pending:
            self.the_rules_change_before_it_is_taken_up()
        self._undo(self.runs.pop(), undoing)

    def _undo(self, undone: str, accident: tuple[str, int] | None) -> None:
        run = f"undo-{next(self.number)}"
        with self.desk.store.transaction() as connection:
            plan_undo(connection, undone, run)
        expected = self._after_undo(undone)
        self._apply(run, accident if accident and accident[0] == "kill" else None, {})
        if self.pending:
            self.take_up_again()
        assert {place: self._held(place) for place in expected} == expected

    @precondition(lambda self: self.pending is not None)
    @rule()
    def take_up_again(self) -> None:
        run, self.pending = self.pending, None
        assert run is not None
        self._apply(run, None, {})

    @precondition(lambda self: self.pending is not None)
    @rule()
    def the_rules_change_before_it_is_taken_up(self) -> None:
        run, self.pending = self.pending, None
        assert run is not None
        with self.desk.store.transaction() as connection:
            runs.open_run(connection, run, self.desk.now, self.desk.now)
            abandon_leftovers(connection, self.desk.now)

    @precondition(lambda self: self.pending is None)
    @rule()
    def a_run_after_a_run_writes_nothing(self) -> None:
        self.run(None, {})
        before = len(self.desk.crm.log)
        assert self.desk.plan(f"run-{next(self.number)}") == 0
        assert len(self.desk.crm.log) == before

    def _apply(self, run: str, accident: tuple[str, int] | None, edits: dict[str, Place]) -> None:
        """Apply; `edits` happen at the first crossing of a boundary, the accident at the numbered one."""
        desk, waiting, crossed = self.desk, dict(edits), count()
        desk.undoing = run.startswith("undo")

        def cross(boundary: str) -> None:
            if boundary in waiting:
                place = waiting.pop(boundary)
                desk.edit(*place)
                self.window |= {place} if boundary in WINDOW else set()
            if accident and next(crossed) >= accident[1]:
                raise Killed if accident[0] == "kill" else ValueError("a fault in the connector")

        desk.crm.cross = cross
        try:
            desk.apply(run)
        except Killed:
            self.pending = run
        desk.crm.cross = lambda boundary: None
        assert desk.over.keys() <= self._excused(is_undisturbed=accident is None)
        desk.over.clear()
        self.window.clear()

    def _excused(self, *, is_undisturbed: bool) -> set[Place]:
        """Edits that may be lost: those in the window, where the CRM does nothing about them."""
        crm = self.desk.crm
        is_told = crm.has_history and is_undisturbed and not crm.is_lagging
        return set() if crm.is_conditional or is_told else self.window

    def _after_undo(self, undone: str) -> dict[Place, FieldText]:
        """What every field that the run wrote must hold afterwards."""
        expected: dict[Place, FieldText] = {}
        for row in self.desk.rows_of(undone):
            for key, value in row.new.items():
                place = (row.ref, key)
                stands = place not in self.desk.edits and self._held(place) == value
                is_known = row.state is not WriteState.SKIPPED and self.desk.ours(*place) == value
                is_ours = stands and (is_known or self.desk.doubts(*place, value))
                expected[place] = row.old.get(key) if is_ours else self._held(place)
        return expected

    def _held(self, place: Place) -> FieldText:
        return self.desk.crm.values[place[0]].get(place[1])

    def teardown(self) -> None:
        if self.pending:
            self.take_up_again()
        with self.desk.store.reading() as connection:
            asked = writes.open_lease_requests(connection)
        assert {lease.held for lease in asked} <= self.desk.typed, "our own value was taken for a person's"
        problems = verify(self.desk.store, Path("no-anchor-was-kept"))
        assert [item for item in problems if "anchor" not in item.message] == []
        self.desk.store.close()


def test_no_edit_is_lost_nothing_is_written_twice_and_undo_restores(
    make_crm: type[FakeCrm], scoring: Scoring, tmp_path: Path
) -> None:
    template, numbers = tmp_path / "template.sqlite", count(1)
    with closing(Store.open(f"sqlite:///{template}")) as store, store.transaction():
        pass

    def make_desk() -> Desk:
        path = tmp_path / f"{next(numbers)}.sqlite"
        shutil.copy(template, path)
        return Desk(make_crm(IDS), Store.open(f"sqlite:///{path}"), scoring)

    machine = type("Machine", (WritingBack,), {"make_desk": staticmethod(make_desk)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=20,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
