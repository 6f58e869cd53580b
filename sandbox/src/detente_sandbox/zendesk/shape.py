"""The firm's world as records of the account."""

from collections import defaultdict

from detente_sandbox.clock import instant_text
from detente_sandbox.world.model import DAY_MS, Account, Owner, Person, Ticket, World
from detente_sandbox.zendesk.audits import Audit
from detente_sandbox.zendesk.desk import (
    BRAND,
    FIRST_AGENT,
    FIRST_APP,
    FIRST_FRONT_DESK,
    FIRST_GROUP,
    FIRST_MEMBERSHIP,
    FIRST_ORGANIZATION,
    FIRST_PERSON,
    FIRST_TICKET,
    FORM,
    Desk,
)
from detente_sandbox.zendesk.facts import JsonObject
from detente_sandbox.zendesk.fields_data import REGIONS, fields_at_start
from detente_sandbox.zendesk.life import Life
from detente_sandbox.zendesk.limits import Limits
from detente_sandbox.zendesk.records import NO_VALUES, Place, Row, pack
from detente_sandbox.zendesk.story import story
from detente_sandbox.zendesk.tokens import CEILINGS, Client, Tokens

FIRM_DOMAIN = "firm.example"
PRIORITIES = {1: "urgent", 2: "high", 3: "normal", 4: "low"}
STATUSES = {"new": "new", "contact": "pending", "us": "open"}
# Days after solving that a ticket is closed, and after closing that it is archived; both [U].
CLOSES_AFTER_DAYS, ARCHIVED_AFTER_DAYS = 4, 120
CHANNELS = ("email", "web", "api")


def desk_of(world: World, limits: Limits) -> Desk:
    """An account that holds the share's accounts, people and tickets; deals are not kept here."""
    clients = {name: Client(name, FIRST_APP + place, CEILINGS[name]) for place, name in enumerate(CEILINGS)}
    desk = Desk(world, limits, Tokens(clients))
    desk.tokens.load(world.start_ms)
    fields_at_start(desk, world.start_ms)
    desk.groups = _groups(world)
    desk.memberships = _memberships(desk)
    desk.organizations.load([_organization(desk, row) for row in world.accounts])
    shaper = _TicketShaper(desk)
    desk.tickets.load([shaper.row(row) for row in world.tickets])
    desk.users.load(_users(desk, shaper.front_desks))
    desk.promises.load(world.tickets, FIRST_TICKET, world.start_ms)
    _tell_stories(desk)
    return desk


def organization_id(key: int) -> int:
    return FIRST_ORGANIZATION + key


def ticket_id(key: int) -> int:
    return FIRST_TICKET + key


