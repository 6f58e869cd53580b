"""One clean table a source: one row a record, by the source's rules of time and sameness, on disk.

The table is made in a folder of its own and read back in slices, so memory holds ids and one slice, never
the whole file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from detente_contracts import UnavailableError

from detente_files.cells import cleaned, meant, typed
from detente_files.reading import FAULT, PLACE, SourceFile, header, lacking, text_rows
from detente_files.record_fields import CellType
from detente_files.settings import Cell, OrderCell, Source

ID = "__id"
_PARTS = "part-*.parquet"
_POSITION, _KNOWN, _ORDER = "__position", "__known", "__order"
_KEPT, _FIRST = "__kept", "__first"


@dataclass(frozen=True, slots=True)
class Table:
    """A source's records and faulty rows as text. `missing` are mapped columns that a file lacks."""

    path: Path
    columns: tuple[str, ...]
    missing: dict[str, str]
    is_native: bool
    has_broken_rows: bool
    modified_us: int
    height: int

    def scan(self) -> pl.LazyFrame:
        """Every row, in the order of the files."""
        return pl.scan_parquet(self.path)

    def ids(self) -> pl.Series:
        """The ids of all rows that tell theirs."""
        return self.scan().select(pl.col(ID).drop_nulls().unique()).collect(engine="streaming")[ID]


def make_table(files: Sequence[SourceFile], source: Source, folder: Path) -> Table:
    """Read the files of `source` into one table in `folder`.

    Raises: UnavailableError when a file cannot be read, is empty, lacks a column that rows are chosen by, or
        was changed meanwhile.
    """
    stamps = [file.stamp() for file in files]
    raw, missing, broken = _raw_table(files, source, folder)
    if [file.stamp() for file in files] != stamps:
        raise UnavailableError(f"{files[0].name} was changed while it was read", hint="It is read next time")
    columns = tuple(column for column in _wanted(source) if column not in missing)
    path = folder / "table.parquet"
    _chosen(raw, source, columns, native=files[0].is_parquet).sink_parquet(path)
    for part in folder.glob(_PARTS):
        part.unlink()
    modified_us = max(stamp[1] for stamp in stamps) // 1000
    height = pl.scan_parquet(path).select(pl.len()).collect().item()
    return Table(path, columns, missing, files[0].is_parquet, broken, modified_us, height)


def _wanted(source: Source) -> list[str]:
    return list(source.named_columns())


def _raw_table(
    files: Sequence[SourceFile], source: Source, folder: Path
) -> tuple[pl.LazyFrame, dict[str, str], bool]:
    """All rows of all files as text in parts on disk, what columns lack, and whether any row was broken."""
    missing: dict[str, str] = {}
    headers = [header(file, source) for file in files]
    for file, names in zip(files, headers, strict=True):
        missing |= lacking(file, source, names)
    _refuse_lacking_rules(source, missing)
    wanted = [column for column in _wanted(source) if column not in missing]
    broken, parts = False, 0
    for file, names in zip(files, headers, strict=True):
        for frame in text_rows(file, source, names, wanted):
            frame.write_parquet(folder / f"part-{parts:06}.parquet", compression="lz4")
            broken = broken or frame[FAULT].null_count() < frame.height
            parts += 1
    if not parts:
        _part_without_rows(wanted).write_parquet(folder / "part-000000.parquet")
    return pl.scan_parquet(folder / _PARTS), missing, broken


def _part_without_rows(wanted: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys([*wanted, PLACE, FAULT], pl.String))


def _refuse_lacking_rules(source: Source, missing: dict[str, str]) -> None:
    """Without id, filter or time no row can be chosen; another column that lacks is only unknown."""
    rules = [source.id, *source.where]
    rules += [cell.column for cell in (source.latest_by, source.moment) if cell and cell.column]
    for column in rules:
        if column in missing:
            raise UnavailableError(missing[column], hint="Nothing of this file was read")


def _chosen(raw: pl.LazyFrame, source: Source, columns: Sequence[str], *, native: bool) -> pl.LazyFrame:
    rows = _identified(_taken(raw, source, columns), source)
    if source.as_of is not None:
        rows = _known_at(rows, source, native=native)
    if source.latest_by is not None:
        order = _rule(source.latest_by, source.latest_by.type, native=native)
        rows = rows.with_columns(order.alias(_ORDER), _unless(order, source.latest_by, source.latest_by.type))
    return _once(rows.with_row_index(_POSITION), source).select(ID, PLACE, FAULT, *columns)


