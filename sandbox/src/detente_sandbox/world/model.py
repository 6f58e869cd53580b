"""The things of the invented firm; instants are milliseconds since the epoch, UTC."""

from dataclasses import dataclass, field

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@dataclass(slots=True)
class Owner:
    """A person of the firm who looks after customers; `is_active` is false once they left."""

    key: int
    first_name: str
    last_name: str
    team: str
    is_active: bool


@dataclass(slots=True)
class Partner:
    """A channel partner; `code` is what the firm's records call it."""

    key: int
    code: str
    name: str


@dataclass(slots=True)
class Commerce:
    """What the firm knows of a customer's worth and exposure; None where nobody filled it in.

    Money is EUR (a year, for revenue and cost); dates are ISO days; expansion lies in 0 to 1, tier in 1 to 4.
    """

    recurring_revenue: int | None = None
    renewal_day: str | None = None
    contract_start_day: str | None = None
    expansion: float | None = None
    is_reference: bool | None = None
    influence: str | None = None
    uptime: str | None = None
    compliance: str | None = None
    security_tier: int | None = None
    cost_to_serve: int | None = None
    dependencies: int | None = None


@dataclass(slots=True)
class Organisation:
    """A customer; `size` in 0 to 1 steers how much of everything it has."""

    key: int
    number: str
    size: float
    owner: int
    partner: int | None
    commerce: Commerce
    planted: str = ""


@dataclass(slots=True)
class Account:
    """One record of an organisation; a second record of the same one has `is_double` set.

    `number` is the organisation's number where somebody entered it. Name, domain and number are as this
    record has them: another CRM may write the same organisation otherwise.
    """

    key: int
    organisation: int
    name: str
    domain: str | None
    industry: str | None
    country: str | None
    employees: int | None
    annual_revenue: int | None
    phase: str
    owner: int
    parent: int | None
    created_ms: int
    modified_ms: int
    number: str | None = None
    is_double: bool = False


@dataclass(slots=True)
class Person:
    """A contact at a customer."""

    key: int
    account: int
    first_name: str
    last_name: str | None
    email: str
    owner: int
    created_ms: int
    modified_ms: int


@dataclass(slots=True)
class Ticket:
    """A support request; `priority` 1 is the most urgent of 4; a target is when it is due."""

    key: int
    account: int
    subject: str
    content: str | None
    priority: int
    owner: int | None
    created_ms: int
    modified_ms: int
    closed_ms: int | None = None
    waits_on: str = "us"
    reopened_ms: int | None = None
    reopen_count: int = 0
    reply_ms: int | None = None
    reply_due_ms: int | None = None
    due_ms: int | None = None
    contacted: int = 0


@dataclass(slots=True)
class Deal:
    """A sale; `stage` counts from 0, the last two of the pipeline are won and lost."""

    key: int
    account: int
    name: str
    amount: int | None
    currency: str
    stage: int
    is_new_business: bool
    close_ms: int | None
    created_ms: int
    modified_ms: int
    owner: int
    partner: int | None
    registered_ms: int | None


WON_STAGE = 5
LOST_STAGE = 6


@dataclass(slots=True)
class Disagreement:
    """A claim with a known answer. `is_background` marks what arose by chance, not by planting."""

    kind: str
    accounts: list[int]
    tickets: list[int]
    deals: list[int]
    note: str
    is_background: bool = False


@dataclass(slots=True)
class World:
    """Everything of the firm at `start_ms`; keys are positions in the lists."""

    start_ms: int
    owners: list[Owner] = field(default_factory=list)
    partners: list[Partner] = field(default_factory=list)
    organisations: list[Organisation] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    disagreements: list[Disagreement] = field(default_factory=list)