def _row(values: JsonObject, at_ms: int, custom: bytes = NO_VALUES, place: Place = Place.LIVE) -> Row:
    return Row(values["id"], at_ms, at_ms // 1000, pack(values), custom, place)


def _instant(ms: int) -> str:
    return instant_text(ms // 1000 * 1000)


def _groups(world: World) -> list[JsonObject]:
    """A group for each team of the firm."""
    made = _instant(world.start_ms - 900 * DAY_MS)
    teams = dict.fromkeys(row.team for row in world.owners)
    return [
        {
            "id": FIRST_GROUP + place,
            "name": team,
            "is_public": True,
            "deleted": False,
            "created_at": made,
            "updated_at": made,
        }
        for place, team in enumerate(teams)
    ]


def _memberships(desk: Desk) -> list[JsonObject]:
    """Each agent is in the group of its team."""
    made = _instant(desk.share.start_ms - 900 * DAY_MS)
    return [
        {
            "id": FIRST_MEMBERSHIP + place,
            "user_id": FIRST_AGENT + place,
            "group_id": _group_of(desk, owner),
            "default": True,
            "created_at": made,
            # rows without a time of update have been seen; section 8, row 17
            "updated_at": None,
        }
        for place, owner in enumerate(desk.share.owners)
    ]


def _organization(desk: Desk, row: Account) -> Row:
    values: JsonObject = {
        "id": organization_id(row.key),
        "name": _free(desk.taken["name"], row.name, organization_id(row.key)),
        "shared_tickets": False,
        "shared_comments": False,
        "external_id": _kept(desk.taken["external_id"], row.number, organization_id(row.key)),
        "created_at": _instant(row.created_ms),
        "updated_at": _instant(row.modified_ms),
        "domain_names": [row.domain] if row.domain else [],
        "details": None,
        "notes": None,
        "group_id": _group_of(desk, desk.share.owners[row.owner]),
        "tags": [],
    }
    return _row(values, row.modified_ms, NO_VALUES if row.is_double else _commerce(desk, row))


def _free(taken: dict[str, int], name: str, record_id: int) -> str:
    """The name, with a number where another organization has it: the vendor takes no name twice [V]."""
    free, count = name, 1
    while free.lower() in taken:
        count += 1
        free = f"{name} ({count})"
    taken[free.lower()] = record_id
    return free


def _kept(taken: dict[str, int], value: str | None, record_id: int) -> str | None:
    """A unique value for the first organization that has it, nothing for others."""
    if value is None or value.lower() in taken:
        return None
    taken[value.lower()] = record_id
    return value


def _commerce(desk: Desk, row: Account) -> bytes:
    known = desk.share.organisations[row.organisation].commerce
    values = {
        "uptime_exposure": known.uptime,
        "compliance_sensitivity": known.compliance,
        "data_security_tier": known.security_tier,
        "reference_customer": known.is_reference,
        "arr": None if known.recurring_revenue is None else float(known.recurring_revenue),
        "renewal_date": None if known.renewal_day is None else f"{known.renewal_day}T00:00:00+00:00",
    }
    return pack({name: value for name, value in values.items() if value is not None})


def _group_of(desk: Desk, owner: Owner) -> int:
    return next(int(group["id"]) for group in desk.groups if group["name"] == owner.team)


class _TicketShaper:
    def __init__(self, desk: Desk) -> None:
        self._desk, self._world = desk, desk.share
        self._people: dict[int, list[int]] = defaultdict(list)
        for person in self._world.people:
            self._people[person.account].append(FIRST_PERSON + person.key)
        self._groups = [_group_of(desk, owner) for owner in self._world.owners]
        self.front_desks: set[int] = set()

    def row(self, ticket: Ticket) -> Row:
        """The ticket with its place: long closed ones are archived."""
        status, updated_ms = self._status(ticket)
        number = ticket_id(ticket.key)
        self._desk.lives[number] = _life(ticket)
        values, custom = self._values(ticket, status, updated_ms), NO_VALUES
        if ticket.key % 5 == 0:
            region = REGIONS[ticket.key // 5 % len(REGIONS)]
            custom = pack({self._desk.ticket_fields.custom()[0].id: region})
            values["tags"] = [region]
        age_ms = self._world.start_ms - updated_ms
        is_archived = status == "closed" and age_ms >= ARCHIVED_AFTER_DAYS * DAY_MS
        return _row(values, updated_ms, custom, Place.ARCHIVED if is_archived else Place.LIVE)

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
            "id": ticket_id(ticket.key),
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
            "organization_id": organization_id(ticket.account),
            "group_id": self._groups[group_owner],
            "brand_id": BRAND,
            "ticket_form_id": FORM,
            "problem_id": None,
            "has_incidents": False,
            "is_public": True,
            "due_at": None,
            "tags": [],
            "satisfaction_rating": {"score": "unoffered"},
            "created_at": _instant(ticket.created_ms),
            "updated_at": _instant(updated_ms),
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


def _users(desk: Desk, front_desks: set[int]) -> list[Row]:
    world = desk.share
    apps = [_app(desk, client, world.start_ms) for client in desk.tokens.clients.values()]
    agents = [_agent(row, world.start_ms) for row in world.owners]
    fronts = [_front_desk(world.accounts[key]) for key in sorted(front_desks)]
    return apps + agents + [_person(row) for row in world.people] + fronts


def _user(
    number: int, name: str, email: str | None, role: str, made_ms: int, at_ms: int, **more: object
) -> Row:
    values: JsonObject = {
        "id": number,
        "name": name,
        "email": email,
        "role": role,
        "organization_id": None,
        "external_id": None,
        "suspended": False,
        "active": True,
        "verified": True,
        "tags": [],
        "user_fields": {},
        "created_at": _instant(made_ms),
        "updated_at": _instant(at_ms),
        **more,
    }
    return _row(values, at_ms)


def _app(desk: Desk, client: Client, start_ms: int) -> Row:
    made = start_ms - 30 * DAY_MS
    return _user(
        client.user_id, f"App {client.name}", f"app-{client.name}@{FIRM_DOMAIN}", "admin", made, made
    )


def _agent(row: Owner, start_ms: int) -> Row:
    made, at = start_ms - 900 * DAY_MS, start_ms - 90 * DAY_MS
    name, email = f"{row.first_name} {row.last_name}", f"owner{row.key}@{FIRM_DOMAIN}"
    return _user(FIRST_AGENT + row.key, name, email, "agent", made, at, suspended=not row.is_active)


def _person(row: Person) -> Row:
    name = " ".join(part for part in (row.first_name, row.last_name) if part)
    organization = organization_id(row.account)
    return _user(
        FIRST_PERSON + row.key,
        name,
        row.email,
        "end-user",
        row.created_ms,
        row.modified_ms,
        organization_id=organization,
    )


def _front_desk(row: Account) -> Row:
    email = f"desk@{row.domain}" if row.domain else None
    number = FIRST_FRONT_DESK + row.key
    return _user(
        number,
        f"Front desk {number}",
        email,
        "end-user",
        row.created_ms,
        row.created_ms,
        organization_id=organization_id(row.key),
    )


def _tell_stories(desk: Desk) -> None:
    """Lets audits tell what happened before the start."""

    def tell(number: int) -> list[Audit]:
        key = number - FIRST_TICKET
        if not 0 <= key < len(desk.share.tickets):
            return []
        shown = desk.audits.first.get(number) or desk.tickets.rows[number].values()
        return story(desk.share.tickets[key], shown)

    desk.audits.tell = tell
    desk.audits.told_ids = [ticket_id(row.key) for row in desk.share.tickets]
