"""Links: which accounts of different CRMs are one Customer, as plugins propose it, with the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field, model_validator

from detente_contracts.models import ContractModel

ACCOUNT_COLUMNS = (
    "account",
    "connector",
    "object",
    "id",
    "name",
    "domain",
    "customer_key",
    "parent",
    "country",
    "industry",
    "employees",
    "contact_domains",
)
"""Columns of the frame that `detente_propose_links` receives, in this order; all but the number are text."""


@dataclass(frozen=True, slots=True)
class LinkEvidence:
    """One thing in which two accounts were compared. `said` is for people, such as "both are in DE".

    `weight` above 0 speaks for one customer, below 0 against; its scale is the plugin's own.
    """

    about: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    said: Annotated[str, Field(min_length=1, max_length=240)]
    weight: Annotated[float, Field(ge=-1000, le=1000, allow_inf_nan=False)]


class LinkProposal(ContractModel):
    """Two accounts that are one customer, in the plugin's eyes. `one` and `other` are of column `account`.

    `confidence` is the share of pairs found by `rule` that are right, as measured on data whose truth was
    known; 1 is left to an explicit id and to people.
    """

    one: str
    other: str
    rule: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    confidence: float = Field(ge=0, lt=1)
    evidence: tuple[LinkEvidence, ...] = Field(min_length=1, title="What agreed and what did not")

    @model_validator(mode="after")
    def _is_of_two(self) -> Self:
        if self.one == self.other:
            raise ValueError("an account is no pair with itself")
        return self
