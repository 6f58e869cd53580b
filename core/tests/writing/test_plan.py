"""The plan of a run: which records, which fields, which reasons, and what stands instead."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from detente.engine.writing.apply import apply_batch
from detente.engine.writing.brief import Brief
from detente.engine.writing.desired import CaseLine, Proposal
from detente.engine.writing.plan import PlanRow, keep_plan, plan_rows_of
from detente.store import writes
from detente.store.database import Store
from detente.store.writes import LeaseRequest
from detente_contracts import REASON_LENGTH, Kind, Ref

if TYPE_CHECKING:
    from core.tests.writing.conftest import FakeCrm, Scoring

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
SCORES = {"c-1": 87.5, "c-2": 61.0, "c-3": 55.0}


def ref(id: str) -> Ref:
    return Ref("crm", "companies", id)


def plan(store: Store, brief: Brief) -> list[PlanRow]:
    with store.transaction() as connection:
        keep_plan(connection, brief)
        return plan_rows_of(connection, brief.run)


def run(store: Store, crm: FakeCrm, brief: Brief) -> list[PlanRow]:
    """Read, plan and apply, as a run does; what was planned."""
    crm.read_into(store)
    planned = plan(store, brief)
    while apply_batch(store, {"crm": crm}, brief.run, brief.now, fields=brief.fields):
        pass
    return planned


def leases(store: Store) -> list[LeaseRequest]:
    with store.reading() as connection:
        return writes.open_lease_requests(connection)


def later(brief: Brief, run: str, *, days: float = 1) -> Brief:
    now = brief.now + timedelta(days=days)
    return replace(brief, run=run, now=now, as_of=now)


def test_a_first_plan_fills_every_standard_field_of_every_account(
    store: Store, crm: FakeCrm, scoring: Scoring
) -> None:
    rows = plan(store, scoring.brief(SCORES))

    assert {row["id"] for row in rows} == {"1", "2", "3"}
    first = {row["field"]: row["new"] for row in rows if row["id"] == "1"}
    assert first == {
        "detente_priority": "P1",
        "detente_score": "87.5",
        "detente_reason": "88: worth 75 points +38.",
        "detente_scored_at": "2026-11-03T09:00:00Z",
    }
    assert {row["reason"] for row in rows} == {"first write"}


def test_open_deals_and_tickets_of_linked_accounts_are_written_and_no_others(
    store: Store, crm: FakeCrm, scoring: Scoring
) -> None:
    written = [crm.add_deal("d1", "1"), crm.add_ticket("t1", "2")]
    crm.add_deal("d2", "1", is_open=False)
    crm.add_ticket("t2", "2", is_open=False)
    crm.add_ticket("t3", "no such account")
    crm.read_into(store)
    rows = plan(store, scoring.brief(SCORES))

    places = list(dict.fromkeys(Ref(row["connector"], row["object"], row["id"]) for row in rows))
    assert places == sorted([*map(ref, "123"), *written])


def test_a_customer_that_was_not_scored_is_left_alone(store: Store, crm: FakeCrm, scoring: Scoring) -> None:
    rows = plan(store, scoring.brief({"c-1": 87.5}))

    assert {row["id"] for row in rows} == {"1"}


@pytest.mark.parametrize("writable", [{}, {"crm": frozenset({Kind.TICKET})}, {"other": frozenset(Kind)}])
def test_a_connector_that_may_not_write_is_left_out(
    store: Store, crm: FakeCrm, scoring: Scoring, writable: dict[str, frozenset[Kind]]
) -> None:
    assert plan(store, replace(scoring.brief(SCORES), writable=writable)) == []


def test_a_second_run_with_nothing_changed_plans_nothing_and_explains_nobody(
    store: Store, crm: FakeCrm, scoring: Scoring
) -> None:
    """Explaining would fail: the second portfolio holds no more than scores and bands."""
    brief = scoring.brief(SCORES)
    run(store, crm, brief)
    bare = brief.scored.select("customer", "score", "band")

    assert run(store, crm, later(replace(brief, scored=bare), "run-2")) == []


def test_only_customers_that_moved_are_written_again(store: Store, crm: FakeCrm, scoring: Scoring) -> None:
    run(store, crm, scoring.brief(SCORES))
    rows = run(store, crm, scoring.brief({**SCORES, "c-2": 90.0}, run="run-2"))

    told = {row["field"]: (row["new"], row["reason"]) for row in rows}
    assert {row["id"] for row in rows} == {"2"}
    assert told["detente_priority"] == ("P1", "band moved")
    assert told["detente_reason"] == ("90 (up 29): worth 80 points +40.", "band moved")


def test_a_small_move_writes_the_score_and_leaves_the_reason(
    store: Store, crm: FakeCrm, scoring: Scoring
) -> None:
    run(store, crm, scoring.brief(SCORES))
    rows = run(store, crm, scoring.brief({**SCORES, "c-2": 62.5}, run="run-2"))

    assert [(row["field"], row["old"], row["new"]) for row in rows] == [("detente_score", "61.0", "62.5")]


def test_a_score_that_creeps_rewrites_the_reason_once_it_is_a_step_away_from_what_the_reason_says(
    store: Store, crm: FakeCrm, scoring: Scoring
) -> None:
    rewritten = []
    for number, score in enumerate((61.0, 62.0, 63.0, 64.0, 65.0), 1):
        rows = run(store, crm, scoring.brief({"c-2": score}, run=f"run-{number}"))
        rewritten.append("detente_reason" in {row["field"] for row in rows})

    assert rewritten == [True, False, False, True, False]


def test_the_reason_says_what_is_contested_and_who_decides_by_when(
    store: Store, crm: FakeCrm, scoring: Scoring
) -> None:
    case = CaseLine(
        "ruling · Ana Silva · due Thu 14:00", "support says P3", "the committee decides by Thu 14:00"
    )
    rows = plan(store, replace(scoring.brief(SCORES), cases={"c-1": case}))

    told = {row["field"]: row["new"] or "" for row in rows if row["id"] == "1"}
    assert told["detente_case"] == "ruling · Ana Silva · due Thu 14:00"
    assert told["detente_reason"].endswith("Contested: support says P3; the committee decides by Thu 14:00.")
    assert len(told["detente_reason"]) <= REASON_LENGTH


def test_the_link_is_written_only_with_a_public_address(store: Store, crm: FakeCrm, scoring: Scoring) -> None:
    brief = replace(scoring.brief(SCORES), public_url="https://detente.example/")
    links = {row["new"] for row in plan(store, brief) if row["field"] == "detente_link"}

    assert links == {f"https://detente.example/customers/c-{id}" for id in "123"}


def test_a_plugins_field_is_written_on_its_own_kinds_with_its_own_reason(
    store: Store, crm: FakeCrm, scoring: Scoring
) -> None:
    crm.add_deal("d1", "1")
    crm.read_into(store)
    proposed = {"c-1": {"renewal_watch": Proposal("due soon", "renewal in 41 days")}}
    brief = replace(scoring.brief(SCORES), proposed=proposed)
    run(store, crm, brief)
    again = {"c-1": {"renewal_watch": Proposal("later", "renewal in 300 days")}}
    rows = run(store, crm, later(replace(brief, proposed=again), "run-2"))

    assert [(row["object"], row["old"], row["new"], row["reason"]) for row in rows] == [
        ("companies", "due soon", "later", "renewal in 300 days")
    ]


def test_a_plugin_that_says_nothing_leaves_its_field_as_it_is(
    store: Store, crm: FakeCrm, scoring: Scoring
) -> None:
    brief = replace(scoring.brief(SCORES), proposed={"c-1": {"renewal_watch": Proposal("later")}})
    run(store, crm, brief)

    assert run(store, crm, later(replace(brief, proposed={}), "run-2")) == []


def test_a_persons_edit_stands_until_its_lease_ends_and_is_asked_about_once(
    store: Store, crm: FakeCrm, scoring: Scoring
) -> None:
    brief = scoring.brief(SCORES)
    run(store, crm, brief)
    crm.values[ref("1")]["detente_priority"] = "P4"
    for number, days in enumerate((1, 5, 14), 2):
        assert run(store, crm, later(brief, f"run-{number}", days=days)) == []
        assert [(item.held, item.ours) for item in leases(store)] == [("P4", "P1")]
    rows = run(store, crm, later(brief, "run-9", days=15))

    assert [(row["old"], row["new"], row["reason"]) for row in rows] == [("P4", "P1", "lease ended")]
    assert crm.values[ref("1")]["detente_priority"] == "P1"
    assert leases(store) == []


def test_a_reason_that_a_person_wrote_returns_to_ours_after_its_lease(
    store: Store, crm: FakeCrm, scoring: Scoring
) -> None:
    brief = scoring.brief(SCORES)
    run(store, crm, brief)
    ours = crm.values[ref("1")]["detente_reason"]
    crm.values[ref("1")]["detente_reason"] = "They are friends of ours"
    run(store, crm, later(brief, "run-2"))
    run(store, crm, later(brief, "run-3", days=16))

    assert crm.values[ref("1")]["detente_reason"] == ours


def test_while_a_persons_band_stands_nothing_else_flaps(store: Store, crm: FakeCrm, scoring: Scoring) -> None:
    run(store, crm, scoring.brief(SCORES))
    crm.values[ref("2")]["detente_priority"] = "P4"
    moved = scoring.brief({**SCORES, "c-2": 90.0}, run="run-2")
    run(store, crm, moved)

    assert run(store, crm, later(moved, "run-3")) == []
    assert run(store, crm, later(moved, "run-4", days=2)) == []


def test_planning_again_for_the_same_run_changes_nothing(
    store: Store, crm: FakeCrm, scoring: Scoring
) -> None:
    crm.values[ref("1")]["detente_priority"] = "P4"
    crm.read_into(store)
    first, before = plan(store, scoring.brief(SCORES)), leases(store)

    assert plan(store, scoring.brief({"c-1": 50.0})) == first
    assert leases(store) == before
