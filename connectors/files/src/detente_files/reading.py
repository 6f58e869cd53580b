"""Files as tables of text, in chunks: each row with its place, a faulty one with the reason."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import TextIO

import polars as pl
from detente_contracts import UnavailableError, unknown_name

from detente_files.settings import Source

PLACE, FAULT = "__place", "__fault"
"""Columns of ours: where a row stands, such as `tickets.csv row 17` (the header is row 1), and its fault."""

_CHUNK = 20_000
_PARQUET = (".parquet", ".pq")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a source: its path, and the name by which people know it."""

    path: Path
    name: str

    @property
    def is_parquet(self) -> bool:
        """Whether the file is Parquet; all else is CSV."""
        return self.path.suffix.lower() in _PARQUET

    def stamp(self) -> tuple[int, int, int]:
        """Changes when the file is replaced or written to, most of the time; no proof of sameness."""
        state = self.path.stat()
        return state.st_size, state.st_mtime_ns, state.st_ino


def files_of(folder: Path, source: Source) -> list[SourceFile]:
    """The files of `source` by name; none when nothing matches. Hidden and lock files do not count."""
    paths = sorted(path for path in folder.glob(source.file) if path.is_file())
    shown = [path for path in paths if not path.name.startswith((".", "~$"))]
    return [SourceFile(path, path.relative_to(folder).as_posix()) for path in shown]


def content_digest(files: Iterable[SourceFile]) -> str:
    """SHA-256 over names and contents.

    Raises: UnavailableError when a file cannot be read.
    """
    whole = hashlib.sha256()
    for file in files:
        with reading(file):
            whole.update(f"{file.name}\0{_file_digest(file.path)}\n".encode())
    return whole.hexdigest()


def _file_digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def reading(file: SourceFile) -> Iterator[None]:
    """Turn what may go wrong with a file into one error that names it, without any of its text.

    Raises: UnavailableError.
    """
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            f"{file.name} cannot be read: {error.strerror or type(error).__name__}"
        ) from None
    except UnicodeError:
        raise UnavailableError(f"{file.name} is not in its encoding", hint="Set `encoding`") from None
    except pl.exceptions.PolarsError as error:
        raise UnavailableError(f"{file.name} is not a readable table: {type(error).__name__}") from None


def header(file: SourceFile, source: Source) -> list[str]:
    """Column names, each once: a name that comes again gets `_1`, `_2` … behind it.

    Raises: UnavailableError when there is no header.
    """
    with reading(file):
        if file.is_parquet:
            return list(pl.scan_parquet(file.path).collect_schema())
        with _opened(file.path, source) as stream:
            names = next(_csv_rows(stream, source), None)
    if not isinstance(names, list) or not any(names):
        raise UnavailableError(f"{file.name} is empty, without even a header", hint="Export it again")
    return unique_names(names)


def unique_names(names: Sequence[str]) -> list[str]:
    """`names` without blanks around them; the second `x` is `x_1`, or the next number that is free."""
    bare = [name.strip() for name in names]
    unique: list[str] = []
    for place, name in enumerate(bare):
        number = 0
        chosen = name
        while chosen in unique or (number and chosen in bare[place + 1 :]):
            number += 1
            chosen = f"{name}_{number}"
        unique.append(chosen)
    return unique


def lacking(file: SourceFile, source: Source, names: Sequence[str]) -> dict[str, str]:
    """Columns that the settings name and the file lacks, each with a message that names the nearest."""
    return {
        column: f"{file.name}: {unknown_name('column', column, names)} (setting `{where}`)"
        for column, where in source.named_columns().items()
        if column not in names
    }


def text_rows(
    file: SourceFile, source: Source, names: Sequence[str], wanted: Sequence[str]
) -> Iterator[pl.DataFrame]:
    """The columns `wanted` of a file as text in its order, with place and fault; `names` is its header.

    Raises: UnavailableError when the file as a whole cannot be read.
    """
    with reading(file):
        if file.is_parquet:
            yield from _parquet_rows(file, wanted)
        else:
            with _opened(file.path, source) as stream:
                yield from _csv_frames(file, _csv_rows(stream, source), names, wanted)


