"""HubSpot rows to records, and field values to HubSpot's own text. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from detente_connector_kit import canonical_text, instant_text, minor_units, number_text, parse_instant
from detente_contracts import (
    Account,
    Contact,
    CustomValue,
    Deal,
    FieldSpec,
    FieldText,
    FieldType,
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
    values: dict[str, str | None] = row["properties"]
    get = values.get
    arr = _minor(values, names.arr, view.currency)
    return Account(
        ref=Ref(view.instance, "companies", row["id"]),
        modified_at=_modified(row, values, view.kind),
        name=get(names.name or "") or None,
        domain=get(names.domain or "") or None,
        customer_key=get(names.customer_key or "") or None,
        owner=get(names.owner or "") or None,
        parent_id=get(names.parent_id or "") or None,
        partner=get(names.partner or "") or None,
        country=get(names.country or "") or None,
        industry=get(names.industry or "") or None,
        employees=_whole(values, names.employees),
        arr_minor=arr,
        arr_currency=None if arr is None else view.currency,
        created_at=_instant(values, names.created_at),
        renewal_at=_instant(values, names.renewal_at),
        custom=_custom(values, view),
        held=held_values(values, view.held),
    )


def _contact(row: Row, view: View, names: ContactProperties, company: str | None) -> Contact:
    values: dict[str, str | None] = row["properties"]
    parts = (values.get(names.first_name or ""), values.get(names.last_name or ""))
    return Contact(
        ref=Ref(view.instance, "contacts", row["id"]),
        modified_at=_modified(row, values, view.kind),
        account_id=company,
        name=" ".join(part for part in parts if part) or None,
        email=values.get(names.email or "") or None,
        created_at=_instant(values, names.created_at),
        custom=_custom(values, view),
    )


def _deal(row: Row, view: View, names: DealProperties, company: str | None) -> Deal:
    values: dict[str, str | None] = row["properties"]
    get = values.get
    meaning = _meaning(values, view, names.pipeline, names.stage) or _deal_flags(values, names)
    currency = get(names.amount_currency or "") or view.currency
    amount = _minor(values, names.amount, currency)
    probability = _number(values, names.probability)
    return Deal(
        ref=Ref(view.instance, "deals", row["id"]),
        modified_at=_modified(row, values, view.kind),
        account_id=company,
        name=get(names.name or "") or None,
        owner=get(names.owner or "") or None,
        partner=get(names.partner or "") or None,
        stage=get(names.stage or "") or None,
        deal_type=get(names.deal_type or "") or None,
        is_open=meaning.is_open,
        is_won=meaning.is_won,
        probability=meaning.probability if probability is None else probability,
        amount_minor=amount,
        amount_currency=None if amount is None else currency,
        created_at=_instant(values, names.created_at),
        close_at=_instant(values, names.close_at),
        registered_at=_instant(values, names.registered_at),
        custom=_custom(values, view),
        held=held_values(values, view.held),
    )


def _deal_flags(values: Mapping[str, str | None], names: DealProperties) -> StageMeaning:
    is_won = values.get(names.is_won or "") == "true"
    return StageMeaning(is_open=values.get(names.is_open or "") != "true" and not is_won, is_won=is_won)


def _ticket(row: Row, view: View, names: TicketProperties, company: str | None, now: datetime) -> Ticket:
    values: dict[str, str | None] = row["properties"]
    get = values.get
    meaning = _meaning(values, view, names.pipeline, names.stage)
    closed_at = _instant(values, names.closed_at)
    due_at = _instant(values, names.resolve_due_at)
    is_open = get(names.is_open or "") != "true" if meaning is None else meaning.is_open
    ended_at = now if is_open else closed_at
    return Ticket(
        ref=Ref(view.instance, "tickets", row["id"]),
        modified_at=_modified(row, values, view.kind),
        account_id=company,
        subject=get(names.subject or "") or None,
        owner=get(names.owner or "") or None,
        stage=get(names.stage or "") or None,
        priority=view.priorities.get(get(names.priority or "") or ""),
        is_open=is_open,
        is_breached=is_breached(get(names.resolve_status or ""), due_at, ended_at),
        reopened=_whole(values, names.reopened),
        opened_at=_instant(values, names.opened_at),
        first_reply_at=_instant(values, names.first_reply_at),
        first_reply_due_at=_instant(values, names.first_reply_due_at),
        resolve_due_at=due_at,
        closed_at=None if is_open else closed_at,
        custom=_custom(values, view),
        held=held_values(values, view.held),
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


def _meaning(
    values: Mapping[str, str | None], view: View, pipeline: str | None, stage: str | None
) -> StageMeaning | None:
    return view.stages.get((values.get(pipeline or "") or "", values.get(stage or "") or ""))


def held_values(
    values: Mapping[str, str | None], fields: Iterable[tuple[str, FieldSpec]]
) -> dict[str, FieldText]:
    """What a row holds in our fields, in canonical text; a field that the answer leaves out is left out."""
    return {key: canonical_text(values[key], spec) for key, spec in fields if key in values}


def vendor_text(value: FieldText, spec: FieldSpec) -> str:
    """A canonical value as HubSpot takes it; the empty text clears a property.

    Raises: ValueError when the value is not of the field's type.
    """
    if value is None:
        return ""
    if spec.type is FieldType.NUMBER:
        return number_text(value, spec.decimals)
    if spec.type is FieldType.INSTANT:
        return instant_text(parse_instant(value))
    return value


def _custom(values: Mapping[str, str | None], view: View) -> dict[str, CustomValue]:
    custom: dict[str, CustomValue] = {}
    for column, source, reader in view.custom:
        text = values.get(source)
        try:
            custom[column] = reader(text) if text else None
        except ValueError:
            raise ValueError(f"{source} is not of its type") from None
    return custom


def _modified(row: Row, values: Mapping[str, str | None], kind: Kind) -> datetime:
    return parse_instant(values.get(MODIFIED[kind]) or row["updatedAt"])


def _instant(values: Mapping[str, str | None], name: str | None) -> datetime | None:
    text = values.get(name or "")
    if not text:
        return None
    try:
        return parse_instant(text)
    except ValueError:
        raise ValueError(f"{name} is not a date or time") from None


def _number(values: Mapping[str, str | None], name: str | None) -> float | None:
    text = values.get(name or "")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{name} is not a number") from None


def _whole(values: Mapping[str, str | None], name: str | None) -> int | None:
    number = _number(values, name)
    try:
        return None if number is None else int(number)
    except (ValueError, OverflowError):
        raise ValueError(f"{name} is not a number") from None


def _minor(values: Mapping[str, str | None], name: str | None, currency: str | None) -> int | None:
    text = values.get(name or "")
    if not text or currency is None:
        return None
    try:
        return minor_units(text, currency)
    except ValueError:
        raise ValueError(f"{name} is not an amount") from None
