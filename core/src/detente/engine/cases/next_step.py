"""The next step of a case: plugins choose it, the playbook decides whether it may be taken."""

from __future__ import annotations

from dataclasses import dataclass

from detente_contracts import CaseView, NextStep, Playbook, Role, Stage

from detente.engine.cases.asked import Asked
from detente.engine.cases.fold import CaseState, position
from detente.engine.cases.placeholders import plain
from detente.engine.plugins import HookResult

HOOK = "detente_choose_step"
OWNER_LENGTH = 80
"""Characters of an owner's name that are kept."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A step that may be taken and who chose it; else the `problem`, or neither where the playbook ends."""

    step: NextStep | None = None
    actor: str = ""
    problem: str = ""


def choose(state: CaseState, playbook: Playbook, roles: tuple[Role, ...], plugins: Asked) -> Choice:
    """The first plugin's step that the playbook allows; those that it does not allow are failures."""
    faults: list[str] = []

    def objection(answer: HookResult) -> str:
        fault = _fault(state, playbook, answer.value)
        faults.extend([f"plugin {answer.plugin} {fault}"] if fault else [])
        return fault

    chosen = plugins.first(HOOK, objection, case=view(state), playbook=playbook, roles=roles)
    if chosen is not None:
        owner = plain(chosen.value.owner, OWNER_LENGTH)
        return Choice(chosen.value.model_copy(update={"owner": owner}), f"plugin:{chosen.plugin}")
    if _is_last(state, playbook) and not faults:
        return Choice()
    return Choice(problem=faults[0] if faults else "no plugin chose the next step")


def view(state: CaseState) -> CaseView:
    """The case as plugins see it."""
    return CaseView(
        id=state.id,
        kind=state.conflict.kind,
        family=state.conflict.family,
        customer=state.conflict.customer,
        title=state.conflict.title,
        severity=state.conflict.severity,
        stage=state.stage,
        owner=state.owner,
        account_owner=state.account_owner,
        opened_at=state.opened_at,
        is_overdue=state.is_overdue,
        evidence=state.conflict.evidence,
    )


def _fault(state: CaseState, playbook: Playbook, step: NextStep) -> str:
    """Why the step may not be taken: not in the playbook, not ahead, or nobody's; empty when it may."""
    place, here = position(playbook, step.stage), position(playbook, state.stage)
    if step.stage is Stage.CLOSED or place is None:
        return f"chose {step.stage}, which playbook {playbook.name} does not have"
    if here is None or place <= here:
        return f"chose {step.stage} after {state.stage}, and stages only go forward"
    return "" if plain(step.owner, OWNER_LENGTH) else f"named no owner of {step.stage}"


def _is_last(state: CaseState, playbook: Playbook) -> bool:
    """Whether the playbook leaves the case with its owner when time runs out."""
    here = playbook.stage(state.stage) if state.stage else None
    return here is not None and here.then is None
