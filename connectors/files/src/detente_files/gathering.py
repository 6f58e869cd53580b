"""What one call of `read` brings together, from one source or several."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import polars as pl
from detente_contracts import Batch, Record, Ref

from detente_files.changes import GONE, Changes
from detente_files.mapping import records, typed_rows
from detente_files.reading import FAULT, PLACE
from detente_files.settings import Source
from detente_files.table import ID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Gathered:
    """Records, refused rows and gone refs; `room` is how many rows more may come."""

    room: int
    records: list[Record] = field(default_factory=list)
    gone: list[Ref] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)

    def take(self, rows: pl.DataFrame, source: Source, changes: Changes, instance: str) -> None:
        """Sort `rows` of the source's changes into what they are."""
        self.room -= rows.height
        gone = rows.filter(pl.col(GONE))
        self.gone.extend(Ref(instance, source.name, id_) for id_ in gone[ID])
        told = rows.filter(~pl.col(GONE) & pl.col(FAULT).is_null())
        table = changes.table
        mapped = typed_rows(told, source, table.missing, native=table.is_native)
        for faulty in (
            rows.filter(~pl.col(GONE) & pl.col(FAULT).is_not_null()),
            mapped.filter(pl.col(FAULT).is_not_null()),
        ):
            self.refused.extend(faulty.select(PLACE, FAULT).iter_rows())
        modified_at = _EPOCH + timedelta(microseconds=table.modified_us)
        self.records.extend(records(mapped.filter(pl.col(FAULT).is_null()), source, instance, modified_at))

    def batch(self, cursor: str, hidden: frozenset[str], *, done: bool) -> Batch:
        """All of it, as core takes it."""
        return Batch(self.records, cursor, done, hidden=hidden, gone=self.gone, refused=self.refused)
