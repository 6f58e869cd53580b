"""The rubric: criteria, lenses, caps, knock-outs and bands. A score is 50 plus its contributions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import Field, model_validator

from detente_contracts.criteria import Criterion
from detente_contracts.errors import unknown_name
from detente_contracts.fields import BAND_OPTIONS
from detente_contracts.models import ContractModel


class Lens(ContractModel):
    """A department's weights over the same criteria; a criterion it does not name weighs nothing to it."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,29}$")
    title: str = Field(max_length=40)
    incentive: str = Field(max_length=200, title="What the department is rewarded for, in its own words")
    weights: Mapping[str, float]


class Band(ContractModel):
    """A named range of scores. The upper edge belongs to the band; the last band has none and ends at 100."""

    name: str
    up_to: float | None = Field(default=None, ge=0, lt=100)


class Cap(ContractModel):
    """While `when` holds, the score is at most (or at least) this; the cut is a contribution of its own."""

    name: str
    title: str = Field(max_length=80)
    when: str
    at_most: float | None = Field(default=None, ge=0, le=100)
    at_least: float | None = Field(default=None, ge=0, le=100)

    @model_validator(mode="after")
    def _is_one_bound(self) -> Self:
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError(f"cap {self.name}: give at_most or at_least")
        return self


class KnockOut(ContractModel):
    """While `when` holds, the score is `score` whatever the criteria say."""

    name: str
    title: str = Field(max_length=80)
    when: str
    score: float = Field(ge=0, le=100)


class Rubric(ContractModel):
    """One organisation's definition of priority.

    `step` is how many points the score must move before reason, scored-at and link are rewritten.
    `takes_offered` lets criteria that other plugins offer take part with the weight they suggest.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    title: str = Field(max_length=80)
    criteria: tuple[Criterion, ...]
    lenses: tuple[Lens, ...] = ()
    bands: tuple[Band, ...]
    caps: tuple[Cap, ...] = ()
    knock_outs: tuple[KnockOut, ...] = ()
    step: float = Field(default=3.0, ge=0, le=100)
    takes_offered: bool = True

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        names = [criterion.name for criterion in self.criteria]
        if len(set(names)) != len(names):
            raise ValueError("two criteria share a name")
        if not any(criterion.weight for criterion in self.criteria):
            raise ValueError("all weights are 0: nothing would be scored")
        for lens in self.lenses:
            for name in lens.weights:
                if name not in names:
                    raise ValueError(f"lens {lens.name}: {unknown_name('criterion', name, names)}")
            if not any(lens.weights.values()):
                raise ValueError(f"lens {lens.name}: all weights are 0")
        return self

    @model_validator(mode="after")
    def _bands_cover_all_scores(self) -> Self:
        edges = [band.up_to for band in self.bands]
        given = [edge for edge in edges if edge is not None]
        if not edges or edges[-1] is not None or len(given) != len(edges) - 1 or given != sorted(set(given)):
            raise ValueError("bands: every band but the last needs a rising `up_to`, the last none")
        for band in self.bands:
            if band.name not in BAND_OPTIONS:
                raise ValueError(unknown_name("band", band.name, BAND_OPTIONS))
        return self
