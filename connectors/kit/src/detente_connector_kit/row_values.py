"""The values of one vendor row as record fields want them; a fault names the field and never the value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from detente_contracts.fields import FieldSpec
from detente_contracts.records import CustomValue, FieldText

from detente_connector_kit.canonical import canonical_text
from detente_connector_kit.instants import parse_instant
from detente_connector_kit.kind_mapping import Column, Source
from detente_connector_kit.money import minor_units


@dataclass(frozen=True, slots=True)
class RowValues:
    """Values by the vendor's names: text, numbers, flags or None, as JSON brought them.

    A field that is unmapped (None), absent, null or the empty text gives None.
    """

    values: Mapping[str, Any]

    def text(self, name: Source) -> str | None:
        """The value as text."""
        if name is None:
            return None
        value = self.values.get(name)
        if type(value) is str:
            return value or None
        return None if value is None else scalar_text(value)

    def instant(self, name: Source) -> datetime | None:
        """The value as aware UTC. Raises: ValueError that names the field."""
        text = self.text(name)
        if text is None:
            return None
        try:
            return parse_instant(text)
        except ValueError:
            raise ValueError(f"{name} is not a date or time") from None

    def number(self, name: Source) -> float | None:
        """The value as a number. Raises: ValueError that names the field."""
        text = self.text(name)
        try:
            return None if text is None else float(text)
        except ValueError:
            raise ValueError(f"{name} is not a number") from None

    def whole(self, name: Source) -> int | None:
        """The value as a whole number, rounded towards 0. Raises: ValueError that names the field."""
        number = self.number(name)
        try:
            return None if number is None else int(number)
        except (ValueError, OverflowError):
            raise ValueError(f"{name} is not a number") from None

    def minor(self, name: Source, currency: str | None) -> int | None:
        """The value as an amount in minor units; None without a currency too.

        Raises: ValueError that names the field.
        """
        text = self.text(name)
        try:
            return None if text is None or currency is None else minor_units(text, currency)
        except ValueError:
            raise ValueError(f"{name} is not an amount") from None

    def custom(self, columns: Iterable[Column]) -> dict[str, CustomValue]:
        """The custom columns. Raises: ValueError that names the field."""
        values = self.values
        made: dict[str, CustomValue] = {}
        for column, source, read in columns:
            value = values.get(source)
            if value is None or value == "":
                made[column] = None
                continue
            try:
                made[column] = read(value)
            except (ValueError, TypeError, AttributeError):
                raise ValueError(f"{source} is not of its type") from None
        return made

    def held(self, fields: Iterable[tuple[str, FieldSpec]]) -> dict[str, FieldText]:
        """What the row holds in our fields, each by the vendor's name for it, in canonical text.

        Keys are the fields' own; a field that the row leaves out is left out.
        """
        values = self.values
        made: dict[str, FieldText] = {}
        for name, spec in fields:
            if name in values:
                value = values[name]
                is_empty = value is None or value == ""
                made[spec.key] = None if is_empty else canonical_text(scalar_text(value), spec)
        return made


def scalar_text(value: str | float | bool) -> str:
    """A value of JSON as text: flags as `true` and `false`, whole numbers without a fraction."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
