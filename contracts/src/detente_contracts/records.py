"""Canonical, CRM-neutral records: what connectors read and the store keeps.

Times are aware UTC. Money is in integer minor units (cents) with an ISO 4217 code. `None` means the CRM
holds no value; a field hidden from us is named by the batch that brought the record, never sent as `None`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

CustomValue = str | int | float | bool | datetime | None
"""A mapped vendor field that the records do not name: typed, so that expressions can use it."""

FieldText = str | None
"""What a CRM field of ours holds, in canonical text: numbers with a dot, instants ISO 8601 with Z."""


class Kind(StrEnum):
    """The kinds of record that a connector may read, in the order in which a run reads them."""

    PERSON = "person"
    ACCOUNT = "account"
    CONTACT = "contact"
    DEAL = "deal"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """Where a record lives: connector instance, the vendor's object, the vendor's id (always text)."""

    connector: str
    object: str
    id: str

    def __str__(self) -> str:
        return f"{self.connector}/{self.object}/{self.id}"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the organisation who owns accounts, deals or tickets in a CRM."""

    ref: Ref
    modified_at: datetime
    name: str
    email: str | None = None
    team: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Account:
    """A customer organisation as one CRM holds it. `owner` is the id of a Person of the same connector.

    `customer_key` is the organisation's own id for the customer: accounts that share it are one Customer.
    `held` is what the CRM holds in Detente's own fields, by field name, in canonical text.
    """

    ref: Ref
    modified_at: datetime
    name: str | None = None
    domain: str | None = None
    customer_key: str | None = None
    owner: str | None = None
    parent_id: str | None = None
    partner: str | None = None
    country: str | None = None
    industry: str | None = None
    employees: int | None = None
    arr_minor: int | None = None
    arr_currency: str | None = None
    created_at: datetime | None = None
    renewal_at: datetime | None = None
    custom: Mapping[str, CustomValue] = field(default_factory=dict)
    held: Mapping[str, FieldText] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at the customer."""

    ref: Ref
    modified_at: datetime
    account_id: str | None = None
    name: str | None = None
    email: str | None = None
    created_at: datetime | None = None
    custom: Mapping[str, CustomValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deal:
    """An opportunity. `probability` is 0 to 1; `partner` is who registered it, if anybody did."""

    ref: Ref
    modified_at: datetime
    account_id: str | None = None
    name: str | None = None
    owner: str | None = None
    partner: str | None = None
    stage: str | None = None
    deal_type: str | None = None
    is_open: bool = True
    is_won: bool = False
    probability: float | None = None
    amount_minor: int | None = None
    amount_currency: str | None = None
    created_at: datetime | None = None
    close_at: datetime | None = None
    registered_at: datetime | None = None
    custom: Mapping[str, CustomValue] = field(default_factory=dict)
    held: Mapping[str, FieldText] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A support request. `priority` is low, normal, high or urgent; `is_breached` is the resolution SLA's.

    `resolve_due_at` is when the resolution SLA runs out; `reopened` counts from 0.
    """

    ref: Ref
    modified_at: datetime
    account_id: str | None = None
    subject: str | None = None
    owner: str | None = None
    stage: str | None = None
    priority: str | None = None
    is_open: bool = True
    is_breached: bool | None = None
    reopened: int | None = None
    opened_at: datetime | None = None
    first_reply_at: datetime | None = None
    first_reply_due_at: datetime | None = None
    resolve_due_at: datetime | None = None
    closed_at: datetime | None = None
    custom: Mapping[str, CustomValue] = field(default_factory=dict)
    held: Mapping[str, FieldText] = field(default_factory=dict)


Record = Person | Account | Contact | Deal | Ticket

RECORD_TYPES: Mapping[Kind, type[Record]] = {
    Kind.PERSON: Person,
    Kind.ACCOUNT: Account,
    Kind.CONTACT: Contact,
    Kind.DEAL: Deal,
    Kind.TICKET: Ticket,
}
