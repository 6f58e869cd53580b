"""The CSV files in which Detente's fields stand: one an object, with the record's id and one column a field.

A person may edit such a file, with a spreadsheet too: what stands there is what the connector holds. A file
that cannot be understood is refused and never written over. Cells that a spreadsheet would take for a
formula have an apostrophe before them, which is no part of the value.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from detente_connector_kit import canonical_text
from detente_contracts import FieldSpec, FieldText, FieldWrite, Kind, UnavailableError

from detente_files.reading import FAULT, PLACE, SourceFile, content_digest, reading, text_rows, unique_names
from detente_files.settings import Source

ID_COLUMN = "id"

_FORMULA_SIGNS = "=+\\-@\\t\\r\\n'＝＋－＠"
"""Signs at which spreadsheets begin to compute, the wide forms too. The apostrophe is here because it is the
mark itself. Source: OWASP, CSV Injection."""
_DELIMITERS = (",", ";", "\t")
_TRIES = 3


def escaped(text: pl.Expr) -> pl.Expr:
    """Texts as they may stand in a cell without being computed."""
    marked = pl.concat_str(pl.lit("'"), text)
    return pl.when(text.str.contains(f"^[{_FORMULA_SIGNS}]")).then(marked).otherwise(text)


def unescaped(cell: pl.Expr) -> pl.Expr:
    """What `escaped` was given; an empty cell is no value."""
    text = cell.str.replace(f"^'([{_FORMULA_SIGNS}])", "${1}")
    return pl.when(text != "").then(text)


@dataclass(frozen=True, slots=True)
class OutFile:
    """The file of one object. `fields` are ours on its kind of record."""

    path: Path
    fields: Sequence[FieldSpec]

    def digest(self) -> str:
        """SHA-256 of the file; the same text for every file that is not there.

        Raises: UnavailableError.
        """
        return content_digest([self._file()] if self.path.is_file() else [])

    def load(self) -> pl.DataFrame:
        """The file as it stands, without escapes: `id`, our fields, and columns that people added.

        Raises: UnavailableError when it cannot be understood.
        """
        if not self.path.is_file():
            return pl.DataFrame(schema=dict.fromkeys([ID_COLUMN, *self._keys()], pl.String))
        source, names = self._shape()
        frame = pl.concat(list(text_rows(self._file(), source, names, names)) or [_no_rows(names)])
        self._refuse_faults(frame)
        texts = frame.select(unescaped(pl.col(name)).alias(name) for name in names)
        missing = [pl.lit(None, dtype=pl.String).alias(key) for key in self._keys() if key not in names]
        return texts.filter(pl.col(ID_COLUMN).is_not_null()).with_columns(missing)

    def held(self) -> pl.DataFrame:
        """`id` and each of our fields in canonical text."""
        frame = self.load()
        canonical = [_canonical(frame[field.key], field) for field in self.fields]
        return pl.DataFrame([frame[ID_COLUMN], *canonical])

    def write(self, rows: Sequence[FieldWrite]) -> None:
        """Put the values of `rows` into the file, in one step; columns and rows of others stay as they are.

        Raises: UnavailableError when the file cannot be understood, cannot be written, or does not rest.
        """
        for _ in range(_TRIES):
            stamp = self._stamp()
            merged = _merged(self.load(), rows)
            unfinished = self.path.with_name(f".{self.path.name}.unfinished")
            with reading(SourceFile(unfinished, self.path.name)):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                _save(merged, unfinished)
                if self._stamp() == stamp:
                    unfinished.replace(self.path)
                    return
        raise UnavailableError(
            f"{self.path.name} is being edited again and again", hint="Close it and run again"
        )

    def _keys(self) -> list[str]:
        return [field.key for field in self.fields]

    def _file(self) -> SourceFile:
        return SourceFile(self.path, f"{self.path.parent.name}/{self.path.name}")

    def _stamp(self) -> tuple[int, int, int] | None:
        return self._file().stamp() if self.path.is_file() else None

    def _shape(self) -> tuple[Source, list[str]]:
        """How the file is laid out: a spreadsheet may have put other signs between the cells."""
        with (
            reading(self._file()),
            self.path.open(encoding="utf-8-sig", errors="replace", newline="") as stream,
        ):
            line = stream.readline()
        for delimiter in _DELIMITERS:
            names = unique_names(next(csv.reader([line], delimiter=delimiter), []))
            if ID_COLUMN in names:
                kind = Kind.ACCOUNT
                return Source(kind=kind, file=self.path.name, id=ID_COLUMN, delimiter=delimiter), names
        raise self._unclear(f"it has no column {ID_COLUMN!r}")

    def _refuse_faults(self, frame: pl.DataFrame) -> None:
        faulty = frame.filter(pl.col(FAULT).is_not_null())
        if faulty.height:
            raise self._unclear(f"{faulty[PLACE][0]}: {faulty[FAULT][0]}")
        doubled = frame.filter((pl.col(ID_COLUMN) != "") & ~pl.col(ID_COLUMN).is_first_distinct())
        if doubled.height:
            raise self._unclear(f"{doubled[PLACE][0]}: its id is there twice")

    def _unclear(self, why: str) -> UnavailableError:
        return UnavailableError(
            f"{self._file().name} cannot be understood: {why}",
            hint="Mend it, or remove it to have it written anew; it was left as it is",
        )


def _no_rows(names: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys([*names, PLACE, FAULT], pl.String))


def _canonical(texts: pl.Series, field: FieldSpec) -> pl.Series:
    """Each different text once: bands and instants repeat a lot."""
    known: dict[str, FieldText] = {text: canonical_text(text, field) for text in texts.unique() if text}
    return pl.Series(field.key, [known.get(text) for text in texts], dtype=pl.String)


def _merged(frame: pl.DataFrame, rows: Sequence[FieldWrite]) -> pl.DataFrame:
    """`frame` with the values of `rows`; a field that a row does not name keeps its value."""
    keys = list(dict.fromkeys(key for row in rows for key in row.values))
    for key in keys:
        new = pl.DataFrame(
            [(row.ref.id, row.values[key]) for row in rows if key in row.values],
            schema={ID_COLUMN: pl.String, "__new": pl.String},
            orient="row",
        )
        new = new.unique(ID_COLUMN, keep="last", maintain_order=True).with_columns(
            pl.lit(value=True).alias("__given")
        )
        joined = frame.join(new, on=ID_COLUMN, how="full", coalesce=True, maintain_order="left_right")
        old = pl.col(key) if key in frame.columns else pl.lit(None, dtype=pl.String)
        chosen = pl.when(pl.col("__given")).then("__new").otherwise(old).alias(key)
        frame = joined.with_columns(chosen).drop("__new", "__given")
    return frame


def _save(frame: pl.DataFrame, path: Path) -> None:
    """Escaped, with the mark by which spreadsheets know UTF-8, and safe on disk before it is renamed."""
    cells = frame.select(escaped(pl.col(name)).alias(name) for name in frame.columns)
    with path.open("wb") as stream:
        cells.write_csv(stream, include_bom=True)
        stream.flush()
        os.fsync(stream.fileno())
