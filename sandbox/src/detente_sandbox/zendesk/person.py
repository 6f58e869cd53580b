"""What an agent does by hand in the web interface."""

from typing import Any

from detente_sandbox.zendesk import organization_writing, ticket_writing
from detente_sandbox.zendesk.audits import Author
from detente_sandbox.zendesk.desk import FIRST_AGENT, Desk
from detente_sandbox.zendesk.facts import JsonObject
from detente_sandbox.zendesk.fields import Field, FieldSet
from detente_sandbox.zendesk.records import Row
from detente_sandbox.zendesk.rendering import shown_row
from detente_sandbox.zendesk.ticket_values import APART, CHECKS

NATIVE = {
    "organizations": set(organization_writing.CHECKS),
    "tickets": {*CHECKS, *APART},
}


def agent(desk: Desk) -> Author:
    """The first agent who has not left."""
    active = next((row.key for row in desk.share.owners if row.is_active), 0)
    return Author(FIRST_AGENT + active, "web")


def edit(desk: Desk, name: str, row: Row, properties: JsonObject, now_ms: int) -> Row:
    """Sets properties: the API's own names, keys of organization fields, titles or ids of ticket fields."""
    if name == "organizations":
        return organization_writing.change(desk, row, as_sent(desk, name, properties), now_ms)
    return ticket_writing.change(desk, row, as_sent(desk, name, properties), agent(desk), now_ms).row


def create(desk: Desk, name: str, properties: JsonObject, now_ms: int) -> Row:
    """A record of properties as in `edit`."""
    if name == "organizations":
        return organization_writing.create(desk, as_sent(desk, name, properties), now_ms)
    return ticket_writing.create(desk, as_sent(desk, name, properties), agent(desk), now_ms)


def as_sent(desk: Desk, name: str, properties: JsonObject) -> JsonObject:
    """Flat properties as the API takes them. Raises: ValueError for one that is not there."""
    family = desk.organization_fields if name == "organizations" else desk.ticket_fields
    plain = {key: value for key, value in properties.items() if key in NATIVE[name]}
    custom = {key: value for key, value in properties.items() if key not in NATIVE[name]}
    fields = {key: _field(family, key) for key in custom}
    if name == "organizations" and custom:
        plain["organization_fields"] = {fields[key].key: value for key, value in custom.items()}
    elif custom:
        plain["custom_fields"] = [{"id": fields[key].id, "value": value} for key, value in custom.items()]
    return plain


def _field(family: FieldSet, word: str) -> Field:
    for field in family.custom():
        if word in (field.key, field.title, str(field.id)):
            return field
    raise ValueError(f"nothing is called {word!r}; fields are {[row.title for row in family.custom()]}")


def flat(desk: Desk, name: str, row: Row) -> JsonObject:
    """All values by the names of `edit`: fields by key, those of tickets by title."""
    values: JsonObject = {**row.values(), **named_custom(desk, name, row)}
    return values


def named_custom(desk: Desk, name: str, row: Row) -> dict[str, Any]:
    """Custom values by key or title, None where nothing is set."""
    custom = row.custom_values()
    if name == "organizations":
        return {field.key: custom.get(field.key) for field in desk.organization_fields.custom()}
    if name == "tickets":
        return {field.title: custom.get(str(field.id)) for field in desk.ticket_fields.custom()}
    return {}


def record(desk: Desk, name: str, row: Row, base_url: str = "") -> JsonObject:
    """A record as the API shows it, with flat `properties` and, for a ticket, its audits."""
    shown = {**shown_row(desk, name, row, base_url), "properties": flat(desk, name, row)}
    if name == "tickets":
        shown["audits"] = [audit.shown() for audit in desk.audits.of(row.id)]
    return shown
