"""Reading tickets: an export with a cursor, their SLAs, and breaches of tickets that nobody touched.

Whenever the export brings a ticket, its metric events are read too: of each open one, and of closed ones for
some time after they were opened. A ticket that nobody touches is in no export when its time runs out. The
stream of events is read on for breaches, and the ticket is read again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from detente_connector_kit import carried
from detente_contracts import Batch, Ticket

from detente_zendesk.account import Row, View
from detente_zendesk.client import EXPORT_PAGE, CursorPage, CursorRefusedError, ZendeskClient
from detente_zendesk.mapping import DELETED, ENDED, modified_at, read_ticket
from detente_zendesk.reading import Gathering, Window, cursor_of, seconds, state_of
from detente_zendesk.sla import SlaTimes, breached_tickets
from detente_zendesk.sla_reading import SlaReading, metric_events, opened

_EXPORT, _BREACHES, _REST = "export", "breaches", "rest"

_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Place:
    """Where a read of tickets stands; times are seconds since the epoch.

    `phase` is export, breaches or rest. `after` is the export's cursor, kept for ever; `newest` the latest
    change that was brought, from a little before which a read goes on should the cursor be refused. `events`
    is where the stream of metric events goes on: at first where the reading of everything began. `since` is
    when the very first read began: what was deleted before then was never told of.
    """

    phase: str
    asked: str
    events: int
    since: int
    after: str | None = None
    newest: int = 0


class TicketWalk:
    """Reads tickets, a page at a time."""

    def __init__(
        self, client: ZendeskClient, view: View, window: Window, *, now: datetime, sla_days: int
    ) -> None:
        self._client = client
        self._view = view
        self._window = window
        self._sla = SlaReading(client, view.sla_metrics, now)
        self._sla_since = window.now - sla_days * _DAY_S

    def read(self, cursor: str | None, limit: int) -> Batch:
        """About `limit` tickets from `cursor` on."""
        place = self._place(cursor)
        found = Gathering(self._view, limit)
        if place.phase == _REST:
            place = replace(place, phase=_EXPORT)
        for size in found.pages():
            place = (
                self._export(place, found, size)
                if place.phase == _EXPORT
                else self._breaches(place, found, size)
            )
            if place.phase == _REST:
                break
        return found.batch(cursor_of(asdict(place)), done=place.phase == _REST)

    def _place(self, cursor: str | None) -> Place:
        state, start, asked = state_of(cursor), max(0, self._window.resume), self._view.asked
        if state is not None and state.get("asked") == asked:
            return Place(**state)  # type: ignore[arg-type]
        # all is read anew for another mapping, and the deletions since the very first read with it
        return Place(_EXPORT, asked, events=start, since=carried(cursor, "since", start))

    def _export(self, place: Place, found: Gathering, size: int) -> Place:
        page = self._page(place, size)
        found.turn(page.rows)
        due = self._sla.of(row for row in page.rows if self._has_sla(row))
        for row in page.rows:
            if row.get("status") != DELETED:
                self._take(row, found, due.get(str(row["id"]), SlaTimes()))
            elif seconds(modified_at(row)) >= place.since:
                found.lose(row)
        newest = max([place.newest, *(seconds(modified_at(row)) for row in page.rows)])
        following = replace(place, after=page.after or place.after, newest=newest)
        if not page.is_last:
            return following
        return replace(following, phase=_BREACHES if self._view.sla_metrics else _REST)

    def _page(self, place: Place, size: int) -> CursorPage:
        start = max(0, min(place.newest, self._window.until) - self._window.overlap_s)
        try:
            return self._client.exported_after("tickets", place.after or start, size, "metric_sets")
        except CursorRefusedError:
            return self._client.exported_after("tickets", start, size, "metric_sets")

    def _breaches(self, place: Place, found: Gathering, size: int) -> Place:
        if place.events > self._window.until:
            return replace(place, phase=_REST)
        page = self._client.exported_since("ticket_metric_events", place.events, size)
        found.turn(())
        wanted = [event for event in page.rows if event.get("metric") in self._view.sla_metrics]
        self._take_again(breached_tickets(wanted), found)
        if page.is_last:
            return replace(place, phase=_REST, events=max(place.events, self._window.resume))
        # more events in one second than a page holds: the rest of them is left to the tickets' own changes
        return replace(place, events=page.end if page.end > place.events else place.events + 1)

    def _take_again(self, ids: Iterable[str], found: Gathering) -> None:
        """Read tickets that nobody touched once more: only the export brings their metrics along.

        A page begins at the oldest change among them, and holds others of them mostly.
        """
        wanted = self._looked_up(ids, found)
        while wanted:
            start = min(seconds(modified_at(ticket)) for ticket in wanted.values())
            page = self._client.exported_after("tickets", start, EXPORT_PAGE, "metric_sets")
            for row in page.rows:
                if str(row["id"]) in wanted:
                    ticket = wanted.pop(str(row["id"]))
                    self._take(row, found, self._sla.times(metric_events(ticket)))
            # one that was changed in between has moved on, and the export brings it in its own time
            wanted = {id_: ticket for id_, ticket in wanted.items() if seconds(modified_at(ticket)) > start}

    def _looked_up(self, ids: Iterable[str], found: Gathering) -> dict[str, Row]:
        """The tickets with their events; those that were changed just now are left to the next export."""
        tickets: dict[str, Row] = {}
        for id_ in ids:
            ticket = self._client.ticket(id_, "metric_events")
            if ticket is None or ticket.get("status") == DELETED:
                found.lose({"id": id_})
            elif seconds(modified_at(ticket)) < self._window.until:
                tickets[id_] = ticket
        return tickets

    def _take(self, row: Row, found: Gathering, sla: SlaTimes) -> None:
        def read(row: Row, view: View) -> Ticket:
            return read_ticket(row, view, sla)

        found.take(row, read)

    def _has_sla(self, row: Row) -> bool:
        """Whether it still matters what is due for a ticket."""
        if not self._view.sla_metrics or row.get("status") == DELETED:
            return False
        return row.get("status") not in ENDED or opened(row) >= self._sla_since
