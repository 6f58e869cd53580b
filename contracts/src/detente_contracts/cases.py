"""Cases: one conflict with its stages. State is the fold of the event log; nothing else is the truth."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from detente_contracts.conflicts import Family
from detente_contracts.criteria import Value
from detente_contracts.models import ContractModel


class Stage(StrEnum):
    """The stages of internal and channel cases, in order, and the end. Customer cases go by tier."""

    INFORMAL = "informal"
    MEDIATION = "mediation"
    RULING = "ruling"
    APPEAL = "appeal"
    CLOSED = "closed"


class PlaybookStage(ContractModel):
    """One stage of a playbook: who owns it, its working time, what follows when time runs out.

    `owner` is `account_owner` or the id of a role in the policy; `hours` is working time. Without `then` the
    stage stays with its owner, overdue: the software never rules.
    """

    stage: Stage
    owner: str
    hours: float = Field(gt=0, le=2000)
    then: Stage | None = None
    steps: tuple[str, ...] = Field(default=(), title="What the owner does, in order")
    evidence: tuple[str, ...] = Field(default=(), title="What must be gathered")


class Playbook(ContractModel):
    """The stages that one kind of conflict goes through, on one calendar."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    title: str = Field(max_length=120)
    calendar: str
    stages: tuple[PlaybookStage, ...]
    default_owner: str = Field(title="Role that owns a stage whose owner is unknown")
    preferred: tuple[str, ...] = Field(default=(), title="Preferred resolutions")

    def stage(self, stage: Stage) -> PlaybookStage | None:
        """The playbook's own words on `stage`; None when cases of this kind never enter it."""
        return next((item for item in self.stages if item.stage is stage), None)


class EventKind(StrEnum):
    """What can happen to a case. Every event names a person or a rule as its actor."""

    OPENED = "opened"
    SEEN = "seen"
    ENTERED = "entered"
    OVERDUE = "overdue"
    SUBSIDED = "subsided"


class CaseEvent(ContractModel):
    """One entry of a case's log. `seq` starts at 1 and has no gaps; `at` is aware UTC."""

    case: str
    seq: int = Field(ge=1)
    at: datetime
    kind: EventKind
    actor: str
    data: Mapping[str, Value] = Field(default_factory=dict)


class CaseView(ContractModel):
    """A case as plugins see it when its next step is to be chosen. `stage` is None before the first one."""

    id: str
    kind: str
    family: Family
    customer: str
    title: str
    severity: int
    stage: Stage | None = None
    owner: str | None = None
    account_owner: str | None = Field(default=None, title="Who owns the customer's account, if known")
    opened_at: datetime
    is_overdue: bool = False
    evidence: Mapping[str, Value] = Field(default_factory=dict)


class NextStep(ContractModel):
    """Where a case goes next: the stage, one named owner, and the working hours it may take."""

    stage: Stage
    owner: str = Field(min_length=1)
    hours: float = Field(gt=0, le=2000)
    why: str = Field(default="", max_length=160)
