"""Cases after a run and after a sweep: opened once, moved in time, ended only when that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from detente.engine.cases.escalate import BATCH, CaseCounts
from detente.engine.policy import Policy
from detente.store import cases
from detente_contracts import CaseEvent, CaseView, Conflict, EventKind, NextStep, Playbook, Role, Stage

if TYPE_CHECKING:
    from core.tests.cases.conftest import Firm

DAY = timedelta(days=1)


def test_a_conflict_opens_one_case_with_an_owner_and_a_due_time(
    firm: Firm, quarrel: Conflict, monday: datetime
) -> None:
    counts = firm.run("r1", monday, quarrel)
    (row,) = firm.rows()

    assert (counts.opened, counts.moved, counts.problems) == (1, 0, ())
    assert (row.stage, row.owner) == (Stage.INFORMAL, "Kim Lee")
    assert row.due_at == datetime(2026, 1, 12, 17, tzinfo=UTC)
    assert (row.title, row.contested, row.bundle) == (quarrel.title, "support says P4", "b1")
    assert firm.kinds(row.id) == ["opened", "entered"]


def test_a_conflict_seen_again_unchanged_adds_nothing_to_its_log(
    firm: Firm, quarrel: Conflict, monday: datetime
) -> None:
    firm.run("r1", monday, quarrel)
    counts = firm.run("r2", monday + timedelta(hours=1), quarrel)
    (row,) = firm.rows()

    assert (counts.opened, counts.updated) == (0, 0)
    assert firm.kinds(row.id) == ["opened", "entered"]
    assert row.last_seen_run == "r2"


@pytest.mark.parametrize(
    "change",
    [{"title": "Acme: sales says P1, support says P3"}, {"evidence": {"lens_gap": 2}}, {"severity": 5}],
    ids=["title", "evidence", "severity"],
)
def test_a_conflict_that_says_something_new_updates_its_case(
    firm: Firm, quarrel: Conflict, monday: datetime, change: dict[str, object]
) -> None:
    firm.run("r1", monday, quarrel)
    again = quarrel.model_copy(update=change)
    counts = firm.run("r2", monday + timedelta(hours=1), again)
    (row,) = firm.rows()

    assert (counts.opened, counts.updated) == (0, 1)
    assert (row.title, row.severity) == (again.title, again.severity)
    assert firm.kinds(row.id) == ["opened", "entered", "seen"]


def test_the_same_run_twice_changes_nothing(firm: Firm, quarrel: Conflict, monday: datetime) -> None:
    later = monday + 2 * DAY
    other = quarrel.model_copy(update={"customer": "c-2"})
    firm.run("r1", monday, quarrel, other)
    first = firm.run("r2", later, quarrel.model_copy(update={"severity": 5}))
    rows, logs = firm.rows(), [firm.log(row.id) for row in firm.rows()]
    second = firm.run("r2", later, quarrel.model_copy(update={"severity": 5}))

    assert (first.updated, first.subsided, first.moved) == (1, 1, 1)
    assert (second.updated, second.subsided, second.moved, second.opened) == (0, 0, 0, 0)
    assert (firm.rows(), [firm.log(row.id) for row in rows]) == (rows, logs)
    assert firm.problems() == []


def test_a_case_ends_when_its_condition_no_longer_holds_while_informal(
    firm: Firm, quarrel: Conflict, monday: datetime
) -> None:
    firm.run("r1", monday, quarrel)
    counts = firm.run("r2", monday + timedelta(hours=1))
    (row,) = firm.rows()

    assert counts.subsided == 1
    assert row.closed_at == monday + timedelta(hours=1)
    assert firm.log(row.id)[-1].data["run"] == "r2"


def test_a_case_in_mediation_goes_on_when_its_condition_no_longer_holds(
    firm: Firm, quarrel: Conflict, monday: datetime
) -> None:
    firm.run("r1", monday, quarrel)
    firm.sweep(monday + DAY)
    counts = firm.run("r2", monday + DAY)
    (row,) = firm.rows()

    assert counts.subsided == 0
    assert (row.stage, row.closed_at) == (Stage.MEDIATION, None)


def test_a_case_stays_when_the_detector_that_found_it_did_not_answer(
    firm: Firm, quarrel: Conflict, monday: datetime
) -> None:
    firm.run("r1", monday, quarrel)
    counts = firm.run("r2", monday, finders=("trigger:other",))
    (row,) = firm.rows()

    assert (counts.subsided, row.closed_at) == (0, None)
    (problem,) = counts.problems
    assert "plugin:finder did not look" in problem
    assert row.id in problem


def test_a_case_stays_when_a_value_that_decides_it_cannot_be_seen(
    firm: Firm, quarrel: Conflict, monday: datetime
) -> None:
    firm.run("r1", monday, quarrel)
    counts = firm.run("r2", monday, unsure=("c-1",))

    assert (counts.subsided, counts.problems) == (0, ())
    assert firm.run("r3", monday, unsure=("c-2",)).subsided == 1


def test_a_conflict_that_comes_back_opens_a_new_case(firm: Firm, quarrel: Conflict, monday: datetime) -> None:
    firm.run("r1", monday, quarrel)
    firm.run("r2", monday + DAY)
    counts = firm.run("r3", monday + 2 * DAY, quarrel)
    first, second = firm.rows()

    assert counts.opened == 1
    assert first.fingerprint == second.fingerprint
    assert first.id != second.id
    assert (first.closed_at is None, second.closed_at is None) == (False, True)


def test_case_ids_are_the_same_wherever_the_case_is_opened(
    firm: Firm, quarrel: Conflict, monday: datetime
) -> None:
    firm.run("r1", monday, quarrel)

    assert [row.id for row in firm.rows()] == ["case-1175dcbabe8d"]


def test_a_case_moves_to_mediation_when_its_time_runs_out(
    firm: Firm, quarrel: Conflict, monday: datetime
) -> None:
    firm.run("r1", monday, quarrel)
    due = monday + timedelta(hours=8)
    early, late = firm.sweep(due - timedelta(seconds=1)), firm.sweep(due)
    (row,) = firm.rows()

    assert (early.moved, late.moved) == (0, 1)
    assert (row.stage, row.owner, row.is_overdue) == (Stage.MEDIATION, "Nia Okoye", False)
    assert row.due_at == datetime(2026, 1, 14, 17, tzinfo=UTC)


def test_a_run_moves_cases_whose_time_ran_out_too(firm: Firm, quarrel: Conflict, monday: datetime) -> None:
    firm.run("r1", monday, quarrel)
    counts = firm.run("r2", monday + DAY, quarrel)

    assert (counts.moved, firm.rows()[0].stage) == (1, Stage.MEDIATION)


def test_a_ruling_left_undecided_stays_with_its_owner_and_is_overdue_once(
    firm: Firm, quarrel: Conflict, monday: datetime
) -> None:
    firm.run("r1", monday, quarrel)
    counts = [firm.sweep(monday + days * DAY) for days in (1, 7, 14, 21)]
    (row,) = firm.rows()

    assert [item.moved for item in counts] == [1, 1, 0, 0]
    assert [item.overdue for item in counts] == [0, 0, 1, 0]
    assert [item.problems for item in counts] == [()] * 4
    assert (row.stage, row.owner, row.is_overdue, row.closed_at) == (Stage.RULING, "Ada Brandt", True, None)
    assert firm.kinds(row.id) == ["opened", "entered", "entered", "entered", "overdue"]


def test_a_sweep_takes_the_longest_due_first_and_the_rest_in_the_next_transaction(
    firm: Firm, quarrel: Conflict, monday: datetime
) -> None:
    for hour in range(5):
        conflicts = [quarrel.model_copy(update={"customer": f"c-{number}"}) for number in range(hour + 1)]
        firm.run(f"r{hour}", monday + timedelta(hours=hour), *conflicts)
    counts = firm.sweep(monday + 2 * DAY, limit=2)

    assert counts.moved == 2
    assert [row.stage for row in firm.rows()] == [Stage.MEDIATION] * 2 + [Stage.INFORMAL] * 3
    assert firm.sweep(monday + 2 * DAY).moved == 3


def test_a_run_moves_more_cases_than_one_sweep_takes(firm: Firm, quarrel: Conflict, monday: datetime) -> None:
    conflicts = [quarrel.model_copy(update={"customer": f"c-{number}"}) for number in range(502)]
    firm.run("r1", monday, *conflicts)
    counts = firm.run("r2", monday + DAY, *conflicts)

    assert (counts.moved, counts.opened, counts.updated) == (502, 0, 0)
    assert firm.problems() == []


def open_some_that_no_rule_can_move(
    firm: Firm, quarrel: Conflict, start: datetime, count: int
) -> list[Conflict]:
    """`count` cases of rules that are lost, and an hour later two of others; all that was seen."""
    conflicts = [quarrel.model_copy(update={"customer": f"c-{number}"}) for number in range(count + 2)]
    firm.bundles["lost"] = firm.bundles["b1"]
    firm.run("r1", start, *conflicts[:count], bundle="lost")
    firm.run("r2", start + timedelta(hours=1), *conflicts)
    firm.bundles["lost"] = Policy()
    return conflicts


def test_a_sweep_comes_to_every_due_case_however_many_cannot_be_moved(
    firm: Firm, quarrel: Conflict, monday: datetime
) -> None:
    open_some_that_no_rule_can_move(firm, quarrel, monday, 5)
    counts = list(firm.sweeps(monday + 2 * DAY, limit=2))

    assert [item.moved for item in counts] == [0, 0, 1, 1]
    (problem,) = sum(counts, start=CaseCounts()).problems
    assert problem.startswith("5 cases could not be worked on, such as case-")


def test_a_run_comes_to_every_due_case_however_many_cannot_be_moved(
    firm: Firm, quarrel: Conflict, monday: datetime
) -> None:
    conflicts = open_some_that_no_rule_can_move(firm, quarrel, monday, BATCH)
    counts = firm.run("r3", monday + 2 * DAY, *conflicts)

    assert counts.moved == 2
    assert firm.problems() == []


def _answer(stage: Stage, owner: str) -> NextStep:
    return NextStep(stage=stage, owner=owner, hours=4)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (_answer(Stage.INFORMAL, "Kim Lee"), "stages only go forward"),
        (_answer(Stage.APPEAL, "Kim Lee"), "playbook quarrel does not have"),
        (_answer(Stage.CLOSED, "Kim Lee"), "playbook quarrel does not have"),
        (_answer(Stage.RULING, " \n"), "named no owner of ruling"),
    ],
    ids=["not ahead", "not in the playbook", "an end", "nobody's"],
)
def test_a_step_that_the_playbook_forbids_is_not_taken_and_the_plugin_is_named(
    firm: Firm, quarrel: Conflict, monday: datetime, answer: NextStep, reason: str
) -> None:
    firm.run("r1", monday, quarrel)
    firm.plugins.step = lambda case, playbook, roles: answer
    counts = firm.sweep(monday + DAY)
    (row,) = firm.rows()

    assert (counts.moved, counts.overdue) == (0, 0)
    assert (row.stage, row.owner, row.is_overdue) == (Stage.INFORMAL, "Kim Lee", False)
    assert firm.kinds(row.id) == ["opened", "entered"]
    assert reason in counts.problems[0]
    assert reason in firm.plugins.failures[0]


def test_a_stage_may_be_skipped(firm: Firm, quarrel: Conflict, monday: datetime) -> None:
    firm.run("r1", monday, quarrel)
    firm.plugins.step = lambda case, playbook, roles: _answer(Stage.RULING, "Ada\nBrandt")
    counts = firm.sweep(monday + DAY)

    assert counts.moved == 1
    assert (firm.rows()[0].stage, firm.rows()[0].owner) == (Stage.RULING, "Ada Brandt")


@pytest.mark.parametrize("retry", ["sweep", "run"])
def test_a_case_for_which_nobody_chooses_a_first_stage_has_an_owner_and_is_tried_again(
    firm: Firm, quarrel: Conflict, monday: datetime, retry: str
) -> None:
    chosen, firm.plugins.step = firm.plugins.step, None
    first = firm.run("r1", monday, quarrel)
    waiting = firm.rows()[0]
    firm.plugins.step = chosen
    later = monday + timedelta(hours=1)
    again = firm.sweep(later) if retry == "sweep" else firm.run("r2", later, quarrel)

    assert "no plugin chose the next step" in first.problems[0]
    assert (waiting.stage, waiting.owner) == (None, "Kim Lee")
    assert (firm.rows()[0].stage, firm.rows()[0].id) == (Stage.INFORMAL, waiting.id)
    assert again.problems == ()


@pytest.mark.parametrize("retry", ["sweep", "run"])
def test_a_case_whose_step_nobody_chose_in_time_stays_due_and_is_tried_again(
    firm: Firm, quarrel: Conflict, monday: datetime, retry: str
) -> None:
    firm.run("r1", monday, quarrel)
    chosen, firm.plugins.step = firm.plugins.step, None
    stuck = [firm.sweep(monday + days * DAY) for days in (1, 2)]
    firm.plugins.step = chosen
    later = monday + 3 * DAY
    again = firm.sweep(later) if retry == "sweep" else firm.run("r2", later, quarrel)

    assert [(item.overdue, len(item.problems)) for item in stuck] == [(0, 1), (0, 1)]
    assert (again.moved, again.problems) == (1, ())
    assert firm.kinds(firm.rows()[0].id) == ["opened", "entered", "entered"]


def test_a_case_that_an_older_detente_marked_overdue_when_a_step_failed_moves_in_the_next_run(
    firm: Firm, quarrel: Conflict, monday: datetime
) -> None:
    firm.run("r1", monday, quarrel)
    (row,) = firm.rows()
    seen = CaseEvent(case=row.id, seq=3, at=monday + DAY, kind=EventKind.OVERDUE, actor="playbook:quarrel")
    with firm.store.transaction() as connection:
        cases.append_events(connection, [seen], link="r1/2")
        cases.save_cases(connection, [replace(row, is_overdue=True)])
    counts = firm.run("r2", monday + 2 * DAY, quarrel)

    assert (counts.moved, firm.rows()[0].stage, firm.rows()[0].is_overdue) == (1, Stage.MEDIATION, False)


def test_an_account_that_nobody_owns_is_the_default_roles(
    firm: Firm, quarrel: Conflict, monday: datetime
) -> None:
    firm.plugins.step = None
    firm.run("r1", monday, quarrel.model_copy(update={"customer": "c-9"}))

    assert firm.rows()[0].owner == "Ada Brandt"


def _with_shorter_stages(policy: Policy) -> Policy:
    (playbook,) = policy.playbooks.values()
    stages = tuple(stage.model_copy(update={"hours": 1}) for stage in playbook.stages)
    return replace(policy, playbooks={"quarrel": playbook.model_copy(update={"stages": stages})})


def test_a_case_keeps_the_rules_that_it_was_opened_under(
    firm: Firm, quarrel: Conflict, monday: datetime
) -> None:
    firm.run("r1", monday, quarrel)
    firm.bundles["b2"] = _with_shorter_stages(firm.bundles["b1"])
    other = quarrel.model_copy(update={"customer": "c-2"})
    firm.run("r2", monday + timedelta(hours=2), quarrel, other, bundle="b2")
    old, new = firm.rows()

    assert (old.bundle, old.due_at) == ("b1", monday + timedelta(hours=8))
    assert (new.bundle, new.due_at) == ("b2", monday + timedelta(hours=3))


def test_a_conflict_whose_calendar_cannot_be_kept_is_named_and_the_others_go_on(
    firm: Firm, quarrel: Conflict, monday: datetime
) -> None:
    firm.run("r1", monday, quarrel)
    broken = {"office": firm.bundles["b1"].calendars["office"].model_copy(update={"week": {}})}
    firm.bundles["b2"] = replace(firm.bundles["b1"], calendars=broken)
    other = quarrel.model_copy(update={"customer": "c-2"})
    counts = firm.run("r2", monday + DAY, quarrel, other, bundle="b2")

    assert (counts.opened, counts.moved) == (0, 1)
    assert "no working time" in counts.problems[0]
    assert "quarrel of customer c-2" in counts.problems[0]


def test_plugins_are_told_about_the_case_and_its_frozen_playbook(
    firm: Firm, quarrel: Conflict, monday: datetime
) -> None:
    told: list[tuple[CaseView, str, tuple[str, ...]]] = []

    def listen(case: CaseView, playbook: Playbook, roles: Sequence[Role]) -> NextStep | None:
        told.append((case, playbook.name, tuple(role.id for role in roles)))
        return None

    firm.plugins.step = listen
    firm.run("r1", monday, quarrel)
    ((case, playbook, roles),) = told

    assert (case.stage, case.owner, case.account_owner) == (None, "Kim Lee", "Kim Lee")
    assert (case.customer, case.kind, case.evidence) == ("c-1", "quarrel", {"lens_gap": 3})
    assert (playbook, roles) == ("quarrel", ("committee", "facilitator"))


def test_every_event_names_who_or_what_brought_it_and_stands_in_the_audit_trail(
    firm: Firm, quarrel: Conflict, monday: datetime
) -> None:
    firm.run("r1", monday, quarrel)
    firm.sweep(monday + DAY)
    firm.sweep(monday + 7 * DAY)
    firm.sweep(monday + 30 * DAY)
    (row,) = firm.rows()

    actors = [event.actor for event in firm.log(row.id)]
    assert actors == ["plugin:finder", *["plugin:stepper"] * 3, "playbook:quarrel"]
    assert firm.problems() == []


def test_a_clock_that_went_back_does_not_stop_a_case(firm: Firm, quarrel: Conflict, monday: datetime) -> None:
    firm.run("r1", monday, quarrel)
    counts = firm.run("r2", monday - timedelta(seconds=5), quarrel.model_copy(update={"severity": 5}))

    assert (counts.updated, counts.problems) == (1, ())
    assert firm.log(firm.rows()[0].id)[-1].at == monday