def _taken(raw: pl.LazyFrame, source: Source, columns: Sequence[str]) -> pl.LazyFrame:
    """Rows that pass `where`, or are faulty, with clean cells."""
    rows = raw.with_columns(cleaned(column, source.null_values) for column in columns)
    for column, texts in source.where.items():
        rows = rows.filter(pl.col(FAULT).is_not_null() | pl.col(column).is_in(list(texts)))
    return rows


def _identified(rows: pl.LazyFrame, source: Source) -> pl.LazyFrame:
    """Rows with their id. One without is faulty, but for `distinct`, where it is merely about nothing."""
    rows = rows.with_columns(pl.col(source.id).alias(ID))
    if source.distinct:
        return rows.filter(pl.col(FAULT).is_not_null() | pl.col(ID).is_not_null())
    lacks = pl.col(FAULT).is_null() & pl.col(ID).is_null()
    return rows.with_columns(pl.when(lacks).then(pl.lit("no id")).otherwise(FAULT).alias(FAULT))


def _known_at(rows: pl.LazyFrame, source: Source, *, native: bool) -> pl.LazyFrame:
    """Rows that had become true at `as_of`, and those that cannot tell, as faulty."""
    if source.moment is None:
        return rows
    at = _rule(source.moment, CellType.INSTANT, native=native)
    dated = rows.with_columns((at <= source.as_of).alias(_KNOWN), _unless(at, source.moment, "instant"))
    return dated.filter(pl.col(FAULT).is_not_null() | pl.col(_KNOWN))


def _rule(cell: Cell, type_: CellType, *, native: bool) -> pl.Expr:
    return typed(meant(cell), cell, type_, native=native)


def _unless(value: pl.Expr, cell: Cell | OrderCell, what: str) -> pl.Expr:
    message = pl.lit(f"column {cell.column!r} holds no {what}, and rows are chosen by it")
    return pl.when(pl.col(FAULT).is_null() & value.is_null()).then(message).otherwise(FAULT).alias(FAULT)


def _once(rows: pl.LazyFrame, source: Source) -> pl.LazyFrame:
    """One row an id: the last by `latest_by`, else the first; without a rule the others are faulty."""
    sound = rows.filter(pl.col(FAULT).is_null())
    kept = _kept_positions(sound, source)
    if source.latest_by or source.distinct:
        chosen = kept.with_columns(pl.lit(value=True).alias(_KEPT)).lazy()
        joined = rows.join(chosen, on=_POSITION, how="left", maintain_order="left")
        return joined.filter(pl.col(FAULT).is_not_null() | pl.col(_KEPT))
    doubles = (
        sound.join(kept.lazy(), on=_POSITION, how="anti").select(ID, _POSITION).collect(engine="streaming")
    )
    return _with_doubles_named(rows, sound, kept, doubles) if doubles.height else rows


def _kept_positions(sound: pl.LazyFrame, source: Source) -> pl.DataFrame:
    if source.latest_by is None:
        firsts = sound.group_by(ID).agg(pl.col(_POSITION).min())
        return firsts.select(_POSITION).collect(engine="streaming")
    keys = sound.select(ID, _ORDER, _POSITION).collect(engine="streaming").sort(_ORDER, _POSITION)
    return keys.unique(ID, keep="last").select(_POSITION)


def _with_doubles_named(
    rows: pl.LazyFrame, sound: pl.LazyFrame, kept: pl.DataFrame, doubles: pl.DataFrame
) -> pl.LazyFrame:
    firsts = sound.join(kept.lazy(), on=_POSITION, how="semi").select(ID, pl.col(PLACE).alias(_FIRST))
    named = doubles.lazy().join(firsts, on=ID).select(_POSITION, _FIRST)
    joined = rows.join(named, on=_POSITION, how="left", maintain_order="left")
    message = pl.lit("its id is already in ") + pl.col(_FIRST)
    return joined.with_columns(pl.coalesce(FAULT, message).alias(FAULT))
