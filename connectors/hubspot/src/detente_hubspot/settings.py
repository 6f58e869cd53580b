"""Settings of a HubSpot portal: credential, address, version, and which property is which record field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import ClassVar, Self

from detente_connector_kit import SecretSource
from detente_contracts import RECORD_TYPES, ContractModel, Kind
from pydantic import Field, model_validator

Property = str | None
"""Internal name of a HubSpot property; None leaves the record field unmapped."""


class KindProperties(ContractModel):
    """Which HubSpot property fills which field of one kind of record."""

    kind: ClassVar[Kind]
    record_fields: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    custom: Mapping[str, str] = Field(
        default_factory=dict, title="Further columns for expressions: name to property"
    )

    @model_validator(mode="after")
    def _custom_names_are_free(self) -> Self:
        taken = {field.name for field in fields(RECORD_TYPES[self.kind])}
        for name in self.custom:
            if name in taken:
                raise ValueError(f"custom.{name}: records have a field of that name; map that one")
            if not name.isidentifier() or name != name.lower():
                raise ValueError(f"custom.{name}: use lower case, digits and underscores")
        return self

    def mapped(self) -> dict[str, str]:
        """Setting name to property for what is mapped, without `custom`."""
        values = {name: getattr(self, name) for name in type(self).model_fields if name != "custom"}
        return {name: value for name, value in values.items() if value is not None}

    def filled_by(self) -> dict[str, tuple[str, ...]]:
        """Property to the record fields that it fills; custom ones as `custom.<name>`."""
        filled: dict[str, tuple[str, ...]] = {}
        for name, source in self.mapped().items():
            filled[source] = filled.get(source, ()) + self.record_fields.get(name, (name,))
        for name, source in self.custom.items():
            filled[source] = (*filled.get(source, ()), f"custom.{name}")
        return filled


class AccountProperties(KindProperties):
    """Properties of companies. What portals name differently has no default."""

    kind = Kind.ACCOUNT
    record_fields = {"arr": ("arr_minor", "arr_currency")}  # noqa: RUF012 - a ClassVar of the base
    name: Property = "name"
    domain: Property = "domain"
    customer_key: Property = Field(default=None, title="The organisation's own customer number")
    owner: Property = "hubspot_owner_id"
    parent_id: Property = "hs_parent_company_id"
    partner: Property = Field(default=None, title="Id of the partner of record")
    country: Property = "country"
    industry: Property = "industry"
    employees: Property = "numberofemployees"
    arr: Property = Field(default=None, title="Yearly recurring revenue, in `currency`")
    created_at: Property = "createdate"
    renewal_at: Property = Field(default=None, title="Next renewal")


class ContactProperties(KindProperties):
    """Properties of contacts."""

    kind = Kind.CONTACT
    record_fields = {"first_name": ("name",), "last_name": ("name",)}  # noqa: RUF012
    first_name: Property = "firstname"
    last_name: Property = "lastname"
    email: Property = "email"
    created_at: Property = "createdate"


class DealProperties(KindProperties):
    """Properties of deals. Without `amount_currency` amounts are in the portal's currency."""

    kind = Kind.DEAL
    record_fields = {"amount": ("amount_minor",), "pipeline": ("is_open", "is_won")}  # noqa: RUF012
    name: Property = "dealname"
    owner: Property = "hubspot_owner_id"
    partner: Property = Field(default=None, title="Id of the partner that registered the deal")
    pipeline: Property = "pipeline"
    stage: Property = "dealstage"
    deal_type: Property = "dealtype"
    is_open: Property = Field(default="hs_is_closed", title="Closed flag, for stages that are not listed")
    is_won: Property = Field(default="hs_is_closed_won", title="Won flag, for stages that are not listed")
    probability: Property = "hs_deal_stage_probability"
    amount: Property = "amount"
    amount_currency: Property = "deal_currency_code"
    created_at: Property = "createdate"
    close_at: Property = "closedate"
    registered_at: Property = Field(default=None, title="When the deal was registered by a partner")


class TicketProperties(KindProperties):
    """Properties of tickets. `resolve_status` is the SLA's status, by which a breach is known."""

    kind = Kind.TICKET
    record_fields = {"pipeline": ("is_open",), "resolve_status": ("is_breached",)}  # noqa: RUF012
    subject: Property = "subject"
    owner: Property = "hubspot_owner_id"
    pipeline: Property = "hs_pipeline"
    stage: Property = "hs_pipeline_stage"
    priority: Property = "hs_ticket_priority"
    is_open: Property = Field(default="hs_is_closed", title="Closed flag, for stages that are not listed")
    reopened: Property = Field(default=None, title="How often the ticket was opened again")
    opened_at: Property = "createdate"
    first_reply_at: Property = "first_agent_reply_date"
    first_reply_due_at: Property = "hs_time_to_first_response_sla_at"
    resolve_due_at: Property = "hs_time_to_close_sla_at"
    resolve_status: Property = "hs_time_to_close_sla_status"
    closed_at: Property = "closed_date"


class PropertyMapping(ContractModel):
    """Record field to HubSpot property, for each kind of record."""

    account: AccountProperties = AccountProperties()
    contact: ContactProperties = ContactProperties()
    deal: DealProperties = DealProperties()
    ticket: TicketProperties = TicketProperties()

    def of(self, kind: Kind) -> KindProperties:
        """The mapping of `kind`; people have none."""
        properties: KindProperties = getattr(self, kind.value)
        return properties


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
    priorities: Mapping[str, str] = Field(
        default_factory=lambda: {"LOW": "low", "MEDIUM": "normal", "HIGH": "high", "URGENT": "urgent"},
        title="Ticket priority option to low, normal, high or urgent",
    )
    mapping: PropertyMapping = PropertyMapping()
    overlap_s: int = Field(default=120, ge=0, le=86_400, title="Seconds that a read goes back over the last")
    settle_s: int = Field(default=30, ge=0, le=3_600, title="Seconds before now at which a read stops")
    connect_timeout_s: float = Field(default=5.0, gt=0, le=60, title="Seconds to wait for a connection")
    read_timeout_s: float = Field(default=60.0, gt=0, le=600, title="Seconds to wait for data")

    @model_validator(mode="after")
    def _priorities_are_known(self) -> Self:
        unknown = set(self.priorities.values()) - {"low", "normal", "high", "urgent"}
        if unknown:
            raise ValueError(f"priorities: {sorted(unknown)[0]!r} is none of low, normal, high, urgent")
        return self
