"""What one entry of a policy says about another, checked once all folders are one policy.

A bundle that was kept is never checked again: its cases go by what it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from detente_contracts import (
    ConfigurationError,
    Playbook,
    PlaybookStage,
    Stage,
    unknown_name,
)

from detente.engine.policy_yaml import FIX

if TYPE_CHECKING:
    from detente.engine.policy import Policy

ACCOUNT_OWNER = "account_owner"
"""The owner of a stage that is whoever owns the customer's account."""


def check_policy(policy: Policy) -> None:
    """Raises: ConfigurationError naming file, line and entry.

    For a playbook, calendar or role that is used but nowhere given, and for a playbook in which a case could
    not go from its first stage to its last.
    """
    for part, name, what, used, known in _uses(policy):
        if used not in known:
            with policy.placed(part, name):
                raise ConfigurationError(f"{part} {name}: {unknown_name(what, used, known)}", hint=FIX)
    for name, playbook in policy.playbooks.items():
        with policy.placed("playbooks", name):
            _check_stages(playbook)


def _uses(policy: Policy) -> Iterator[tuple[str, str, str, str, Mapping[str, object]]]:
    """Every name that one entry uses of another: part, entry, what is used, its name, what there is."""
    for kind, trigger in policy.triggers.items():
        yield "triggers", kind, "playbook", trigger.playbook, policy.playbooks
    for name, playbook in policy.playbooks.items():
        yield "playbooks", name, "calendar", playbook.calendar, policy.calendars
        yield "playbooks", name, "role", playbook.default_owner, policy.roles
        for stage in playbook.stages:
            if stage.owner != ACCOUNT_OWNER:
                yield "playbooks", name, "role", stage.owner, policy.roles
    if policy.default_playbook is not None:
        yield "default_playbook", "", "playbook", policy.default_playbook, policy.playbooks


def _check_stages(playbook: Playbook) -> None:
    """The rules that `fold` holds every case to, for the playbook as a whole."""
    if not playbook.stages:
        _refuse(playbook, "it has no stage", "Give it one stage or more")
    names = [item.stage for item in playbook.stages]
    for place, item in enumerate(playbook.stages):
        if item.stage is Stage.CLOSED:
            _refuse(playbook, "closed is no stage to be in", "Leave it out: a case ends by its outcome")
        if item.stage in names[:place]:
            _refuse(playbook, f"stage {item.stage} is given twice", "Leave one out")
        if item.then is not None and item.then not in names[place + 1 :]:
            _refuse_next(playbook, item, names[place + 1 :])


def _refuse_next(playbook: Playbook, item: PlaybookStage, ahead: list[Stage]) -> None:
    known = any(other.stage is item.then for other in playbook.stages)
    fault = "which does not lie ahead of it" if known else "a stage that the playbook does not have"
    choice = f"name {' or '.join(ahead)}, or leave it out" if ahead else "leave it out"
    _refuse(
        playbook,
        f"stage {item.stage} has `then: {item.then}`, {fault}",
        f"Under `then`, {choice}: a stage without `then` stays with its owner",
    )


def _refuse(playbook: Playbook, fault: str, hint: str) -> None:
    raise ConfigurationError(f"playbooks {playbook.name}: {fault}", hint=f"{hint}. Nothing was changed")
