"""Events of SLA metrics, in order of time and of change. Section 3.4 of the reference.

Those before the start follow from the world's tickets and are written down when somebody first asks.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from sortedcontainers import SortedList  # type: ignore[import-untyped]

from detente_sandbox.clock import instant_text
from detente_sandbox.world.model import Ticket
from detente_sandbox.zendesk.facts import JsonObject

REPLY, RESOLUTION = "reply_time", "resolution_time"
POLICY = {"id": 5_960_000_001, "title": "Firm", "description": None}
FIRST_EVENT = 9_000_000_001


class MetricEvent(NamedTuple):
    """One event; `target_s` is there for `apply_sla` alone, `changed_s` is when it last became other."""

    id: int
    ticket_id: int
    metric: str
    instance_id: int
    type: str
    time_s: int
    target_s: int | None = None
    is_deleted: bool = False
    changed_s: int = 0

    def shown(self) -> JsonObject:
        """As the API shows it; a target has whole minutes, and seconds beside them."""
        body: JsonObject = {
            "id": self.id,
            "ticket_id": self.ticket_id,
            "metric": self.metric,
            "instance_id": self.instance_id,
            "type": self.type,
            "time": instant_text(self.time_s * 1000),
        }
        if self.target_s is not None:
            minutes = max(1, self.target_s // 60)
            target = {"target": minutes, "target_in_seconds": self.target_s, "business_hours": False}
            body["sla"] = {**target, "policy": POLICY}
        if self.type == "breach":
            body["deleted"] = self.is_deleted
        return body


@dataclass
class MetricEvents:
    """All events of the account; `tickets` and `start_s` are those of the start."""

    tickets: list[Ticket] = field(default_factory=list)
    first_ticket_id: int = 0
    start_s: int = 0
    _rows: dict[int, MetricEvent] | None = None
    _by_time: SortedList = field(default_factory=SortedList)
    _by_change: SortedList = field(default_factory=SortedList)
    _by_ticket: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def index(self, *, by_change: bool = False) -> SortedList:
        """Instants (seconds) and ids of all events in order of time, or of their last change."""
        self._written()
        return self._by_change if by_change else self._by_time

    def find(self, event_id: int) -> MetricEvent:
        """An event that is there."""
        return self._written()[event_id]

    def of_ticket(self, ticket_id: int) -> list[MetricEvent]:
        """The events of one ticket, in the order in which they were written down."""
        rows = self._written()
        return [rows[number] for number in self._by_ticket.get(ticket_id, ())]

    def add(
        self, ticket_id: int, metric: str, instance: int, kind: str, at_s: int, target_s: int | None
    ) -> None:
        """Writes down an event."""
        rows = self._written()
        number = FIRST_EVENT + len(rows)
        row = MetricEvent(number, ticket_id, metric, instance, kind, at_s, target_s, False, at_s)
        rows[number] = row
        self._place(row)

    def take_back_breach(self, ticket_id: int, metric: str, instance: int, at_s: int) -> None:
        """Marks the breach of a metric as deleted."""
        rows = self._written()
        for row in self.of_ticket(ticket_id):
            if (row.type, row.metric, row.instance_id) == ("breach", metric, instance) and not row.is_deleted:
                self._by_change.remove((row.changed_s, row.id))
                rows[row.id] = row._replace(is_deleted=True, changed_s=at_s)
                self._by_change.add((at_s, row.id))

    def _written(self) -> dict[int, MetricEvent]:
        """The events by id; the first time, those before the start are put in order of time."""
        if self._rows is None:
            told = [
                row
                for ticket in self.tickets
                for row in _told(ticket, self.first_ticket_id + ticket.key, self.start_s)
            ]
            told.sort(key=lambda row: row.time_s)
            numbered = (row._replace(id=FIRST_EVENT + place) for place, row in enumerate(told))
            self._rows = {row.id: row for row in numbered}
            self._by_time.update((row.time_s, row.id) for row in self._rows.values())
            self._by_change.update(self._by_time)
            for row in self._rows.values():
                self._by_ticket[row.ticket_id].append(row.id)
        return self._rows

    def _place(self, row: MetricEvent) -> None:
        self._by_time.add((row.time_s, row.id))
        self._by_change.add((row.changed_s, row.id))
        self._by_ticket[row.ticket_id].append(row.id)


def promised(ticket: Ticket) -> Iterable[tuple[str, int, int | None]]:
    """Metric, due instant and end of each target of a ticket of the world (seconds)."""
    if ticket.reply_due_ms is not None:
        yield REPLY, ticket.reply_due_ms // 1000, _seconds(ticket.reply_ms)
    if ticket.due_ms is not None:
        yield RESOLUTION, ticket.due_ms // 1000, _seconds(ticket.closed_ms)


def _seconds(ms: int | None) -> int | None:
    return None if ms is None else ms // 1000


def _told(ticket: Ticket, ticket_id: int, start_s: int) -> Iterable[MetricEvent]:
    made_s = ticket.created_ms // 1000
    for metric, due_s, end_s in promised(ticket):
        rows = [("activate", made_s, None), ("apply_sla", made_s + 1, due_s - made_s)]
        if due_s < (start_s if end_s is None else end_s):
            rows.append(("breach", due_s, None))
        if end_s is not None:
            rows.append(("fulfill", end_s, None))
        for kind, at_s, target_s in rows:
            yield MetricEvent(0, ticket_id, metric, 1, kind, at_s, target_s, False, at_s)
