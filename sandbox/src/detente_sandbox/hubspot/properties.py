"""Property definitions and groups over the API. Section 6 of the reference."""

import re
from dataclasses import replace

from detente_sandbox.clock import instant_text
from detente_sandbox.hubspot.call import Answer, Call, inputs_of, kind_in_path
from detente_sandbox.hubspot.definitions import BOOLEAN_OPTIONS, Definition, Option
from detente_sandbox.hubspot.facts import (
    BATCH_MAX,
    NAME_MAX,
    UNIQUE_PROPERTIES_MAX,
    ApiError,
    JsonObject,
    UnknownBehaviourError,
    conflict,
    invalid,
    not_found,
)
from detente_sandbox.hubspot.kinds import ObjectKind

NAME = re.compile(r"[a-z][a-z0-9_]*")
FIELD_TYPES = {
    "bool": {"booleancheckbox"},
    "enumeration": {"select", "radio", "checkbox", "booleancheckbox"},
    "date": {"date"},
    "datetime": {"date"},
    "number": {"number"},
    "string": {"text", "textarea", "html", "phonenumber", "file"},
}


def list_properties(call: Call, word: str) -> Answer:
    """All definitions in order of name, without paging."""
    kind = readable(call, word)
    wanted = call.flag("archived")
    rows = sorted(call.portal.definitions[kind.name].values(), key=lambda row: row.name)
    return Answer({"results": [row.shown() for row in rows if (row.archived_ms is not None) == wanted]})


def readable(call: Call, word: str) -> ObjectKind:
    """The type whose definitions the token may read. Raises: ApiError 403."""
    kind = kind_in_path(word)
    call.token.need((*kind.read_scopes, f"crm.schemas.{kind.name}.read"))
    return kind


def definable(call: Call, word: str) -> ObjectKind:
    """The type whose definitions the token may change. Raises: ApiError 403."""
    kind = kind_in_path(word)
    call.token.need(kind.schema_scopes)
    return kind


def read_property(call: Call, word: str, name: str) -> Answer:
    """One definition."""
    return Answer(_known(call, readable(call, word), name).shown())


def _known(call: Call, kind: ObjectKind, name: str) -> Definition:
    definition = call.portal.defined(kind, name)
    if definition is None:
        raise not_found(f"Property {name} does not exist")
    return definition


def create_property(call: Call, word: str) -> Answer:
    """A new definition, 201; 409 when the name is taken."""
    kind = definable(call, word)
    return Answer(_add(call, kind, call.body()).shown(), 201)


def _add(call: Call, kind: ObjectKind, given: JsonObject) -> Definition:
    definition = _definition(call, kind, given)
    known = call.portal.definitions[kind.name]
    if definition.name in known:
        if known[definition.name].archived_ms is not None:
            raise UnknownBehaviourError("a new property with the name of an archived one")
        raise conflict(f"Property {definition.name} already exists")
    if definition.unique:
        unique = call.portal.store(kind).unique
        if sum(name != "email" for name in unique) >= UNIQUE_PROPERTIES_MAX:
            raise invalid(f"At most {UNIQUE_PROPERTIES_MAX} unique properties an object type")
        unique[definition.name] = {}
    known[definition.name] = definition
    return definition


def _definition(call: Call, kind: ObjectKind, given: JsonObject) -> Definition:
    missing = [name for name in ("groupName", "name", "label", "type", "fieldType") if not given.get(name)]
    if missing:
        raise invalid(f"Some required fields were not set: {', '.join(missing)}")
    name, type_, field_type = (str(given[key]) for key in ("name", "type", "fieldType"))
    if not NAME.fullmatch(name) or len(name) > NAME_MAX:
        raise invalid(
            f"{name!r} is no property name: lower case letters, digits, underscore, at most {NAME_MAX}"
        )
    if field_type == "calculation_equation" or type_ == "phone_number":
        raise UnknownBehaviourError(f"properties of type {type_} as {field_type} are not simulated")
    if field_type not in FIELD_TYPES.get(type_, ()):
        raise invalid(f"fieldType {field_type} does not go with type {type_}")
    group = call.portal.groups[kind.name].get(str(given["groupName"]))
    if group is None or group.archived:
        raise invalid(f"Property group {given['groupName']} does not exist")
    return Definition(
        name=name,
        label=str(given["label"]),
        type=type_,
        field_type=field_type,
        group=group.name,
        options=_options(type_, given.get("options")),
        description=str(given.get("description") or ""),
        unique=bool(given.get("hasUniqueValue", False)),
        hidden=bool(given.get("hidden", False)),
        form_field=bool(given.get("formField", False)),
        display_order=int(given.get("displayOrder", -1)),
        created_ms=call.now_ms,
        updated_ms=call.now_ms,
    )


