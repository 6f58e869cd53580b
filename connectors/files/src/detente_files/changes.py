"""What changed since a source was last read whole, told by a digest of each row.

The digests of the last reading lie in the connector's memory folder, one file an object and content. A file
that was lost costs nothing but that every row is read again and that nothing can be told as gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from detente_files.cursor import Content
from detente_files.reading import PLACE
from detente_files.table import ID, Table

GONE = "__gone"
"""Column of ours: true where a row tells that its id is not there any more."""

_DIGEST = "__digest"
_SEED = 17


@dataclass(frozen=True, slots=True)
class Memory:
    """Which rows an object had, by content that was read whole."""

    folder: Path

    def path(self, name: str, content: Content) -> Path:
        """Where the rows of this content are remembered."""
        return self.folder / f"{name}-{content}.parquet"

    def keep_only(self, name: str, contents: Sequence[Content]) -> None:
        """Forget all other contents of `name`."""
        kept = {self.path(name, content).name for content in contents}
        for path in self.folder.glob(f"{name}-????????????????-*.parquet"):
            if path.name not in kept:
                path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows to tell, in order: changed and faulty ones, then those that are gone."""

    path: Path
    table: Table
    content: Content
    height: int
    notes: tuple[str, ...] = ()

    def slice(self, offset: int, limit: int) -> pl.DataFrame:
        """At most `limit` rows from `offset` on; `offset` starts at 0."""
        return pl.scan_parquet(self.path).slice(offset, limit).collect()


def find_changes(
    table: Table,
    held: pl.DataFrame | None,
    memory: Memory,
    name: str,
    content: Content,
    before: Content | None,
) -> Changes:
    """Compare `table` with what is remembered of `before`, and remember `content`.

    `held` has a column `id` and one column a field of ours; it becomes part of the rows. Nothing is forgotten
    here: `before` is still needed when this reading has to start again.
    """
    rows = table.scan() if held is None else _with_held(table.scan(), held)
    told = [column for column in rows.collect_schema() if column != PLACE]
    rows = rows.with_columns(_digest(told).alias(_DIGEST))
    notes = list(table.missing.values())
    last = _remembered(memory, name, before, notes)
    changed = rows
    if last is not None and before is not None and before.mapping == content.mapping:
        changed = rows.join(last.select(_DIGEST), on=_DIGEST, how="anti", maintain_order="left")
    gone = _gone(table, last, notes)
    path = table.path.with_name(f"changes-{before or 'first'}.parquet")
    flagged = changed.drop(_DIGEST).with_columns(pl.lit(value=False).alias(GONE))
    pl.concat([flagged, gone], how="diagonal").sink_parquet(path)
    _remember(rows, last if table.has_broken_rows else None, memory.path(name, content))
    height = pl.scan_parquet(path).select(pl.len()).collect().item()
    return Changes(path, table, content, height, tuple(notes))


def _with_held(rows: pl.LazyFrame, held: pl.DataFrame) -> pl.LazyFrame:
    return rows.join(held.lazy().rename({"id": ID}), on=ID, how="left", maintain_order="left")


def _digest(columns: Sequence[str]) -> pl.Expr:
    """64 bits over all texts of a row; another version of Polars may give others, and all is read again."""
    return pl.struct(columns).hash(_SEED)


def _remembered(memory: Memory, name: str, before: Content | None, notes: list[str]) -> pl.LazyFrame | None:
    if before is None:
        return None
    path = memory.path(name, before)
    if path.is_file():
        return pl.scan_parquet(path)
    notes.append("what was read last is not remembered any more: nothing can be told as gone this time")
    return None


def _gone(table: Table, last: pl.LazyFrame | None, notes: list[str]) -> pl.LazyFrame:
    """Ids that were there and are not; none while a broken row may hide some."""
    none = pl.LazyFrame(schema={ID: pl.String, GONE: pl.Boolean})
    if last is None:
        return none
    ids = table.scan().select(ID).drop_nulls()
    gone = (
        last.select(ID)
        .drop_nulls()
        .unique(maintain_order=True)
        .join(ids, on=ID, how="anti", maintain_order="left")
    )
    if not table.has_broken_rows:
        return gone.with_columns(pl.lit(value=True).alias(GONE))
    if gone.select(pl.len()).collect().item():
        notes.append(
            "records are missing, but rows are broken: nothing is taken as gone until they are mended"
        )
    return none


def _remember(rows: pl.LazyFrame, also: pl.LazyFrame | None, path: Path) -> None:
    """Replace the remembered rows in one step, so that a kill leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = rows.select(ID, _DIGEST)
    if also is not None:
        kept = pl.concat([kept, also.select(ID, pl.lit(None, dtype=pl.UInt64).alias(_DIGEST))])
    unfinished = path.with_suffix(".unfinished")
    kept.sink_parquet(unfinished)
    unfinished.replace(path)
