"""Taking back what a run wrote, where the CRM still holds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from detente.engine.leftovers import abandon_leftovers
from detente.engine.writing.apply import apply_batch
from detente.engine.writing.undo import plan_undo
from detente.store import runs, writes
from detente.store.database import Store
from detente.store.writes import PlannedWrite, WriteRow
from detente_contracts import FieldText, Kind, Ref, UnavailableError

if TYPE_CHECKING:
    from core.tests.writing.conftest import FakeCrm

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
PRIORITY, SCORE = "detente_priority", "detente_score"


def ref(id: str) -> Ref:
    return Ref("crm", "companies", id)


def write(store: Store, crm: FakeCrm, run: str, values: Mapping[str, FieldText], id: str = "1") -> None:
    """One run that writes `values` over what the CRM holds."""
    old = {key: crm.values[ref(id)].get(key) for key in values}
    row = PlannedWrite(run, 1, ref(id), "c-1", Kind.ACCOUNT, old, values)
    with store.transaction() as connection:
        writes.plan_rows(connection, [row])
    apply_all(store, crm, run)


def apply_all(store: Store, crm: FakeCrm, run: str) -> None:
    while apply_batch(store, {"crm": crm}, run, NOW):
        pass


def undo(store: Store, crm: FakeCrm, undoes: str, run: str = "undo-1") -> list[WriteRow]:
    with store.transaction() as connection:
        plan_undo(connection, undoes, run)
    apply_all(store, crm, run)
    with store.reading() as connection:
        return writes.writes_of(connection, run)


def written(store: Store) -> dict[str, FieldText]:
    with store.reading() as connection:
        found = writes.written_of(connection, [ref("1")]).get(ref("1"), {})
    return {key: value for key, value in found.items() if "." not in key}


def test_what_stood_before_the_run_stands_again(store: Store, crm: FakeCrm) -> None:
    write(store, crm, "run-1", {PRIORITY: "P2", SCORE: "60.0"})
    write(store, crm, "run-2", {PRIORITY: "P1"})
    undo(store, crm, "run-2")

    assert crm.values[ref("1")] == {PRIORITY: "P2", SCORE: "60.0"}
    assert written(store) == {PRIORITY: "P2", SCORE: "60.0"}


def test_fields_that_were_empty_are_empty_again_and_ours_no_more(store: Store, crm: FakeCrm) -> None:
    write(store, crm, "run-1", {PRIORITY: "P2", SCORE: "60.0"})
    undo(store, crm, "run-1")

    assert crm.values[ref("1")] == {PRIORITY: None, SCORE: None}
    assert written(store) == {}


def test_a_field_edited_since_is_left_alone_and_named_and_the_rest_is_restored(
    store: Store, crm: FakeCrm
) -> None:
    write(store, crm, "run-1", {PRIORITY: "P2", SCORE: "60.0"})
    crm.values[ref("1")][PRIORITY] = "P4"
    (row,) = undo(store, crm, "run-1")

    assert crm.values[ref("1")] == {PRIORITY: "P4", SCORE: None}
    assert row.detail == "detente_priority: edited since by somebody else"


def test_a_record_of_which_every_field_was_edited_is_skipped(store: Store, crm: FakeCrm) -> None:
    write(store, crm, "run-1", {PRIORITY: "P2"})
    crm.values[ref("1")][PRIORITY] = "P4"
    (row,) = undo(store, crm, "run-1")

    assert (row.state, row.detail) == ("skipped", "detente_priority: edited since by somebody else")
    with store.reading() as connection:
        assert writes.open_lease_requests(connection) == []


def test_what_a_later_run_wrote_is_left_alone(store: Store, crm: FakeCrm) -> None:
    write(store, crm, "run-1", {PRIORITY: "P2"})
    write(store, crm, "run-2", {PRIORITY: "P1"})
    (row,) = undo(store, crm, "run-1")

    assert crm.values[ref("1")][PRIORITY] == "P1"
    assert (row.state, row.detail) == ("skipped", "detente_priority: written again since by a later run")


def test_an_undo_can_be_undone(store: Store, crm: FakeCrm) -> None:
    write(store, crm, "run-1", {PRIORITY: "P2"})
    undo(store, crm, "run-1")
    undo(store, crm, "undo-1", run="undo-2")

    assert crm.values[ref("1")] == {PRIORITY: "P2"}


def test_a_second_undo_finds_nothing_to_take_back(store: Store, crm: FakeCrm) -> None:
    write(store, crm, "run-1", {PRIORITY: "P2"})
    undo(store, crm, "run-1")

    assert undo(store, crm, "run-1", run="undo-2") == []


def test_only_what_was_written_of_a_row_is_taken_back(store: Store, crm: FakeCrm) -> None:
    row = PlannedWrite(
        "run-1",
        1,
        ref("1"),
        "c-1",
        Kind.ACCOUNT,
        {PRIORITY: None, SCORE: None},
        {PRIORITY: "P2", SCORE: "60.0"},
    )
    with store.transaction() as connection:
        writes.plan_rows(connection, [row])
    crm.values[ref("1")][PRIORITY] = "P4"
    apply_all(store, crm, "run-1")
    (undone,) = undo(store, crm, "run-1")

    assert dict(undone.new) == {SCORE: None}
    assert crm.values[ref("1")] == {PRIORITY: "P4", SCORE: None}


@pytest.mark.parametrize("sides", ["refuses", "loses"])
def test_a_write_that_failed_leaves_nothing_to_take_back(store: Store, crm: FakeCrm, sides: str) -> None:
    setattr(crm, sides, frozenset("1"))
    write(store, crm, "run-1", {PRIORITY: "P2"})

    undo(store, crm, "run-1")

    assert crm.values[ref("1")] == {}
    assert written(store) == {}


def _cut_off_after_write(crm: FakeCrm) -> Callable[[str], None]:
    """The write takes effect, its answer is lost, and the CRM answers no more."""

    def cross(boundary: str) -> None:
        if boundary == "after write":
            crm.cross = _unreachable
            raise ValueError("cut off")

    return cross


def _unreachable(boundary: str) -> None:
    raise UnavailableError("crm does not answer")


def test_a_write_that_took_effect_unseen_is_taken_back(store: Store, crm: FakeCrm) -> None:
    write(store, crm, "run-1", {PRIORITY: "P2"})
    crm.cross = _cut_off_after_write(crm)
    write(store, crm, "run-2", {PRIORITY: "P1"})
    crm.cross = lambda boundary: None
    (row,) = undo(store, crm, "run-2")

    assert row.state == "applied"
    assert crm.values[ref("1")] == {PRIORITY: "P2"}


def test_an_edit_of_what_was_in_doubt_is_left_alone(store: Store, crm: FakeCrm) -> None:
    crm.cross = _cut_off_after_write(crm)
    write(store, crm, "run-1", {PRIORITY: "P1"})
    crm.cross = lambda boundary: None
    crm.values[ref("1")][PRIORITY] = "P4"
    (row,) = undo(store, crm, "run-1")

    assert (row.state, row.detail) == ("skipped", "detente_priority: edited since by somebody else")
    assert crm.values[ref("1")] == {PRIORITY: "P4"}


def test_what_a_killed_run_wrote_before_it_was_abandoned_is_taken_back(store: Store, crm: FakeCrm) -> None:
    def killed(boundary: str) -> None:
        if boundary == "after write":
            raise KeyboardInterrupt

    crm.cross = killed
    with store.transaction() as connection:
        runs.open_run(connection, "run-1", NOW, NOW)
    with pytest.raises(KeyboardInterrupt):
        write(store, crm, "run-1", {PRIORITY: "P1"})
    crm.cross = lambda boundary: None
    with store.transaction() as connection:
        abandon_leftovers(connection, NOW)
    (row,) = undo(store, crm, "run-1")

    assert row.state == "applied"
    assert crm.values[ref("1")] == {PRIORITY: None}


def test_planning_an_undo_again_plans_nothing_more(store: Store, crm: FakeCrm) -> None:
    write(store, crm, "run-1", {PRIORITY: "P2"})
    with store.transaction() as connection:
        first = plan_undo(connection, "run-1", "undo-1")
        plan_undo(connection, "run-1", "undo-1")
        counts = writes.write_counts(connection, "undo-1")

    assert (first, counts["planned"]) == (1, 1)