def _options(type_: str, given: object) -> tuple[Option, ...]:
    if type_ == "bool" and not given:
        return BOOLEAN_OPTIONS
    rows = given or []
    if not isinstance(rows, list):
        raise invalid("options must be a list")
    options = tuple(_option(row) for row in rows)
    if len({row.value for row in options}) < len(options) or len({row.label for row in options}) < len(
        options
    ):
        raise invalid("Property option values and labels must be unique")
    return options


def _option(row: JsonObject) -> Option:
    if row.get("value") in (None, "") or not row.get("label"):
        raise invalid("A property option needs value and label")
    return Option(
        str(row["value"]),
        str(row["label"]),
        int(row.get("displayOrder", -1)),
        bool(row.get("hidden", False)),
        str(row.get("description") or ""),
    )


def change_property(call: Call, word: str, name: str) -> Answer:
    """Changes label, description, options or group of a definition of the firm's own."""
    kind = definable(call, word)
    definition = _known(call, kind, name)
    if definition.standard:
        raise UnknownBehaviourError("changing the vendor's own property definitions")
    body = call.body()
    unknown = set(body) - {
        "label",
        "description",
        "options",
        "groupName",
        "displayOrder",
        "hidden",
        "formField",
    }
    if unknown:
        raise UnknownBehaviourError(f"changing {', '.join(sorted(unknown))} of a property")
    if "groupName" in body and body["groupName"] not in call.portal.groups[kind.name]:
        raise invalid(f"Property group {body['groupName']} does not exist")
    changed = replace(
        definition,
        label=str(body.get("label", definition.label)),
        description=str(body.get("description", definition.description)),
        options=_options(definition.type, body["options"]) if "options" in body else definition.options,
        group=str(body.get("groupName", definition.group)),
        display_order=int(body.get("displayOrder", definition.display_order)),
        hidden=bool(body.get("hidden", definition.hidden)),
        form_field=bool(body.get("formField", definition.form_field)),
        updated_ms=call.now_ms,
    )
    call.portal.definitions[kind.name][name] = changed
    return Answer(changed.shown())


def archive_property(call: Call, word: str, name: str) -> Answer:
    """Archives a definition of the firm's own; its values are no longer shown."""
    kind = definable(call, word)
    definition = _known(call, kind, name)
    if definition.standard:
        raise UnknownBehaviourError("archiving the vendor's own property definitions")
    call.portal.definitions[kind.name][name] = definition.archived_at(call.now_ms)
    return Answer(status=204)


def batch_create_properties(call: Call, word: str) -> Answer:
    """New definitions, 201; where some are refused 207 with the reasons."""
    kind = definable(call, word)
    results, errors = [], []
    for given in inputs_of(call.body(), BATCH_MAX):
        try:
            results.append(_add(call, kind, given).shown())
        except ApiError as error:
            if isinstance(error.body, dict):
                errors.append({**error.body, "context": {"name": [str(given.get("name"))]}})
    return _batch(call, results, errors, 201)


def batch_read_properties(call: Call, word: str) -> Answer:
    """Definitions by name; missing ones come as errors, 207."""
    kind = readable(call, word)
    names = [str(given.get("name")) for given in inputs_of(call.body(), BATCH_MAX)]
    found = [(name, call.portal.defined(kind, name)) for name in names]
    results = [row.shown() for _, row in found if row is not None]
    missing = [name for name, row in found if row is None]
    errors: list[JsonObject] = [
        {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "Some properties do not exist",
            "context": {"name": missing},
        }
    ]
    return _batch(call, results, errors if missing else [], 200)


def _batch(call: Call, results: list[JsonObject], errors: list[JsonObject], status: int) -> Answer:
    now = instant_text(call.now_ms)
    body: JsonObject = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
    if errors:
        body.update(numErrors=len(errors), errors=errors)
        return Answer(body, status if call.folds_failures else 207)
    return Answer(body, status)
