"""Salesforce rows to records, and field values to Salesforce's own. Pure: no I/O, no clock."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from detente_connector_kit import RowValues, strict_text
from detente_contracts import (
    Account,
    Contact,
    Deal,
    FieldSpec,
    FieldText,
    FieldType,
    Person,
    Record,
    Ref,
    Ticket,
)

from detente_salesforce.field_mapping import AccountFields, ContactFields, DealFields, TicketFields
from detente_salesforce.milestones import Agreement, agreement
from detente_salesforce.org import CURRENCY, ID, View

_QUEUE = "00G"
"""Ids of groups: a case may belong to a queue, which is nobody."""


def read_row(row: RowValues, view: View, milestones: Sequence[RowValues], now: datetime) -> Record:
    """One row as a record. `milestones` are those of a case.

    Raises: ValueError that names the field, and not its value, when a value cannot be read.
    """
    if isinstance(view.names, AccountFields):
        return _account(row, view, view.names)
    if isinstance(view.names, ContactFields):
        return _contact(row, view, view.names)
    if isinstance(view.names, DealFields):
        return _deal(row, view, view.names)
    if isinstance(view.names, TicketFields):
        return _ticket(row, view, view.names, milestones, now)
    return _person(row, view)


def _person(row: RowValues, view: View) -> Person:
    return Person(
        ref=_ref(row, view),
        modified_at=_modified(row, view),
        name=row.text("Name") or row.text("Email") or f"user {row.text(ID)}",
        email=row.text("Email"),
        team=row.text("Department"),
        active=row.text("IsActive") != "false",
    )


def _account(row: RowValues, view: View, names: AccountFields) -> Account:
    currency = row.text(CURRENCY) or view.currency
    arr = row.minor(names.arr, currency)
    return Account(
        ref=_ref(row, view),
        modified_at=_modified(row, view),
        name=row.text(names.name),
        domain=domain_of(row.text(names.domain)),
        customer_key=row.text(names.customer_key),
        owner=_owner(row, names.owner),
        parent_id=row.text(names.parent_id),
        partner=row.text(names.partner),
        country=row.text(names.country),
        industry=row.text(names.industry),
        employees=row.whole(names.employees),
        arr_minor=arr,
        arr_currency=None if arr is None else currency,
        created_at=row.instant(names.created_at),
        renewal_at=row.instant(names.renewal_at),
        custom=row.custom(view.custom),
        held=row.held(view.held),
    )


def _contact(row: RowValues, view: View, names: ContactFields) -> Contact:
    return Contact(
        ref=_ref(row, view),
        modified_at=_modified(row, view),
        account_id=row.text(names.account_id),
        name=row.text(names.name),
        email=row.text(names.email),
        created_at=row.instant(names.created_at),
        custom=row.custom(view.custom),
    )


def _deal(row: RowValues, view: View, names: DealFields) -> Deal:
    currency = row.text(CURRENCY) or view.currency
    amount = row.minor(names.amount, currency)
    probability = row.number(names.probability)
    return Deal(
        ref=_ref(row, view),
        modified_at=_modified(row, view),
        account_id=row.text(names.account_id),
        name=row.text(names.name),
        owner=_owner(row, names.owner),
        partner=row.text(names.partner),
        stage=row.text(names.stage),
        deal_type=row.text(names.deal_type),
        is_open=row.text(names.is_open) != "true",
        is_won=row.text(names.is_won) == "true",
        probability=None if probability is None else probability / 100,
        amount_minor=amount,
        amount_currency=None if amount is None else currency,
        created_at=row.instant(names.created_at),
        close_at=row.instant(names.close_at),
        registered_at=row.instant(names.registered_at),
        custom=row.custom(view.custom),
        held=row.held(view.held),
    )


def _ticket(
    row: RowValues, view: View, names: TicketFields, milestones: Sequence[RowValues], now: datetime
) -> Ticket:
    is_open = row.text(names.is_open) != "true"
    closed_at = None if is_open else row.instant(names.closed_at)
    agreed = _agreed(row, view, names, milestones, now if is_open else closed_at)
    return Ticket(
        ref=_ref(row, view),
        modified_at=_modified(row, view),
        account_id=row.text(names.account_id),
        subject=row.text(names.subject),
        owner=_owner(row, names.owner),
        stage=row.text(names.stage),
        priority=view.priorities.get(row.text(names.priority) or ""),
        is_open=is_open,
        is_breached=agreed.is_breached,
        reopened=row.whole(names.reopened),
        opened_at=row.instant(names.opened_at),
        first_reply_at=agreed.first_reply_at,
        first_reply_due_at=agreed.first_reply_due_at,
        resolve_due_at=agreed.resolve_due_at,
        closed_at=closed_at,
        custom=row.custom(view.custom),
        held=row.held(view.held),
    )


def _agreed(
    row: RowValues,
    view: View,
    names: TicketFields,
    milestones: Sequence[RowValues],
    ended_at: datetime | None,
) -> Agreement:
    """The service agreement: what is mapped comes first, milestones fill the rest."""
    said = agreement(milestones, view.first_reply_word, ended_at)
    due_at = row.instant(names.resolve_due_at) if names.resolve_due_at else said.resolve_due_at
    is_breached = said.is_breached
    if names.resolve_due_at:
        is_breached = None if due_at is None or ended_at is None else ended_at > due_at
    if names.is_breached:
        flag = row.text(names.is_breached)
        is_breached = None if flag is None else flag == "true"
    return Agreement(
        first_reply_at=row.instant(names.first_reply_at) if names.first_reply_at else said.first_reply_at,
        first_reply_due_at=(
            row.instant(names.first_reply_due_at) if names.first_reply_due_at else said.first_reply_due_at
        ),
        resolve_due_at=due_at,
        is_breached=is_breached,
    )


def domain_of(website: str | None) -> str | None:
    """The host of a web address without `www.`, in lower case; None when there is none in it."""
    found = _HOST.fullmatch(website.strip().lower()) if website else None
    host = found.group(1) if found else ""
    return host if "." in host else None


_HOST = re.compile(
    r"(?:(?:[a-z][a-z0-9+.-]*:)?//)?(?:[^/?#@]*@)?(?:www\.)?([\w.-]+?)\.?(?::\d*)?(?:[/?#].*)?"
)
"""An address with or without scheme, user, port and path, as people type it into Website."""


def sent_value(value: FieldText, spec: FieldSpec) -> str | float | None:
    """A canonical value as Salesforce takes it in JSON; None clears a field.

    Raises: ValueError when the value is not of the field's type.
    """
    text = strict_text(value, spec)
    if text is None or spec.type is not FieldType.NUMBER:
        return text
    return float(text)


def _ref(row: RowValues, view: View) -> Ref:
    return Ref(view.instance, view.object, row.text(ID) or "")


def _owner(row: RowValues, name: str | None) -> str | None:
    owner = row.text(name)
    return None if owner is None or owner.startswith(_QUEUE) else owner


def _modified(row: RowValues, view: View) -> datetime:
    at = row.instant(view.stamp)
    if at is None:
        raise ValueError(f"{view.stamp} is empty")
    return at
