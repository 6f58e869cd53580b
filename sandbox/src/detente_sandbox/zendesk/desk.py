"""The account: everything that one Zendesk holds."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from detente_sandbox.world.model import World
from detente_sandbox.zendesk.audits import Audits
from detente_sandbox.zendesk.facts import (
    ORGANIZATION_FIELD_TYPES,
    TICKET_FIELD_TYPES,
    JsonObject,
)
from detente_sandbox.zendesk.fields import FieldSet
from detente_sandbox.zendesk.jobs import Jobs
from detente_sandbox.zendesk.life import Life
from detente_sandbox.zendesk.limits import Limits
from detente_sandbox.zendesk.records import Store
from detente_sandbox.zendesk.sla import Promises
from detente_sandbox.zendesk.tokens import Tokens

FIRST_ORGANIZATION, FIRST_AGENT, FIRST_APP = 5_100_000_001, 5_200_000_001, 5_250_000_001
FIRST_PERSON, FIRST_FRONT_DESK, FIRST_GROUP = 5_300_000_001, 5_500_000_001, 5_600_000_001
FIRST_TICKET_FIELD, FIRST_ORGANIZATION_FIELD = 5_700_000_001, 5_800_000_001
BRAND, FORM = 5_900_000_001, 5_900_000_002
FIRST_MEMBERSHIP = 5_650_000_001
FIRST_TICKET = 1_001


@dataclass
class Switches:
    """Which of the readings that the reference leaves open is in force, and what is made to go wrong.

    A cursor of an export that was given at another `cursor_age` is refused.
    """

    refuses_unknown_fields: bool = False
    empty_pages: int = 0
    cursor_age: int = 0


@dataclass
class Form:
    """The ticket form; a field is on the ticket's page only when the form has it. Section 5.1 [V]."""

    id: int
    name: str
    field_ids: list[int]
    updated_ms: int


@dataclass
class Desk:
    """State of the account; `taken` holds unique values of organizations in lower case, by property."""

    share: World
    limits: Limits
    tokens: Tokens
    organizations: Store = field(default_factory=lambda: Store("organizations", FIRST_ORGANIZATION))
    users: Store = field(default_factory=lambda: Store("users", FIRST_FRONT_DESK))
    tickets: Store = field(default_factory=lambda: Store("tickets", FIRST_TICKET))
    groups: list[JsonObject] = field(default_factory=list)
    memberships: list[JsonObject] = field(default_factory=list)
    ticket_fields: FieldSet = field(
        default_factory=lambda: FieldSet("ticket_fields", TICKET_FIELD_TYPES, FIRST_TICKET_FIELD)
    )
    organization_fields: FieldSet = field(
        default_factory=lambda: FieldSet(
            "organization_fields", ORGANIZATION_FIELD_TYPES, FIRST_ORGANIZATION_FIELD
        )
    )
    user_fields: FieldSet = field(default_factory=lambda: FieldSet("user_fields", (), 0))
    forms: list[Form] = field(default_factory=list)
    lives: dict[int, Life] = field(default_factory=dict)
    taken: dict[str, dict[str, int]] = field(default_factory=lambda: {"name": {}, "external_id": {}})
    promises: Promises = field(default_factory=Promises)
    audits: Audits = field(default_factory=Audits)
    jobs: Jobs = field(default_factory=Jobs)
    switches: Switches = field(default_factory=Switches)
    repeats: dict[str, tuple[int, bytes, int]] = field(default_factory=dict)
    unknown: list[JsonObject] = field(default_factory=list)

    def settle(self, now_ms: int) -> None:
        """Lets happen what the clock has brought due: rows of jobs, then breaches."""
        self.jobs.advance(now_ms)
        self.promises.advance(now_ms // 1000)

    def stores(self) -> Iterator[Store]:
        """All kinds of records."""
        yield from (self.organizations, self.users, self.tickets)
