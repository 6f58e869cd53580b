"""Rows of text become records by the mapping in the settings. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from detente_connector_kit import minor_units
from detente_contracts import RECORD_TYPES, ConfigurationError, Kind, Record, Ref

from detente_files.cells import INSTANT, as_text, meant, typed
from detente_files.reading import FAULT, PLACE
from detente_files.record_fields import CellType, cell_types, currency_field, record_field, required_fields
from detente_files.settings import Cell, Scalar, Source
from detente_files.table import ID

HELD = "held__"
"""Put before the key of a field of ours, so that no column of the file clashes with it."""

_CUSTOM = "custom__"
_TOLD_LATER = ("closed_at", "first_reply_at")
"""Facts that were not known before they happened; due times and renewals are."""

_CHOICES: Mapping[str, tuple[str, ...]] = {"priority": ("low", "normal", "high", "urgent")}
_BETWEEN: Mapping[str, tuple[float, float]] = {"probability": (0, 1)}
_EXPECTED = {
    CellType.TEXT: "text",
    CellType.INTEGER: "a whole number",
    CellType.NUMBER: "a number",
    CellType.FLAG: "yes or no",
    CellType.INSTANT: "an instant",
    CellType.MONEY: "an amount of money",
}


@dataclass(frozen=True, slots=True)
class Mapped:
    """One field of a record: its name in the typed frame, its cell, and what it is to be."""

    name: str
    cell: Cell
    type: CellType
    shown: str


def mapped_fields(source: Source) -> list[Mapped]:
    """Every field that the settings map, custom ones behind the record's own."""
    types = cell_types(source.kind)
    own = [
        Mapped(record_field(name, types[name]), cell, types[name], name)
        for name, cell in source.columns.items()
    ]
    custom = [
        Mapped(_CUSTOM + name, cell, cell.type, f"custom.{name}") for name, cell in source.custom.items()
    ]
    return own + custom


def hidden_fields(source: Source, missing: Mapping[str, str]) -> frozenset[str]:
    """Fields whose column the file lacks: unknown, not empty."""
    lacking = [field for field in mapped_fields(source) if field.cell.column in missing]
    return frozenset(field.shown if field.name.startswith(_CUSTOM) else field.name for field in lacking)


def typed_rows(
    rows: pl.DataFrame, source: Source, missing: Mapping[str, str], *, native: bool
) -> pl.DataFrame:
    """`rows` with one typed column a mapped field, and every fault of a row in its fault column."""
    fields = [field for field in mapped_fields(source) if field.cell.column not in missing]
    units = {field.name: _units(rows, source, field) for field in fields if field.type is CellType.MONEY}
    found = [(field, _found(field, source.kind, units.get(field.name), native=native)) for field in fields]
    values = [
        _settled(field, value, source, units.get(field.name)).alias(field.name) for field, value in found
    ]
    faults = [pl.col(FAULT), *(_fault(field, value) for field, value in found)]
    faults += [_lacking(name, source) for name in sorted(required_fields(source.kind))]
    held = [column for column in rows.columns if column.startswith(HELD)]
    fault = pl.concat_str(faults, separator="; ", ignore_nulls=True)
    return rows.select(ID, PLACE, *held, *values, pl.when(fault != "").then(fault).alias(FAULT))


def records(rows: pl.DataFrame, source: Source, instance: str, modified_at: datetime) -> Iterator[Record]:
    """One record a row of `typed_rows` without fault; `modified_at` is for rows that tell none."""
    own = [field.name for field in mapped_fields(source) if not field.name.startswith(_CUSTOM)]
    own = [name for name in own if name in rows.columns and name != "modified_at"]
    custom = [column for column in rows.columns if column.startswith(_CUSTOM)]
    held = [column for column in rows.columns if column.startswith(HELD)]
    bags = {"custom": [c.removeprefix(_CUSTOM) for c in custom], "held": [c.removeprefix(HELD) for c in held]}
    stamped = rows.with_columns(modified_at=_modified(rows, modified_at))
    record_type, name = RECORD_TYPES[source.kind], source.name
    for id_, at, *values in stamped.select(ID, "modified_at", *own, *custom, *held).iter_rows():
        given = dict(zip(own, values, strict=False))
        rest = iter(values[len(own) :])
        given |= {bag: dict(zip(names, rest, strict=False)) for bag, names in bags.items() if names}
        yield record_type(ref=Ref(instance, name, id_), modified_at=at, **given)


