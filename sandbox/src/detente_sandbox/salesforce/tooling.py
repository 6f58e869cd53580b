"""Custom fields over the tooling API. Section 4 of the reference; payloads beyond the request [U]."""

from detente_sandbox.salesforce.call import Answer, Call, id_in_path
from detente_sandbox.salesforce.definitions import bad_metadata, define, field_of
from detente_sandbox.salesforce.facts import (
    JsonObject,
    RowError,
    no_permission,
    not_found,
)
from detente_sandbox.salesforce.org import Org
from detente_sandbox.salesforce.rows import Row, pack
from detente_sandbox.salesforce.schema.field import Field
from detente_sandbox.salesforce.schema.objects import ObjectType


def create_field(call: Call) -> Answer:
    """A new custom field, which nobody sees before a permission set grants it."""
    _need_definer(call)
    body = call.body()
    try:
        of, name = _named(call.org, str(body.get("FullName", "")))
        made = define(of, name, _metadata(body), call.now)
    except RowError as error:
        raise error.as_answer() from error
    call.org.note_definition(of)
    row = note_field(call.org, of, made, call.viewer.user_id, call.now)
    return Answer({"id": row.id, "success": True, "errors": [], "warnings": [], "infos": []}, 201)


def change_field(call: Call, word: str) -> Answer:
    """Other metadata for a field; its type stays."""
    _need_definer(call)
    of, known, row = _found(call, word)
    try:
        made = field_of(known.name, _metadata(call.body()), call.now)
        if made.type != known.type:
            raise bad_metadata(f"{known.name} is of type {known.type}; changing types is not simulated")
    except RowError as error:
        raise error.as_answer() from error
    of.define(made)
    call.org.note_definition(of)
    call.org.stores["CustomField"].put(
        row._replace(stamp=call.now, modified=call.now, modifier=call.viewer.user_id)
    )
    return Answer(status=204)


def delete_field(call: Call, word: str) -> Answer:
    """Takes a field and its grants away; the values in records are out of reach from then on."""
    _need_definer(call)
    of, known, row = _found(call, word)
    of.undefine(known.name)
    call.org.stores["CustomField"].drop(row.id)
    grants = call.org.stores["FieldPermissions"]
    for record_id in sorted(grants.having("Field", f"{of.name}.{known.name}")):
        grants.drop(record_id)
    call.org.note_definition(of)
    return Answer(status=204)


def read_field(call: Call, word: str) -> Answer:
    """Name and metadata of a field."""
    of, known, row = _found(call, word)
    values = row.values()
    return Answer(
        {
            "attributes": {
                "type": "CustomField",
                "url": f"{call.root}/tooling/sobjects/CustomField/{row.id}",
            },
            "Id": row.id,
            **values,
            "FullName": f"{of.name}.{known.name}",
            "Metadata": _shown(known),
        }
    )


def note_field(org: Org, of: ObjectType, made: Field, by: str, at: str) -> Row:
    """The row that tooling queries find of a custom field."""
    values = {"DeveloperName": made.name.removesuffix("__c"), "TableEnumOrId": of.name}
    row = Row(at, org.stores["CustomField"].take_id(), pack(values), at, by, at, by)
    org.stores["CustomField"].put(row)
    return row


def grant_at_start(
    org: Org, of: ObjectType, made: Field, permission_set: str, by: str, *, can_edit: bool
) -> None:
    """Lets a permission set see a field that the firm defined long ago."""
    store, at = org.stores["FieldPermissions"], org.now
    values = {
        "ParentId": permission_set,
        "SobjectType": of.name,
        "Field": f"{of.name}.{made.name}",
        "PermissionsRead": True,
        "PermissionsEdit": can_edit,
    }
    store.put(Row(at, store.take_id(), pack(values), at, by, at, by))


def _need_definer(call: Call) -> None:
    if not call.app.can_define:
        raise no_permission(
            "You do not have the level of access necessary to perform the operation you requested."
        )


def _named(org: Org, full_name: str) -> tuple[ObjectType, str]:
    """Object and field of `Account.Score__c`. Raises: RowError."""
    word, _, name = full_name.partition(".")
    of = org.type_of(word)
    if of is None or not name:
        raise RowError("INVALID_TYPE", f"Cannot find the object of {full_name[:80]!r}", ["FullName"])
    return of, name


def _metadata(body: JsonObject) -> JsonObject:
    metadata = body.get("Metadata")
    if not isinstance(metadata, dict):
        raise RowError("REQUIRED_FIELD_MISSING", "Required fields are missing: [Metadata]", ["Metadata"])
    return metadata


def _found(call: Call, word: str) -> tuple[ObjectType, Field, Row]:
    row = call.org.stores["CustomField"].rows.get(id_in_path(word))
    if row is None:
        raise not_found()
    values = row.values()
    of = call.org.types[str(values["TableEnumOrId"])]
    return of, of.fields[f"{values['DeveloperName']}__c"], row


_KINDS = {
    "string": "Text",
    "double": "Number",
    "currency": "Currency",
    "percent": "Percent",
    "boolean": "Checkbox",
    "date": "Date",
    "datetime": "DateTime",
    "url": "Url",
    "picklist": "Picklist",
}


def _shown(row: Field) -> JsonObject:
    kind = _KINDS.get(row.type) or ("LongTextArea" if row.length > 255 else "TextArea")
    shown: JsonObject = {"type": kind, "label": row.label, "externalId": row.is_external_id}
    if row.is_number:
        shown.update(precision=row.precision, scale=row.scale)
    elif kind in ("Text", "LongTextArea"):
        shown["length"] = row.length
    if row.options:
        values = [
            {"fullName": option.value, "label": option.label, "default": option.is_default}
            for option in row.options
        ]
        shown["valueSet"] = {
            "restricted": row.is_restricted,
            "valueSetDefinition": {"sorted": False, "value": values},
        }
    return shown
