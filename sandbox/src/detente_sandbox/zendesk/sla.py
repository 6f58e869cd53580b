"""Targets of tickets and the events they cause. Section 3.4 of the reference.

The world's time to close is the metric `resolution_time` and its time to first reply `reply_time`. Targets in
events are those that the ticket was promised, because contracts differ; the policy shows the firm's usual
ones, which apply to new tickets and when a priority changes. Schedules play no part.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from sortedcontainers import SortedList  # type: ignore[import-untyped]

from detente_sandbox.clock import instant_text
from detente_sandbox.world.model import Ticket
from detente_sandbox.zendesk.facts import HOUR_S, JsonObject

REPLY, RESOLUTION = "reply_time", "resolution_time"
POLICY = {"id": 5_960_000_001, "title": "Firm", "description": None}
# Seconds by priority: the firm's usual promises.
USUAL_S = {
    REPLY: {"urgent": HOUR_S, "high": 4 * HOUR_S, "normal": 8 * HOUR_S, "low": 24 * HOUR_S},
    RESOLUTION: {"urgent": 8 * HOUR_S, "high": 24 * HOUR_S, "normal": 72 * HOUR_S, "low": 168 * HOUR_S},
}
# Names in policies differ from those in events [V]; the name for resolution is [U].
POLICY_METRICS = {REPLY: "first_reply_time", RESOLUTION: "total_resolution_time"}
FIRST_EVENT = 9_000_000_001
# A breach before the start that has no number yet, because nobody asked for events.
UNNUMBERED = 0


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
class Target:
    """A promise that runs: when it began and is due (seconds), and the breach event if it is late."""

    instance_id: int
    began_s: int
    due_s: int
    breach: int | None = None


@dataclass
class Promises:
    """Running targets and all events; those of the start are written down when first asked for."""

    tickets: list[Ticket] = field(default_factory=list)
    first_ticket_id: int = 0
    start_s: int = 0
    running: dict[tuple[int, str], Target] = field(default_factory=dict)
    instances: dict[tuple[int, str], int] = field(default_factory=dict)
    _due: list[tuple[int, int, str]] = field(default_factory=list)
    _events: dict[int, MetricEvent] | None = None
    _by_time: SortedList = field(default_factory=SortedList)
    _by_change: SortedList = field(default_factory=SortedList)
    _by_ticket: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def load(self, tickets: list[Ticket], first_ticket_id: int, start_ms: int) -> None:
        """Takes the tickets of the start; open ones with targets begin to run."""
        self.tickets, self.first_ticket_id, self.start_s = tickets, first_ticket_id, start_ms // 1000
        for ticket in tickets:
            for metric, due_ms, end_ms in _promised(ticket):
                if end_ms is None:
                    is_late = due_ms // 1000 < self.start_s
                    target = Target(
                        1, ticket.created_ms // 1000, due_ms // 1000, UNNUMBERED if is_late else None
                    )
                    self._run(first_ticket_id + ticket.key, metric, target)

    def begin(self, ticket_id: int, priority: str | None, at_s: int) -> None:
        """Starts the usual targets of a new ticket."""
        for metric in (REPLY, RESOLUTION):
            self._begin(ticket_id, metric, priority, at_s)

    def reopen(self, ticket_id: int, priority: str | None, at_s: int) -> None:
        """A reopened ticket gets a new instance of its resolution target [U]."""
        if (ticket_id, RESOLUTION) in self.instances:
            self._begin(ticket_id, RESOLUTION, priority, at_s)

    def fulfil(self, ticket_id: int, metric: str, at_s: int) -> None:
        """Ends a target; one that was due before is breached first."""
        target = self.running.pop((ticket_id, metric), None)
        if target is not None:
            self._breach_before(ticket_id, metric, target, at_s)
            self._add(ticket_id, metric, target.instance_id, "fulfill", at_s)

    def reprioritise(self, ticket_id: int, priority: str | None, at_s: int) -> None:
        """Applies the usual targets of another priority; a breach that no longer holds is taken back."""
        for metric in (REPLY, RESOLUTION):
            target, usual = self.running.get((ticket_id, metric)), USUAL_S[metric].get(priority or "")
            if target is None or usual is None:
                continue
            self._breach_before(ticket_id, metric, target, at_s)
            target.due_s = target.began_s + usual
            self._add(ticket_id, metric, target.instance_id, "apply_sla", at_s, usual)
            if target.breach is not None and target.due_s > at_s:
                self._take_back(target.breach, at_s)
                target.breach = None
            heapq.heappush(self._due, (max(target.due_s, at_s), ticket_id, metric))

    def drop(self, ticket_id: int) -> None:
        """A deleted ticket has no targets."""
        for metric in (REPLY, RESOLUTION):
            self.running.pop((ticket_id, metric), None)

    def advance(self, now_s: int) -> None:
        """Writes down the breaches of targets that became due."""
        while self._due and self._due[0][0] <= now_s:
            due_s, ticket_id, metric = heapq.heappop(self._due)
            target = self.running.get((ticket_id, metric))
            if target is not None and target.breach is None and target.due_s <= due_s:
                self._breach(ticket_id, metric, target, due_s)

    def events(self, *, by_change: bool = False) -> SortedList:
        """Instants (seconds) and ids of all events in order of time, or of their last change."""
        self._write_down()
        return self._by_change if by_change else self._by_time

    def find(self, event_id: int) -> MetricEvent:
        """An event that is there."""
        return self._write_down()[event_id]

    def of_ticket(self, ticket_id: int) -> list[MetricEvent]:
        """The events of one ticket, in the order in which they were written down."""
        events = self._write_down()
        return [events[number] for number in self._by_ticket.get(ticket_id, ())]

    def _begin(self, ticket_id: int, metric: str, priority: str | None, at_s: int) -> None:
        usual = USUAL_S[metric].get(priority or "")
        if usual is None:
            return
        instance = self.instances.get((ticket_id, metric), 0) + 1
        self._run(ticket_id, metric, Target(instance, at_s, at_s + usual))
        self._add(ticket_id, metric, instance, "activate", at_s)
        self._add(ticket_id, metric, instance, "apply_sla", at_s + 1, usual)

    def _run(self, ticket_id: int, metric: str, target: Target) -> None:
        self.running[ticket_id, metric] = target
        self.instances[ticket_id, metric] = target.instance_id
        heapq.heappush(self._due, (target.due_s, ticket_id, metric))

    def _breach(self, ticket_id: int, metric: str, target: Target, at_s: int) -> None:
        target.breach = self._add(ticket_id, metric, target.instance_id, "breach", at_s)

    def _breach_before(self, ticket_id: int, metric: str, target: Target, at_s: int) -> None:
        if target.breach is None and target.due_s < at_s:
            self._breach(ticket_id, metric, target, target.due_s)

    def _take_back(self, event_id: int, at_s: int) -> None:
        events = self._write_down()
        known = events[event_id]
        self._by_change.remove((known.changed_s, event_id))
        events[event_id] = known._replace(is_deleted=True, changed_s=at_s)
        self._by_change.add((at_s, event_id))

    def _add(
        self, ticket_id: int, metric: str, instance: int, kind: str, at_s: int, target_s: int | None = None
    ) -> int:
        events = self._write_down()
        event_id = FIRST_EVENT + len(events)
        events[event_id] = MetricEvent(
            event_id, ticket_id, metric, instance, kind, at_s, target_s, False, at_s
        )
        self._by_time.add((at_s, event_id))
        self._by_change.add((at_s, event_id))
        self._by_ticket[ticket_id].append(event_id)
        return event_id

    def _write_down(self) -> dict[int, MetricEvent]:
        """The events by id; the first time, those of the start are put in order of time."""
        if self._events is None:
            told = [
                row
                for ticket in self.tickets
                for row in _told(ticket, self.first_ticket_id + ticket.key, self.start_s)
            ]
            told.sort(key=lambda row: row.time_s)
            numbered = (row._replace(id=FIRST_EVENT + place) for place, row in enumerate(told))
            self._events = {row.id: row for row in numbered}
            self._by_time = SortedList((row.time_s, row.id) for row in self._events.values())
            self._by_change = SortedList(self._by_time)
            for row in self._events.values():
                self._by_ticket[row.ticket_id].append(row.id)
            self._link_breaches()
        return self._events

    def _link_breaches(self) -> None:
        for row in (self._events or {}).values():
            target = self.running.get((row.ticket_id, row.metric))
            if row.type == "breach" and target is not None:
                target.breach = row.id


def _promised(ticket: Ticket) -> Iterable[tuple[str, int, int | None]]:
    """Metric, due instant and end of each target of a ticket (milliseconds)."""
    if ticket.reply_due_ms is not None:
        yield REPLY, ticket.reply_due_ms, ticket.reply_ms
    if ticket.due_ms is not None:
        yield RESOLUTION, ticket.due_ms, ticket.closed_ms


def _told(ticket: Ticket, ticket_id: int, start_s: int) -> Iterable[MetricEvent]:
    made_s = ticket.created_ms // 1000
    for metric, due_ms, end_ms in _promised(ticket):
        due_s, end_s = due_ms // 1000, None if end_ms is None else end_ms // 1000
        rows = [("activate", made_s, None), ("apply_sla", made_s + 1, due_s - made_s)]
        if due_s < (start_s if end_s is None else end_s):
            rows.append(("breach", due_s, None))
        if end_s is not None:
            rows.append(("fulfill", end_s, None))
        for kind, at_s, target_s in rows:
            yield MetricEvent(0, ticket_id, metric, 1, kind, at_s, target_s, False, at_s)


def policies(base_url: str) -> list[JsonObject]:
    """The SLA policies as the API shows them."""
    metrics = [
        {
            "priority": priority,
            "metric": POLICY_METRICS[metric],
            "target": seconds // 60,
            "target_in_seconds": seconds,
            "business_hours": False,
        }
        for metric, usual in USUAL_S.items()
        for priority, seconds in usual.items()
    ]
    everything: JsonObject = {"all": [], "any": []}
    url = f"{base_url}/api/v2/slas/policies/{POLICY['id']}.json"
    return [{**POLICY, "url": url, "position": 1, "filter": everything, "policy_metrics": metrics}]
