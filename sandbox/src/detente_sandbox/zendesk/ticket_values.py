"""What may stand in a ticket's properties, tags and custom fields. Sections 3.3, 4.1 and 5.1."""

from collections.abc import Callable
from typing import Any

from detente_sandbox.zendesk.desk import Desk
from detente_sandbox.zendesk.facts import (
    PRIORITIES,
    STATUSES,
    TICKET_TYPES,
    JsonObject,
    UnknownBehaviourError,
)
from detente_sandbox.zendesk.fields import Field
from detente_sandbox.zendesk.refusals import invalid_value, record_invalid
from detente_sandbox.zendesk.values import UnsuitableError, kept_value

TAG_EDITS = ("additional_tags", "remove_tags")
APART = ("tags", "custom_fields", "comment", "safe_update", "updated_stamp")
Custom = dict[str, Any]
"""Set values by field id as text."""


def _choice(options: tuple[str, ...], *, may_be_empty: bool) -> Callable[[Desk, str, Any], Any]:
    def check(desk: Desk, name: str, sent: Any) -> Any:
        if sent in options or (sent is None and may_be_empty):
            return sent
        raise invalid_value(name, f"{name.capitalize()}: {sent!r} is not one of {', '.join(options)}")

    return check


def _text(desk: Desk, name: str, sent: Any) -> str | None:
    if sent is not None and not isinstance(sent, str):
        raise invalid_value(name, f"{name}: must be text")
    return sent


def _user(desk: Desk, name: str, sent: Any) -> int | None:
    row = desk.users.rows.get(sent) if isinstance(sent, int) else None
    if name == "assignee_id" and sent is None:
        return None
    if row is None or (name == "assignee_id" and row.values()["role"] == "end-user"):
        raise invalid_value(name, f"{name}: no such user who may be it")
    return row.id


def _group(desk: Desk, name: str, sent: Any) -> int | None:
    if sent is not None and sent not in [group["id"] for group in desk.groups]:
        raise invalid_value(name, f"{name}: no such group")
    return sent  # type: ignore[no-any-return]


def _organization(desk: Desk, name: str, sent: Any) -> int | None:
    if sent is not None and (not isinstance(sent, int) or desk.organizations.find(sent) is None):
        raise invalid_value(name, f"{name}: no such organization")
    return sent


CHECKS: dict[str, Callable[[Desk, str, Any], Any]] = {
    "subject": _text,
    "external_id": _text,
    "priority": _choice(PRIORITIES, may_be_empty=True),
    "type": _choice(TICKET_TYPES, may_be_empty=True),
    "status": _choice(STATUSES, may_be_empty=False),
    "requester_id": _user,
    "assignee_id": _user,
    "group_id": _group,
    "organization_id": _organization,
}


def refuse_unknown(sent: JsonObject, *, in_bulk: bool = False) -> None:
    """Raises: UnknownBehaviourError for a property of which nothing is known.

    Single tags are added and removed in bulk updates only [V].
    """
    known = {*CHECKS, *APART, *(TAG_EDITS if in_bulk else ())}
    unknown = set(sent) - known
    if unknown:
        raise UnknownBehaviourError(f"ticket properties {sorted(unknown)}")
    if sent.get("status") == "closed":
        raise UnknownBehaviourError("closing a ticket by hand")


def checked(desk: Desk, sent: JsonObject) -> JsonObject:
    """Plain properties as they are kept. Raises: ApiError 422."""
    return {name: check(desk, name, sent[name]) for name, check in CHECKS.items() if name in sent}


def custom_changes(desk: Desk, sent: Any) -> list[tuple[Field, Any]]:
    """Fields with the values they get; unknown ids are as the switch says. Raises: ApiError 422."""
    if not isinstance(sent, list) or not all(isinstance(row, dict) and "id" in row for row in sent):
        raise invalid_value("custom_fields", "custom_fields: must be a list of objects with id and value")
    found = []
    for row in sent:
        field = desk.ticket_fields.find(row["id"])
        if field is None or field.is_system or not field.active:
            if desk.switches.refuses_unknown_fields:
                raise invalid_value("custom_fields", f"custom_fields: no field has the id {row['id']}")
            continue
        try:
            found.append((field, kept_value(field, row.get("value"))))
        except UnsuitableError as error:
            problem = {"description": f"{field.title}: {error}", "error": None, "ticket_field_id": field.id}
            raise record_invalid({"base": [problem]}) from None
    return found


def edited_tags(sent: JsonObject, known: list[str]) -> list[str]:
    """The tags after `tags` (the whole list), `additional_tags` and `remove_tags`."""
    wanted = [_tag(tag) for tag in _tags(sent, "tags")] if "tags" in sent else known
    gone = set(_tags(sent, "remove_tags"))
    return list(dict.fromkeys(tag for tag in [*wanted, *_tags(sent, "additional_tags")] if tag not in gone))


def _tags(sent: JsonObject, name: str) -> list[str]:
    given = sent.get(name, [])
    if not isinstance(given, list) or not all(isinstance(tag, str) for tag in given):
        raise invalid_value(name, f"{name}: must be a list of texts")
    return given


def _tag(text: str) -> str:
    if not text or " " in text:
        raise UnknownBehaviourError("tags that are empty or hold a space")
    return text


def settle_tags(desk: Desk, before: list[str], tags: list[str], custom: Custom) -> None:
    """Clears fields whose tag was removed [U]. Raises: UnknownBehaviourError for a new tag of a field."""
    for tag in set(before) - set(tags):
        field = desk.ticket_fields.owner_of_tag(tag)
        if field is not None:
            custom.pop(str(field.id), None)
    for tag in set(tags) - set(before):
        if desk.ticket_fields.owner_of_tag(tag) is not None:
            raise UnknownBehaviourError("adding the tag of a field without the field")


def put_custom(field: Field, value: Any, custom: Custom, tags: list[str]) -> None:
    """Sets or clears a value and the tags that go with it. Section 5.1 [V]."""
    custom.pop(str(field.id), None)
    if value is not None:
        custom[str(field.id)] = value
    wanted = {field.tag} if value is True and field.tag else set()
    if field.options:
        wanted = set(value) if isinstance(value, list) else {value} if value is not None else set()
    tags[:] = [tag for tag in tags if tag not in field.tags or tag in wanted]
    tags.extend(sorted(str(tag) for tag in wanted - set(tags)))


def refuse_unsolvable(desk: Desk, custom: Custom) -> None:
    """Raises: ApiError 422 when a required field is empty on solving. Section 2.3 [L]."""
    problems = [
        {
            "description": f"{field.title}: is required when solving a ticket",
            "error": None,
            "ticket_field_id": field.id,
            "ticket_field_type": f"Field{field.type.capitalize()}",
        }
        for field in desk.ticket_fields.required()
        if custom.get(str(field.id)) is None
    ]
    if problems:
        raise record_invalid({"base": problems})
