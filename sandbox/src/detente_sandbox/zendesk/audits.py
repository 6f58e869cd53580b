"""Who changed what of a ticket, and when. Section 3.3 [V].

What happened before the start is told from the ticket's facts when somebody asks; later changes are kept.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sortedcontainers import SortedList  # type: ignore[import-untyped]

from detente_sandbox.clock import instant_text
from detente_sandbox.zendesk.facts import JsonObject

FIRST_TOLD, FIRST_KEPT = 2_000_000_000_000, 3_000_000_000_000
TOLD_EACH = 100


@dataclass(frozen=True)
class Author:
    """Who makes a change, and by which way: `api`, `web`, `email`, `rule`.

    `relation` is `trigger` or `automation` where a rule did it, and `rule` says which.
    """

    user_id: int
    channel: str
    relation: str | None = None
    rule: JsonObject | None = None

    def via(self) -> JsonObject:
        source = {"from": self.rule or {}, "to": {}, "rel": self.relation}
        return {"channel": self.channel, "source": source}


@dataclass(frozen=True)
class Audit:
    """One change of a ticket, with its events as the API shows them but for their ids."""

    id: int
    ticket_id: int
    author: Author
    at_s: int
    events: list[JsonObject]

    def shown(self) -> JsonObject:
        return {
            "id": self.id,
            "ticket_id": self.ticket_id,
            "created_at": instant_text(self.at_s * 1000),
            "author_id": self.author.user_id,
            "via": self.author.via(),
            "metadata": {"system": {}, "custom": {}},
            "events": [{"id": self.id * 100 + place, **row} for place, row in enumerate(self.events)],
        }

    def as_ticket_event(self) -> JsonObject:
        """As the export of ticket events shows it; the shape is [U]."""
        children = [{**row, "event_type": row["type"]} for row in self.shown()["events"]]
        return {
            "id": self.id,
            "ticket_id": self.ticket_id,
            "timestamp": self.at_s,
            "created_at": instant_text(self.at_s * 1000),
            "updater_id": self.author.user_id,
            "via": self.author.via()["channel"],
            "event_type": "Audit",
            "child_events": children,
        }


def created(name: str, value: Any) -> JsonObject:
    """An event of a new ticket."""
    return {"type": "Create", "field_name": name, "value": value}


def changed(name: str, before: Any, after: Any) -> JsonObject:
    """An event of a changed value; the name of a custom field is its id."""
    return {"type": "Change", "field_name": name, "value": after, "previous_value": before}


def commented(author_id: int, body: str, *, public: bool = True) -> JsonObject:
    """An event of a comment."""
    return {"type": "Comment", "author_id": author_id, "body": body, "public": public}


@dataclass
class Audits:
    """Audits of all tickets. `tell` gives what happened to one of `told_ids` before the start.

    `first` holds the values of tickets before their first change.
    """

    tell: Callable[[int], list[Audit]] = lambda ticket_id: []
    told_ids: list[int] = field(default_factory=list)
    first: dict[int, JsonObject] = field(default_factory=dict)
    kept: dict[int, list[Audit]] = field(default_factory=dict)
    by_id: dict[int, Audit] = field(default_factory=dict)
    next_id: int = FIRST_KEPT
    _index: SortedList | None = None

    def add(self, ticket_id: int, author: Author, at_s: int, events: list[JsonObject]) -> Audit:
        """Remembers a change."""
        audit = Audit(self.next_id, ticket_id, author, at_s, events)
        self.next_id += 1
        self.kept.setdefault(ticket_id, []).append(audit)
        self.by_id[audit.id] = audit
        if self._index is not None:
            self._index.add((at_s, audit.id))
        return audit

    def of(self, ticket_id: int) -> list[Audit]:
        """All audits of a ticket, oldest first."""
        return self.tell(ticket_id) + self.kept.get(ticket_id, [])

    def index(self) -> SortedList:
        """Instants (seconds) and ids of all audits, made when first asked for."""
        if self._index is None:
            told = ((row.at_s, row.id) for ticket_id in self.told_ids for row in self.tell(ticket_id))
            self._index = SortedList([*told, *((row.at_s, row.id) for row in self.by_id.values())])
        return self._index

    def find(self, audit_id: int) -> Audit:
        """An audit that is there."""
        if audit_id in self.by_id:
            return self.by_id[audit_id]
        ticket_id, place = divmod(audit_id - FIRST_TOLD, TOLD_EACH)
        return self.tell(ticket_id)[place]
