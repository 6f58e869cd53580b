"""What a plan is made from: the scored portfolio, open cases, plugins' proposals, the rules of writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import polars as pl
from detente_contracts import FieldSpec, Kind

from detente.engine.policy import Bundle
from detente.engine.writing.desired import LINK, CaseLine, Proposal
from detente.engine.writing.field_text import Types, types_of
from detente.engine.writing.leases import DEFAULT_DAYS
from detente.engine.writing.proposals import Proposed
from detente.engine.writing.targets import Writable


@dataclass(frozen=True)
class Brief:
    """Everything that a plan depends on besides the store.

    `scored` has customer, score, band and what an explanation reads. `as_of` is the instant that was scored,
    `now` decides about leases. `step` is in points of score.
    """

    run: str
    scored: pl.DataFrame
    bundle: Bundle
    fields: tuple[FieldSpec, ...]
    writable: Writable
    as_of: datetime
    now: datetime
    step: float = 3.0
    lease_days: int = DEFAULT_DAYS
    public_url: str | None = None
    cases: Mapping[str, CaseLine] = field(default_factory=dict)
    proposed: Proposed = field(default_factory=dict)

    @cached_property
    def types(self) -> Types:
        """Types of all fields, by key."""
        return types_of(self.fields)

    @cached_property
    def keys(self) -> Mapping[Kind, frozenset[str]]:
        """The fields on records of each kind; without a public address the link is none of them."""
        absent = frozenset() if self.public_url else frozenset({LINK})
        return {
            kind: frozenset(item.key for item in self.fields if kind in item.kinds) - absent for kind in Kind
        }

    def link_of(self, customer: str) -> str | None:
        """Where people read a customer's receipt; None without a public address."""
        return f"{self.public_url.rstrip('/')}/customers/{customer}" if self.public_url else None

    def proposed_to(self, customer: str, kind: Kind) -> Mapping[str, Proposal]:
        """What plugins propose for a customer's records of a kind."""
        proposed = self.proposed.get(customer, {})
        return {key: item for key, item in proposed.items() if key in self.keys[kind]}
