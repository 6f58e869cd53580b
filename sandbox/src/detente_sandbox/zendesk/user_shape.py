"""The firm's own people and its customers' as users of the account, and teams as groups."""

from detente_sandbox.world.model import DAY_MS, Account, Owner, Person, World
from detente_sandbox.zendesk.desk import (
    FIRST_AGENT,
    FIRST_FRONT_DESK,
    FIRST_GROUP,
    FIRST_MEMBERSHIP,
    FIRST_ORGANIZATION,
    FIRST_PERSON,
    Desk,
)
from detente_sandbox.zendesk.facts import JsonObject
from detente_sandbox.zendesk.records import Row, second_text
from detente_sandbox.zendesk.tokens import Client

FIRM_DOMAIN = "firm.example"


def groups_of(world: World) -> list[JsonObject]:
    """A group for each team of the firm."""
    made = second_text(world.start_ms - 900 * DAY_MS)
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


def memberships_of(desk: Desk) -> list[JsonObject]:
    """Each agent is in the group of its team."""
    made = second_text(desk.share.start_ms - 900 * DAY_MS)
    return [
        {
            "id": FIRST_MEMBERSHIP + place,
            "user_id": FIRST_AGENT + place,
            "group_id": group_of(desk, owner),
            "default": True,
            "created_at": made,
            # rows without a time of update have been seen; section 8, row 17
            "updated_at": None,
        }
        for place, owner in enumerate(desk.share.owners)
    ]


def group_of(desk: Desk, owner: Owner) -> int:
    """The group of an owner's team."""
    return next(int(group["id"]) for group in desk.groups if group["name"] == owner.team)


def users_of(desk: Desk, front_desks: set[int]) -> list[Row]:
    """Apps, agents, people, and the front desks of accounts by key."""
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
        "created_at": second_text(made_ms),
        "updated_at": second_text(at_ms),
        **more,
    }
    return Row.of(values, at_ms)


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
    organization = FIRST_ORGANIZATION + row.account
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
        organization_id=FIRST_ORGANIZATION + row.key,
    )
