"""What every kind of reading shares: the window, the batch that is gathered, the cursor's version."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from detente_connector_kit import CursorValue, pack_cursor, to_millis, unpack_cursor
from detente_contracts import Batch, Census, Record, Ref

from detente_zendesk.account import ATTRIBUTES, Row, View, ref_of
from detente_zendesk.client import EXPORT_PAGE, PAGE
from detente_zendesk.mapping import flat

CURSOR_VERSION = 1

HELD_BACK_S = 60
"""Seconds before now of which an export never tells. Source: Zendesk, Incremental Exports."""


@dataclass(frozen=True, slots=True)
class Window:
    """From where to where a read goes, in seconds since the epoch.

    `now` is the account's own time; a read goes up to `until`, and the next one starts again at `resume`.
    """

    now: int
    overlap_s: int

    @property
    def until(self) -> int:
        """Up to here everything has been told."""
        return self.now - HELD_BACK_S - 1

    @property
    def resume(self) -> int:
        """Where the next read starts: a little before, for what an index shows late."""
        return self.until - self.overlap_s


@dataclass(slots=True)
class Gathering:
    """What one call of `read` has found so far. Pages that bring nothing count too, so that a call ends."""

    view: View
    limit: int
    records: list[Record] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    gone: list[Ref] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    census: Census | None = None
    seen: int = 0

    def pages(self) -> Iterator[int]:
        """Sizes to ask for, one for each page, until about `limit` rows were seen."""
        while True:
            yield min(EXPORT_PAGE, max(PAGE, self.limit))
            if self.seen >= self.limit:
                return

    def turn(self, rows: Sequence[Row]) -> None:
        """Count a page, and notice fields that were removed since the view was taken."""
        self.seen += max(len(rows), PAGE)
        if rows:
            there = flat(rows[0], self.view.kind).keys() | ATTRIBUTES[self.view.kind]
            self.hidden |= self.view.names.hidden_without(there)

    def take(self, row: Row, read: Callable[[Row, View], Record]) -> None:
        """Keep the row as a record, or name it with the reason why it cannot be read."""
        try:
            self.records.append(read(row, self.view))
        except ValueError as fault:
            self.refused.append((str(ref_of(self.view, row["id"])), str(fault)))

    def lose(self, row: Row) -> None:
        """Note that a record is gone."""
        self.gone.append(ref_of(self.view, row["id"]))

    def batch(self, cursor: str, *, done: bool) -> Batch:
        """All of it."""
        hidden = self.view.hidden | self.hidden
        return Batch(self.records, cursor, done, hidden, self.gone, self.refused, self.census)


def seconds(at: datetime) -> int:
    """Whole seconds since the epoch, rounded down."""
    return to_millis(at) // 1000


def state_of(cursor: str | None) -> dict[str, CursorValue] | None:
    """What a cursor says; None without one."""
    return None if cursor is None else unpack_cursor(cursor, CURSOR_VERSION)


def cursor_of(state: Mapping[str, CursorValue]) -> str:
    """The state as a cursor."""
    return pack_cursor(CURSOR_VERSION, state)
