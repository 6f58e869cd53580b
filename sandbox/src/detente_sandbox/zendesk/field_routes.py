"""Definitions of fields, and the form that shows them. Section 5.1 of the reference."""

import re
from typing import Any

from detente_sandbox.zendesk.call import Answer, Call, id_in_path
from detente_sandbox.zendesk.desk import Desk, Form
from detente_sandbox.zendesk.facts import OPTIONS_MAX, JsonObject, UnknownBehaviourError
from detente_sandbox.zendesk.fields import CHOICES, Field, FieldSet, Option
from detente_sandbox.zendesk.paging import page_of
from detente_sandbox.zendesk.records import NO_VALUES, pack, second_text
from detente_sandbox.zendesk.refusals import duplicate, invalid_value, not_found

SETTABLE = {
    "title", "description", "active", "required", "tag", "custom_field_options", "position",
    "title_in_portal", "visible_in_portal", "editable_in_portal", "agent_description",
}  # fmt: skip


def _family(call: Call, name: str) -> FieldSet:
    sets = {row.family: row for row in (call.desk.ticket_fields, call.desk.organization_fields)}
    return sets.get(name, call.desk.user_fields)


def list_fields(call: Call, name: str) -> Answer:
    """All definitions at once, or pages of 100 where paging is asked for [V]."""
    call.actor.need_scope("tickets" if name == "ticket_fields" else name.replace("_fields", "s"))
    rows = {row["id"]: row for row in _family(call, name).shown(call.base_url)}
    if {"page", "per_page"} & call.query.keys() or any(key.startswith("page[") for key in call.query):
        page = page_of(call, sorted(rows))
        return Answer({name: [rows[number] for number in page.keys], **page.rest})
    return Answer({name: list(rows.values()), "next_page": None, "previous_page": None, "count": len(rows)})


def read_field(call: Call, name: str, word: str) -> Answer:
    """One definition by id, or by key where there are keys."""
    call.actor.need_scope("tickets" if name == "ticket_fields" else "organizations")
    return _one(call, name, _found(call, name, word))


def _found(call: Call, name: str, word: str) -> Field:
    field = _family(call, name).find(word)
    if field is None:
        raise not_found()
    return field


def _one(call: Call, name: str, field: Field, status: int = 200) -> Answer:
    family = _family(call, name)
    shown = field.shown(call.base_url, name, family.fields.index(field))
    return Answer({name[:-1]: shown}, status)


def create_field(call: Call, name: str) -> Answer:
    """Defines a field; an admin's right, with the scope `write` [U]."""
    _need_right(call)
    sent, family = call.object_in_body(name[:-1]), _family(call, name)
    kind, title = sent.get("type"), sent.get("title")
    if kind not in family.types:
        raise invalid_value("type", f"Type: {kind!r} is not one of {', '.join(family.types)}")
    if not isinstance(title, str) or not title.strip():
        raise invalid_value("title", "Title: cannot be blank", "BlankValue")
    key = "" if name == "ticket_fields" else _new_key(family, sent.get("key"))
    rest = {prop: value for prop, value in sent.items() if prop not in ("type", "key")}
    field = Field(0, kind, title, call.now_ms, call.now_ms, key)
    _change(call.desk, family, field, rest)
    field.id = family.take_id()
    family.add(field)
    return _one(call, name, field, 201)


def _need_right(call: Call) -> None:
    call.actor.need_scope("fields", to_write=True)
    call.actor.need_admin()


def _new_key(family: FieldSet, sent: Any) -> str:
    """Letters, digits and underscore, not only digits [V]."""
    if not isinstance(sent, str) or not re.fullmatch(r"\w+", sent, re.ASCII) or sent.isdigit():
        raise invalid_value("key", "Key: letters, digits and underscores, not only digits")
    if family.find(sent) is not None:
        raise duplicate("key", sent)
    return sent


def update_field(call: Call, name: str, word: str) -> Answer:
    """Changes a definition; its type cannot change, and options that are not sent again are deleted [V]."""
    _need_right(call)
    field, family = _found(call, name, word), _family(call, name)
    if field.is_system:
        raise UnknownBehaviourError("changes to the vendor's own fields")
    sent = call.object_in_body(name[:-1])
    if sent.get("type", field.type) != field.type or sent.get("key", field.key) != field.key:
        raise invalid_value("type", "Type and key cannot be changed")
    _change(call.desk, family, field, {prop: sent[prop] for prop in sent.keys() - {"type", "key"}})
    field.updated_ms = call.now_ms
    return _one(call, name, field)


def _change(desk: Desk, family: FieldSet, field: Field, sent: JsonObject) -> None:
    unknown = sent.keys() - SETTABLE
    if unknown:
        raise UnknownBehaviourError(f"field properties {sorted(unknown)}")
    if sent.get("tag"):
        _refuse_taken(family, field, [str(sent["tag"])])
        field.tag = str(sent["tag"])
    if "custom_field_options" in sent:
        _replace_options(desk, family, field, sent["custom_field_options"])
    field.title = str(sent.get("title", field.title))
    field.description = str(sent.get("description", field.description) or "")
    field.active = bool(sent.get("active", field.active))
    field.required = bool(sent.get("required", field.required))


