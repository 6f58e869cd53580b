"""Settings of the `files` connector: which files hold which records, and how columns become fields."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path, PurePosixPath
from typing import Any, Self
from zoneinfo import ZoneInfo

from detente_contracts import RECORD_TYPES, ContractModel, Kind, unknown_name
from pydantic import AwareDatetime, Field, field_validator, model_validator

from detente_files.record_fields import CellType, cell_types, currency_field, required_fields

Scalar = str | int | float | bool
"""A plain value as YAML writes it."""


class Cell(ContractModel):
    """Where a value comes from: a column, or a constant in `default`; a bare text names the column."""

    column: str | None = Field(default=None, title="Column header; a repeated header `x` is `x`, `x_1` …")
    format: str | None = Field(
        default=None, title="strptime format of an instant, or `epoch_s`, `epoch_ms`; unset: ISO 8601"
    )
    zone: str = Field(default="UTC", title="Zone of instants that carry none, such as Europe/Berlin")
    values: Mapping[str, Scalar] = Field(default_factory=dict, title="What each text in the column means")
    default: Scalar | None = Field(default=None, title="Value of an empty cell, and of one not in `values`")
    prefix: str = Field(default="", title="Put before a text that is not empty")
    decimal: str = Field(default=".", pattern=r"^[.,]$", title="Decimal sign of numbers")
    thousands: str = Field(default="", pattern=r"^[., ']?$", title="Sign between groups of three digits")
    percent: bool = Field(default=False, title="Numbers are per cent: 40 means 0.4")
    minor: bool = Field(default=False, title="Money is in minor units already (cents)")

    @model_validator(mode="before")
    @classmethod
    def _take_bare_column(cls, data: Any) -> Any:
        return {"column": data} if isinstance(data, str) else data

    @field_validator("values", mode="before")
    @classmethod
    def _take_plain_keys(cls, values: Any) -> Any:
        """YAML reads the keys `true` and `1` as a flag and a number; the file holds text."""
        if not isinstance(values, Mapping):
            return values
        return {str(key).lower() if isinstance(key, bool) else str(key): item for key, item in values.items()}

    @field_validator("zone")
    @classmethod
    def _is_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"unknown zone {zone!r}; write it like Europe/Berlin") from None
        return zone

    @model_validator(mode="after")
    def _has_a_source(self) -> Self:
        if self.column is None and self.default is None:
            raise ValueError("give a `column`, or a `default` as constant")
        if self.decimal == self.thousands:
            raise ValueError("`decimal` and `thousands` cannot be the same sign")
        return self


class CustomCell(Cell):
    """A column that becomes a custom field of the record."""

    type: CellType = CellType.TEXT

    @field_validator("type")
    @classmethod
    def _is_plain(cls, value: CellType) -> CellType:
        plain = (CellType.TEXT, CellType.NUMBER, CellType.FLAG, CellType.INSTANT)
        if value not in plain:
            raise ValueError(unknown_name("type", value, plain))
        return value


class OrderCell(Cell):
    """A column that tells which of several rows is the later one: instants, or numbers."""

    type: CellType = CellType.INSTANT

    @field_validator("type")
    @classmethod
    def _has_order(cls, value: CellType) -> CellType:
        if value not in (CellType.INSTANT, CellType.NUMBER):
            raise ValueError(unknown_name("type", value, (CellType.INSTANT, CellType.NUMBER)))
        return value


class Source(ContractModel):
    """The files that hold one kind of record. All files of a glob are one table and share its columns."""

    kind: Kind
    object: str = Field(
        default="", pattern=r"^([a-z][a-z0-9_]{0,39})?$", title="Name in refs; unset: the kind"
    )
    file: str = Field(min_length=1, title="Name or glob below `folder`; *.parquet is Parquet, all else CSV")
    id: str = Field(title="Column that holds the record's id")
    columns: Mapping[str, Cell] = Field(default_factory=dict, title="Record field to column")
    custom: Mapping[str, CustomCell] = Field(default_factory=dict, title="Custom field to column")
    null_values: tuple[str, ...] = Field(default=(), title="Texts that mean nothing, such as `?`")
    distinct: bool = Field(default=False, title="Take the first row of each id and no row without one")
    latest_by: OrderCell | None = Field(default=None, title="Take the last row of each id by this column")
    event_time: Cell | None = Field(default=None, title="When a row became true; unset: `latest_by`")
    as_of: AwareDatetime | None = Field(default=None, title="Leave rows out that became true after it")
    where: Mapping[str, tuple[str, ...]] = Field(
        default_factory=dict, title="Column to the texts that a row must hold in it to be taken"
    )
    encoding: str = Field(default="utf-8", title="Character encoding of CSV")
    delimiter: str = Field(default=",", min_length=1, max_length=1, title="Sign between cells of CSV")

    @property
    def name(self) -> str:
        """The object in refs."""
        return self.object or self.kind.value

    @property
    def moment(self) -> Cell | None:
        """When a row became true, if the file tells."""
        if self.event_time is not None:
            return self.event_time
        return self.latest_by if self.latest_by and self.latest_by.type is CellType.INSTANT else None

    def named_columns(self) -> dict[str, str]:
        """Every column that is read, with the setting that names it."""
        cells: dict[str, Cell | None] = {"event_time": self.event_time, "latest_by": self.latest_by}
        cells |= {f"columns.{name}": cell for name, cell in self.columns.items()}
        cells |= {f"custom.{name}": cell for name, cell in self.custom.items()}
        named = {cell.column: where for where, cell in cells.items() if cell and cell.column}
        return {**named, **dict.fromkeys(self.where, "where"), self.id: "id"}

    @field_validator("encoding")
    @classmethod
    def _is_encoding(cls, encoding: str) -> str:
        try:
            return codecs.lookup(encoding).name
        except LookupError:
            raise ValueError(f"unknown encoding {encoding!r}; try utf-8 or cp1252") from None

    @field_validator("file")
    @classmethod
    def _stays_in_the_folder(cls, file: str) -> str:
        path = PurePosixPath(file)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError("name a file below `folder`")
        return file

    @model_validator(mode="after")
    def _maps_known_fields(self) -> Self:
        known = cell_types(self.kind)
        for name in self.columns:
            if name not in known:
                raise ValueError(unknown_name(f"field of {self.kind.value}", name, known))
            if known[name] is CellType.MONEY and currency_field(name) not in self.columns:
                raise ValueError(f"map {currency_field(name)} too: a column, or `default: EUR` as constant")
        missing = required_fields(self.kind) - set(self.columns)
        if missing:
            raise ValueError(f"a {self.kind.value} needs a column for {', '.join(sorted(missing))}")
        if self.custom and self.kind is Kind.PERSON:
            raise ValueError("people have no custom fields")
        return self

    @model_validator(mode="after")
    def _names_custom_fields_apart(self) -> Self:
        own = {field.name for field in fields(RECORD_TYPES[self.kind])} | set(cell_types(self.kind))
        for name in self.custom:
            if name in own:
                raise ValueError(f"custom.{name}: records have a field of that name; map that one")
            if not re.fullmatch("[a-z][a-z0-9_]*", name):
                raise ValueError(f"custom.{name}: use lower case, digits and underscores")
        return self

    @model_validator(mode="after")
    def _has_one_rule_of_time(self) -> Self:
        if self.distinct and self.latest_by:
            raise ValueError("give `distinct` or `latest_by`, not both")
        if self.as_of and self.moment is None:
            raise ValueError("`as_of` needs `event_time`, or a `latest_by` that holds instants")
        return self


class FilesSettings(ContractModel):
    """One folder of files. Paths are relative to the folder of `detente.yaml`."""

    folder: Path = Field(title="Folder that holds the files")
    sources: tuple[Source, ...] = Field(min_length=1)
    writes: bool = Field(default=False, title="Write Detente's fields into CSV files in `out`")
    out: Path = Field(default=Path("out"), title="Folder of the files that Detente writes")
    memory: Path = Field(
        default=Path("state/files"), title="Folder that keeps which rows were read last, to tell what is gone"
    )

    @model_validator(mode="after")
    def _names_objects_once(self) -> Self:
        doubled = [name for name, n in Counter(source.name for source in self.sources).items() if n > 1]
        if doubled:
            raise ValueError(f"two sources are named {doubled[0]!r}; give each an `object` of its own")
        return self
