"""What the audits tell of a ticket's life before the start, from the facts of the world."""

from detente_sandbox.clock import parse_instant
from detente_sandbox.world.model import Ticket
from detente_sandbox.zendesk.audits import (
    FIRST_TOLD,
    TOLD_EACH,
    Audit,
    Author,
    changed,
    commented,
    created,
)
from detente_sandbox.zendesk.facts import JsonObject

SYSTEM = -1
CLOSING = {"id": 5_950_000_001, "title": "Close what was solved four days ago"}
STORY_MAX = TOLD_EACH - 10


def story(ticket: Ticket, shown: JsonObject) -> list[Audit]:
    """Audits from creation to the start; `shown` are the ticket's values at the start."""
    teller = _Teller(shown)
    requester, agent = shown["requester_id"], shown["assignee_id"] or SYSTEM
    made_s = ticket.created_ms // 1000
    names = ("subject", "priority", "type", "requester_id", "organization_id", "group_id", "assignee_id")
    events = [created(name, shown[name]) for name in names if shown[name] is not None]
    channel = shown["via"]["channel"]
    teller.add(
        Author(requester, channel),
        made_s,
        [*events, created("status", "new"), commented(requester, shown["description"])],
    )
    if ticket.reply_ms is not None:
        reply = commented(agent, "Thank you. We are looking into it.")
        teller.move(Author(agent, "web"), ticket.reply_ms // 1000, _after_reply(ticket), reply)
    _tell_reopenings(teller, ticket, Author(agent, "web"), Author(requester, channel))
    if ticket.closed_ms is not None:
        teller.move(Author(agent, "web"), ticket.closed_ms // 1000, "solved")
    if shown["status"] == "closed":
        teller.move(Author(SYSTEM, "rule", "automation", CLOSING), teller.end_s, "closed")
    return teller.audits


def _after_reply(ticket: Ticket) -> str:
    return "pending" if ticket.closed_ms is None and ticket.waits_on == "contact" else "open"


def _tell_reopenings(teller: "_Teller", ticket: Ticket, agent: Author, requester: Author) -> None:
    if ticket.reopened_ms is None:
        return
    last_s = ticket.reopened_ms // 1000
    first_s = min(last_s, (ticket.reply_ms or ticket.created_ms) // 1000)
    times = min(ticket.reopen_count, STORY_MAX // 2)
    for turn in range(times):
        at_s = last_s - (last_s - first_s) * (times - 1 - turn) // max(1, times)
        teller.move(agent, max(first_s, at_s - 1), "solved")
        teller.move(requester, at_s, "open", commented(requester.user_id, "It is back."))


class _Teller:
    def __init__(self, shown: JsonObject) -> None:
        self.audits: list[Audit] = []
        self.end_s = parse_instant(shown["updated_at"]) // 1000
        self._ticket_id: int = shown["id"]
        self._status = "new"

    def add(self, author: Author, at_s: int, events: list[JsonObject]) -> None:
        audit_id = FIRST_TOLD + self._ticket_id * TOLD_EACH + len(self.audits)
        self.audits.append(Audit(audit_id, self._ticket_id, author, at_s, events))

    def move(self, author: Author, at_s: int, status: str, *more: JsonObject) -> None:
        steps = [] if status == self._status else [changed("status", self._status, status)]
        self._status = status
        self.add(author, at_s, [*steps, *more])
