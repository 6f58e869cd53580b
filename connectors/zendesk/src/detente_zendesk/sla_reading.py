"""The metric events of a page of tickets: one by one, or, of many, from the stream of all events.

Zendesk gives metric events for one ticket, or for all tickets in the order in which they happened. Both ways
tell the same and need no memory of earlier reads, which would not survive a kill: all events of a ticket lie
after its opening. One call a ticket is right for the few that changed since the last read. For many at once
the stream from the opening of the oldest on takes far fewer calls, unless the account has had much more to do
than these tickets: so it is given up after its share of calls, and the tickets are asked for one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from detente_connector_kit import parse_instant

from detente_zendesk.account import Row
from detente_zendesk.client import EXPORT_PAGE, ZendeskClient
from detente_zendesk.reading import seconds
from detente_zendesk.sla import SlaTimes, sla_times

SINGLY = 25
"""The oldest tickets of a page, asked for one by one: one that is years old would make the stream long."""

TICKETS_A_PAGE = 50
"""Tickets that a page of the stream must save: exports are allowed 10 calls a minute, tickets 400 or more."""

Events = Mapping[str, Iterable[Mapping[str, Any]]]
"""Metric events by ticket."""


class SlaReading:
    """Reads what is due for tickets; `metrics` are those whose breach is the ticket's."""

    def __init__(self, client: ZendeskClient, metrics: Collection[str], now: datetime) -> None:
        self._client = client
        self._metrics = metrics
        self._now = now
        self._page_s: float | None = None
        """Seconds of the stream that a page of it holds; None before one was seen."""

    def of(self, rows: Iterable[Row]) -> dict[str, SlaTimes]:
        """What is due for each of the tickets, by id."""
        oldest_first = sorted(rows, key=opened)
        streamed = self._streamed(oldest_first[SINGLY:])
        singly = oldest_first if streamed is None else oldest_first[:SINGLY]
        events = {str(row["id"]): self._events_of(str(row["id"])) for row in singly} | dict(streamed or {})
        return {id_: self.times(told) for id_, told in events.items()}

    def times(self, events: Iterable[Mapping[str, Any]]) -> SlaTimes:
        """What is due by these events of one ticket."""
        return sla_times(events, self._metrics, self._now)

    def _events_of(self, id_: str) -> Iterable[Mapping[str, Any]]:
        ticket = self._client.ticket(id_, "metric_events")
        return () if ticket is None else metric_events(ticket)

    def _streamed(self, rows: Sequence[Row]) -> Events | None:
        """The events of these tickets from the stream; None when it is too long for them."""
        found: dict[str, list[Mapping[str, Any]]] = {str(row["id"]): [] for row in rows}
        start = begin = opened(rows[0]) if rows else 0
        share = len(rows) // TICKETS_A_PAGE
        for number in range(1, share + 1):
            if self._pages_from(start) > share - number + 1:
                return None
            page = self._client.exported_since("ticket_metric_events", start, EXPORT_PAGE)
            for event in page.rows:
                # events of the second on which a page ends come twice, which says nothing new
                found.get(str(event["ticket_id"]), []).append(event)
            if page.is_last:
                return found
            if page.end <= start:
                return None
            start = page.end
            self._page_s = (start - begin) / number
        return None

    def _pages_from(self, start: int) -> float:
        """How many pages the stream has from `start` to now, at the pace seen so far."""
        return (seconds(self._now) - start) / self._page_s if self._page_s else 0.0


def metric_events(ticket: Row) -> Iterable[Mapping[str, Any]]:
    """The sideloaded events of one ticket: a list, or lists by metric."""
    loaded = ticket.get("metric_events") or ()
    if isinstance(loaded, Mapping):
        return [event for events in loaded.values() for event in events]
    return list(loaded)


def opened(row: Row) -> int:
    """When a ticket was opened, in seconds since the epoch."""
    return seconds(parse_instant(row.get("created_at") or "1970-01-01"))
