"""A rubric made ready to evaluate: SQL text over signals, integer weights, millionths of a point.

It is plain data that goes into the policy bundle, so a score replays from it without the rubric's YAML.
"""

from __future__ import annotations

from collections.abc import Mapping

from detente_contracts import ContractModel, SignalType
from pydantic import Field

MICRO = 1_000_000
"""Millionths in one point."""
BASE_MICRO = 50 * MICRO
"""The score of a customer about whom nothing speaks for or against."""
TOP_MICRO = 100 * MICRO
"""The highest score, and the most points of a criterion."""


class Input(ContractModel):
    """A signal that the plan reads, as people read it."""

    name: str
    title: str
    unit: str
    type: SignalType
    decimals: int = 0


class PlannedCriterion(ContractModel):
    """A criterion as text. Without `sql` its points come from a plugin's function.

    `uses` are the signals that must be visible and fresh. `assumed` is what an unknown value earns, in
    millionths; None shares the weight among the criteria that are known.
    """

    name: str
    title: str
    family: str
    phrase: str
    phrase_below_zero: str = ""
    signal: str | None = None
    sql: str | None = None
    uses: tuple[str, ...] = ()
    weight: int
    assumed: int | None = None

    @property
    def is_computed(self) -> bool:
        """Whether the points come from a plugin's function."""
        return self.sql is None


class PlannedLens(ContractModel):
    """A department's weights: whole numbers by criterion, 0 where it names none."""

    name: str
    title: str
    incentive: str
    weights: Mapping[str, int]


class PlannedCap(ContractModel):
    """A bound on the score while `sql` holds; exactly one of the two is given, in millionths."""

    name: str
    title: str
    sql: str
    at_most: int | None = None
    at_least: int | None = None


class PlannedKnockOut(ContractModel):
    """The score, in millionths, while `sql` holds; of several that hold the last one decides."""

    name: str
    title: str
    sql: str
    score: int


class PlannedBand(ContractModel):
    """A band from the edge below it up to and with `up_to` millionths; the last has none."""

    name: str
    up_to: int | None = None


class ScoringPlan(ContractModel):
    """Everything that turns a portfolio into scores. `unoffered` are Python criteria that no plugin gave."""

    rubric: str
    title: str
    criteria: tuple[PlannedCriterion, ...]
    lenses: tuple[PlannedLens, ...] = ()
    caps: tuple[PlannedCap, ...] = ()
    knock_outs: tuple[PlannedKnockOut, ...] = ()
    bands: tuple[PlannedBand, ...]
    inputs: tuple[Input, ...] = ()
    step_micro: int = Field(ge=0)
    unoffered: tuple[str, ...] = ()

    @property
    def rules(self) -> tuple[PlannedCap | PlannedKnockOut, ...]:
        """Caps, then knock-outs: what bounds the score, in the order in which it does."""
        return (*self.caps, *self.knock_outs)

    def weights(self) -> dict[str, int]:
        """The organisation's own weights by criterion."""
        return {criterion.name: criterion.weight for criterion in self.criteria}
