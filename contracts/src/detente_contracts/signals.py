"""Signals: typed, documented values per Customer that rubrics, detectors and explanations speak.

A signal is declared, not coded: a row-wise expression over the columns of one kind of record, then a merge
over the records of one customer. Expressions are the SQL subset that `docs/rubric.md` describes.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

from pydantic import Field

from detente_contracts.models import ContractModel
from detente_contracts.records import Kind


class SignalState(IntEnum):
    """Whether a value can be trusted. `HIDDEN`: this credential cannot see it. `STALE`: read too long ago."""

    KNOWN = 0
    ABSENT = 1
    HIDDEN = 2
    STALE = 3


class SignalType(StrEnum):
    """What a signal's values are. A flag is 0 or 1."""

    NUMBER = "number"
    TEXT = "text"
    FLAG = "flag"


class Merge(StrEnum):
    """How the values of several records of one customer become one.

    `DISTINCT` counts different values; `LATEST` takes the record modified last; `FIRST` the first connector
    in the settings' order. Two say how connectors disagree, each speaking by its record modified last:
    `SPREAD` is the largest value less the smallest, 0 where one alone has a value; `BY_SOURCE` is text, each
    connector's name with its value, absent where all agree.
    """

    SUM = "sum"
    MAX = "max"
    MIN = "min"
    MEAN = "mean"
    COUNT = "count"
    DISTINCT = "distinct"
    LATEST = "latest"
    FIRST = "first"
    SPREAD = "spread"
    BY_SOURCE = "by_source"


class Signal(ContractModel):
    """One signal. Over `kind`'s columns and, for each instant column `x`, the whole calendar days
    `days_since_x` and `days_until_x` and the hours `hours_until_x`; for money `x_minor` the amount `x` in
    the policy's currency; where there is an `owner` also `owner_person`, the same in every CRM that knows the
    person by one e-mail address; for `account` also every mapped custom field."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    title: str = Field(max_length=80, title="What people read, such as 'days to renewal'")
    unit: str = Field(max_length=20, title="Unit, such as 'days' or 'EUR'; empty for text")
    type: SignalType = SignalType.NUMBER
    kind: Kind
    value: str = Field(title="Row-wise expression; for `count` it is ignored: write 1")
    where: str | None = Field(default=None, title="Row-wise condition; records that fail it do not count")
    merge: Merge
    empty: float | None = Field(
        default=None, title="Value of a customer without matching records; None: absent"
    )
    decimals: int = Field(default=0, ge=0, le=6, title="Decimals that people see")
    needs: tuple[str, ...] = Field(default=(), title="Record fields without which the signal is hidden")


class SignalCatalogue(ContractModel):
    """What is known about a customer, by name."""

    signals: tuple[Signal, ...] = ()

    def names(self) -> frozenset[str]:
        """Names of all signals."""
        return frozenset(signal.name for signal in self.signals)
