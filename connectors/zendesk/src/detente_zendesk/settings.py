"""Settings of a Zendesk account: credential, address, and which attribute is which record field."""

from __future__ import annotations

from datetime import date
from typing import Self

from detente_connector_kit import KindMapping, KindMappings, SecretSource, Source
from detente_contracts import ContractModel, Kind
from pydantic import Field, model_validator

RESOLUTION_METRICS = ("resolution_time", "requester_wait_time", "agent_work_time")
"""SLA metrics that run until a ticket is resolved. Source: Zendesk, Ticket metric event types."""

API_TOKENS_END = date(2027, 4, 30)
"""The day on which the last API tokens stop. Source: Zendesk, Migrating from API tokens to OAuth."""


class OrganizationMapping(KindMapping):
    """Attributes of organizations, and their fields by key. What accounts name differently has no default."""

    kind = Kind.ACCOUNT
    record_fields = {"arr": ("arr_minor", "arr_currency")}  # noqa: RUF012 - a ClassVar of the base
    name: Source = "name"
    domain: Source = Field(default="domain_names", title="Of several domains the first one counts")
    customer_key: Source = Field(default="external_id", title="The organisation's own customer number")
    owner: Source = Field(default=None, title="Id of the agent who owns the account")
    parent_id: Source = Field(default=None, title="Id of the organization above this one")
    partner: Source = Field(default=None, title="Id of the partner of record")
    country: Source = None
    industry: Source = None
    employees: Source = None
    arr: Source = Field(default=None, title="Yearly recurring revenue, in `currency`")
    created_at: Source = "created_at"
    renewal_at: Source = Field(default=None, title="Next renewal")


class UserMapping(KindMapping):
    """Attributes of end users, and their fields by key."""

    kind = Kind.CONTACT
    name: Source = "name"
    email: Source = "email"
    created_at: Source = "created_at"


class TicketMapping(KindMapping):
    """Attributes and metrics of tickets, and their fields by title or id. SLA times need no mapping."""

    kind = Kind.TICKET
    record_fields = {"reply_minutes": ("first_reply_at",)}  # noqa: RUF012
    subject: Source = "subject"
    owner: Source = "assignee_id"
    stage: Source = "status"
    priority: Source = "priority"
    reopened: Source = Field(default="reopens", title="How often the ticket was opened again")
    opened_at: Source = "created_at"
    closed_at: Source = Field(default="solved_at", title="When the ticket was solved last")
    reply_minutes: Source = Field(default="reply_time_in_minutes", title="Minutes until the first reply")


class AttributeMapping(KindMappings):
    """Record field to Zendesk attribute, for each kind of record. People have none."""

    account: OrganizationMapping = OrganizationMapping()
    contact: UserMapping = UserMapping()
    ticket: TicketMapping = TicketMapping()


class OAuthClient(ContractModel):
    """A confidential OAuth client of the account, made by an admin."""

    id: str = Field(min_length=1, title="Unique identifier of the client")
    secret: SecretSource = Field(title="Secret of the client")
    scope: str = Field(
        default="read tickets:write organizations:write",
        pattern=r"^[a-z_]+(:[a-z_]+)?( [a-z_]+(:[a-z_]+)?)*$",
        title="Scopes that a run asks for, with a blank between them",
    )
    setup_scope: str = Field(
        default="read write",
        pattern=r"^[a-z_]+(:[a-z_]+)?( [a-z_]+(:[a-z_]+)?)*$",
        title="Scopes that `detente provision` asks for",
    )


class ApiToken(ContractModel):
    """Sign-in with an API token, for accounts that still have one. These end on 2027-04-30."""

    email: str = Field(pattern=r"^[^\s:/]+@[^\s:/]+$", title="E-mail of the admin whose token it is")
    token: SecretSource = Field(title="The API token")


class ZendeskSettings(ContractModel):
    """One Zendesk account."""

    subdomain: str = Field(
        pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", title="The account: SUBDOMAIN.zendesk.com"
    )
    client: OAuthClient | None = Field(default=None, title="OAuth client to sign in with")
    api_token: ApiToken | None = Field(default=None, title="API token to sign in with until 2027-04-30")
    base_url: str | None = Field(default=None, title="Where the account answers, if not at its own address")
    currency: str | None = Field(
        default=None, pattern=r"^[A-Z]{3}$", title="Currency of amounts; Zendesk has none of its own"
    )
    mapping: AttributeMapping = AttributeMapping()
    resolution_metrics: tuple[str, ...] = Field(
        default=RESOLUTION_METRICS, min_length=1, title="SLA metrics whose breach is the ticket's"
    )
    sla_days: int = Field(
        default=90, ge=0, le=730, title="Days since opening for which SLAs of closed tickets are read"
    )
    overlap_s: int = Field(default=60, ge=0, le=86_400, title="Seconds that a read goes back over the last")
    jobs_at_once: int = Field(
        default=3, ge=1, le=25, title="Update jobs at a time, of the 30 that an account may have"
    )
    job_wait_s: float = Field(default=600.0, gt=0, le=3_600, title="Seconds to wait for an update job")
    connect_timeout_s: float = Field(default=5.0, gt=0, le=60, title="Seconds to wait for a connection")
    read_timeout_s: float = Field(default=60.0, gt=0, le=600, title="Seconds to wait for data")

    @model_validator(mode="after")
    def _has_one_credential(self) -> Self:
        if (self.client is None) == (self.api_token is None):
            raise ValueError("give one of `client` and `api_token`; new accounts have clients only")
        return self

    @model_validator(mode="after")
    def _amounts_have_a_currency(self) -> Self:
        if self.mapping.account.arr is not None and self.currency is None:
            raise ValueError("mapping.account.arr: name the `currency` of amounts too")
        return self

    @model_validator(mode="after")
    def _metrics_are_known(self) -> Self:
        unknown = [name for name in self.resolution_metrics if name not in RESOLUTION_METRICS]
        if unknown:
            raise ValueError(f"resolution_metrics: {unknown[0]!r} is none of {', '.join(RESOLUTION_METRICS)}")
        return self

    @property
    def address(self) -> str:
        """Where the account answers."""
        return self.base_url or f"https://{self.subdomain}.zendesk.com"
