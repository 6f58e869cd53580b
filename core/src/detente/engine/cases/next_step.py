"""The next step of a case: plugins choose it, the playbook decides whether it may be taken."""

from __future__ import annotations

from dataclasses import dataclass

from detente_contracts import CaseView, NextStep, Playbook, Role, Stage

from detente.engine.cases.asked import Asked
from detente.engine.cases.fold import CaseState, position
from detente.engine.cases.placeholders import plain

HOOK = "detente_choose_step"
OWNER_LENGTH = 80
"""Characters of an owner's name that are kept."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A step that may be taken and who chose it, or neither; `problem` says what was wrong, if anything."""

    step: NextStep | None = None
    actor: str = ""
    problem: str = ""


def choose(state: CaseState, playbook: Playbook, roles: tuple[Role, ...], plugins: Asked) -> Choice:
    """The first plugin's answer that is not None, if the playbook allows it; otherwise the plugin failed."""
    for answer in plugins.call(HOOK, case=view(state), playbook=playbook, roles=roles):
        if isinstance(answer.value, NextStep):
            fault = _fault(state, playbook, answer.value)
            if fault:
                plugins.record_failure(answer.plugin, HOOK, fault)
                return Choice(problem=f"plugin {answer.plugin} {fault}")
            owner = plain(answer.value.owner, OWNER_LENGTH)
            return Choice(answer.value.model_copy(update={"owner": owner}), f"plugin:{answer.plugin}")
    return Choice() if _is_last(state, playbook) else Choice(problem="no plugin chose the next step")


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
