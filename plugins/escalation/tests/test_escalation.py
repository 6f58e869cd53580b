"""The stock playbooks are whole, and every step they lead to has one named owner."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import detente_escalation
import pytest
import yaml
from detente_contracts import CaseView, Family, Playbook, PolicyFile, Role, Stage
from detente_contracts.testing import PluginConformance
from detente_escalation.steps import next_step

FOLDER = Path(detente_escalation.__file__).parent / "policy"


class TestEscalation(PluginConformance):
    """The promises of every plugin."""

    plugin: ClassVar[object] = detente_escalation


def _read(name: str) -> PolicyFile:
    return PolicyFile.read(yaml.safe_load((FOLDER / name).read_text("utf-8")), where=name)


PLAYBOOKS = _read("playbooks.yaml").playbooks
ROLES = _read("people.yaml").roles
KINDS = ("lenses_apart", "contested_owner", "contested_partner", "sla", "general")


def _playbook(name: str) -> Playbook:
    return next(item for item in PLAYBOOKS if item.name == name)


def _case(stage: Stage | None = None, account_owner: str | None = "Kim Lee") -> CaseView:
    return CaseView(
        id="case-1",
        kind="two_owners",
        family=Family.INTERNAL,
        customer="c-1",
        title="Acme: 2 people own its open work",
        severity=3,
        stage=stage,
        owner=None if stage is None else "Kim Lee",
        account_owner=account_owner,
        opened_at=datetime(2026, 1, 12, 9, tzinfo=UTC),
        is_overdue=stage is not None,
    )


def test_the_playbooks_shipped_are_the_ones_that_are_documented() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")

    assert tuple(playbook.name for playbook in PLAYBOOKS) == KINDS
    assert all(f"| `{name}` |" in readme for name in KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_a_playbook_goes_from_a_business_day_of_talk_to_a_ruling_that_nothing_follows(name: str) -> None:
    stages = _playbook(name).stages

    assert [item.stage for item in stages] == [Stage.INFORMAL, Stage.MEDIATION, Stage.RULING]
    assert [item.then for item in stages] == [Stage.MEDIATION, Stage.RULING, None]
    assert [item.owner for item in stages] == ["account_owner", "facilitator", "committee"]
    assert stages[0].hours == 8


@pytest.mark.parametrize("name", KINDS)
def test_roles_and_calendar_of_a_playbook_are_shipped_with_it(name: str) -> None:
    playbook = _playbook(name)
    roles = {role.id for role in ROLES} | {"account_owner"}

    assert {item.owner for item in playbook.stages} | {playbook.default_owner} <= roles
    assert playbook.calendar in {item.name for item in _read("calendar.yaml").calendars}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("account_owner", ["Kim Lee", None], ids=["owned account", "account nobody owns"])
def test_a_case_goes_through_every_stage_with_a_name_and_then_no_further(
    name: str, account_owner: str | None
) -> None:
    stage, seen = None, []
    while step := next_step(_case(stage, account_owner), _playbook(name), ROLES):
        stage = step.stage
        seen.append((step.stage, bool(step.owner.strip()), step.hours > 0))

    assert seen == [(item, True, True) for item in (Stage.INFORMAL, Stage.MEDIATION, Stage.RULING)]


def test_the_informal_stage_belongs_to_whoever_owns_the_account() -> None:
    step = next_step(_case(), _playbook("sla"), ROLES)

    assert step is not None
    assert (step.owner, step.hours, step.why) == ("Kim Lee", 8, "opened")


def test_an_account_that_nobody_owns_falls_to_the_default_role() -> None:
    step = next_step(_case(account_owner=None), _playbook("sla"), ROLES)

    assert step is not None
    assert step.owner == "Head of support"


def test_mediation_goes_to_a_facilitator_who_does_not_own_the_account() -> None:
    step = next_step(_case(Stage.INFORMAL, "First facilitator"), _playbook("sla"), ROLES)

    assert step is not None
    assert (step.owner, step.why) == ("Second facilitator", "time ran out in informal")


def test_a_role_that_nobody_holds_falls_to_the_default_role_and_then_to_the_role_itself() -> None:
    leads = tuple(role for role in ROLES if role.id == "sales_lead")
    by_lead = next_step(_case(Stage.MEDIATION), _playbook("lenses_apart"), leads)
    by_nobody = next_step(_case(Stage.MEDIATION), _playbook("lenses_apart"), ())

    assert by_lead is not None
    assert by_nobody is not None
    assert (by_lead.owner, by_nobody.owner) == ("Head of sales", "sales lead")


def test_who_owns_the_account_takes_a_role_when_nobody_else_holds_it() -> None:
    only = (Role(id="facilitator", title="F", department="d", holders=("Kim Lee",)),)
    step = next_step(_case(Stage.INFORMAL), _playbook("sla"), only)

    assert step is not None
    assert step.owner == "Kim Lee"


def test_a_stage_that_the_playbook_does_not_have_is_followed_by_nothing() -> None:
    assert next_step(_case(Stage.APPEAL), _playbook("sla"), ROLES) is None
