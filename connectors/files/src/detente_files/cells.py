"""Texts in cells become typed values: Polars expressions only, no I/O and no clock.

A text that is not what it should be becomes null; `mapping` names it as the row's fault.
"""

from __future__ import annotations

import re
from datetime import datetime

import polars as pl

from detente_files.record_fields import FLAG_TEXTS, PRIORITY_TEXTS, CellType
from detente_files.settings import Cell, Scalar

INSTANT = pl.Datetime("us", "UTC")
_ISO = "%Y-%m-%dT%H:%M:%S%.f"
_EPOCH_UNITS: dict[str, int] = {"epoch_s": 1_000_000, "epoch_ms": 1_000}
_OFFSET = re.compile(r"%[:#]{0,3}z")


def cleaned(column: str, null_values: tuple[str, ...]) -> pl.Expr:
    """The text of a cell without blanks around it; null where it is empty or means nothing."""
    text = pl.col(column).str.strip_chars()
    return pl.when(text.is_in(["", *null_values])).then(None).otherwise(text).alias(column)


def meant(cell: Cell, *, priority: bool = False) -> pl.Expr:
    """The text that a cell stands for: looked up in `values`, else as it is. `default` is not yet in."""
    if cell.column is None:
        return pl.lit(None, dtype=pl.String)
    text = pl.col(cell.column)
    if cell.values:
        looked_up = [as_text(value) for value in cell.values.values()]
        return text.replace_strict(list(cell.values), looked_up, default=None, return_dtype=pl.String)
    if priority:
        return text.str.to_lowercase().replace_strict(
            list(PRIORITY_TEXTS), list(PRIORITY_TEXTS.values()), default=None, return_dtype=pl.String
        )
    return pl.lit(cell.prefix) + text if cell.prefix else text


def as_text(value: Scalar) -> str:
    """A plain value of the settings as a cell would hold it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def typed(
    text: pl.Expr, cell: Cell, type_: CellType, *, native: bool = False, units: pl.Expr | None = None
) -> pl.Expr:
    """`text` as a value of `type_`, null where it is none.

    `native` says that instants come from a typed file, as ISO 8601 whatever the format. Money becomes whole
    minor units, of which its currency has `units` (100 unless given); half a unit goes to the even neighbour.
    """
    if type_ is CellType.TEXT:
        return text
    if type_ is CellType.FLAG:
        return text.str.to_lowercase().replace_strict(
            list(FLAG_TEXTS), list(FLAG_TEXTS.values()), default=None, return_dtype=pl.Boolean
        )
    if type_ is CellType.INSTANT:
        return instant(text, cell, native=native)
    if type_ is CellType.MONEY:
        factor = pl.lit(1) if cell.minor else pl.lit(100) if units is None else units
        amount = _digits(text, cell).cast(pl.Decimal(38, 12), strict=False)
        return (amount * factor).round(0, mode="half_to_even").cast(pl.Int64, strict=False)
    number = _digits(text, cell).cast(pl.Float64, strict=False)
    number = number / 100 if cell.percent else number
    finite = pl.when(number.is_finite()).then(number)
    return finite if type_ is CellType.NUMBER else _whole(finite)


def instant(text: pl.Expr, cell: Cell, *, native: bool = False) -> pl.Expr:
    """`text` as an aware instant in UTC; a wall-clock time that the zone skipped is none.

    A time that the zone has twice is the first of the two.
    """
    if cell.format in _EPOCH_UNITS:
        ticks = text.cast(pl.Float64, strict=False) * _EPOCH_UNITS[str(cell.format)]
        return _bounded(
            ticks.cast(pl.Int64, strict=False).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        )
    iso = _iso(text, cell.zone)
    if cell.format is None:
        return _bounded(iso)
    if _OFFSET.search(cell.format):
        parsed = text.str.to_datetime(cell.format, strict=False, time_unit="us").cast(INSTANT)
    else:
        parsed = _in_zone(text, cell.format, cell.zone)
    return _bounded(pl.coalesce(iso, parsed) if native else parsed)


def _iso(text: pl.Expr, zone: str) -> pl.Expr:
    """ISO 8601 in its extended form; a day alone is its midnight, seconds may be left out."""
    whole = text.str.replace(r"^(\d{4}-\d\d-\d\d) ", "${1}T").str.replace("[zZ]$", "+00:00")
    whole = whole.str.replace(r"^(\d{4}-\d\d-\d\d)$", "${1}T00:00")
    whole = whole.str.replace(r"T(\d\d:\d\d)($|[+-])", "T${1}:00${2}")
    has_offset = whole.str.contains(r"[+-]\d\d:?\d\d$")
    aware = pl.when(has_offset).then(whole).str.to_datetime(f"{_ISO}%#z", strict=False, time_unit="us")
    return pl.coalesce(aware, _in_zone(pl.when(~has_offset).then(whole), _ISO, zone))


def _in_zone(text: pl.Expr, form: str, zone: str) -> pl.Expr:
    wall = text.str.to_datetime(form, strict=False, time_unit="us")
    local = wall.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return local.dt.convert_time_zone("UTC")


def _bounded(at: pl.Expr) -> pl.Expr:
    """Only what Python can hold, with a day to spare for zones."""
    first, last = (pl.lit(datetime(year, 1, 2), INSTANT) for year in (1, 9999))  # noqa: DTZ001 - lit adds UTC
    return pl.when(at.is_between(first, last)).then(at)


def _digits(text: pl.Expr, cell: Cell) -> pl.Expr:
    """A number as programs write it; null when signs stand where they cannot."""
    point, group = re.escape(cell.decimal), re.escape(cell.thousands)
    plain = rf"(?:\d+(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d{{1,3}})?"
    grouped = rf"|\d{{1,3}}(?:{group}\d{{3}})+(?:{point}\d*)?" if group else ""
    digits: pl.Expr = pl.when(text.str.contains(rf"^[+-]?(?:{plain}{grouped})$")).then(text)
    if cell.thousands:
        digits = digits.str.replace_all(cell.thousands, "", literal=True)
    return digits.str.replace(cell.decimal, ".", literal=True) if cell.decimal != "." else digits


def _whole(number: pl.Expr) -> pl.Expr:
    small = (number == number.floor()) & (number.abs() < 2**53)
    return pl.when(small).then(number).cast(pl.Int64, strict=False)
