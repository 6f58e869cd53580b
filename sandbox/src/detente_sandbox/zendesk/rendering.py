"""Records as the API shows them. Section 3.3 of the reference.

A row is packed as it is shown; what depends on the caller (the address) or on definitions (custom values) is
put around it as bytes, so that a page of a thousand costs no parsing.
"""

from collections.abc import Callable, Iterable

import orjson

from detente_sandbox.zendesk.desk import Desk
from detente_sandbox.zendesk.facts import JsonObject
from detente_sandbox.zendesk.records import NO_VALUES, Row

Renderer = Callable[[Row], bytes]
"""Shows a row as a JSON object."""


def fragments(rows: Iterable[Row], show: Renderer) -> list[orjson.Fragment]:
    """Rows for a JSON body that is not parsed again."""
    return [orjson.Fragment(show(row)) for row in rows]


def organization_renderer(desk: Desk, base_url: str) -> Renderer:
    """Shows organizations with all their fields; one without a value is null."""
    blank: JsonObject = {field.key: None for field in desk.organization_fields.custom()}
    nothing = orjson.dumps(blank)
    prefix = f'{{"url":"{base_url}/api/v2/organizations/'.encode()

    def show(row: Row) -> bytes:
        known = nothing if row.custom == NO_VALUES else orjson.dumps({**blank, **row.custom_values()})
        return b'%b%d.json",%b,"organization_fields":%b}' % (prefix, row.id, row.packed[1:-1], known)

    return show


def ticket_renderer(desk: Desk, base_url: str) -> Renderer:
    """Shows tickets with all custom fields, twice as the vendor does; one without a value is null."""
    ids = [field.id for field in desk.ticket_fields.custom()]
    nothing = orjson.dumps([{"id": number, "value": None} for number in ids])
    prefix = f'{{"url":"{base_url}/api/v2/tickets/'.encode()

    def show(row: Row) -> bytes:
        known = nothing
        if row.custom != NO_VALUES:
            values = row.custom_values()
            known = orjson.dumps([{"id": number, "value": values.get(str(number))} for number in ids])
        return b'%b%d.json",%b,"custom_fields":%b,"fields":%b}' % (
            prefix,
            row.id,
            row.packed[1:-1],
            known,
            known,
        )

    return show


def user_renderer(desk: Desk, base_url: str) -> Renderer:
    """Shows users."""
    prefix = f'{{"url":"{base_url}/api/v2/users/'.encode()
    return lambda row: b'%b%d.json",%b' % (prefix, row.id, row.packed[1:])


def with_more(shown: bytes, more: JsonObject) -> bytes:
    """A shown object with further members."""
    return shown[:-1] + b"," + orjson.dumps(more)[1:]


RENDERERS: dict[str, Callable[[Desk, str], Renderer]] = {
    "organizations": organization_renderer,
    "tickets": ticket_renderer,
    "users": user_renderer,
}


def renderer(desk: Desk, name: str, base_url: str) -> Renderer:
    """The renderer of a kind of records by its plural."""
    return RENDERERS[name](desk, base_url)


def shown_row(desk: Desk, name: str, row: Row, base_url: str) -> JsonObject:
    """One record as the API shows it."""
    body: JsonObject = orjson.loads(renderer(desk, name, base_url)(row))
    return body
