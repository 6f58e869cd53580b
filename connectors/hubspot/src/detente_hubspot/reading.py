"""Reading forward: the list at first and once a day, what changed by search, and what was archived.

Search sorts by time alone, so a page may end inside a group of equal times. The group's rows are then left
for the next page, which starts at that time; a group larger than a page is walked by id. No query is paged,
so the limit of 10,000 rows a query is never met, and a row that changes meanwhile shifts no other.

An index that shows a record later than windows overlap leaves it out for good, so now and then the whole list
is walked. It brings what was missed, and counts what exists as long as its ids ascend: nobody promises that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from detente_connector_kit import (
    ascends,
    carried,
    from_millis,
    joined_census,
    pack_cursor,
    parse_instant,
    to_millis,
    unpack_cursor,
)
from detente_contracts import Batch, Census, Kind, Record, Ref

from detente_hubspot.client import PAGE, SEARCH_PAGE, HubSpotClient, Json
from detente_hubspot.mapping import read_row
from detente_hubspot.portal import MERGED, MODIFIED, OBJECTS, View, ref_of

CURSOR_VERSION = 1
"""Goes up when rows read by an older version must be read again. `looked` means the same in all versions."""

_ID = "hs_object_id"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a read stands; instants are milliseconds since the epoch.

    `phase` is list, changes, archived or rest. `asked` tells what is asked for: when that changes, the list
    is read anew. `began` is the end of the last window (or when the list began), `to` the end of this one,
    `at` the time reached in it and `id` the record reached among those of one time, or the highest that the
    list has brought ("" when its ids do not ascend). `looked` is when archived records were last looked at
    and `pages` how many pages that took; `listed` is when a walk through the list last began, 0 when unknown.
    """

    phase: str
    asked: str
    began: int
    after: str | None = None
    to: int = 0
    at: int = 0
    id: str | None = None
    looked: int = 0
    pages: int = 0
    listed: int = 0

    def text(self) -> str:
        """The place as a cursor."""
        return pack_cursor(CURSOR_VERSION, asdict(self))


@dataclass(frozen=True, slots=True)
class Step:
    """What one page brought, and where to go on."""

    place: Place
    rows: Sequence[Json] = ()
    gone: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """How far a window reaches: back over the last one, and up to a little before now.

    `list_ms` is the time between two walks through the list, None for no walk but the first.
    """

    overlap_ms: int
    settle_ms: int
    list_ms: int | None = None


def place_of(cursor: str | None, asked: str, now: datetime) -> Place:
    """Where to read on; the beginning of the list without a cursor, or when another thing is asked for.

    The next look at what was archived starts where the last one ended, even by a cursor of another version.
    """
    state = None if cursor is None else unpack_cursor(cursor, CURSOR_VERSION)
    if state is not None and state.get("asked") == asked:
        return Place(**state)  # type: ignore[arg-type]
    begun = to_millis(now)
    return Place("list", asked, begun, looked=carried(cursor, "looked", begun), listed=begun)