def _opened(path: Path, source: Source) -> TextIO:
    """Bytes that are not in the encoding come through as lone surrogates, and only their rows are refused."""
    encoding = "utf-8-sig" if source.encoding == "utf-8" else source.encoding
    return path.open(encoding=encoding, errors="surrogateescape", newline="")


def _csv_rows(stream: TextIO, source: Source) -> Iterator[list[str] | str]:
    """Rows of CSV; a text instead of a row says what is wrong with it."""
    rows = csv.reader(stream, delimiter=source.delimiter, strict=True)
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield f"not CSV, {error}; look for an open quotation mark"


def _csv_frames(
    file: SourceFile, rows: Iterator[list[str] | str], names: Sequence[str], wanted: Sequence[str]
) -> Iterator[pl.DataFrame]:
    picked = _picked(rows, len(names), [names.index(column) for column in wanted])
    while chunk := list(islice(picked, _CHUNK)):
        numbers, faults, *columns = zip(*chunk, strict=True)
        yield _frame(file.name, numbers, list(faults), dict(zip(wanted, columns, strict=True)))


def _picked(
    rows: Iterator[list[str] | str], width: int, places: Sequence[int]
) -> Iterator[tuple[int | str | None, ...]]:
    """Number, fault and the cells at `places` of every row that is not blank; the header is row 1."""
    next(rows)
    pick = itemgetter(*places, places[0])  # one more, so that the result is a tuple even for one column
    empty = [""] * width
    for number, row in enumerate(rows, start=2):
        if len(row) == width and isinstance(row, list):
            yield (number, None, *pick(row)[:-1])
        elif row:
            yield (number, _row_fault(row, width), *pick(_padded(row, empty))[:-1])


def _row_fault(row: list[str] | str, width: int) -> str:
    return row if isinstance(row, str) else f"{len(row)} cells where the header has {width}"


def _padded(row: list[str] | str, empty: list[str]) -> list[str]:
    """The cells that there are, at the header's width."""
    cells = row if isinstance(row, list) else []
    return (cells + empty[len(cells) :])[: len(empty)]


def _frame(
    file: str, numbers: Sequence[int], faults: list[str | None], columns: dict[str, tuple[str, ...]]
) -> pl.DataFrame:
    series = [_text_series(column, texts, faults) for column, texts in columns.items()]
    places = pl.Series(PLACE, numbers, dtype=pl.UInt32)
    frame = pl.DataFrame([*series, places, pl.Series(FAULT, faults, dtype=pl.String)])
    return frame.with_columns((pl.lit(f"{file} row ") + pl.col(PLACE).cast(pl.String)).alias(PLACE))


def _text_series(name: str, values: tuple[str, ...], faults: list[str | None]) -> pl.Series:
    """Values of a column; rows with bytes that are not in the encoding get a fault and lose the text."""
    try:
        return pl.Series(name, values, dtype=pl.String)
    except UnicodeEncodeError:
        whole = [_whole_text(value) for value in values]
        for place, value in enumerate(whole):
            if value is None and faults[place] is None:
                faults[place] = f"column {name!r} holds bytes that are not in the file's encoding"
        return pl.Series(name, whole, dtype=pl.String)


def _whole_text(value: str) -> str | None:
    try:
        value.encode()
    except UnicodeEncodeError:
        return None
    return value


def _parquet_rows(file: SourceFile, wanted: Sequence[str]) -> Iterator[pl.DataFrame]:
    table = pl.scan_parquet(file.path)
    schema = table.collect_schema()
    texts = [_parquet_text(column, schema[column]) for column in wanted]
    number = pl.int_range(2, pl.len() + 2, dtype=pl.UInt32)
    place = (pl.lit(f"{file.name} row ") + number.cast(pl.String)).alias(PLACE)
    frame = table.select(*texts, place, pl.lit(None, dtype=pl.String).alias(FAULT))
    yield from frame.collect_batches(chunk_size=_CHUNK, maintain_order=True)


def _parquet_text(column: str, dtype: pl.DataType) -> pl.Expr:
    """A typed column as the text that a cell of CSV would hold."""
    value = pl.col(column)
    if isinstance(dtype, pl.Datetime) and dtype.time_zone:
        return value.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00").alias(column)
    if isinstance(dtype, pl.Datetime):
        return value.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f").alias(column)
    return value.cast(pl.String, strict=False).alias(column)
