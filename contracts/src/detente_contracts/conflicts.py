"""Conflicts: what a detector found. Seeing one again updates its case and never opens a second."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from detente_contracts.criteria import Value
from detente_contracts.models import ContractModel


class Family(StrEnum):
    """Where the parties stand: in the organisation, in its channel, or at the customer's."""

    INTERNAL = "internal"
    CHANNEL = "channel"
    CUSTOMER = "customer"


class Conflict(ContractModel):
    """Parties that cannot both have their way with one customer, found by `kind` of detector.

    `subject` tells two conflicts of one kind on one customer apart; it must not change while the conflict is
    the same. `contested` is half a sentence for the reason, such as 'support says P3'.
    """

    kind: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    family: Family
    customer: str
    subject: str = Field(default="", max_length=120)
    title: str = Field(max_length=160)
    contested: str = Field(default="", max_length=80)
    parties: tuple[str, ...] = ()
    evidence: Mapping[str, Value] = Field(default_factory=dict)
    severity: int = Field(default=3, ge=1, le=5, title="5 is critical and rare")

    @property
    def fingerprint(self) -> str:
        """What makes it the same conflict when seen again."""
        return f"{self.kind}:{self.customer}:{self.subject}"


class Trigger(ContractModel):
    """A declared detector: customers for whom `when` holds are in conflict.

    `when` is a row-wise condition over signals and results (`score`, `band`, `band_<lens>`, `lens_gap` …).
    `title` and `contested` may name columns in braces.
    """

    kind: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    family: Family
    when: str
    title: str = Field(max_length=120)
    contested: str = Field(default="", max_length=80)
    parties: tuple[str, ...] = ()
    evidence: tuple[str, ...] = Field(default=(), title="Columns to keep as evidence")
    severity: int = Field(default=3, ge=1, le=5)
    playbook: str = Field(title="The playbook that a case of this kind follows")
