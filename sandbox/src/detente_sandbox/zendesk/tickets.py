"""Tickets: lists, look-ups and single writes. Sections 2.2, 3.3 and 4.1 of the reference."""

from collections.abc import Callable
from typing import Any

import orjson

from detente_sandbox.zendesk.audits import Author
from detente_sandbox.zendesk.call import Answer, Call, id_in_path
from detente_sandbox.zendesk.facts import JsonObject, UnknownBehaviourError
from detente_sandbox.zendesk.idempotency import once
from detente_sandbox.zendesk.paging import page_of
from detente_sandbox.zendesk.records import Row
from detente_sandbox.zendesk.refusals import invalid_page, not_found
from detente_sandbox.zendesk.rendering import fragments
from detente_sandbox.zendesk.sideloads import beside, ticket_shower
from detente_sandbox.zendesk.ticket_values import refuse_unknown
from detente_sandbox.zendesk.ticket_writing import change, create, delete

SORTS = ("id", "status", "updated_at")
DEEP_PAGE = 500


def author_of(call: Call) -> Author:
    """Who a change by this call is put down to."""
    return Author(call.actor.user_id, "api")


def list_tickets(call: Call) -> Answer:
    """A page of tickets that are neither archived nor deleted."""
    call.actor.need_scope("tickets")
    if (call.leading_whole("page") or 1) > DEEP_PAGE:
        call.spend("tickets-index-deep-pagination")
    return _page(call, call.desk.tickets.live)


def list_tickets_of(call: Call, word: str) -> Answer:
    """The same for one organization."""
    call.actor.need_scope("tickets")
    organization = call.desk.organizations.find(id_in_path(word))
    if organization is None:
        raise not_found()
    mark = b'"organization_id":%d,' % organization.id
    return _page(call, [row.id for row in call.desk.tickets.each_live() if mark in row.packed])


def _page(call: Call, ids: Any) -> Answer:
    sort, is_descending = _sort(call)
    keys = ids if sort == "id" else sorted(_key(call.desk.tickets.rows[number], sort) for number in ids)
    page = page_of(call, keys, is_descending=is_descending)
    numbers = page.keys if sort == "id" else [key[1] for key in page.keys]
    return _shown(call, [call.desk.tickets.rows[number] for number in numbers], page.rest)


def _sort(call: Call) -> tuple[str, bool]:
    """Which of the three sorts a cursor list asks for. Raises: ApiError 400 [L]."""
    text = call.text("sort") or "id"
    if "page" in call.query or "per_page" in call.query:
        return "id", False
    name = text.removeprefix("-")
    if name not in SORTS:
        raise invalid_page(f"sort must be one of {', '.join(SORTS)}")
    return name, text.startswith("-")


def _key(row: Row, sort: str) -> tuple[Any, int]:
    return (row.values()[sort], row.id)


def _shown(call: Call, rows: list[Row], rest: JsonObject) -> Answer:
    return Answer({"tickets": fragments(rows, ticket_shower(call)), **beside(call, rows), **rest})


def count_tickets(call: Call) -> Answer:
    """How many the list holds; a cheap look at the credential. The shape is [U]."""
    call.actor.need_scope("tickets")
    return Answer({"count": {"value": len(call.desk.tickets.live), "refreshed_at": None}})


def read_ticket(call: Call, word: str) -> Answer:
    """One ticket by id, archived or not."""
    call.actor.need_scope("tickets")
    row = found(call, word)
    show = ticket_shower(call, is_single=True)
    return Answer({"ticket": orjson.Fragment(show(row)), **beside(call, [row])})


def found(call: Call, word: str) -> Row:
    """A ticket of a path. Raises: ApiError 404."""
    row = call.desk.tickets.find(id_in_path(word))
    if row is None:
        raise not_found()
    return row


def show_many(call: Call) -> Answer:
    """Up to 100 by id; those that are not there are left out."""
    call.actor.need_scope("tickets")
    rows = [row for row in map(call.desk.tickets.find, call.ids()) if row is not None]
    return _shown(call, rows, {"next_page": None, "previous_page": None, "count": len(rows)})


def update_ticket(call: Call, word: str) -> Answer:
    """Changes what is sent; thirty times in ten minutes for each user and ticket."""
    call.actor.need_scope("tickets", to_write=True)
    row = found(call, word)
    call.spend("tickets-update-each", (call.actor.user_id, row.id))
    sent = call.changes_in_body("ticket", row.id)
    refuse_unknown(sent)
    done = change(call.desk, row, sent, author_of(call), call.now_ms)
    body: JsonObject = {"ticket": orjson.Fragment(ticket_shower(call)(done.row))}
    if done.audit is not None:
        body["audit"] = done.audit.shown()
    return Answer(body)


def create_ticket(call: Call) -> Answer:
    """Makes one and answers 201 with its address; an idempotency key makes it only once."""
    call.actor.need_scope("tickets", to_write=True)
    sent = call.object_in_body("ticket")
    refuse_unknown(sent)
    row = once(call, lambda: create(call.desk, sent, author_of(call), call.now_ms).id)
    call.headers["Location"] = f"{call.base_url}/api/v2/tickets/{row}.json"
    return Answer({"ticket": orjson.Fragment(ticket_shower(call)(call.desk.tickets.rows[row]))}, 201)


def delete_ticket(call: Call, word: str) -> Answer:
    """Leaves the ticket to exports alone."""
    call.actor.need_scope("tickets", to_write=True)
    delete(call.desk, found(call, word), call.now_ms)
    return Answer(status=204)


def edit_tags(call: Call, word: str) -> Answer:
    """PUT adds tags, POST sets them, DELETE removes them [C]; the answer is [U]."""
    call.actor.need_scope("tickets", to_write=True)
    row, given = found(call, word), call.body().get("tags", [])
    known = row.values()["tags"]
    edits: dict[str, Callable[[], list[str]]] = {
        "PUT": lambda: [*known, *given],
        "POST": lambda: given,
        "DELETE": lambda: [tag for tag in known if tag not in given],
    }
    done = change(call.desk, row, {"tags": edits[call.request.method]()}, author_of(call), call.now_ms)
    return Answer({"tags": done.row.values()["tags"]})


def list_audits(call: Call, word: str) -> Answer:
    """The audits of one ticket, oldest first; a deleted ticket has none (404) [C]."""
    call.actor.need_scope("tickets")
    if call.includes():
        raise UnknownBehaviourError("include on audits")
    audits = {audit.id: audit for audit in call.desk.audits.of(found(call, word).id)}
    page = page_of(call, list(audits))
    return Answer({"audits": [audits[number].shown() for number in page.keys], **page.rest})


def read_metrics(call: Call, word: str) -> Answer:
    """The metric set of one ticket."""
    call.actor.need_scope("tickets")
    row = found(call, word)
    shown = call.desk.lives[row.id].metric_set(call.base_url, row.id, row.updated_ms // 1000)
    return Answer({"ticket_metric": shown})


def list_metrics(call: Call) -> Answer:
    """Metric sets of tickets that are neither archived nor deleted."""
    call.actor.need_scope("tickets")
    page = page_of(call, call.desk.tickets.live)
    rows = (call.desk.tickets.rows[number] for number in page.keys)
    lives = call.desk.lives
    shown = [lives[row.id].metric_set(call.base_url, row.id, row.updated_ms // 1000) for row in rows]
    return Answer({"ticket_metrics": shown, **page.rest})
