"""HubSpot rows to records, and field values to HubSpot's own text. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from detente_connector_kit import RowValues, parse_instant, strict_text
from detente_contracts import (
    Account,
    Contact,
    Deal,
    FieldSpec,
    FieldText,
    Kind,
    Person,
    Record,
    Ref,
    Ticket,
)

from detente_hubspot.portal import MODIFIED, OBJECTS, Row, StageMeaning, View
from detente_hubspot.settings import (
    AccountProperties,
    ContactProperties,
    DealProperties,
    TicketProperties,
)

_BREACHED = frozenset({"1", "4"})
"""SLA status overdue and done late."""

_KEPT = "3"
"""SLA status done in time."""


def read_row(row: Row, view: View, company: str | None, now: datetime) -> Record:
    """One row as a record. `company` is the account that it belongs to.

    Raises: ValueError that names the property, and not its value, when a value cannot be read.
    """
    if isinstance(view.names, AccountProperties):
        return _account(row, view, view.names)
    if isinstance(view.names, ContactProperties):
        return _contact(row, view, view.names, company)
    if isinstance(view.names, DealProperties):
        return _deal(row, view, view.names, company)
    assert isinstance(view.names, TicketProperties)  # noqa: S101 - there are four kinds
    return _ticket(row, view, view.names, company, now)


def person(row: Row, instance: str) -> Person:
    """An owner as a person; a deactivated one is not active."""
    parts = (row.get("firstName"), row.get("lastName"))
    email = row.get("email") or None
    teams: Sequence[Row] = row.get("teams") or ()
    first = next((team for team in teams if team.get("primary")), teams[0] if teams else None)
    return Person(
        ref=Ref(instance, OBJECTS[Kind.PERSON], str(row["id"])),
        modified_at=parse_instant(row["updatedAt"]),
        name=" ".join(part for part in parts if part) or email or f"owner {row['id']}",
        email=email,
        team=None if first is None else first.get("name"),
        active=not row.get("archived", False),
    )


def _account(row: Row, view: View, names: AccountProperties) -> Account:
    values = RowValues(row["properties"])
    arr = values.minor(names.arr, view.currency)
    return Account(
        ref=Ref(view.instance, "companies", row["id"]),
        modified_at=_modified(row, values, view.kind),
        name=values.text(names.name),
        domain=values.text(names.domain),
        customer_key=values.text(names.customer_key),
        owner=values.text(names.owner),
        parent_id=values.text(names.parent_id),
        partner=values.text(names.partner),
        country=values.text(names.country),
        industry=values.text(names.industry),
        employees=values.whole(names.employees),
        arr_minor=arr,
        arr_currency=None if arr is None else view.currency,
        created_at=values.instant(names.created_at),
        renewal_at=values.instant(names.renewal_at),
        custom=values.custom(view.custom),
        held=values.held(view.held),
    )


def _contact(row: Row, view: View, names: ContactProperties, company: str | None) -> Contact:
    values = RowValues(row["properties"])
    parts = (values.text(names.first_name), values.text(names.last_name))
    return Contact(
        ref=Ref(view.instance, "contacts", row["id"]),
        modified_at=_modified(row, values, view.kind),
        account_id=company,
        name=" ".join(part for part in parts if part) or None,
        email=values.text(names.email),
        created_at=values.instant(names.created_at),
        custom=values.custom(view.custom),
    )


def _deal(row: Row, view: View, names: DealProperties, company: str | None) -> Deal:
    values = RowValues(row["properties"])
    meaning = _meaning(values, view, names.pipeline, names.stage) or _deal_flags(values, names)
    currency = values.text(names.amount_currency) or view.currency
    amount = values.minor(names.amount, currency)
    probability = values.number(names.probability)
    return Deal(
        ref=Ref(view.instance, "deals", row["id"]),
        modified_at=_modified(row, values, view.kind),
        account_id=company,
        name=values.text(names.name),
        owner=values.text(names.owner),
        partner=values.text(names.partner),
        stage=values.text(names.stage),
        deal_type=values.text(names.deal_type),
        is_open=meaning.is_open,
        is_won=meaning.is_won,
        probability=meaning.probability if probability is None else probability,
        amount_minor=amount,
        amount_currency=None if amount is None else currency,
        created_at=values.instant(names.created_at),
        close_at=values.instant(names.close_at),
        registered_at=values.instant(names.registered_at),
        custom=values.custom(view.custom),
        held=values.held(view.held),
    )


def _deal_flags(values: RowValues, names: DealProperties) -> StageMeaning:
    is_won = values.text(names.is_won) == "true"
    return StageMeaning(is_open=values.text(names.is_open) != "true" and not is_won, is_won=is_won)


def _ticket(row: Row, view: View, names: TicketProperties, company: str | None, now: datetime) -> Ticket:
    values = RowValues(row["properties"])
    meaning = _meaning(values, view, names.pipeline, names.stage)
    closed_at = values.instant(names.closed_at)
    due_at = values.instant(names.resolve_due_at)
    is_open = values.text(names.is_open) != "true" if meaning is None else meaning.is_open
    ended_at = now if is_open else closed_at
    return Ticket(
        ref=Ref(view.instance, "tickets", row["id"]),
        modified_at=_modified(row, values, view.kind),
        account_id=company,
        subject=values.text(names.subject),
        owner=values.text(names.owner),
        stage=values.text(names.stage),
        priority=view.priorities.get(values.text(names.priority) or ""),
        is_open=is_open,
        is_breached=is_breached(values.text(names.resolve_status), due_at, ended_at),
        reopened=values.whole(names.reopened),
        opened_at=values.instant(names.opened_at),
        first_reply_at=values.instant(names.first_reply_at),
        first_reply_due_at=values.instant(names.first_reply_due_at),
        resolve_due_at=due_at,
        closed_at=None if is_open else closed_at,
        custom=values.custom(view.custom),
        held=values.held(view.held),
    )


def is_breached(status: str | None, due_at: datetime | None, ended_at: datetime | None) -> bool | None:
    """Whether the resolution SLA was missed: by its status, else by whether the ticket ended (or, open, has
    come) past its due time; None when neither tells."""
    if status in _BREACHED:
        return True
    if status == _KEPT:
        return False
    if due_at is None or ended_at is None:
        return None
    return ended_at > due_at


def _meaning(values: RowValues, view: View, pipeline: str | None, stage: str | None) -> StageMeaning | None:
    return view.stages.get((values.text(pipeline) or "", values.text(stage) or ""))


def vendor_text(value: FieldText, spec: FieldSpec) -> str:
    """A canonical value as HubSpot takes it; the empty text clears a property.

    Raises: ValueError when the value is not of the field's type.
    """
    return strict_text(value, spec) or ""


def _modified(row: Row, values: RowValues, kind: Kind) -> datetime:
    return parse_instant(values.text(MODIFIED[kind]) or row["updatedAt"])
