"""Targets of tickets, and when they begin, end and are missed. Section 3.4 of the reference.

The world's time to close is the metric `resolution_time` and its time to first reply `reply_time`. Targets in
events are those that the ticket was promised, because contracts differ; the policy shows the firm's usual
ones, which apply to new tickets and when a priority changes. Schedules play no part.
"""

import heapq
from dataclasses import dataclass, field

from detente_sandbox.world.model import Ticket
from detente_sandbox.zendesk.facts import HOUR_S, JsonObject
from detente_sandbox.zendesk.metric_events import POLICY, REPLY, RESOLUTION, MetricEvents, promised

# Seconds by priority: the firm's usual promises.
USUAL_S = {
    REPLY: {"urgent": HOUR_S, "high": 4 * HOUR_S, "normal": 8 * HOUR_S, "low": 24 * HOUR_S},
    RESOLUTION: {"urgent": 8 * HOUR_S, "high": 24 * HOUR_S, "normal": 72 * HOUR_S, "low": 168 * HOUR_S},
}
# Names in policies differ from those in events [V]; the name for resolution is [U].
POLICY_METRICS = {REPLY: "first_reply_time", RESOLUTION: "total_resolution_time"}
Key = tuple[int, str]
"""Ticket and metric."""


@dataclass
class Target:
    """A promise that runs: when it began and is due, in seconds."""

    instance_id: int
    began_s: int
    due_s: int
    is_breached: bool = False


@dataclass
class Promises:
    """Running targets of all tickets, and the events that they caused."""

    events: MetricEvents = field(default_factory=MetricEvents)
    _running: dict[Key, Target] = field(default_factory=dict)
    _instances: dict[Key, int] = field(default_factory=dict)
    _due: list[tuple[int, Key]] = field(default_factory=list)

    def load(self, tickets: list[Ticket], first_ticket_id: int, start_s: int) -> None:
        """Takes the tickets of the start; targets of open ones run."""
        self.events = MetricEvents(tickets, first_ticket_id, start_s)
        for ticket in tickets:
            for metric, due_s, end_s in promised(ticket):
                if end_s is None:
                    target = Target(1, ticket.created_ms // 1000, due_s, is_breached=due_s < start_s)
                    self._run((first_ticket_id + ticket.key, metric), target)

    def begin(self, ticket_id: int, priority: str | None, at_s: int) -> None:
        """Starts the usual targets of a new ticket."""
        for metric in (REPLY, RESOLUTION):
            self._begin((ticket_id, metric), priority, at_s)

    def reopen(self, ticket_id: int, priority: str | None, at_s: int) -> None:
        """A reopened ticket gets a new instance of its resolution target [U]."""
        if (ticket_id, RESOLUTION) in self._instances:
            self._begin((ticket_id, RESOLUTION), priority, at_s)

    def fulfil(self, ticket_id: int, metric: str, at_s: int) -> None:
        """Ends a target; one that was due before is breached first."""
        target = self._running.pop((ticket_id, metric), None)
        if target is not None:
            self._breach_before((ticket_id, metric), target, at_s)
            self._tell((ticket_id, metric), target, "fulfill", at_s)

    def reprioritise(self, ticket_id: int, priority: str | None, at_s: int) -> None:
        """Applies the usual targets of another priority; a breach that no longer holds is taken back."""
        for key in ((ticket_id, REPLY), (ticket_id, RESOLUTION)):
            target, usual_s = self._running.get(key), USUAL_S[key[1]].get(priority or "")
            if target is None or usual_s is None:
                continue
            self._breach_before(key, target, at_s)
            target.due_s = target.began_s + usual_s
            self._tell(key, target, "apply_sla", at_s, usual_s)
            if target.is_breached and target.due_s > at_s:
                self.events.take_back_breach(*key, target.instance_id, at_s)
                target.is_breached = False
            heapq.heappush(self._due, (max(target.due_s, at_s), key))

    def drop(self, ticket_id: int) -> None:
        """A deleted ticket has no targets."""
        for metric in (REPLY, RESOLUTION):
            self._running.pop((ticket_id, metric), None)

    def advance(self, now_s: int) -> None:
        """Writes down the breaches of targets that became due."""
        while self._due and self._due[0][0] <= now_s:
            due_s, key = heapq.heappop(self._due)
            target = self._running.get(key)
            if target is not None and not target.is_breached and target.due_s <= due_s:
                self._breach(key, target, due_s)

    def _begin(self, key: Key, priority: str | None, at_s: int) -> None:
        usual_s = USUAL_S[key[1]].get(priority or "")
        if usual_s is None:
            return
        target = Target(self._instances.get(key, 0) + 1, at_s, at_s + usual_s)
        self._run(key, target)
        self._tell(key, target, "activate", at_s)
        self._tell(key, target, "apply_sla", at_s + 1, usual_s)

    def _run(self, key: Key, target: Target) -> None:
        self._running[key], self._instances[key] = target, target.instance_id
        heapq.heappush(self._due, (target.due_s, key))

    def _breach_before(self, key: Key, target: Target, at_s: int) -> None:
        if not target.is_breached and target.due_s < at_s:
            self._breach(key, target, target.due_s)

    def _breach(self, key: Key, target: Target, at_s: int) -> None:
        target.is_breached = True
        self._tell(key, target, "breach", at_s)

    def _tell(self, key: Key, target: Target, kind: str, at_s: int, target_s: int | None = None) -> None:
        self.events.add(*key, target.instance_id, kind, at_s, target_s)


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
