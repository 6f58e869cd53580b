"""Up to 200 records in one call. Section 3.2 of the reference [D]."""

from collections.abc import Callable
from typing import Any

from detente_sandbox.salesforce.call import Answer, Call
from detente_sandbox.salesforce.external_ids import matching
from detente_sandbox.salesforce.facts import (
    COLLECTION_MAX,
    COLLECTION_RUNS_MAX,
    JsonObject,
    RowError,
    bad_json,
    bad_request,
)
from detente_sandbox.salesforce.ids import full_id
from detente_sandbox.salesforce.records import shown
from detente_sandbox.salesforce.schema.objects import ObjectType
from detente_sandbox.salesforce.writing import create, delete, id_sent, update

# What one record is written by, giving what its result holds beside success and errors.
Writer = Callable[[JsonObject], JsonObject]
_ROLLED_BACK = RowError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)


def create_many(call: Call, *taken: str) -> Answer:
    """New records, of types as their attributes say."""

    def write(record: JsonObject) -> JsonObject:
        of = _type(call, record)
        return {"id": create(call.org, of, _values(record), call.viewer, call.now).id}

    return _written(call, write, taken)


def update_many(call: Call, *taken: str) -> Answer:
    """Changes of records by their ids."""

    def write(record: JsonObject) -> JsonObject:
        of, record_id = _type(call, record), id_sent(record)
        if record_id is None:
            raise _no_id(record)
        _need_prefix(of, record_id)
        return {"id": update(call.org, of, record_id, _values(record), call.viewer, call.now).id}

    return _written(call, write, taken)


def upsert_many(call: Call, word: str, field: str) -> Answer:
    """Changes of records by an external id, or new ones where none has it. Recorded [R]."""
    of = call.type_in_path(word)

    def write(record: JsonObject) -> JsonObject:
        values = _values(record)
        row = matching(call, of, field, values)
        if row is None:
            made = create(call.org, of, values, call.viewer, call.now)
            return {"id": made.id, "created": True}
        return {"id": update(call.org, of, row.id, values, call.viewer, call.now).id, "created": False}

    return _written(call, write, (word,))


def delete_many(call: Call, *taken: str) -> Answer:
    """Deletes the records in `ids`, of any types."""
    ids = [text for text in (call.text("ids") or "").split(",") if text]
    _refuse_size(len(ids))

    def write(record: JsonObject) -> JsonObject:
        record_id = full_id(record["id"])
        of = call.org.type_of_id(record_id) if record_id else None
        if record_id is None or of is None or of.is_tooling:
            raise _no_id(record)
        delete(call.org, of, record_id, call.viewer, call.now)
        return {"id": record_id}

    return Answer(_results(call, [{"id": text} for text in ids], write, all_or_none=call.flag("allOrNone")))


def read_many(call: Call, word: str) -> Answer:
    """The records in `ids` with the fields in `fields`; null where there is none."""
    of = call.type_in_path(word)
    ids = [text for text in (call.text("ids") or "").split(",") if text]
    return _read(call, of, ids, (call.text("fields") or "").split(","))


def read_many_long(call: Call, word: str) -> Answer:
    """The same with ids and fields in the body [U]."""
    of, body = call.type_in_path(word), call.body()
    ids, fields = body.get("ids"), body.get("fields")
    if not isinstance(ids, list) or not isinstance(fields, list):
        raise bad_json("ids and fields must be lists")
    return _read(call, of, [str(text) for text in ids], [str(name) for name in fields])


def _read(call: Call, of: ObjectType, ids: list[str], names: list[str]) -> Answer:
    view = call.view(of)
    fields = [view.find(name.strip()) for name in names if name.strip()]
    if not fields or None in fields:
        raise bad_request("INVALID_FIELD", f"No such column on entity '{of.name}': {', '.join(names)}")
    known = [row for row in fields if row is not None]
    rows = [call.org.store(of).find(full_id(text) or "") for text in ids]
    return Answer([None if row is None else shown(call, of, row, known) for row in rows])


# -- what all of them share --------------------------------------------------------------------------------


def _written(call: Call, write: Writer, taken: tuple[str, ...]) -> Answer:
    body = call.body()
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(row, dict) for row in records):
        raise bad_json("records must be a list of objects")
    _refuse_size(len(records))
    types = [row.get("attributes") for row in records]
    if not all(isinstance(row, dict) and row.get("type") for row in types):
        raise bad_request("INVALID_INPUT", "each record needs attributes with a type")
    _refuse_runs([str(row["type"]) for row in types if row])
    if taken and call.org.type_of(taken[0]) is None:
        raise bad_request("INVALID_TYPE", f"sObject type '{taken[0]}' is not supported.")
    return Answer(_results(call, records, write, all_or_none=body.get("allOrNone") is True))


def _refuse_size(count: int) -> None:
    if count > COLLECTION_MAX:
        text = f"record limit reached. cannot submit more than {COLLECTION_MAX} records in this request"
        raise bad_request("EXCEEDED_MAX_SIZE_REQUEST", text)
    if count == 0:
        raise bad_request("INVALID_INPUT", "at least one record is needed")


def _refuse_runs(types: list[str]) -> None:
    """Records are taken in runs of one type; 10 of them at most."""
    runs = sum(1 for before, after in zip(["", *types], types, strict=False) if before != after)
    if runs > COLLECTION_RUNS_MAX:
        text = f"Limit exceeded: {runs} chunks of types, at most {COLLECTION_RUNS_MAX}"
        raise bad_request("LIMIT_EXCEEDED", text)


def _results(call: Call, records: list[JsonObject], write: Writer, *, all_or_none: bool) -> list[JsonObject]:
    """One result a record, in order; with `all_or_none` one failure takes all back."""
    with call.org.ledger.open() as undo:
        results = [_result(record, write) for record in records]
        if all_or_none and not all(row["success"] for row in results):
            undo.roll_back()
            results = [row if not row["success"] else failed(_ROLLED_BACK) for row in results]
    return results


def _result(record: JsonObject, write: Writer) -> JsonObject:
    try:
        made = write(record)
    except RowError as error:
        return failed(error)
    shown: JsonObject = {"id": made["id"], "success": True, "errors": []}
    return {**shown, "created": made["created"]} if "created" in made else shown


def failed(error: RowError) -> JsonObject:
    """A failed row: no id, and the error under `statusCode`."""
    return {"success": False, "errors": [error.in_row()]}


def _type(call: Call, record: JsonObject) -> ObjectType:
    word = str(record["attributes"]["type"])
    of = call.org.type_of(word)
    if of is None:
        raise RowError("INVALID_TYPE", f"sObject type '{word}' is not supported.")
    return of


def _values(record: JsonObject) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in ("attributes", "id", "Id", "ID")}


def _no_id(record: JsonObject) -> RowError:
    """A record without a proper id; codes [U]."""
    given = next((record[key] for key in ("id", "Id", "ID") if key in record), None)
    if given is None:
        return RowError("MISSING_ARGUMENT", "Id not specified in an update call", ["Id"])
    return RowError("MALFORMED_ID", f"malformed id {str(given)[:40]}", ["Id"])


def _need_prefix(of: ObjectType, record_id: str) -> None:
    if not record_id.startswith(of.prefix):
        raise RowError("MALFORMED_ID", f"id value of incorrect type for {of.name}: {record_id}", ["Id"])
