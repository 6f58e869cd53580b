"""Creates, changes and deletes tickets, whoever asks for it. Section 4.1 of the reference."""

from dataclasses import dataclass
from typing import Any

from detente_sandbox.clock import parse_instant
from detente_sandbox.zendesk.audits import Audit, Author, changed, commented, created
from detente_sandbox.zendesk.desk import BRAND, FORM, Desk
from detente_sandbox.zendesk.facts import JsonObject, UnknownBehaviourError
from detente_sandbox.zendesk.life import Life
from detente_sandbox.zendesk.metric_events import REPLY, RESOLUTION
from detente_sandbox.zendesk.records import NO_VALUES, Place, Row, pack, second_text
from detente_sandbox.zendesk.refusals import invalid_value, update_conflict
from detente_sandbox.zendesk.ticket_values import (
    Custom,
    checked,
    custom_changes,
    edited_tags,
    put_custom,
    refuse_unsolvable,
    settle_tags,
)

SOLVED = ("solved", "closed")


@dataclass(frozen=True)
class Changed:
    """A ticket after a change; without an audit nothing was changed."""

    row: Row
    audit: Audit | None


def change(desk: Desk, row: Row, sent: JsonObject, author: Author, now_ms: int) -> Changed:
    """The ticket with what was sent. Only sent properties change.

    Raises: ApiError 422 for a closed ticket or an unsuitable value, 409 for an outlived stamp.
    """
    refuse_outlived(row, sent)
    before, custom = row.values(), row.custom_values()
    if before["status"] == "closed":
        raise invalid_value("status", "Status: closed prevents ticket update")
    after = {**before, **checked(desk, sent)}
    if after["status"] == "closed" and author.channel != "rule":
        raise UnknownBehaviourError("closing a ticket by hand")
    after["raw_subject"] = after["subject"]
    after["tags"], custom_after = _tags_and_custom(desk, sent, before["tags"], custom)
    if after["status"] == "solved" != before["status"]:
        refuse_unsolvable(desk, custom_after)
    events = _events(before, after, custom, custom_after) + _comment(sent, author)
    if not events:
        return Changed(row, None)
    desk.audits.first.setdefault(row.id, before)
    changed_row = _put(desk, row, after, custom_after, now_ms)
    _live_on(desk, row.id, before, after, _comment(sent, author), now_ms // 1000)
    return Changed(changed_row, desk.audits.add(row.id, author, now_ms // 1000, events))


def refuse_outlived(row: Row, sent: JsonObject) -> None:
    """Raises: ApiError 409 when a safe update's stamp is not the ticket's; instants count, not texts [V].

    Stamps have whole seconds: a change within the second that was read cannot be told [U].
    """
    if not sent.get("safe_update"):
        return
    stamp = sent.get("updated_stamp")
    if stamp is None:
        raise UnknownBehaviourError("safe_update without updated_stamp")
    try:
        read_s = parse_instant(str(stamp)) // 1000
    except ValueError:
        raise UnknownBehaviourError("an updated_stamp that is no instant with a zone") from None
    if row.updated_ms // 1000 != read_s:
        raise update_conflict()


def _tags_and_custom(
    desk: Desk, sent: JsonObject, known: list[str], custom: Custom
) -> tuple[list[str], Custom]:
    tags, after = edited_tags(sent, known), dict(custom)
    settle_tags(desk, known, tags, after)
    for field, value in custom_changes(desk, sent.get("custom_fields", [])):
        put_custom(field, value, after, tags)
    return tags, after


def _events(before: JsonObject, after: JsonObject, custom: Custom, custom_after: Custom) -> list[JsonObject]:
    plain = [
        changed(name, before[name], value)
        for name, value in after.items()
        if value != before[name] and name != "raw_subject"
    ]
    ids = sorted(custom.keys() | custom_after.keys())
    pairs = ((number, custom.get(number), custom_after.get(number)) for number in ids)
    return plain + [changed(number, old, new) for number, old, new in pairs if old != new]


def _comment(sent: JsonObject, author: Author) -> list[JsonObject]:
    given = sent.get("comment")
    if given is None:
        return []
    if not isinstance(given, dict) or not str(given.get("body") or "").strip():
        raise invalid_value("comment", "Comment: body cannot be blank", "BlankValue")
    return [commented(author.user_id, str(given["body"]), public=bool(given.get("public", True)))]


def _put(desk: Desk, row: Row, values: JsonObject, custom: Custom, now_ms: int) -> Row:
    values["updated_at"] = second_text(now_ms)
    values["generated_timestamp"] = now_ms // 1000
    kept = pack(custom) if custom else NO_VALUES
    changed_row = Row(row.id, now_ms, now_ms // 1000, pack(values), kept, row.place)
    desk.tickets.put(changed_row)
    return changed_row


def _live_on(
    desk: Desk, ticket_id: int, before: JsonObject, after: JsonObject, comments: list[JsonObject], at_s: int
) -> None:
    """Metrics and targets follow the change."""
    life = desk.lives[ticket_id]
    if before["assignee_id"] != after["assignee_id"] and after["assignee_id"] is not None:
        life.assigned_s, life.assignee_stations = at_s, life.assignee_stations + 1
    life.group_stations += before["group_id"] != after["group_id"]
    for comment in comments:
        _replied(desk, ticket_id, comment, at_s)
    if before["priority"] != after["priority"]:
        desk.promises.reprioritise(ticket_id, after["priority"], at_s)
    if after["status"] in SOLVED and before["status"] not in SOLVED:
        life.solved_s = at_s
        desk.promises.fulfil(ticket_id, RESOLUTION, at_s)
    if before["status"] in SOLVED and after["status"] not in SOLVED:
        life.solved_s, life.reopens = None, life.reopens + 1
        desk.promises.reopen(ticket_id, after["priority"], at_s)


def _replied(desk: Desk, ticket_id: int, comment: JsonObject, at_s: int) -> None:
    life, author = desk.lives[ticket_id], desk.users.rows.get(comment["author_id"])
    life.comments, life.comment_s = life.comments + 1, at_s
    if author is None or author.values()["role"] == "end-user" or not comment["public"]:
        return
    life.replies += 1
    life.reply_s = at_s if life.reply_s is None else life.reply_s
    desk.promises.fulfil(ticket_id, REPLY, at_s)


def create(desk: Desk, sent: JsonObject, author: Author, now_ms: int) -> Row:
    """A new ticket. Raises: ApiError 422 without a comment or with an unsuitable value."""
    if not _comment(sent, author):
        raise invalid_value("base", "Description: cannot be blank", "BlankValue")
    values = _blank(desk, sent, author, now_ms)
    values.update(checked(desk, sent))
    values["raw_subject"] = values["subject"]
    if "requester_id" in sent and "organization_id" not in sent:
        values["organization_id"] = desk.users.rows[values["requester_id"]].values()["organization_id"]
    values["tags"], custom = _tags_and_custom(desk, sent, [], {})
    values["id"] = desk.tickets.take_id()
    row = Row(values["id"], now_ms, now_ms // 1000, pack(values), pack(custom) if custom else NO_VALUES)
    desk.tickets.put(row)
    at_s = now_ms // 1000
    desk.lives[row.id] = Life(at_s, comment_s=at_s)
    desk.promises.begin(row.id, values["priority"], at_s)
    names = ("subject", "priority", "status", "requester_id", "organization_id", "group_id", "assignee_id")
    events = [created(name, values[name]) for name in names if values[name] is not None]
    desk.audits.add(row.id, author, at_s, [*events, *_comment(sent, author)])
    return row


def _blank(desk: Desk, sent: JsonObject, author: Author, now_ms: int) -> JsonObject:
    at = second_text(now_ms)
    body = str(sent["comment"]["body"])
    return {
        "id": 0,
        "external_id": None,
        "via": {"channel": author.channel},
        "type": None,
        "subject": body[:80],
        "raw_subject": None,
        "description": body,
        "priority": None,
        "status": "new",
        "custom_status_id": None,
        "recipient": None,
        "requester_id": author.user_id,
        "submitter_id": author.user_id,
        "assignee_id": None,
        "organization_id": None,
        "group_id": None,
        "brand_id": BRAND,
        "ticket_form_id": FORM,
        "problem_id": None,
        "has_incidents": False,
        "is_public": True,
        "due_at": None,
        "tags": [],
        "satisfaction_rating": {"score": "unoffered"},
        "created_at": at,
        "updated_at": at,
        "generated_timestamp": now_ms // 1000,
    }


def delete(desk: Desk, row: Row, now_ms: int) -> None:
    """Leaves the ticket to exports alone, with status `deleted` [C]."""
    desk.audits.first.setdefault(row.id, row.values())
    desk.promises.drop(row.id)
    _put(
        desk,
        row._replace(place=Place.DELETED),
        {**row.values(), "status": "deleted"},
        row.custom_values(),
        now_ms,
    )


def touch(desk: Desk, row: Row, now_ms: int, *, place: Place | None = None) -> None:
    """The system's own update: `generated_timestamp` moves, `updated_at` does not. Section 3.1 [V]."""
    values: dict[str, Any] = {**row.values(), "generated_timestamp": now_ms // 1000}
    desk.tickets.put(
        row._replace(stamp_s=now_ms // 1000, packed=pack(values), place=row.place if place is None else place)
    )
