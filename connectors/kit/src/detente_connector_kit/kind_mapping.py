"""Which vendor field fills which record field: what every connector's `mapping` setting is made of."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import fields
from typing import Annotated, Any, ClassVar, Self

from detente_contracts.models import ContractModel
from detente_contracts.records import RECORD_TYPES, CustomValue, Kind
from pydantic import AfterValidator, Field, model_validator

Source = str | None
"""A vendor field by the vendor's own name; None leaves the record field unmapped."""

PRIORITIES = ("low", "normal", "high", "urgent")
"""What a ticket's priority may be."""

ReadValue = Callable[[Any], CustomValue]
"""How a vendor's value of one type becomes a custom value. Raises: ValueError when it is not of that type."""

Column = tuple[str, str, ReadValue]
"""A custom column: its name, the vendor field that fills it, how that is read."""


class KindMapping(ContractModel):
    """Which vendor field fills which field of one kind of record; a subclass has a setting for each.

    `record_fields` names what a setting fills where that is not the record field of its own name.
    """

    kind: ClassVar[Kind]
    record_fields: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    custom: Mapping[str, str] = Field(
        default_factory=dict, title="Further columns for expressions: name to the vendor's field"
    )

    @model_validator(mode="after")
    def _custom_names_are_free(self) -> Self:
        taken = {field.name for field in fields(RECORD_TYPES[self.kind])}
        for name in self.custom:
            if name in taken:
                raise ValueError(f"custom.{name}: records have a field of that name; map that one")
            if not name.isidentifier() or name != name.lower():
                raise ValueError(f"custom.{name}: use lower case, digits and underscores")
        return self

    def mapped(self) -> dict[str, str]:
        """Setting to vendor field for what is mapped, without `custom`."""
        values = {name: getattr(self, name) for name in type(self).model_fields if name != "custom"}
        return {name: value for name, value in values.items() if value is not None}

    def filled_by(self) -> dict[str, tuple[str, ...]]:
        """Vendor field to the record fields that it fills; custom ones as `custom.<name>`."""
        filled: dict[str, tuple[str, ...]] = {}
        for name, source in self.mapped().items():
            filled[source] = filled.get(source, ()) + self.record_fields.get(name, (name,))
        for name, source in self.custom.items():
            filled[source] = (*filled.get(source, ()), f"custom.{name}")
        return filled

    def hidden_without(self, known: Container[str]) -> frozenset[str]:
        """Record fields that stay unknown because no vendor field in `known` fills them."""
        filled = self.filled_by()
        return frozenset(name for source in filled if source not in known for name in filled[source])

    def columns(self, types: Mapping[str, str], readers: Mapping[str, ReadValue]) -> tuple[Column, ...]:
        """Custom columns whose vendor field is in `types`, each with the reader of its type, else as text."""
        return tuple(
            (name, source, readers.get(types[source], str))
            for name, source in self.custom.items()
            if source in types
        )


class KindMappings(ContractModel):
    """A connector's `mapping` setting: a subclass has a `KindMapping` for each kind, by the kind's name."""

    def of(self, kind: Kind) -> KindMapping:
        """The mapping of `kind`; asked only for a kind that has one."""
        mapping: KindMapping = getattr(self, kind.value)
        return mapping


def _known_priorities(words: Mapping[str, str]) -> Mapping[str, str]:
    unknown = sorted(set(words.values()) - set(PRIORITIES))
    if unknown:
        raise ValueError(f"{unknown[0]!r} is none of {', '.join(PRIORITIES)}")
    return words


PriorityWords = Annotated[Mapping[str, str], AfterValidator(_known_priorities)]
"""A setting: the vendor's word for a ticket's priority to the word that records have."""
