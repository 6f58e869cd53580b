"""The next step of a case by its playbook: stage, one named owner, working hours."""

from __future__ import annotations

from detente_contracts import CaseView, NextStep, Playbook, PlaybookStage, Role, Stage

ACCOUNT_OWNER = "account_owner"
"""What a playbook writes for whoever owns the customer's account."""


def next_step(case: CaseView, playbook: Playbook, roles: tuple[Role, ...]) -> NextStep | None:
    """The first stage of a case just opened, else what follows its stage; None when nothing does."""
    stage = _next_stage(case.stage, playbook)
    if stage is None:
        return None
    why = "opened" if case.stage is None else f"time ran out in {case.stage.value}"
    return NextStep(
        stage=stage.stage, owner=owner_of(stage, case, playbook, roles), hours=stage.hours, why=why
    )


def owner_of(stage: PlaybookStage, case: CaseView, playbook: Playbook, roles: tuple[Role, ...]) -> str:
    """One name: the account's owner or a holder of the stage's role, else of the playbook's default role.

    Who owns the account is a party, and takes a stage by role only where nobody else holds the role. Without
    any holder the role itself is named.
    """
    if stage.owner == ACCOUNT_OWNER and case.account_owner:
        return case.account_owner
    holders = [*_holders(stage.owner, roles), *_holders(playbook.default_owner, roles)]
    neutral = [name for name in holders if name != case.account_owner]
    return next(iter(neutral or holders), playbook.default_owner.replace("_", " "))


def _next_stage(stage: Stage | None, playbook: Playbook) -> PlaybookStage | None:
    if stage is None:
        return next(iter(playbook.stages), None)
    here = playbook.stage(stage)
    return playbook.stage(here.then) if here is not None and here.then is not None else None


def _holders(role: str, roles: tuple[Role, ...]) -> tuple[str, ...]:
    return next((item.holders for item in roles if item.id == role), ())
