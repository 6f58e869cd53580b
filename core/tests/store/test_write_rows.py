"""A planned write is settled once; what we last wrote and human edits that stand are remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from detente.store.audit import verify_chain
from detente.store.audit_chain import chain_length
from detente.store.database import Store
from detente.store.writes import (
    LeaseRequest,
    PlannedWrite,
    SettledWrite,
    WriteState,
    abandon_planned,
    add_lease_requests,
    end_lease_requests,
    failures_of,
    open_lease_requests,
    plan_rows,
    planned,
    save_written,
    settle,
    undone_of,
    write_counts,
    writes_of,
    written_all,
    written_of,
)
from detente_contracts import Kind, Ref

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
REF = Ref("hub", "company", "7")


def plan(seq: int, run: str = "run-1", undoes: str | None = None) -> PlannedWrite:
    ref = Ref("hub", "company", str(seq))
    old, new = {"detente_score": None}, {"detente_score": "87.5"}
    return PlannedWrite(run, seq, ref, "c-1", Kind.ACCOUNT, old, new, {"detente_score": "first"}, undoes)


def settled(seq: int, state: WriteState, detail: str = "", run: str = "run-1") -> SettledWrite:
    return SettledWrite(run, seq, state, detail, NOW)


def test_plan_comes_back_in_order_and_in_parts(store: Store) -> None:
    with store.transaction() as connection:
        plan_rows(connection, [plan(3), plan(1), plan(2)])
        assert planned(connection, "run-1", 2) == [plan(1), plan(2)]
        settle(connection, [settled(1, WriteState.APPLIED)])

        assert planned(connection, "run-1", 2) == [plan(2), plan(3)]
        assert planned(connection, "run-2", 2) == []


def test_every_state_is_counted(store: Store) -> None:
    with store.transaction() as connection:
        plan_rows(connection, map(plan, range(1, 5)))
        states = [WriteState.APPLIED, WriteState.APPLIED, WriteState.FAILED]
        assert settle(connection, [settled(seq, state) for seq, state in enumerate(states, 1)]) == 3

        assert write_counts(connection, "run-1") == {"planned": 4, "applied": 2, "failed": 1, "skipped": 0}
        assert sum(write_counts(connection, "run-2").values()) == 0


def test_settled_write_stands_when_it_is_told_again(store: Store) -> None:
    with store.transaction() as connection:
        plan_rows(connection, [plan(1)])
        settle(connection, [settled(1, WriteState.APPLIED, "done")])
        assert settle(connection, [settled(1, WriteState.FAILED, "too late")]) == 0
        plan_rows(connection, [plan(1)])

        (row,) = writes_of(connection, "run-1")
        assert (row.state, row.detail, row.settled_at) == (WriteState.APPLIED, "done", NOW)


def test_settling_may_tell_what_was_really_replaced_and_written(store: Store) -> None:
    real = SettledWrite(
        "run-1", 2, WriteState.APPLIED, "", NOW, old={"detente_score": "3"}, new={"detente_score": "4"}
    )
    with store.transaction() as connection:
        plan_rows(connection, [plan(1), plan(2)])
        settle(connection, [settled(1, WriteState.APPLIED), real])

        first, second = writes_of(connection, "run-1")
        assert (first.old, first.new) == ({"detente_score": None}, {"detente_score": "87.5"})
        assert (second.old, second.new) == ({"detente_score": "3"}, {"detente_score": "4"})


def test_writes_that_failed_alike_are_one_line_for_people(store: Store) -> None:
    with store.transaction() as connection:
        plan_rows(connection, map(plan, range(1, 5)))
        results = [settled(seq, WriteState.FAILED, "hub is down") for seq in (1, 2, 3)]
        settle(connection, [*results, settled(4, WriteState.FAILED, "value refused")])

        lines = failures_of(connection, "run-1")
        assert len(lines) == 2
        assert any("3" in line and "hub is down" in line for line in lines)
        assert any("4" in line and "value refused" in line for line in lines)


def test_undone_writes_are_those_that_an_undo_has_taken_back_or_is_about_to(store: Store) -> None:
    with store.transaction() as connection:
        undos = [plan(seq, "undo-1", f"run-1/{seq}") for seq in (1, 2, 3)]
        plan_rows(connection, [*undos, plan(4, "undo-1", "run-10/4")])
        settle(connection, [settled(1, WriteState.APPLIED, run="undo-1")])
        settle(connection, [settled(2, WriteState.SKIPPED, run="undo-1")])

        assert undone_of(connection, "run-1") == frozenset({1, 3})


def test_abandoned_plans_are_skipped_under_the_audit_trail(store: Store) -> None:
    with store.transaction() as connection:
        plan_rows(connection, [*map(plan, range(1, 5)), plan(1, "run-2")])
        settle(connection, [settled(2, WriteState.APPLIED)])
        assert (abandon_planned(connection, NOW), abandon_planned(connection, NOW)) == (4, 0)

        assert write_counts(connection, "run-1")["skipped"] == 3
        assert (chain_length(connection), verify_chain(connection)) == (3, [])


def test_what_we_last_wrote_is_merged_field_by_field(store: Store) -> None:
    later = NOW + timedelta(hours=1)
    with store.transaction() as connection:
        save_written(connection, {REF: {"detente_score": "1.0", "detente_case": "a"}}, "run-1", NOW)
        save_written(connection, {REF: {"detente_score": "2.0", "detente_case": None}}, "run-2", later)
        save_written(connection, {Ref("hub", "deal", "1"): {"detente_score": "3.0"}}, "run-2", later)

        assert written_of(connection, [REF, Ref("hub", "company", "8")]) == {REF: {"detente_score": "2.0"}}
        assert len(dict(written_all(connection))) == 2


def test_lease_request_stands_until_it_is_ended(store: Store) -> None:
    end = NOW + timedelta(days=14)
    request = LeaseRequest("l-1", REF, "detente_priority", "c-1", "P1", None, NOW, end)
    with store.transaction() as connection:
        add_lease_requests(connection, [request])
        add_lease_requests(connection, [request])
        assert open_lease_requests(connection) == [request]
        end_lease_requests(connection, ["l-1", "none"], end)

        assert open_lease_requests(connection) == []
        add_lease_requests(connection, [request])
        assert open_lease_requests(connection) == []
