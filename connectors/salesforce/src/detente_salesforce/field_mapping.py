"""Which Salesforce field fills which record field, with defaults that every org has."""

from __future__ import annotations

from detente_connector_kit import KindMapping, KindMappings, Source
from detente_contracts import Kind
from pydantic import Field


class AccountFields(KindMapping):
    """Fields of Account. What orgs name differently has no default."""

    kind = Kind.ACCOUNT
    record_fields = {"arr": ("arr_minor", "arr_currency")}  # noqa: RUF012 - a ClassVar of the base
    name: Source = "Name"
    domain: Source = Field(default="Website", title="The web address that the domain is taken from")
    customer_key: Source = Field(default=None, title="The organisation's own customer number")
    owner: Source = "OwnerId"
    parent_id: Source = "ParentId"
    partner: Source = Field(default=None, title="Id of the partner of record")
    country: Source = "BillingCountry"
    industry: Source = "Industry"
    employees: Source = "NumberOfEmployees"
    arr: Source = Field(default=None, title="Yearly recurring revenue, in the row's currency")
    created_at: Source = "CreatedDate"
    renewal_at: Source = Field(default=None, title="Next renewal")


class ContactFields(KindMapping):
    """Fields of Contact."""

    kind = Kind.CONTACT
    account_id: Source = "AccountId"
    name: Source = "Name"
    email: Source = "Email"
    created_at: Source = "CreatedDate"


class DealFields(KindMapping):
    """Fields of Opportunity. `probability` is per cent there and a share from 0 to 1 here."""

    kind = Kind.DEAL
    record_fields = {"amount": ("amount_minor", "amount_currency")}  # noqa: RUF012
    account_id: Source = "AccountId"
    name: Source = "Name"
    owner: Source = "OwnerId"
    partner: Source = Field(default=None, title="Id of the partner that registered the deal")
    stage: Source = "StageName"
    deal_type: Source = "Type"
    is_open: Source = Field(default="IsClosed", title="Closed flag")
    is_won: Source = Field(default="IsWon", title="Won flag")
    probability: Source = "Probability"
    amount: Source = "Amount"
    created_at: Source = "CreatedDate"
    close_at: Source = "CloseDate"
    registered_at: Source = Field(default=None, title="When the deal was registered by a partner")


class TicketFields(KindMapping):
    """Fields of Case. Times of the service agreement come from case milestones unless mapped here."""

    kind = Kind.TICKET
    account_id: Source = "AccountId"
    subject: Source = "Subject"
    owner: Source = "OwnerId"
    stage: Source = "Status"
    priority: Source = "Priority"
    is_open: Source = Field(default="IsClosed", title="Closed flag")
    is_breached: Source = Field(default=None, title="Breached flag, in place of milestones")
    reopened: Source = Field(default=None, title="How often the case was opened again")
    opened_at: Source = "CreatedDate"
    first_reply_at: Source = Field(default=None, title="First reply, in place of milestones")
    first_reply_due_at: Source = Field(default=None, title="First reply due, in place of milestones")
    resolve_due_at: Source = Field(default=None, title="Resolution due, in place of milestones")
    closed_at: Source = "ClosedDate"


class FieldMapping(KindMappings):
    """Record field to Salesforce field, for each kind of record."""

    account: AccountFields = AccountFields()
    contact: ContactFields = ContactFields()
    deal: DealFields = DealFields()
    ticket: TicketFields = TicketFields()
