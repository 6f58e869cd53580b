"""A case, its playbook and the roles around it, for plugins that choose steps."""

from __future__ import annotations

from datetime import UTC, datetime

from detente_contracts.cases import CaseView, Playbook, PlaybookStage, Stage
from detente_contracts.conflicts import Family
from detente_contracts.policy import Role

SAMPLE_PLAYBOOK = Playbook(
    name="sample",
    title="Sample",
    calendar="office",
    default_owner="head",
    stages=(
        PlaybookStage(stage=Stage.INFORMAL, owner="account_owner", hours=16, then=Stage.MEDIATION),
        PlaybookStage(stage=Stage.MEDIATION, owner="mediator", hours=24, then=Stage.RULING),
        PlaybookStage(stage=Stage.RULING, owner="head", hours=40),
    ),
)

SAMPLE_ROLES = (
    Role(id="mediator", title="Mediator", department="operations", holders=("Kim Lee", "Ana Silva")),
    Role(id="head", title="Head of revenue", department="sales", holders=("Lena Vogt",)),
)


def sample_case(stage: Stage | None, account_owner: str | None) -> CaseView:
    """A case before its first stage, or one whose time in `stage` ran out."""
    return CaseView(
        id="case-1",
        kind="two_owners",
        family=Family.INTERNAL,
        customer="c1",
        title="Two owners",
        severity=3,
        stage=stage,
        owner=None if stage is None else "Kim Lee",
        account_owner=account_owner,
        opened_at=datetime(2026, 11, 3, 9, tzinfo=UTC),
        is_overdue=stage is not None,
    )


def names_a_person(owner: str) -> bool:
    """Whether the owner of a step is somebody: not blank, and not what a playbook calls an owner."""
    return bool(owner.strip()) and owner not in {"account_owner", *(role.id for role in SAMPLE_ROLES)}
