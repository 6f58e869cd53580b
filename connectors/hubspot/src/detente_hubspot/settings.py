"""Settings of a HubSpot portal: credential, address, version, and which property is which record field."""

from __future__ import annotations

from detente_connector_kit import KindMapping, KindMappings, PriorityWords, SecretSource, Source
from detente_contracts import ContractModel, Kind
from pydantic import Field


class AccountProperties(KindMapping):
    """Properties of companies. What portals name differently has no default."""

    kind = Kind.ACCOUNT
    record_fields = {"arr": ("arr_minor", "arr_currency")}  # noqa: RUF012 - a ClassVar of the base
    name: Source = "name"
    domain: Source = "domain"
    customer_key: Source = Field(default=None, title="The organisation's own customer number")
    owner: Source = "hubspot_owner_id"
    parent_id: Source = "hs_parent_company_id"
    partner: Source = Field(default=None, title="Id of the partner of record")
    country: Source = "country"
    industry: Source = "industry"
    employees: Source = "numberofemployees"
    arr: Source = Field(default=None, title="Yearly recurring revenue, in `currency`")
    created_at: Source = "createdate"
    renewal_at: Source = Field(default=None, title="Next renewal")


class ContactProperties(KindMapping):
    """Properties of contacts."""

    kind = Kind.CONTACT
    record_fields = {"first_name": ("name",), "last_name": ("name",)}  # noqa: RUF012
    first_name: Source = "firstname"
    last_name: Source = "lastname"
    email: Source = "email"
    created_at: Source = "createdate"


class DealProperties(KindMapping):
    """Properties of deals. Without `amount_currency` amounts are in the portal's currency."""

    kind = Kind.DEAL
    record_fields = {"amount": ("amount_minor",), "pipeline": ("is_open", "is_won")}  # noqa: RUF012
    name: Source = "dealname"
    owner: Source = "hubspot_owner_id"
    partner: Source = Field(default=None, title="Id of the partner that registered the deal")
    pipeline: Source = "pipeline"
    stage: Source = "dealstage"
    deal_type: Source = "dealtype"
    is_open: Source = Field(default="hs_is_closed", title="Closed flag, for stages that are not listed")
    is_won: Source = Field(default="hs_is_closed_won", title="Won flag, for stages that are not listed")
    probability: Source = "hs_deal_stage_probability"
    amount: Source = "amount"
    amount_currency: Source = "deal_currency_code"
    created_at: Source = "createdate"
    close_at: Source = "closedate"
    registered_at: Source = Field(default=None, title="When the deal was registered by a partner")


class TicketProperties(KindMapping):
    """Properties of tickets. `resolve_status` is the SLA's status, by which a breach is known."""

    kind = Kind.TICKET
    record_fields = {"pipeline": ("is_open",), "resolve_status": ("is_breached",)}  # noqa: RUF012
    subject: Source = "subject"
    owner: Source = "hubspot_owner_id"
    pipeline: Source = "hs_pipeline"
    stage: Source = "hs_pipeline_stage"
    priority: Source = "hs_ticket_priority"
    is_open: Source = Field(default="hs_is_closed", title="Closed flag, for stages that are not listed")
    reopened: Source = Field(default=None, title="How often the ticket was opened again")
    opened_at: Source = "createdate"
    first_reply_at: Source = "first_agent_reply_date"
    first_reply_due_at: Source = "hs_time_to_first_response_sla_at"
    resolve_due_at: Source = "hs_time_to_close_sla_at"
    resolve_status: Source = "hs_time_to_close_sla_status"
    closed_at: Source = "closed_date"


class PropertyMapping(KindMappings):
    """Record field to HubSpot property, for each kind of record."""

    account: AccountProperties = AccountProperties()
    contact: ContactProperties = ContactProperties()
    deal: DealProperties = DealProperties()
    ticket: TicketProperties = TicketProperties()


class HubSpotSettings(ContractModel):
    """One HubSpot portal."""

    token: SecretSource = Field(title="Service key, static token or private app token")
    base_url: str = Field(default="https://api.hubapi.com", title="Where the API answers")
    api_version: str = Field(
        default="2026-03", pattern=r"^(v3|\d{4}-\d{2})$", title="API version: a dated one, or v3"
    )
    currency: str | None = Field(
        default=None, pattern=r"^[A-Z]{3}$", title="Currency of amounts without one; unset: the portal's"
    )
    priorities: PriorityWords = Field(
        default_factory=lambda: {"LOW": "low", "MEDIUM": "normal", "HIGH": "high", "URGENT": "urgent"},
        title="Ticket priority option to low, normal, high or urgent",
    )
    mapping: PropertyMapping = PropertyMapping()
    overlap_s: int = Field(default=120, ge=0, le=86_400, title="Seconds that a read goes back over the last")
    settle_s: int = Field(default=30, ge=0, le=3_600, title="Seconds before now at which a read stops")
    list_every_h: int = Field(
        default=24, ge=0, le=8_760, title="Hours between walks through the whole list of each object; 0: none"
    )
    connect_timeout_s: float = Field(default=5.0, gt=0, le=60, title="Seconds to wait for a connection")
    read_timeout_s: float = Field(default=60.0, gt=0, le=600, title="Seconds to wait for data")
