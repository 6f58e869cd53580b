"""Fields that Detente writes into a CRM: meaning, type and limits; connectors know the vendors' names."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Self, TypeVar

from pydantic import Field

from detente_contracts.models import ContractModel
from detente_contracts.records import Kind

_Spec = TypeVar("_Spec", bound="FieldSpec")

REASON_LENGTH = 255
"""Characters that a reason may have: the shortest plain text field of the vendors we write to."""

BAND_OPTIONS = ("P1", "P2", "P3", "P4")
"""Values of the priority field, strongest first."""


def instant_text(at: datetime) -> str:
    """An aware instant as a field's canonical text: ISO 8601 in UTC with Z, whole seconds, rounded down."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class FieldType(StrEnum):
    """What a field holds; connectors map it to the vendor's own type."""

    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"
    INSTANT = "instant"
    URL = "url"


class FieldSpec(ContractModel):
    """A field of ours on accounts, deals and tickets. `prefix` keeps plugins' fields apart from core's."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", title="Name without prefix")
    label: str = Field(max_length=60, title="What reps read")
    help: str = Field(max_length=250, title="What the field says, for reps")
    type: FieldType
    prefix: str = Field(default="detente", pattern=r"^[a-z][a-z0-9]{1,19}$")
    options: tuple[str, ...] = Field(default=(), title="Values of a choice, strongest first")
    decimals: int = Field(default=0, ge=0, le=6, title="Decimals of a number")
    kinds: tuple[Kind, ...] = Field(default=(Kind.ACCOUNT, Kind.DEAL, Kind.TICKET))

    @cached_property
    def key(self) -> str:
        """The name under which records hold the field: `<prefix>_<name>`."""
        return f"{self.prefix}_{self.name}"

    def __copy__(self) -> Self:
        return _without_key(super().__copy__())

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return _without_key(super().__deepcopy__(memo))


def _without_key(copy: _Spec) -> _Spec:
    # a copy may be given another name, and then finds its own key
    copy.__dict__.pop("key", None)
    return copy


STANDARD_FIELDS: tuple[FieldSpec, ...] = (
    FieldSpec(
        name="priority",
        label="Detente priority",
        help="Band by the organisation's rubric: P1 comes first.",
        type=FieldType.CHOICE,
        options=BAND_OPTIONS,
    ),
    FieldSpec(
        name="score",
        label="Detente score",
        help="0 to 100; 50 is a neutral customer.",
        type=FieldType.NUMBER,
        decimals=1,
    ),
    FieldSpec(
        name="reason",
        label="Detente reason",
        help="The three strongest reasons with unit and points, then what is contested.",
        type=FieldType.TEXT,
    ),
    FieldSpec(
        name="scored_at",
        label="Detente scored at",
        help="When the reason was last rewritten.",
        type=FieldType.INSTANT,
    ),
    FieldSpec(
        name="case",
        label="Detente case",
        help="Stage, owner and due time of the open case.",
        type=FieldType.TEXT,
    ),
    FieldSpec(
        name="link",
        label="Detente link",
        help="The receipt, and where to dispute it.",
        type=FieldType.URL,
    ),
)
