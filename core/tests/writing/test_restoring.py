"""An edit between Detente's look and its write: how long that window is, and how it is put back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from detente.engine.writing.apply import apply_batch
from detente.engine.writing.undo import plan_undo
from detente.store import writes
from detente.store.database import Store
from detente.store.writes import PlannedWrite, WriteRow
from detente_contracts import FieldText, Kind, Ref

if TYPE_CHECKING:
    from core.tests.writing.conftest import FakeCrm

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
KEY, SCORE = "detente_priority", "detente_score"
PUT_BACK = f"{KEY}: edited by somebody else while Detente wrote, and put back"


def ref(id: str) -> Ref:
    return Ref("crm", "companies", id)


@pytest.fixture
def telling(crm: FakeCrm) -> FakeCrm:
    """A CRM without conditional writes that keeps a history."""
    crm.has_history = True
    return crm


def apply(store: Store, crm: FakeCrm, values: Mapping[str, FieldText], *ids: str, run: str = "run-1") -> None:
    """Plan the same values for each record and apply them."""
    rows = [
        PlannedWrite(run, seq, ref(id), f"c-{id}", Kind.ACCOUNT, dict.fromkeys(values), values)
        for seq, id in enumerate(ids, 1)
    ]
    with store.transaction() as connection:
        writes.plan_rows(connection, rows)
    carry_out(store, crm, run)


def carry_out(store: Store, crm: FakeCrm, run: str) -> None:
    while apply_batch(store, {"crm": crm}, run, NOW):
        pass


def rows_of(store: Store, run: str = "run-1") -> list[WriteRow]:
    with store.reading() as connection:
        return writes.writes_of(connection, run)


def leases(store: Store) -> list[tuple[FieldText, FieldText]]:
    with store.reading() as connection:
        return [(item.held, item.ours) for item in writes.open_lease_requests(connection)]


def edits(crm: FakeCrm, *texts: FieldText, id: str = "1") -> Callable[[str], None]:
    """Somebody enters one text after the other, each right before a write."""
    waiting = list(texts)

    def cross(boundary: str) -> None:
        if boundary == "before write" and waiting:
            crm.values[ref(id)][KEY] = waiting.pop(0)

    return cross


def test_a_record_is_looked_at_right_before_its_own_batch_is_written(
    store: Store, make_crm: type[FakeCrm]
) -> None:
    crm = make_crm("1234567")
    crm.read_into(store)
    crm.cross = edits(crm, "P4", id="7")
    apply(store, crm, {KEY: "P1"}, *"1234567")

    assert crm.values[ref("7")] == {KEY: "P4"}
    assert leases(store) == [("P4", "P1")]
    assert crm.requests == {"held": 4, "write": 2}


def test_an_edit_that_was_written_over_is_put_back_and_asks_for_a_lease(
    store: Store, telling: FakeCrm
) -> None:
    telling.cross = edits(telling, "P4")
    apply(store, telling, {KEY: "P1"}, "1", "2")

    assert [telling.values[ref(id)] for id in "12"] == [{KEY: "P4"}, {KEY: "P1"}]
    assert [(row.state, row.detail) for row in rows_of(store)] == [("skipped", PUT_BACK), ("applied", "")]
    assert leases(store) == [("P4", "P1")]


def test_a_field_that_was_cleared_meanwhile_is_cleared_again(store: Store, telling: FakeCrm) -> None:
    apply(store, telling, {KEY: "P1"}, "1")
    telling.cross = edits(telling, None)
    apply(store, telling, {KEY: "P2"}, "1", run="run-2")

    assert telling.values[ref("1")] == {KEY: None}
    assert leases(store) == [(None, "P2")]


def test_the_other_fields_of_the_record_stay_written(store: Store, telling: FakeCrm) -> None:
    telling.cross = edits(telling, "P4")
    apply(store, telling, {KEY: "P1", SCORE: "87.5"}, "1")

    assert telling.values[ref("1")] == {KEY: "P4", SCORE: "87.5"}
    (row,) = rows_of(store)
    assert (row.state, row.detail, dict(row.new)) == ("applied", PUT_BACK, {SCORE: "87.5"})


def test_an_edit_that_comes_while_another_is_put_back_is_put_back_too(store: Store, telling: FakeCrm) -> None:
    telling.cross = edits(telling, "P4", "P3")
    apply(store, telling, {KEY: "P1"}, "1")

    assert telling.values[ref("1")] == {KEY: "P3"}
    assert leases(store) == [("P3", "P1")]


def test_an_edit_that_cannot_be_put_back_is_named(store: Store, telling: FakeCrm) -> None:
    def refuse_then(boundary: str) -> None:
        edit(boundary)
        if boundary == "after write":
            telling.refuses = frozenset("1")

    edit = edits(telling, "P4")
    telling.cross = refuse_then
    apply(store, telling, {KEY: "P1"}, "1")

    (row,) = rows_of(store)
    assert (row.state, row.detail) == (
        "failed",
        f"{KEY}: edited by somebody else while Detente wrote, and could not be put back",
    )
    assert (telling.values[ref("1")], leases(store)) == ({KEY: "P1"}, [])


def test_somebody_who_enters_what_we_write_has_nothing_put_back(store: Store, telling: FakeCrm) -> None:
    telling.cross = edits(telling, "P1")
    apply(store, telling, {KEY: "P1"}, "1")

    assert [row.state for row in rows_of(store)] == ["applied"]
    assert (telling.values[ref("1")], telling.requests["write"]) == ({KEY: "P1"}, 1)


def test_our_own_late_write_is_not_put_back(store: Store, telling: FakeCrm) -> None:
    telling.late = frozenset("1")
    apply(store, telling, {KEY: "P1"}, "1")
    telling.late = frozenset()
    telling.cross = edits(telling, "P1")
    apply(store, telling, {KEY: "P2"}, "1", run="run-2")

    assert (telling.values[ref("1")], leases(store)) == ({KEY: "P2"}, [])


def test_an_edit_while_a_run_is_undone_is_put_back(store: Store, telling: FakeCrm) -> None:
    apply(store, telling, {KEY: "P1"}, "1")
    with store.transaction() as connection:
        plan_undo(connection, "run-1", "undo-1")
    telling.cross = edits(telling, "P4")
    carry_out(store, telling, "undo-1")

    assert telling.values[ref("1")] == {KEY: "P4"}
    assert [(row.state, row.detail) for row in rows_of(store, "undo-1")] == [("skipped", PUT_BACK)]
