"""Criteria: aspects of a customer that earn between -100 and 100 points; 0 is neutral."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Protocol, Self

from pydantic import Field, model_validator

from detente_contracts.models import ContractModel

Value = str | float | int | bool | None
Row = Mapping[str, Value]
"""One customer: signal name to value; None when absent, hidden or stale. `customer` is its id."""


class Frame(Protocol):
    """Many customers, or accounts, at once.

    Polars, DuckDB, pandas and pyarrow take it through the Arrow PyCapsule.
    """

    @property
    def columns(self) -> Sequence[str]:
        """Column names; the first is `customer`, or `account` where rows are accounts."""
        ...

    @property
    def height(self) -> int:
        """How many rows there are."""
        ...

    def rows(self) -> Iterator[Row]:
        """One mapping a row, in the order of the frame."""
        ...

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


class Direction(StrEnum):
    """Whether more of the signal raises or lowers priority; a scale that contradicts it is refused."""

    MORE = "more"
    LESS = "less"
    NONE = "none"


class MissingRule(StrEnum):
    """What an unknown value does: share its weight among the others, earn 0, earn the worst of the scale."""

    REDISTRIBUTE = "redistribute"
    NEUTRAL = "neutral"
    WORST = "worst"


class Step(ContractModel):
    """One band of a scale: values up to and with `up_to` earn `points`; the last has no `up_to`."""

    up_to: float | None = None
    points: float = Field(ge=-100, le=100)


class Ramp(ContractModel):
    """A straight line between two values, flat outside; `log` makes it straight in the logarithm."""

    from_value: float = Field(alias="from")
    to_value: float = Field(alias="to")
    from_points: float = Field(ge=-100, le=100)
    to_points: float = Field(ge=-100, le=100)
    log: bool = False

    @model_validator(mode="after")
    def _has_extent(self) -> Self:
        if self.from_value >= self.to_value:
            raise ValueError("`from` must be below `to`")
        if self.log and self.from_value <= 0:
            raise ValueError("a log ramp needs `from` above 0")
        return self


class Scale(ContractModel):
    """How a signal becomes points: exactly one of bands, a look-up, a ramp or an expression."""

    bands: tuple[Step, ...] = ()
    lookup: Mapping[str, float] = Field(default_factory=dict)
    ramp: Ramp | None = None
    expression: str | None = None

    @model_validator(mode="after")
    def _is_one_form(self) -> Self:
        forms = [bool(self.bands), bool(self.lookup), self.ramp is not None, self.expression is not None]
        if sum(forms) > 1:
            raise ValueError("give one of bands, lookup, ramp or expression")
        edges = [step.up_to for step in self.bands]
        if self.bands and (edges[-1] is not None or None in edges[:-1]):
            raise ValueError("every band but the last needs `up_to`, and the last must have none")
        if edges[:-1] != sorted({edge for edge in edges[:-1] if edge is not None}):
            raise ValueError("`up_to` must rise from band to band")
        if any(abs(points) > 100 for points in self.lookup.values()):
            raise ValueError("points lie between -100 and 100")
        return self


class Criterion(ContractModel):
    """One scored aspect. `phrase` is how a reason names it: `{value}` is the signal with its unit.

    Points come from `scale` over `signal`, or from Python: `function` sees one customer, `frame_function` all
    of them. What a function returns is stored in the receipt as an input.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    title: str = Field(max_length=80)
    family: str = Field(
        default="other", max_length=40, title="revenue, strategic, risk, renewal, operational …"
    )
    signal: str | None = Field(default=None, title="The signal that the scale reads and the reason shows")
    scale: Scale = Field(default_factory=Scale)
    weight: float = Field(default=0, title="Weight in a rubric that takes offered criteria")
    direction: Direction = Direction.NONE
    missing: MissingRule = MissingRule.REDISTRIBUTE
    assume: float | None = Field(
        default=None, ge=-100, le=100, title="Points when unknown; overrides `missing`"
    )
    phrase: str = Field(default="{title}", max_length=80)
    phrase_below_zero: str = Field(
        default="", max_length=80, title="Phrase of a negative value, shown without its sign"
    )
    function: Callable[[Row], float | None] | None = Field(default=None, exclude=True)
    frame_function: Callable[[Frame], Sequence[float | None]] | None = Field(default=None, exclude=True)
    python: bool = Field(default=False, title="Points come from a function of the plugin")

    @model_validator(mode="after")
    def _has_points(self) -> Self:
        forms = self.scale.bands or self.scale.lookup or self.scale.ramp or self.scale.expression
        code = self.function or self.frame_function or self.python
        if bool(forms) == bool(code):
            raise ValueError(f"criterion {self.name}: give a scale or a function, not both and not neither")
        if not code and self.scale.expression is None and self.signal is None:
            raise ValueError(f"criterion {self.name}: a scale needs a signal")
        return self
