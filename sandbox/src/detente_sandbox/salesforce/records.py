"""Single records, and the object pages around them. Sections 2.4, 3.1, 3.5 and 3.6 of the reference."""

from datetime import UTC
from email.utils import parsedate_to_datetime

from detente_sandbox.salesforce.call import Answer, Call, id_in_path
from detente_sandbox.salesforce.describing import brief, described
from detente_sandbox.salesforce.facts import (
    ApiError,
    JsonObject,
    RowError,
    UnknownBehaviourError,
    bad_request,
    changed_since,
    no_permission,
    not_found,
)
from detente_sandbox.salesforce.moments import seconds_of
from detente_sandbox.salesforce.reading import reader
from detente_sandbox.salesforce.rows import Row
from detente_sandbox.salesforce.schema.field import Field
from detente_sandbox.salesforce.schema.objects import ObjectType
from detente_sandbox.salesforce.soql.showing import attributes
from detente_sandbox.salesforce.writing import create, delete, update

# What the vendor has below an object besides records; none of it is simulated.
RESOURCES = (
    *("describe", "listviews", "quickactions", "defaultvalues", "relevantitems", "eventschema"),
    *("suggestedarticles", "password", "platformaction"),
)


def list_objects(call: Call) -> Answer:
    """All object types. Recorded [R]."""
    rows = [brief(of, call.viewer, call.root) for of in call.org.visible_types()]
    return Answer({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": rows})


def basic(call: Call, word: str) -> Answer:
    """An object's short description; recent items are left empty [U]."""
    of = call.type_in_path(word)
    shown = brief(of, call.viewer, call.root)
    return Answer({"objectDescribe": shown, "recentItems": []})


def describe(call: Call, word: str) -> Answer:
    """An object's whole description; 304 when it did not change. Section 2.4 [D]."""
    of = call.type_in_path(word)
    changed_s = call.org.described_ms[of.name] // 1000
    since = call.headers.get("if-modified-since")
    if since is not None and changed_s <= _seconds(since):
        return Answer(status=304)
    return Answer(described(call.org, of, call.viewer, call.root, call.base_url))


def _seconds(date: str) -> int:
    """Seconds since the epoch of an HTTP date. Raises: ApiError 400 when it is none."""
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        raise bad_request("INVALID_HEADER", f"not an HTTP date: {date[:60]}") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def read(call: Call, word: str, record: str) -> Answer:
    """One record with all fields that the caller sees, or those in `fields`."""
    of = call.type_in_path(word)
    row = found(call, of, record)
    names = call.text("fields")
    return Answer(shown(call, of, row, _fields(call, of, names)))


def _fields(call: Call, of: ObjectType, names: str | None) -> list[Field]:
    view = call.view(of)
    if names is None:
        return list(view.by_word.values())
    wanted: list[Field] = []
    for name in names.split(","):
        row = view.find(name.strip())
        if row is None:
            raise bad_request("INVALID_FIELD", f"No such column '{name.strip()}' on entity '{of.name}'")
        wanted.append(row)
    return wanted


def shown(call: Call, of: ObjectType, row: Row, fields: list[Field]) -> JsonObject:
    """A record with some fields; the id comes along always [R]."""
    values = row.values()
    out: JsonObject = {"attributes": attributes(call.root, of, row.id), "Id": row.id}
    for field in fields:
        out[field.name] = reader(of, field, call.now)(row, values)
    return out


def found(call: Call, of: ObjectType, record: str) -> Row:
    """A live record of a path. Raises: ApiError 404."""
    if record.lower() in RESOURCES:
        raise UnknownBehaviourError(f"{record!r} of {of.name} is not simulated")
    row = call.org.store(of).find(id_in_path(record))
    if row is None:
        raise not_found()
    return row


def create_one(call: Call, word: str) -> Answer:
    """A new record. Recorded [R]."""
    of = call.type_in_path(word)
    try:
        row = create(call.org, of, without_attributes(call.body()), call.viewer, call.now)
    except RowError as error:
        raise answer_of(error) from error
    return Answer({"id": row.id, "success": True, "errors": []}, 201)


def update_one(call: Call, word: str, record: str) -> Answer:
    """Changes one record, where asked only if it was not changed since. Section 3.6 [D]."""
    of = call.type_in_path(word)
    for name in ("if-match", "if-none-match"):
        if name in call.headers:
            raise UnknownBehaviourError(f"{name}: what an ETag is made of")
    row = found(call, of, record)
    since = call.headers.get("if-unmodified-since")
    if since is not None and seconds_of(row.modified) > _seconds(since):
        raise changed_since()
    try:
        update(call.org, of, row.id, without_attributes(call.body()), call.viewer, call.now)
    except RowError as error:
        raise answer_of(error) from error
    return Answer(status=204)


def delete_one(call: Call, word: str, record: str) -> Answer:
    """Deletes one record; a condition is not taken here. Section 3.6 [D]."""
    of = call.type_in_path(word)
    if "if-unmodified-since" in call.headers or "if-match" in call.headers:
        raise UnknownBehaviourError("what a conditional DELETE is answered")
    row = found(call, of, record)
    try:
        delete(call.org, of, row.id, call.viewer, call.now)
    except RowError as error:
        raise answer_of(error) from error
    return Answer(status=204)


def answer_of(error: RowError) -> ApiError:
    """A row's error as the answer to a call: 403 where a right is missing. Section 3.7."""
    if error.status_code == "INSUFFICIENT_ACCESS_OR_READONLY":
        return no_permission(error.message)
    return error.as_answer()


def without_attributes(body: JsonObject) -> JsonObject:
    """What is sent of a record without the note of its type."""
    return {name: value for name, value in body.items() if name != "attributes"}