def _replace_options(desk: Desk, family: FieldSet, field: Field, sent: Any) -> None:
    if field.type not in CHOICES:
        raise invalid_value("custom_field_options", f"A field of type {field.type} has no options")
    if not isinstance(sent, list) or not all(isinstance(row, dict) and row.get("value") for row in sent):
        raise invalid_value("custom_field_options", "Options must be objects with name and value")
    values = [str(row["value"]) for row in sent]
    if len(values) > OPTIONS_MAX or len(set(values)) < len(values):
        raise invalid_value("custom_field_options", f"At most {OPTIONS_MAX} options, each value once")
    _refuse_taken(family, field, values)
    known = {option.value: option.id for option in field.options}
    gone = set(known) - set(values)
    field.options = [
        Option(known.get(value) or family.take_id(), str(row.get("name") or value), value)
        for value, row in zip(values, sent, strict=True)
    ]
    if gone:
        _clear(desk, family, field, gone)


def _refuse_taken(family: FieldSet, field: Field, tags: list[str]) -> None:
    """Option values and checkbox tags cannot be used in two fields [V]."""
    for tag in tags:
        owner = family.owner_of_tag(tag)
        if owner is not None and owner is not field:
            raise duplicate("custom_field_options", tag)


def _clear(desk: Desk, family: FieldSet, field: Field, gone: set[str] | None = None) -> None:
    """Takes values away from records: those in `gone`, or all; no stamp moves [U]."""
    is_ticket = family is desk.ticket_fields
    store, name = (desk.tickets, str(field.id)) if is_ticket else (desk.organizations, field.key)
    for row in list(store.rows.values()):
        custom = row.custom_values()
        if name not in custom:
            continue
        held = custom.pop(name)
        rest = [value for value in held if value not in (gone or held)] if isinstance(held, list) else []
        if rest or (gone is not None and not isinstance(held, list) and held not in gone):
            custom[name] = rest or held
        values, lost = row.values(), field.tags if gone is None else gone
        if is_ticket:
            values["tags"] = [tag for tag in values["tags"] if tag not in lost]
        store.put(row._replace(packed=pack(values), custom=pack(custom) if custom else NO_VALUES))


def delete_field(call: Call, name: str, word: str) -> Answer:
    """Takes a field away with its values."""
    _need_right(call)
    field, family = _found(call, name, word), _family(call, name)
    if field.is_system:
        raise UnknownBehaviourError("deleting the vendor's own fields")
    family.fields.remove(field)
    _clear(call.desk, family, field)
    return Answer(status=204)


def list_options(call: Call, word: str) -> Answer:
    """The options of a ticket field."""
    call.actor.need_scope("tickets")
    rows = [option.shown() for option in _found(call, "ticket_fields", word).options]
    return Answer(
        {"custom_field_options": rows, "count": len(rows), "next_page": None, "previous_page": None}
    )


def put_option(call: Call, word: str) -> Answer:
    """Adds an option, or changes the one whose id is sent; the others stay [V]."""
    _need_right(call)
    call.spend("field-options")
    field, sent = _found(call, "ticket_fields", word), call.object_in_body("custom_field_option")
    name, value = str(sent.get("name") or ""), str(sent.get("value") or "")
    if not name or not value or field.type not in CHOICES:
        raise invalid_value(
            "custom_field_options", "An option needs name and value, and a field with options"
        )
    _refuse_taken(call.desk.ticket_fields, field, [value])
    known = next((option for option in field.options if option.id == sent.get("id")), None)
    if known is None and value in [option.value for option in field.options]:
        raise duplicate("value", value)
    if known is not None and known.value != value:
        raise UnknownBehaviourError("changing the value of an option")
    option = known or Option(call.desk.ticket_fields.take_id(), name, value)
    option.name = name
    if known is None:
        field.options.append(option)
    return Answer({"custom_field_option": option.shown()}, 201 if known is None else 200)


def list_forms(call: Call) -> Answer:
    """The ticket forms."""
    call.actor.need_scope("tickets")
    rows = [_form(call, row) for row in call.desk.forms]
    return Answer({"ticket_forms": rows, "count": len(rows), "next_page": None, "previous_page": None})


def _form(call: Call, form: Form) -> JsonObject:
    return {
        "url": f"{call.base_url}/api/v2/ticket_forms/{form.id}.json",
        "id": form.id,
        "name": form.name,
        "display_name": form.name,
        "position": 0,
        "active": True,
        "default": True,
        "ticket_field_ids": form.field_ids,
        "updated_at": second_text(form.updated_ms),
    }


def _found_form(call: Call, word: str) -> Form:
    number = id_in_path(word)
    for form in call.desk.forms:
        if form.id == number:
            return form
    raise not_found()


def read_form(call: Call, word: str) -> Answer:
    """One ticket form."""
    call.actor.need_scope("tickets")
    return Answer({"ticket_form": _form(call, _found_form(call, word))})


def update_form(call: Call, word: str) -> Answer:
    """Sets which fields the form has, in their order; a new field shows only then [V]."""
    _need_right(call)
    form, sent = _found_form(call, word), call.object_in_body("ticket_form")
    if sent.keys() != {"ticket_field_ids"}:
        raise UnknownBehaviourError("changes to a form other than its fields")
    unknown = [number for number in sent["ticket_field_ids"] if call.desk.ticket_fields.find(number) is None]
    if unknown:
        raise invalid_value("ticket_field_ids", f"No ticket field has the id {unknown[0]}")
    form.field_ids, form.updated_ms = list(sent["ticket_field_ids"]), call.now_ms
    return Answer({"ticket_form": _form(call, form)})
