"""What differs from what was told of a source, by a digest of each row.

Digests lie in the connector's memory folder, one file an object and content. A file that was lost costs
nothing but that every row is read again and that nothing can be told as gone. Of a content that was replaced
half way nobody knows which rows were told: a row is known only if all contents have it, an id if any has it.
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
class Told:
    """Contents that were told: the last one `whole`, and each that was begun after it."""

    whole: Content | None
    partly: Sequence[Content] = ()

    @property
    def contents(self) -> Sequence[Content]:
        """All of them."""
        return [*([self.whole] if self.whole else []), *self.partly]


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
    told: Told,
) -> Changes:
    """Compare `table` with what is remembered of `told`, and remember `content`.

    `held` has a column `id` and one column a field of ours; it becomes part of the rows. Nothing is forgotten
    here: what was told is still needed when this reading has to start again.
    """
    rows = table.scan() if held is None else _with_held(table.scan(), held)
    digested = [column for column in rows.collect_schema() if column != PLACE]
    rows = rows.with_columns(_digest(digested).alias(_DIGEST))
    notes = list(table.missing.values())
    remembered = _remembered(memory, name, told, notes)
    last = pl.concat(remembered) if remembered else None
    changed = rows
    if remembered and told.whole and {known.mapping for known in told.contents} == {content.mapping}:
        changed = rows.join(_in_all(remembered), on=_DIGEST, how="anti", maintain_order="left")
    gone = _gone(table, last, notes)
    path = table.path.with_name("changes.parquet")
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


def _remembered(memory: Memory, name: str, told: Told, notes: list[str]) -> list[pl.LazyFrame]:
    """Ids and digests of each content that was told; nothing when one of them is lost."""
    paths = [memory.path(name, content) for content in told.contents]
    if all(path.is_file() for path in paths):
        return [pl.scan_parquet(path) for path in paths]
    notes.append("what was read last is not remembered any more: nothing can be told as gone this time")
    return []


def _in_all(remembered: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
    """Digests that every content has."""
    common = remembered[0].select(_DIGEST)
    for other in remembered[1:]:
        common = common.join(other, on=_DIGEST, how="semi")
    return common


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