class Walk:
    """Reads one kind of object, a page at a time."""

    def __init__(self, client: HubSpotClient, view: View, window: Window, now: datetime) -> None:
        self._client = client
        self._view = view
        self._window = window
        self._now = now
        self._object = OBJECTS[view.kind]
        self._modified = MODIFIED[view.kind]
        self._links: dict[str, str] = {}
        self._hidden: set[str] = set()
        self._census: Census | None = None

    def read(self, place: Place, limit: int) -> Batch:
        """About `limit` records from `place` on."""
        records: list[Record] = []
        refused: list[tuple[str, str]] = []
        gone: list[Ref] = []
        merged: dict[Ref, Ref] = {}
        self._census = None
        place = self._opened(place)
        # pages that bring nothing count too, so that a call ends and its place is kept
        for _ in range(max(1, limit // PAGE)):
            if place.phase == "rest" or len(records) >= limit:
                break
            step = self._step(place)
            gone.extend(ref_of(self._view, id_) for id_ in step.gone)
            for row in step.rows:
                if row["properties"].get(MERGED):
                    merged |= dict.fromkeys(self._merged_into(row), ref_of(self._view, row["id"]))
                self._take(row, records, refused)
            place = step.place
        hidden = self._view.hidden | self._hidden
        is_done = place.phase == "rest"
        told = [*gone, *merged]
        return Batch(records, place.text(), is_done, hidden, told, refused, self._census, merged)

    def _opened(self, place: Place) -> Place:
        if place.phase != "rest":
            return place
        to = to_millis(self._now) - self._window.settle_ms
        if to <= place.began:
            return place
        return replace(place, phase="changes", to=to, at=place.began - self._window.overlap_ms, id=None)

    def _step(self, place: Place) -> Step:
        if place.phase == "list":
            return self._list(place)
        return self._changes(place) if place.phase == "changes" else self._archived(place)

    def _list(self, place: Place) -> Step:
        linked = self._view.kind is not Kind.ACCOUNT
        page = self._client.page(self._object, self._asked(), place.after, archived=False, linked=linked)
        if linked:
            self._links = self._listed_links(page.rows)
        self._see_hidden(page.rows)
        # a walk that began before ids were kept knows nothing of those that it brought
        low = "" if place.after is not None and place.id is None else place.id
        high = self._counted(low, [row["id"] for row in page.rows], is_last=page.after is None)
        if page.after is None:
            return Step(replace(place, phase="rest", after=None, id=None), page.rows)
        return Step(replace(place, after=page.after, id=high), page.rows)

    def _counted(self, low: str | None, ids: Sequence[str], *, is_last: bool) -> str | None:
        """The highest id so far; "" once a list in another order says nothing of what lies between."""
        if low == "" or not ascends(low, ids):
            self._census = None
            return ""
        high = ids[-1] if ids else low
        if high is not None:
            # a list without any record never means that all is gone
            until = None if is_last else high
            self._census = joined_census(self._census, self._object, low, ids, until)
        return high

    def _changes(self, place: Place) -> Step:
        rows = self._searched(place)
        is_last = len(rows) < SEARCH_PAGE
        if place.id is not None:
            following = _along_ids(place, rows, is_last=is_last)
        elif is_last:
            following = self._after_changes(place)
        else:
            last = self._time(rows[-1])
            rows = [row for row in rows if self._time(row) < last]
            # a page within one instant: walk that instant by id
            following = replace(place, at=last, id=None if rows else "0")
        if self._view.kind is not Kind.ACCOUNT and rows:
            self._links = self._client.companies_of(self._object, [row["id"] for row in rows])
        return Step(following, rows)

    def _searched(self, place: Place) -> Sequence[Json]:
        if place.id is None:
            filters = [(self._modified, "GTE", str(place.at)), (self._modified, "LTE", str(place.to))]
            return self._client.search(self._object, filters, self._modified, self._asked())
        filters = [
            (self._modified, "GTE", str(place.at)),
            (self._modified, "LTE", str(place.at)),
            (_ID, "GT", place.id),
        ]
        return self._client.search(self._object, filters, _ID, self._asked())

    def _after_changes(self, place: Place) -> Place:
        # looking costs a page for each hundred archived records, so many are looked at less often
        pause_ms = max(0, place.pages - 1) * 60_000
        if place.to - place.looked < pause_ms:
            return self._closed(place)
        return replace(place, phase="archived", after=None, id=None, pages=0)

    def _archived(self, place: Place) -> Step:
        page = self._client.page(self._object, (), place.after, archived=True, linked=False)
        since = from_millis(place.looked - self._window.overlap_ms)
        gone = [row["id"] for row in page.rows if _is_since(row, since)]
        following = replace(place, after=page.after, pages=place.pages + 1)
        if page.after is None:
            following = self._closed(replace(following, looked=place.to))
        return Step(following, gone=gone)

    def _closed(self, place: Place) -> Place:
        """The end of a window; where the list is due, it is walked before the next."""
        closed = replace(place, phase="rest", began=place.to, after=None, at=0, id=None, to=0)
        every_ms = self._window.list_ms
        if every_ms is None or place.to - place.listed < every_ms:
            return closed
        return replace(closed, phase="list", listed=place.to)

    def _asked(self) -> tuple[str, ...]:
        return self._view.asked

    def _time(self, row: Json) -> int:
        return to_millis(parse_instant(row["properties"].get(self._modified) or row["updatedAt"]))

    def _listed_links(self, rows: Sequence[Json]) -> dict[str, str]:
        links: dict[str, str] = {}
        unclear: list[str] = []
        for row in rows:
            found = row.get("associations", {}).get("companies", {}).get("results", ())
            companies = {str(target["id"]) for target in found}
            if len(companies) == 1:
                links[row["id"]] = companies.pop()
            elif companies:
                unclear.append(row["id"])
        # a list does not say which of several companies is the primary one
        return {**links, **self._client.companies_of(self._object, unclear)} if unclear else links

    def _see_hidden(self, rows: Sequence[Json]) -> None:
        # a property that exists is sent even when empty; one that was removed meanwhile is left out
        if not rows or all(name in rows[0]["properties"] for name in self._view.asked):
            return
        filled = self._view.names.filled_by()
        for name in self._view.asked:
            if name in filled and not any(name in row["properties"] for row in rows):
                self._hidden.update(filled[name])

    def _merged_into(self, row: Json) -> list[Ref]:
        merged = row["properties"][MERGED].split(";")
        return [ref_of(self._view, id_) for id_ in merged if id_ and id_ != row["id"]]

    def _take(self, row: Json, records: list[Record], refused: list[tuple[str, str]]) -> None:
        try:
            records.append(read_row(row, self._view, self._links.get(row["id"]), self._now))
        except ValueError as fault:
            refused.append((str(ref_of(self._view, row["id"])), str(fault)))


def _along_ids(place: Place, rows: Sequence[Json], *, is_last: bool) -> Place:
    return replace(place, id=None, at=place.at + 1) if is_last else replace(place, id=rows[-1]["id"])


def _is_since(row: Json, since: datetime) -> bool:
    at = row.get("archivedAt")
    return at is None or parse_instant(at) >= since
