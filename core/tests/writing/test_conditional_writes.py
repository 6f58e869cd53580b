"""Applying a plan where the CRM writes only to what it was shown, and where it writes later than it says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from detente.engine.writing.apply import apply_batch
from detente.engine.writing.journey import LOOKS
from detente.store import writes
from detente.store.database import Store
from detente.store.writes import PlannedWrite, WriteRow
from detente_contracts import FieldText, Kind, Ref, UnavailableError

if TYPE_CHECKING:
    from core.tests.writing.conftest import FakeCrm

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
KEY = "detente_priority"
ONE = Ref("crm", "companies", "1")


@pytest.fixture
def conditional(crm: FakeCrm) -> FakeCrm:
    crm.is_conditional = True
    return crm


def apply(store: Store, crm: FakeCrm, *values: FieldText, run: str = "run-1") -> list[WriteRow]:
    """Plan one field of account 1, 2, 3 … and apply it; the rows as they were settled."""
    rows = [
        PlannedWrite(
            run, seq, Ref("crm", "companies", str(seq)), f"c-{seq}", Kind.ACCOUNT, {KEY: None}, {KEY: value}
        )
        for seq, value in enumerate(values, 1)
    ]
    with store.transaction() as connection:
        writes.plan_rows(connection, rows)
    while apply_batch(store, {"crm": crm}, run, NOW):
        pass
    with store.reading() as connection:
        return writes.writes_of(connection, run)


def doubtful(store: Store) -> FieldText:
    with store.reading() as connection:
        return writes.written_of(connection, [ONE]).get(ONE, {}).get(f"{KEY}.doubt")


def test_an_edit_inside_the_window_stands_and_asks_for_a_lease(store: Store, conditional: FakeCrm) -> None:
    def edit(boundary: str) -> None:
        if boundary == "before write":
            conditional.values[ONE][KEY] = "P4"

    conditional.cross = edit
    rows = apply(store, conditional, "P1", "P2")

    assert conditional.values[ONE] == {KEY: "P4"}
    assert [row.state for row in rows] == ["skipped", "applied"]
    with store.reading() as connection:
        assert [(item.held, item.ours) for item in writes.open_lease_requests(connection)] == [("P4", "P1")]


def test_a_record_that_moved_for_another_reason_is_looked_at_again_and_written(
    store: Store, conditional: FakeCrm
) -> None:
    def comment_once(boundary: str) -> None:
        if boundary == "before write" and conditional.requests["write"] == 1:
            conditional.touches[ONE] += 1

    conditional.cross = comment_once
    rows = apply(store, conditional, "P1", "P2")

    assert [row.state for row in rows] == ["applied", "applied"]
    assert [row.ref.id for row in conditional.log] == ["2", "1"]


def test_a_record_that_never_stands_still_is_left_after_three_looks(
    store: Store, conditional: FakeCrm
) -> None:
    def comment(boundary: str) -> None:
        conditional.touches[ONE] += boundary == "before write"

    conditional.cross = comment
    (row,) = apply(store, conditional, "P1")

    assert (row.state, row.detail) == ("failed", "not written: changed meanwhile")
    assert conditional.requests == {"held": LOOKS, "write": LOOKS}


def test_a_crm_that_goes_down_before_the_second_look_fails_the_row_that_moved(
    store: Store, conditional: FakeCrm
) -> None:
    def comment_then_fail(boundary: str) -> None:
        conditional.touches[ONE] += boundary == "before write"
        if boundary == "before held" and conditional.requests["write"]:
            raise UnavailableError("the CRM does not answer")

    conditional.cross = comment_then_fail
    (row,) = apply(store, conditional, "P1")

    assert (row.state, row.detail) == ("failed", "not written: changed meanwhile")
    assert conditional.values[ONE] == {}


def test_a_write_that_was_confirmed_and_reads_back_old_is_not_taken_for_a_persons(
    store: Store, crm: FakeCrm
) -> None:
    crm.is_lagging = True
    (row,) = apply(store, crm, "P1")
    crm.catch_up()
    (again,) = apply(store, crm, "P2", run="run-2")

    assert (row.state, row.detail) == ("failed", f"{KEY}: confirmed, but reads back as it was")
    assert (again.state, crm.values[ONE]) == ("applied", {KEY: "P2"})
    assert doubtful(store) is None


def test_a_field_that_was_cleared_and_reads_back_old_is_not_taken_for_a_persons(
    store: Store, crm: FakeCrm
) -> None:
    apply(store, crm, "P1")
    crm.is_lagging = True
    apply(store, crm, None, run="run-2")
    crm.catch_up()
    (again,) = apply(store, crm, "P2", run="run-3")

    assert (again.state, crm.values[ONE]) == ("applied", {KEY: "P2"})


def test_two_writes_that_read_back_old_leave_neither_value_a_persons(store: Store, crm: FakeCrm) -> None:
    crm.is_lagging = True
    apply(store, crm, "P1")
    apply(store, crm, "P2", run="run-2")
    crm.values[ONE][KEY] = "P1"
    (again,) = apply(store, crm, "P3", run="run-3")

    assert again.detail == f"{KEY}: confirmed, but reads back as it was"


def test_a_queued_write_that_comes_after_an_edit_is_not_taken_for_a_persons(
    store: Store, crm: FakeCrm
) -> None:
    def edit(boundary: str) -> None:
        if boundary == "after write":
            crm.values[ONE][KEY] = "P4"

    crm.late, crm.cross = frozenset("1"), edit
    apply(store, crm, "P1")
    crm.values[ONE].update(crm.queue.pop().values)
    crm.late, crm.cross = frozenset(), lambda boundary: None
    (again,) = apply(store, crm, "P2", run="run-2")

    assert (again.state, crm.values[ONE]) == ("applied", {KEY: "P2"})


def test_a_write_that_takes_effect_late_is_not_taken_for_a_persons(store: Store, crm: FakeCrm) -> None:
    crm.late = frozenset("1")
    (row,) = apply(store, crm, "P1")
    crm.values[ONE].update(crm.queue.pop().values)
    crm.late = frozenset()
    (again,) = apply(store, crm, "P2", run="run-2")

    assert (row.state, row.detail) == ("failed", f"{KEY}: not written (still queued)")
    assert (again.state, crm.values[ONE]) == ("applied", {KEY: "P2"})
    assert doubtful(store) is None
