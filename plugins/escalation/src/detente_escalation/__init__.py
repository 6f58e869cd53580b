"""Playbooks, working hours and roles, and the step that follows when the time of a stage runs out."""

from __future__ import annotations

from pathlib import Path

from detente_contracts import CaseView, NextStep, Playbook, PolicyFolder, Role, hookimpl

from detente_escalation.steps import next_step

__all__ = ["detente_choose_step", "detente_provide_policy"]

detente_contract = (1, 0)


@hookimpl
def detente_provide_policy() -> list[PolicyFolder]:
    """The folder `policy` of this package."""
    return [PolicyFolder(path=Path(__file__).parent / "policy")]


@hookimpl
def detente_choose_step(case: CaseView, playbook: Playbook, roles: tuple[Role, ...]) -> NextStep | None:
    """The stage that the playbook puts next, with one named owner."""
    return next_step(case, playbook, roles)
