"""Zendesk rows to records. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from detente_connector_kit import RowValues, parse_instant
from detente_contracts import Account, Contact, FieldSpec, FieldText, FieldType, Kind, Person, Ref, Ticket

from detente_zendesk.account import OBJECTS, Row, View, ref_of
from detente_zendesk.own_fields import option_held
from detente_zendesk.settings import OrganizationMapping, TicketMapping, UserMapping
from detente_zendesk.sla import SlaTimes

DELETED = "deleted"
ENDED = frozenset({"solved", "closed", DELETED})
"""Status categories in which nobody works on a ticket. A closed one can never be changed again."""

PRIORITIES = frozenset({"low", "normal", "high", "urgent"})


def flat(row: Row, kind: Kind) -> dict[str, Any]:
    """A row with its fields beside its attributes; an attribute keeps its name before a field of the same.

    Organization and user fields go by key, ticket fields by id. Metrics that Zendesk counts in calendar and
    in business minutes are the calendar ones. Of several domains the first one stands alone.
    """
    if kind is Kind.ACCOUNT:
        domains = row.get("domain_names") or [None]
        return {**_fields(row, "organization_fields"), **row, "domain_names": _domain(domains[0])}
    if kind is Kind.CONTACT:
        return {**_fields(row, "user_fields"), **row}
    listed = row.get("custom_fields") or row.get("fields") or ()
    own = {str(field["id"]): field.get("value") for field in listed}
    return {**own, **_metrics(row.get("metric_set")), **row}


def _fields(row: Row, key: str) -> Mapping[str, Any]:
    return row.get(key) or {}


def _domain(name: object) -> str | None:
    return str(name).strip().lower() or None if name else None


def _metrics(metric_set: object) -> dict[str, Any]:
    if not isinstance(metric_set, Mapping):
        return {}
    return {
        name: value.get("calendar") if isinstance(value, Mapping) else value
        for name, value in metric_set.items()
        if name not in ("id", "url", "ticket_id", "created_at", "updated_at", "status")
    }


def read_account(row: Row, view: View) -> Account:
    """An organization. Raises: ValueError that names the attribute, and not its value."""
    assert isinstance(view.names, OrganizationMapping)  # noqa: S101 - the view of accounts
    names, values = view.names, RowValues(flat(row, view.kind))
    arr = values.minor(names.arr, view.currency)
    return Account(
        ref=ref_of(view, row["id"]),
        modified_at=modified_at(row),
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
        held=_held(values, view.held, view.kind),
    )


def read_contact(row: Row, view: View) -> Contact:
    """An end user of an organization. Raises: ValueError that names the attribute, and not its value."""
    assert isinstance(view.names, UserMapping)  # noqa: S101 - the view of contacts
    names, values = view.names, RowValues(flat(row, view.kind))
    return Contact(
        ref=ref_of(view, row["id"]),
        modified_at=modified_at(row),
        account_id=values.text("organization_id"),
        name=values.text(names.name),
        email=values.text(names.email),
        created_at=values.instant(names.created_at),
        custom=values.custom(view.custom),
    )


def read_ticket(row: Row, view: View, sla: SlaTimes) -> Ticket:
    """A ticket that is not deleted. Raises: ValueError that names the attribute, and not its value."""
    assert isinstance(view.names, TicketMapping)  # noqa: S101 - the view of tickets
    names, values = view.names, RowValues(flat(row, view.kind))
    is_open = row.get("status") not in ENDED
    opened_at = values.instant(names.opened_at)
    priority = values.text(names.priority)
    return Ticket(
        ref=ref_of(view, row["id"]),
        modified_at=modified_at(row),
        account_id=values.text("organization_id"),
        subject=values.text(names.subject),
        owner=values.text(names.owner),
        stage=values.text(names.stage),
        priority=priority if priority in PRIORITIES else None,
        is_open=is_open,
        is_breached=sla.is_breached,
        reopened=values.whole(names.reopened),
        opened_at=opened_at,
        first_reply_at=_after(opened_at, values.number(names.reply_minutes)),
        first_reply_due_at=sla.first_reply_due_at,
        resolve_due_at=sla.resolve_due_at,
        closed_at=None if is_open else values.instant(names.closed_at),
        custom=values.custom(view.custom),
        held=_held(values, view.held, view.kind),
    )


def read_person(row: Row, team: str | None, instance: str) -> Person:
    """An agent or admin; one who is suspended is not active."""
    email = row.get("email") or None
    return Person(
        ref=Ref(instance, OBJECTS[Kind.PERSON], str(row["id"])),
        modified_at=modified_at(row),
        name=row.get("name") or email or f"agent {row['id']}",
        email=email,
        team=team,
        active=not row.get("suspended") and row.get("active") is not False,
    )


def held_values(row: Row, fields: Iterable[tuple[str, FieldSpec]], kind: Kind) -> dict[str, FieldText]:
    """What a row holds in our fields, in canonical text; a field that the answer leaves out is left out."""
    return _held(RowValues(flat(row, kind)), fields, kind)


def _held(values: RowValues, fields: Iterable[tuple[str, FieldSpec]], kind: Kind) -> dict[str, FieldText]:
    named = list(fields)
    held = values.held(named)
    for _, spec in named:
        if spec.type is FieldType.CHOICE and held.get(spec.key) is not None:
            held[spec.key] = option_held(held[spec.key], spec, kind)
    return held


def modified_at(row: Row) -> datetime:
    """When the row was last changed: tickets by anything at all, other rows by an update.

    Some rows carry no time of update; then that of their making counts, else the beginning of time.
    """
    generated = row.get("generated_timestamp")
    if isinstance(generated, int):
        return parse_instant("1970-01-01") + timedelta(seconds=generated)
    return parse_instant(row.get("updated_at") or row.get("created_at") or "1970-01-01")


def _after(start: datetime | None, minutes: float | None) -> datetime | None:
    return None if start is None or minutes is None else start + timedelta(minutes=minutes)


def is_agent(row: Row) -> bool:
    """Whether a user works in the account and is no customer."""
    return row.get("role") in ("agent", "admin")
