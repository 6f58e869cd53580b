"""A record as an agent would see it."""

from typing import Any

from detente_sandbox.view import Card, Line, Page
from detente_sandbox.zendesk.desk import Desk
from detente_sandbox.zendesk.facts import JsonObject
from detente_sandbox.zendesk.fields import Field
from detente_sandbox.zendesk.records import Row

SHOWN_LINKS = 12
TINT = "#03363d"
OWN = "detente"
ABOUT = {
    "organizations": (
        ("external_id", "External ID"),
        ("domain_names", "Domains"),
        ("group_id", "Group"),
        ("tags", "Tags"),
        ("details", "Details"),
        ("notes", "Notes"),
    ),
    "tickets": (
        ("status", "Status"),
        ("priority", "Priority"),
        ("type", "Type"),
        ("requester_id", "Requester"),
        ("assignee_id", "Assignee"),
        ("group_id", "Group"),
        ("tags", "Tags"),
        ("description", "Description"),
    ),
    "users": (("email", "E-mail"), ("role", "Role"), ("organization_id", "Organization")),
}
TITLES = {"organizations": "name", "tickets": "subject", "users": "name"}


def page_of(desk: Desk, name: str, row: Row) -> Page:
    """What there is to see of a record; values without text are left out.

    Of a ticket's fields only those on the form are there. Section 5.1 [V].
    """
    values = row.values()
    fields = _fields(desk, name)
    own = [field for field in fields if _internal(field).startswith(OWN)]
    custom = row.custom_values()
    about = [Line(key, label, _text(desk, key, values[key])) for key, label in ABOUT[name] if values.get(key)]
    about += [
        _line(field, custom) for field in fields if field not in own and _value(field, custom) is not None
    ]
    title = values.get(TITLES[name]) or f"{name[:-1]} {row.id}"
    return Page(
        vendor="Zendesk",
        title=title,
        subtitle=f"{name[:-1].capitalize()} · {row.id}",
        about=Card(f"About this {name[:-1]}", tuple(about)),
        priority=Card("Detente priority", tuple(_line(field, custom) for field in own)) if own else None,
        linked=_linked(desk, name, row, values),
        tint=TINT,
    )


def _fields(desk: Desk, name: str) -> list[Field]:
    if name == "organizations":
        return desk.organization_fields.custom()
    on_form = {number for form in desk.forms for number in form.field_ids}
    return [field for field in desk.ticket_fields.custom() if name == "tickets" and field.id in on_form]


def _internal(field: Field) -> str:
    """A name for the page: ticket fields have only a title, "Detente priority" and so on."""
    return field.key or field.title.lower().replace(" ", "_")


def _value(field: Field, custom: JsonObject) -> Any:
    return custom.get(field.key or str(field.id))


def _line(field: Field, custom: JsonObject) -> Line:
    value = _value(field, custom)
    labels = {option.value: option.name for option in field.options}
    shown = "" if value is None else labels.get(str(value), str(value))
    if field.type == "date":
        shown = shown[:10]
    if field.type == "checkbox" and value is not None:
        shown = "yes" if value else "no"
    return Line(_internal(field), field.title, shown)


def _text(desk: Desk, key: str, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if key in ("requester_id", "assignee_id"):
        return str(desk.users.rows[value].values()["name"])
    if key == "group_id":
        return next((str(group["name"]) for group in desk.groups if group["id"] == value), str(value))
    return str(value)


def _linked(desk: Desk, name: str, row: Row, values: JsonObject) -> tuple[Card, ...]:
    if name == "organizations":
        mark = b'"organization_id":%d,' % row.id
        tickets = [ticket for ticket in desk.tickets.each_live() if mark in ticket.packed]
        lines = tuple(_ticket_line(desk, ticket) for ticket in reversed(tickets[-SHOWN_LINKS:]))
        return (Card(f"Tickets ({len(tickets)})", lines, max(0, len(tickets) - SHOWN_LINKS)),)
    number = values.get("organization_id")
    organization = desk.organizations.rows.get(number) if number else None
    if organization is None:
        return ()
    line = Line("", str(organization.id), str(organization.values()["name"]))
    return (Card("Organization", (line,)),)


def _ticket_line(desk: Desk, row: Row) -> Line:
    values = row.values()
    shown = f"{values['subject']} · {values['status']}"
    band = next(
        (field for field in desk.ticket_fields.custom() if _internal(field) == "detente_priority"), None
    )
    if band is not None and _value(band, row.custom_values()) is not None:
        shown += f" · {_line(band, row.custom_values()).value}"
    return Line("", f"#{row.id}", shown)