def check_constants(source: Source) -> None:
    """Refuse a `default` or an entry of `values` that is not of the field's type.

    Raises: ConfigurationError.
    """
    for field in mapped_fields(source):
        for value in (*field.cell.values.values(), field.cell.default):
            if value is None:
                continue
            if pl.select(_constant(field, value, None)).item() is None:
                raise ConfigurationError(
                    f"source {source.name}, {field.shown}: {value!r} is not {_EXPECTED[field.type]}",
                    hint="Correct `default` or `values` in detente.yaml",
                )


def _found(field: Mapped, kind: Kind, units: pl.Expr | None, *, native: bool) -> pl.Expr:
    """The typed value of the cell, before any default."""
    text = meant(field.cell, priority=(kind, field.name) == (Kind.TICKET, "priority"))
    return _checked(field, typed(text, field.cell, field.type, native=native, units=units))


def _checked(field: Mapped, value: pl.Expr) -> pl.Expr:
    """The value where it is one that the record's field may hold."""
    if field.shown in _BETWEEN:
        return pl.when(value.is_between(*_BETWEEN[field.shown])).then(value)
    if field.name in _CHOICES:
        return pl.when(value.is_in(_CHOICES[field.name])).then(value)
    if field.shown.endswith("_currency") and field.shown == field.name:
        code = value.str.to_uppercase()
        return pl.when(code.str.contains("^[A-Z]{3}$")).then(code)
    return value


def _constant(field: Mapped, value: Scalar, units: pl.Expr | None) -> pl.Expr:
    plain = Cell(default=value, zone=field.cell.zone, minor=field.cell.minor)
    text = pl.lit(as_text(value), dtype=pl.String)
    return _checked(field, typed(text, plain, field.type, units=units))


def _units(rows: pl.DataFrame, source: Source, money: Mapped) -> pl.Expr:
    """How many minor units one of each row's currency has."""
    cell = source.columns[currency_field(money.shown)]
    default = pl.lit(None if cell.default is None else as_text(cell.default), dtype=pl.String)
    has_column = cell.column is None or cell.column in rows.columns
    code = (pl.coalesce(meant(cell), default) if has_column else default).str.to_uppercase()
    codes = rows.select(code.unique().drop_nulls()).to_series().to_list() if rows.height else []
    return code.replace_strict(codes, [minor_units("1", code) for code in codes], default=100)


def _settled(field: Mapped, value: pl.Expr, source: Source, units: pl.Expr | None) -> pl.Expr:
    """The value with its default, and without what was not known yet at `as_of`."""
    as_of = source.as_of
    if field.cell.default is not None:
        value = pl.coalesce(value, _constant(field, field.cell.default, units))
    if as_of is not None and field.name in _TOLD_LATER:
        return pl.when(value <= pl.lit(as_of, INSTANT)).then(value)
    return value


def _fault(field: Mapped, value: pl.Expr) -> pl.Expr:
    """What is wrong with the cell, without its text; null when nothing is."""
    cell = field.cell
    if cell.column is None or (cell.values and cell.default is not None):
        return pl.lit(None, dtype=pl.String)
    message = pl.lit(f"{field.shown}: column {cell.column!r} does not hold {_expected(field)}")
    return pl.when(pl.col(cell.column).is_not_null() & value.is_null()).then(message)


def _expected(field: Mapped) -> str:
    """What the settings say that the cell holds, and which setting says it otherwise."""
    cell = field.cell
    if cell.values:
        return f"a text listed in `values`: {', '.join(cell.values)}"
    if field.type is CellType.INSTANT:
        return (
            f"an instant as {cell.format}"
            if cell.format
            else "an instant in ISO 8601; `format` says otherwise"
        )
    if field.type is CellType.MONEY and not cell.thousands:
        return "an amount of money; `thousands` and `decimal` say how it is written"
    return _EXPECTED[field.type]


def _lacking(name: str, source: Source) -> pl.Expr:
    cell = source.columns[name]
    empty = pl.lit(cell.default is None) if cell.column is None else pl.col(cell.column).is_null()
    return pl.when(empty & pl.lit(cell.default is None)).then(pl.lit(f"{name} is empty"))


def _modified(rows: pl.DataFrame, modified_at: datetime) -> pl.Expr:
    fallback = pl.lit(modified_at, INSTANT)
    return pl.coalesce("modified_at", fallback) if "modified_at" in rows.columns else fallback
