"""What a ticket's metric events say of its SLAs: when they run out, and whether they were missed. Pure.

The clock of a metric runs between `activate` and `pause` or `fulfill`. The target in force is that of the
last `apply_sla`, whatever the ticket's priority is now. A breach that was deleted never was. Source: Zendesk,
Ticket metric event types.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from detente_connector_kit import parse_instant

_FIRST_REPLY = ("reply_time", "1")


@dataclass(frozen=True, slots=True)
class SlaTimes:
    """Due times and breach of one ticket; None where nobody knows.

    Targets in business hours have no due time: the calendar is not told. Only their breach is known.
    """

    first_reply_due_at: datetime | None = None
    resolve_due_at: datetime | None = None
    is_breached: bool | None = None


@dataclass(slots=True)
class _Clock:
    """One metric of one ticket, as its events in order of time leave it."""

    sla: Mapping[str, Any] = field(default_factory=dict)
    spent: timedelta = timedelta(0)
    runs_since: datetime | None = None
    ended_at: datetime | None = None
    due_at: datetime | None = None
    was_missed: bool = False

    def take(self, event: Mapping[str, Any], at: datetime, now: datetime) -> None:
        """Let an event happen; of a type that is not known nothing follows."""
        type_ = event.get("type")
        if type_ == "apply_sla":
            self.sla = event.get("sla") or {}
        elif type_ == "activate":
            self.runs_since, self.ended_at = self.runs_since or at, None
        elif type_ in ("pause", "fulfill") and self.runs_since is not None:
            self.spent += at - self.runs_since
            self.runs_since = None
        elif type_ == "breach":
            self.was_missed |= not event.get("deleted") and at <= now
        if type_ == "fulfill":
            self.ended_at = at
        else:
            # the time by which a fulfilled promise was due is kept, for it was kept or missed by that
            self.due_at = self._due_at()

    def _due_at(self) -> datetime | None:
        target = _target(self.sla)
        if target is None or self.runs_since is None:
            return None
        return self.runs_since + target - self.spent

    def is_breached(self, now: datetime) -> bool | None:
        """Whether the target was missed by `now`; None without one."""
        if self.was_missed:
            return True
        if not self.sla:
            return None
        return self.due_at is not None and (self.ended_at or now) > self.due_at


def sla_times(events: Iterable[Mapping[str, Any]], metrics: Collection[str], now: datetime) -> SlaTimes:
    """Due times from the metric events of one ticket, in any order.

    `metrics` are those whose breach is the ticket's. Of several that run the first due time counts; once all
    have ended, that of the last.
    """
    clocks = _clocks(events, now)
    resolution = [clock for (metric, _), clock in clocks.items() if metric in metrics]
    running = [clock for clock in resolution if clock.ended_at is None]
    due = [clock.due_at for clock in running or resolution[-1:] if clock.due_at is not None]
    told = [breached for clock in resolution if (breached := clock.is_breached(now)) is not None]
    first_reply = clocks.get(_FIRST_REPLY, _Clock())
    return SlaTimes(first_reply.due_at, min(due, default=None), any(told) if told else None)


def breached_tickets(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """Tickets of which the events tell a breach, or that one is no more; each once, in order."""
    ids = [str(event["ticket_id"]) for event in events if event.get("type") == "breach"]
    return list(dict.fromkeys(ids))


def _clocks(events: Iterable[Mapping[str, Any]], now: datetime) -> dict[tuple[str, str], _Clock]:
    """A clock for each metric and instance, in the order in which they began."""
    clocks: dict[tuple[str, str], _Clock] = {}
    for at, _, event in sorted(
        ((parse_instant(event["time"]), int(event.get("id") or 0), event) for event in events),
        key=lambda item: item[:2],
    ):
        key = (str(event.get("metric")), str(event.get("instance_id")))
        clocks.setdefault(key, _Clock()).take(event, at, now)
    return clocks


def _target(sla: Mapping[str, Any]) -> timedelta | None:
    """A target in calendar time; None without one, and for one in business hours."""
    if not sla or sla.get("business_hours"):
        return None
    seconds = sla.get("target_in_seconds")
    minutes = sla.get("target")
    if isinstance(seconds, int | float):
        return timedelta(seconds=seconds)
    return timedelta(minutes=minutes) if isinstance(minutes, int | float) else None
