"""The world's tickets as records of the account, and their lives so far."""

from collections import defaultdict

from detente_sandbox.world.model import DAY_MS, Ticket
from detente_sandbox.zendesk.desk import (
    BRAND,
    FIRST_AGENT,
    FIRST_FRONT_DESK,
    FIRST_ORGANIZATION,
    FIRST_PERSON,
    FIRST_TICKET,
    FORM,
    Desk,
)
from detente_sandbox.zendesk.facts import JsonObject
from detente_sandbox.zendesk.fields_data import REGIONS
from detente_sandbox.zendesk.life import Life
from detente_sandbox.zendesk.records import NO_VALUES, Place, Row, pack, second_text
from detente_sandbox.zendesk.user_shape import group_of

PRIORITIES = {1: "urgent", 2: "high", 3: "normal", 4: "low"}
STATUSES = {"new": "new", "contact": "pending", "us": "open"}
# Days after solving that a ticket is closed, and after closing that it is archived; both [U].
CLOSES_AFTER_DAYS, ARCHIVED_AFTER_DAYS = 4, 120
CHANNELS = ("email", "web", "api")


class TicketShaper:
    def __init__(self, desk: Desk) -> None:
        self._desk, self._world = desk, desk.share
        self._people: dict[int, list[int]] = defaultdict(list)
        for person in self._world.people:
            self._people[person.account].append(FIRST_PERSON + person.key)
        self._groups = [group_of(desk, owner) for owner in self._world.owners]
        self.front_desks: set[int] = set()

    def row(self, ticket: Ticket) -> Row:
        """The ticket with its place: long closed ones are archived."""
        status, updated_ms = self._status(ticket)
        number = FIRST_TICKET + ticket.key
        self._desk.lives[number] = _life(ticket)
        values, custom = self._values(ticket, status, updated_ms), NO_VALUES
        if ticket.key % 5 == 0:
            region = REGIONS[ticket.key // 5 % len(REGIONS)]
            custom = pack({self._desk.ticket_fields.custom()[0].id: region})
            values["tags"] = [region]
        age_ms = self._world.start_ms - updated_ms
        is_archived = status == "closed" and age_ms >= ARCHIVED_AFTER_DAYS * DAY_MS
        return Row.of(values, updated_ms, custom, Place.ARCHIVED if is_archived else Place.LIVE)

    def _status(self, ticket: Ticket) -> tuple[str, int]:
        if ticket.closed_ms is None:
            return STATUSES[ticket.waits_on], ticket.modified_ms
        closes_ms = ticket.closed_ms + CLOSES_AFTER_DAYS * DAY_MS
        if closes_ms <= self._world.start_ms - DAY_MS:
            return "closed", closes_ms
        return "solved", ticket.closed_ms

    def _values(self, ticket: Ticket, status: str, updated_ms: int) -> JsonObject:
        requester = self._requester(ticket)
        assignee = ticket.owner
        group_owner = self._world.accounts[ticket.account].owner if assignee is None else assignee
        return {
            "id": FIRST_TICKET + ticket.key,
            "external_id": None,
            "via": {"channel": CHANNELS[ticket.key % len(CHANNELS)]},
            "type": "incident",
            "subject": ticket.subject,
            "raw_subject": ticket.subject,
            "description": ticket.content or ticket.subject,
            "priority": PRIORITIES[ticket.priority],
            "status": status,
            "custom_status_id": None,
            "recipient": None,
            "requester_id": requester,
            "submitter_id": requester,
            "assignee_id": None if assignee is None else FIRST_AGENT + assignee,
            "organization_id": FIRST_ORGANIZATION + ticket.account,
            "group_id": self._groups[group_owner],
            "brand_id": BRAND,
            "ticket_form_id": FORM,
            "problem_id": None,
            "has_incidents": False,
            "is_public": True,
            "due_at": None,
            "tags": [],
            "satisfaction_rating": {"score": "unoffered"},
            "created_at": second_text(ticket.created_ms),
            "updated_at": second_text(updated_ms),
            "generated_timestamp": updated_ms // 1000,
        }

    def _requester(self, ticket: Ticket) -> int:
        """A person of the account, or its front desk where nobody is known."""
        people = self._people.get(ticket.account)
        if people:
            return people[ticket.key % len(people)]
        self.front_desks.add(ticket.account)
        return FIRST_FRONT_DESK + ticket.account


def _life(ticket: Ticket) -> Life:
    made_s = ticket.created_ms // 1000
    reply_s = None if ticket.reply_ms is None else ticket.reply_ms // 1000
    has_owner = ticket.owner is not None
    return Life(
        created_s=made_s,
        assigned_s=made_s if has_owner else None,
        reply_s=reply_s,
        solved_s=None if ticket.closed_ms is None else ticket.closed_ms // 1000,
        comment_s=made_s if reply_s is None else reply_s,
        reopens=ticket.reopen_count,
        replies=int(reply_s is not None),
        comments=1 + int(reply_s is not None) + ticket.reopen_count,
        assignee_stations=int(has_owner),
    )
