"""Where a read stands, and how a window of time is walked through."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from detente_connector_kit import carried, from_millis, pack_cursor, to_millis, unpack_cursor

CURSOR_VERSION = 1
"""Goes up when rows read by an older version must be read again. `began` means the same in all versions."""

SECOND_MS = 1_000
"""The resolution of stamps."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a read stands; instants are milliseconds since the epoch, 0 for none.

    `phase` is all, bulk, changes, agreements or rest, and "" before any. `asked` tells what is asked for:
    when that changes, all is read anew. `began` is up to when changes and deletions are known, `to` the end
    of the present window. (`at`, `id`) is the last row reached, by stamp and id. `slice` is the width of the
    part of a window that one query covers, where the whole was too much for Salesforce. `whole` is when the
    last reading of everything began. `job` and `locator` name a bulk job and a page of its results; `polls`
    counts looks at a job that is not done, `jobs` the jobs that were begun.
    """

    phase: str
    asked: str
    began: int
    to: int = 0
    at: int = 0
    id: str = ""
    slice: int = 0
    whole: int = 0
    job: str = ""
    locator: str = ""
    polls: int = 0
    jobs: int = 0

    def text(self) -> str:
        """The place as a cursor."""
        return pack_cursor(CURSOR_VERSION, asdict(self))

    def until(self) -> datetime:
        """Where the present query ends, that instant excluded."""
        return from_millis(min(self.to, self.at + self.slice) if self.slice else self.to)

    def narrowed(self) -> Place | None:
        """The same with half the width for the next query; None when that is less than a second."""
        width = (to_millis(self.until()) - self.at) // 2 // SECOND_MS * SECOND_MS
        return replace(self, slice=width) if width else None

    def next_slice(self) -> Place | None:
        """The following part of the window, twice as wide; None when this was the last."""
        end = to_millis(self.until())
        if end >= self.to:
            return None
        return replace(self, at=end, id="", slice=self.slice * 2)

    def rested(self) -> Place:
        """The end of a window: nothing more is to be had now.

        Reading all tells of no deletion, so the next window starts where the last one ended.
        """
        began = self.began if self.phase in ("all", "bulk") else self.to
        return Place("rest", self.asked, began, whole=self.whole)


@dataclass(frozen=True, slots=True)
class Window:
    """How far a window reaches: back over the last one, and up to a little before now.

    `bulk_deadline` is how long a bulk job may take; `reread` how long formulas may stand unread, None when
    they never are read anew.
    """

    overlap: timedelta
    settle: timedelta
    bulk_deadline: timedelta
    reread: timedelta | None = None


def place_of(cursor: str | None, asked: str, now: datetime) -> Place:
    """Where to read on; before everything without a cursor, or when another thing is asked for."""
    state = None if cursor is None else unpack_cursor(cursor, CURSOR_VERSION)
    if state is not None and state.get("asked") == asked:
        return Place(**state)  # type: ignore[arg-type]
    # up to when deletions are known outlives a reading of everything
    return Place("", asked, carried(cursor, "began", to_millis(now)))


def is_at_rest(cursor: str | None) -> bool:
    """Whether the next read begins something new, so that the org is to be looked at again."""
    state = None if cursor is None else unpack_cursor(cursor, CURSOR_VERSION)
    return state is None or state.get("phase") in ("", "rest")
