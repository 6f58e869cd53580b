"""The firm's world as records of the account: organizations, and what the other shapes begin with."""

from functools import partial

from detente_sandbox.world.model import Account, World
from detente_sandbox.zendesk.audits import Audit
from detente_sandbox.zendesk.desk import FIRST_APP, FIRST_ORGANIZATION, FIRST_TICKET, Desk
from detente_sandbox.zendesk.facts import JsonObject
from detente_sandbox.zendesk.fields_data import fields_at_start
from detente_sandbox.zendesk.limits import Limits
from detente_sandbox.zendesk.records import NO_VALUES, Row, pack, second_text
from detente_sandbox.zendesk.story import story
from detente_sandbox.zendesk.ticket_shape import TicketShaper
from detente_sandbox.zendesk.tokens import CEILINGS, Client, Tokens
from detente_sandbox.zendesk.user_shape import group_of, groups_of, memberships_of, users_of


def desk_of(world: World, limits: Limits) -> Desk:
    """An account that holds the share's accounts, people and tickets; deals are not kept here."""
    clients = {name: Client(name, FIRST_APP + place, CEILINGS[name]) for place, name in enumerate(CEILINGS)}
    desk = Desk(world, limits, Tokens(clients))
    desk.tokens.load(world.start_ms)
    fields_at_start(desk, world.start_ms)
    desk.groups = groups_of(world)
    desk.memberships = memberships_of(desk)
    desk.organizations.load([_organization(desk, row) for row in world.accounts])
    shaper = TicketShaper(desk)
    desk.tickets.load([shaper.row(row) for row in world.tickets])
    desk.users.load(users_of(desk, shaper.front_desks))
    desk.promises.load(world.tickets, FIRST_TICKET, world.start_ms // 1000)
    _tell_stories(desk)
    return desk


def _organization(desk: Desk, row: Account) -> Row:
    values: JsonObject = {
        "id": FIRST_ORGANIZATION + row.key,
        "name": _free(desk.taken["name"], row.name, FIRST_ORGANIZATION + row.key),
        "shared_tickets": False,
        "shared_comments": False,
        "external_id": _kept(desk.taken["external_id"], row.number, FIRST_ORGANIZATION + row.key),
        "created_at": second_text(row.created_ms),
        "updated_at": second_text(row.modified_ms),
        "domain_names": [row.domain] if row.domain else [],
        "details": None,
        "notes": None,
        "group_id": group_of(desk, desk.share.owners[row.owner]),
        "tags": [],
    }
    custom = NO_VALUES if row.is_double else _commerce(desk, row)
    return Row.of(values, row.modified_ms, custom)


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


def _tell_stories(desk: Desk) -> None:
    """Lets audits tell what happened before the start."""
    desk.audits.tell = partial(_told, desk)
    desk.audits.told_ids = [FIRST_TICKET + row.key for row in desk.share.tickets]


def _told(desk: Desk, number: int) -> list[Audit]:
    key = number - FIRST_TICKET
    if not 0 <= key < len(desk.share.tickets):
        return []
    shown = desk.audits.first.get(number) or desk.tickets.rows[number].values()
    return story(desk.share.tickets[key], shown)
