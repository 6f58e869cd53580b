"""Reading organizations: an export by time, and now and then the list of all that exist.

The export goes by whole seconds, that of its start included, so each page begins with the rows of the last
second again: those are left out. A second with more rows than a page has would never end; it is read from
the list. Deletions are in no export, so the list says what exists.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from detente_connector_kit import ascends, joined_census
from detente_contracts import Batch

from detente_zendesk.account import View
from detente_zendesk.client import Json, TimePage, ZendeskClient
from detente_zendesk.mapping import modified_at, read_account
from detente_zendesk.reading import Gathering, Window, cursor_of, seconds, state_of

_EXPORT, _SECOND, _CENSUS, _REST = "export", "second", "census", "rest"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a read stands; times are seconds since the epoch.

    `phase` is export, second (the list, for the rows of one second), census or rest. `start` is where the
    export goes on and `edge` the ids of that second that were brought already. `after` is the list's own
    place and `low` the highest id that it has brought. `looked` is when the list was last walked and `pages`
    how many pages that took.
    """

    phase: str
    asked: str
    start: int = 0
    edge: str = ""
    after: str | None = None
    low: str | None = None
    looked: int = 0
    pages: int = 0


class OrganizationWalk:
    """Reads organizations, a page at a time."""

    def __init__(self, client: ZendeskClient, view: View, window: Window) -> None:
        self._client = client
        self._view = view
        self._window = window

    def read(self, cursor: str | None, limit: int) -> Batch:
        """About `limit` organizations from `cursor` on."""
        found = Gathering(self._view, limit)
        place = self._opened(self._place(cursor))
        for size in found.pages():
            if place.phase == _REST:
                break
            place = self._step(place, found, size)
        return found.batch(cursor_of(asdict(place)), done=place.phase == _REST)

    def _place(self, cursor: str | None) -> Place:
        """Where to read on; from the beginning for another mapping, as the list tells what is gone."""
        state = state_of(cursor)
        asked = self._view.asked
        if state is None or state.get("asked") != asked:
            return Place(_EXPORT, asked)
        return Place(**state)  # type: ignore[arg-type]

    def _opened(self, place: Place) -> Place:
        if place.phase != _REST or place.start > self._window.until:
            return place
        return replace(place, phase=_EXPORT)

    def _step(self, place: Place, found: Gathering, size: int) -> Place:
        if place.phase == _EXPORT:
            return self._export(place, found, size)
        return self._second(place, found) if place.phase == _SECOND else self._census(place, found)

    def _export(self, place: Place, found: Gathering, size: int) -> Place:
        page = self._client.exported_since("organizations", place.start, size)
        found.turn(page.rows)
        known = set(place.edge.split())
        for row in page.rows:
            if str(row["id"]) not in known or _second_of(row) != place.start:
                found.take(row, read_account)
        if page.is_last:
            return self._exported(place)
        if page.end <= place.start:
            # more rows in one second than a page holds; without a row nothing is known, and it is asked again
            return replace(place, phase=_SECOND if page.rows else _REST, after=None)
        return replace(place, start=page.end, edge=_edge(page))

    def _exported(self, place: Place) -> Place:
        start = max(place.start, self._window.resume)
        place = replace(place, start=start, edge=place.edge if start == place.start else "")
        if place.looked == 0:
            # what was just read for the first time is all there
            return replace(place, phase=_REST, looked=self._window.now)
        # walking the list costs a page for each hundred organizations, so many are counted less often
        pause_s = max(0, place.pages - 1) * 60
        is_due = self._window.now - place.looked >= pause_s
        return (
            replace(place, phase=_CENSUS, after=None, low=None, pages=0)
            if is_due
            else replace(place, phase=_REST)
        )

    def _second(self, place: Place, found: Gathering) -> Place:
        page = self._client.page("/organizations", "organizations", place.after)
        found.turn(page.rows)
        known = set(place.edge.split())
        for row in page.rows:
            if _second_of(row) == place.start and str(row["id"]) not in known:
                found.take(row, read_account)
        if page.after is not None:
            return replace(place, after=page.after)
        return replace(place, phase=_EXPORT, start=place.start + 1, edge="", after=None)

    def _census(self, place: Place, found: Gathering) -> Place:
        page = self._client.page("/organizations", "organizations", place.after)
        found.turn(page.rows)
        ids = [str(row["id"]) for row in page.rows]
        rested = replace(
            place, phase=_REST, after=None, low=None, looked=self._window.now, pages=place.pages + 1
        )
        if not ascends(place.low, ids) or not (ids or place.low):
            # a list in another order says nothing of what lies between, and an empty one not that all is gone
            return rested
        low = ids[-1] if ids else place.low
        until = None if page.after is None else low
        found.census = joined_census(found.census, "organizations", place.low, ids, until)
        return (
            rested if page.after is None else replace(place, after=page.after, low=low, pages=place.pages + 1)
        )


def _second_of(row: Json) -> int:
    return seconds(modified_at(row))


def _edge(page: TimePage) -> str:
    return " ".join(str(row["id"]) for row in page.rows if _second_of(row) == page.end)
