"""Records found by a field that another system fills. Section 3.5 of the reference."""

from detente_sandbox.salesforce.call import Answer, Call
from detente_sandbox.salesforce.facts import (
    ApiError,
    JsonObject,
    RowError,
    UnknownBehaviourError,
    bad_request,
    not_found,
)
from detente_sandbox.salesforce.ids import full_id
from detente_sandbox.salesforce.org import Org
from detente_sandbox.salesforce.records import RESOURCES, answer_of, shown, without_attributes
from detente_sandbox.salesforce.rows import Row
from detente_sandbox.salesforce.schema.field import Field
from detente_sandbox.salesforce.schema.objects import ObjectType
from detente_sandbox.salesforce.writing import create, update


def upsert_one(call: Call, word: str, field: str, value: str) -> Answer:
    """Changes the record that has the value, or makes one; 300 where several have it."""
    of = call.type_in_path(word)
    row = _one(call, of, _lookup_field(call, of, field), value)
    body = without_attributes(call.body())
    try:
        if row is not None:
            update(call.org, of, row.id, body, call.viewer, call.now)
            return Answer({"id": row.id, "success": True, "errors": [], "created": False})
        if call.flag("updateOnly"):
            raise not_found()
        made = create(call.org, of, {**body, field: value}, call.viewer, call.now)
    except RowError as error:
        raise answer_of(error) from error
    return Answer({"id": made.id, "success": True, "errors": [], "created": True}, 201)


def read_by(call: Call, word: str, field: str, value: str) -> Answer:
    """The record that has the value; 300 where several have it."""
    of = call.type_in_path(word)
    row = _one(call, of, _lookup_field(call, of, field), value)
    if row is None:
        raise not_found()
    return Answer(shown(call, of, row, list(call.view(of).by_word.values())))


def _one(call: Call, of: ObjectType, field: Field, value: str) -> Row | None:
    """The one live record with a value. Raises: ApiError 300 with the paths of several."""
    rows = live_having(call.org, of, field, value)
    if len(rows) > 1:
        raise ApiError(300, [f"{call.root}/sobjects/{of.name}/{row.id}" for row in rows])
    return rows[0] if rows else None


def live_having(org: Org, of: ObjectType, field: Field, value: str) -> list[Row]:
    """The live records with a value in an external id."""
    store = org.store(of)
    ids = [full_id(value) or ""] if field.name == "Id" else sorted(store.having(field.name, value))
    rows = [store.find(record_id) for record_id in ids]
    return [row for row in rows if row is not None]


def _lookup_field(call: Call, of: ObjectType, word: str) -> Field:
    if word.lower() in RESOURCES or full_id(word) is not None:
        raise UnknownBehaviourError(f"{word!r} of {of.name} is not simulated")
    field = call.view(of).find(word)
    if field is None or not field.is_id_lookup or field.name == "Id":
        raise not_found("Provided external ID field does not exist or is not accessible: " + word[:80])
    return field


def matching(call: Call, of: ObjectType, word: str, values: JsonObject) -> Row | None:
    """The record of a row to upsert, whose external id is among its values. Raises: RowError, ApiError."""
    field = call.view(of).find(word)
    if field is None or not field.is_id_lookup:
        raise bad_request(
            "INVALID_FIELD", f"Field name provided, {word[:80]} is not an External ID for {of.name}"
        )
    given = next((value for name, value in values.items() if name.lower() == word.lower()), None)
    if given is None:
        raise RowError("MISSING_ARGUMENT", f"{field.name} not specified", [field.name])
    rows = live_having(call.org, of, field, str(given))
    if len(rows) > 1:
        text = f"{field.name}: more than one record found for external id field: {[row.id for row in rows]}"
        raise RowError("DUPLICATE_EXTERNAL_ID", text, [field.name])
    return rows[0] if rows else None
