"""Creates, changes, merges and removes organizations, whoever asks for it. Section 4.3 of the reference."""

from collections.abc import Callable
from typing import Any

from detente_sandbox.zendesk.desk import Desk
from detente_sandbox.zendesk.facts import JsonObject, UnknownBehaviourError
from detente_sandbox.zendesk.records import NO_VALUES, Place, Row, pack, second_text
from detente_sandbox.zendesk.refusals import duplicate, invalid_value
from detente_sandbox.zendesk.values import UnsuitableError, kept_value, shown_organization_value

UNIQUE = ("name", "external_id")


def _text(desk: Desk, name: str, sent: Any) -> str | None:
    if sent is not None and not isinstance(sent, str):
        raise invalid_value(name, f"{name}: must be text")
    return sent


def _named(desk: Desk, name: str, sent: Any) -> str:
    if not isinstance(sent, str) or not sent.strip():
        raise invalid_value(name, f"{name.capitalize()}: cannot be blank", "BlankValue")
    return sent


def _truth(desk: Desk, name: str, sent: Any) -> bool:
    if not isinstance(sent, bool):
        raise invalid_value(name, f"{name}: must be true or false")
    return sent


def _texts(desk: Desk, name: str, sent: Any) -> list[str]:
    """The whole list: what is not sent again is gone [V]."""
    if not isinstance(sent, list) or not all(isinstance(text, str) for text in sent):
        raise invalid_value(name, f"{name}: must be a list of texts")
    return list(dict.fromkeys(sent))


def _group(desk: Desk, name: str, sent: Any) -> int | None:
    if sent is not None and sent not in [group["id"] for group in desk.groups]:
        raise invalid_value(name, f"{name}: no such group")
    return sent  # type: ignore[no-any-return]


CHECKS: dict[str, Callable[[Desk, str, Any], Any]] = {
    "name": _named,
    "external_id": _text,
    "domain_names": _texts,
    "tags": _texts,
    "details": _text,
    "notes": _text,
    "group_id": _group,
    "shared_tickets": _truth,
    "shared_comments": _truth,
}


def refuse_unknown(sent: JsonObject) -> None:
    """Raises: UnknownBehaviourError for a property of which nothing is known."""
    unknown = set(sent) - set(CHECKS) - {"organization_fields"}
    if unknown:
        raise UnknownBehaviourError(f"organization properties {sorted(unknown)}")


def change(desk: Desk, row: Row, sent: JsonObject, now_ms: int) -> Row:
    """The organization with what was sent; its stamp moves only when something changes [U].

    Raises: ApiError 422; nothing was changed then.
    """
    before, custom_before = row.values(), row.custom_values()
    after = {**before, **_checked(desk, sent, row.id)}
    custom = _with_fields(desk, custom_before, sent.get("organization_fields"))
    if after == before and custom == custom_before:
        return row
    _keep_unique(desk, row.id, before, after)
    after["updated_at"] = second_text(now_ms)
    changed = Row(
        row.id, now_ms, now_ms // 1000, pack(after), pack(custom) if custom else NO_VALUES, row.place
    )
    desk.organizations.put(changed)
    return changed


def create(desk: Desk, sent: JsonObject, now_ms: int) -> Row:
    """A new organization. Raises: ApiError 422."""
    if "name" not in sent:
        raise invalid_value("name", "Name: cannot be blank", "BlankValue")
    checked = _checked(desk, {name: value for name, value in sent.items() if name != "id"}, None)
    custom = _with_fields(desk, {}, sent.get("organization_fields"))
    made = second_text(now_ms)
    blank: JsonObject = {
        "id": desk.organizations.take_id(),
        "name": None,
        "shared_tickets": False,
        "shared_comments": False,
        "external_id": None,
        "created_at": made,
        "updated_at": made,
        "domain_names": [],
        "details": None,
        "notes": None,
        "group_id": None,
        "tags": [],
    }
    values = {**blank, **checked}
    _keep_unique(desk, values["id"], {}, values)
    row = Row(values["id"], now_ms, now_ms // 1000, pack(values), pack(custom) if custom else NO_VALUES)
    desk.organizations.put(row)
    return row


def delete(desk: Desk, row: Row) -> None:
    """Takes an organization away; its users and tickets stay without one [U]."""
    _move(desk, row.id, None)
    _keep_unique(desk, row.id, row.values(), {})
    desk.organizations.remove(row.id)


def merge(desk: Desk, winner: Row, loser: Row) -> None:
    """The loser is gone, its users and tickets belong to the winner; the winner's values stay [U]."""
    _move(desk, loser.id, winner.id)
    _keep_unique(desk, loser.id, loser.values(), {})
    desk.organizations.remove(loser.id)


def _move(desk: Desk, old: int, new: int | None) -> None:
    """Points users and tickets to another organization; no stamp moves [U]."""
    mark = b'"organization_id":%d,' % old
    for store in (desk.users, desk.tickets):
        for row in list(store.rows.values()):
            if mark in row.packed and row.place is not Place.DELETED:
                store.put(row._replace(packed=pack({**row.values(), "organization_id": new})))


def _checked(desk: Desk, sent: JsonObject, own_id: int | None) -> JsonObject:
    refuse_unknown(sent)
    values = {name: CHECKS[name](desk, name, value) for name, value in sent.items() if name in CHECKS}
    for name in UNIQUE:
        holder = desk.taken[name].get(str(values.get(name) or "").lower())
        if holder is not None and holder != own_id:
            raise duplicate(name, values[name])
    return values


def _with_fields(desk: Desk, known: JsonObject, sent: Any) -> JsonObject:
    """Set values with those sent; keys that are not sent stay [U], unknown keys are as the switch says."""
    if sent is None:
        return known
    if not isinstance(sent, dict):
        raise invalid_value("organization_fields", "organization_fields: must be an object")
    merged = dict(known)
    for key, value in sent.items():
        field = desk.organization_fields.find(key)
        if field is None or not field.active:
            if desk.switches.refuses_unknown_fields:
                raise invalid_value(key, f"{key}: no such field")
            continue
        try:
            merged[field.key] = shown_organization_value(field, kept_value(field, value))
        except UnsuitableError as error:
            raise invalid_value(key, f"{field.title}: {error}") from None
    return {key: value for key, value in merged.items() if value is not None}


def _keep_unique(desk: Desk, record_id: int, before: JsonObject, after: JsonObject) -> None:
    for name in UNIQUE:
        old, new = str(before.get(name) or "").lower(), str(after.get(name) or "").lower()
        if old != new:
            desk.taken[name].pop(old, None)
            if new:
                desk.taken[name][new] = record_id
