"""Batches of records. Sections 3.1, 5 and 13 of the reference."""

from collections.abc import Callable
from dataclasses import dataclass, field

from detente_sandbox.clock import instant_text
from detente_sandbox.hubspot.associations import link_new, links_asked
from detente_sandbox.hubspot.call import Answer, Call, inputs_of, kind_in_path
from detente_sandbox.hubspot.facts import (
    BATCH_MAX,
    LIST_MAX_WITH_HISTORY,
    ApiError,
    JsonObject,
    UnknownBehaviourError,
    invalid,
    not_found,
)
from detente_sandbox.hubspot.kinds import ObjectKind
from detente_sandbox.hubspot.objects import find_by
from detente_sandbox.hubspot.records import Row, Values
from detente_sandbox.hubspot.rendering import renderer
from detente_sandbox.hubspot.writing import approved, archive, change, insert, new_values

Prepared = Callable[[], JsonObject]


@dataclass
class Outcome:
    """What a batch did; failures of inputs without a trace id refuse the whole batch."""

    results: list[JsonObject] = field(default_factory=list)
    errors: list[JsonObject] = field(default_factory=list)


def batch_read(call: Call, word: str) -> Answer:
    """Reads up to 100 records; missing ones come as one error with their ids, status 207."""
    kind = kind_in_path(word)
    call.token.need_read(kind.name)
    body = call.body()
    history = _names(body, "propertiesWithHistory")
    inputs = inputs_of(body, LIST_MAX_WITH_HISTORY if history else BATCH_MAX)
    if call.flag("archived"):
        raise UnknownBehaviourError("batch read of archived records")
    show = renderer(call.portal, kind, _names(body, "properties"), history)
    outcome, missing = Outcome(), []
    for text in dict.fromkeys(str(row.get("id", "")) for row in inputs):
        row = _exact(call, kind, text, body.get("idProperty"))
        if row is None:
            missing.append(text)
        else:
            outcome.results.append(show(row))
    if missing:
        outcome.errors.append(
            _failure("Could not get some objects, they may be deleted", "OBJECT_NOT_FOUND", missing)
        )
    return _answer(call, outcome, 200)


def _names(body: JsonObject, key: str) -> list[str]:
    names = body.get(key) or []
    if not isinstance(names, list):
        raise invalid(f"Invalid input JSON: {key} must be a list")
    return [str(name) for name in names]


def _exact(call: Call, kind: ObjectKind, text: str, id_property: str | None) -> Row | None:
    """A batch does not follow the id of a merged record. Section 3.1 [D26]."""
    if not id_property and text.isdigit() and int(text) in call.portal.store(kind).aliases:
        return None
    return find_by(call, kind, text, id_property)


def _failure(message: str, category: str, ids: list[str]) -> JsonObject:
    return {"status": "error", "category": category, "message": message, "context": {"ids": ids}}


def batch_update(call: Call, word: str) -> Answer:
    """Changes up to 100 records."""
    kind = kind_in_path(word)
    call.token.need_write(kind.name)
    inputs = inputs_of(call.body(), BATCH_MAX)
    _refuse_doubles(inputs)
    return _answer(call, _run(inputs, lambda given: _prepare_update(call, kind, given)), 200)


def _refuse_doubles(inputs: list[JsonObject]) -> None:
    keys = [(row.get("idProperty"), row.get("id")) for row in inputs]
    if len(set(keys)) < len(keys):
        raise UnknownBehaviourError("the same record in two inputs of one batch")


def _prepare_update(call: Call, kind: ObjectKind, given: JsonObject) -> Prepared:
    id_property = given.get("idProperty")
    if id_property == "email":
        raise invalid("email is not accepted as idProperty here")
    row = _exact(call, kind, str(given.get("id", "")), id_property)
    if row is None:
        raise not_found(f"Object not found with id {given.get('id')}")
    values = approved(call.portal, kind, given.get("properties"), row.id)
    return lambda: _changed(call, kind, row, values)


def _changed(call: Call, kind: ObjectKind, row: Row, values: Values) -> JsonObject:
    row = change(call.portal, kind, row, values, call.source, call.now_ms)
    return renderer(call.portal, kind, list(values))(row)


def batch_create(call: Call, word: str) -> Answer:
    """Makes up to 100 records with their associations."""
    kind = kind_in_path(word)
    call.token.need_write(kind.name)
    inputs = inputs_of(call.body(), BATCH_MAX)
    return _answer(call, _run(inputs, lambda given: _prepare_create(call, kind, given)), 201)


def _prepare_create(call: Call, kind: ObjectKind, given: JsonObject) -> Prepared:
    links = links_asked(call.portal, kind, given.get("associations") or [])
    values = new_values(call.portal, kind, given.get("properties"))

    def do() -> JsonObject:
        row = insert(call.portal, kind, values, call.source, call.now_ms)
        link_new(call.portal, kind, row.id, links)
        return renderer(call.portal, kind, list(row.values()))(row)

    return do


def batch_upsert(call: Call, word: str) -> Answer:
    """Changes or makes up to 100 records by a unique property; rows tell whether they are new."""
    kind = kind_in_path(word)
    call.token.need_write(kind.name)
    inputs = inputs_of(call.body(), BATCH_MAX)
    _refuse_doubles(inputs)
    return _answer(call, _run(inputs, lambda given: _prepare_upsert(call, kind, given)), 200)


def _prepare_upsert(call: Call, kind: ObjectKind, given: JsonObject) -> Prepared:
    id_property = given.get("idProperty")
    if not id_property:
        raise invalid("idProperty is required")
    row = find_by(call, kind, str(given.get("id", "")), id_property)
    if row is not None:
        known = row
        changes = approved(call.portal, kind, given.get("properties"), known.id)
        return lambda: {**_changed(call, kind, known, changes), "new": False}
    values = new_values(call.portal, kind, {**(given.get("properties") or {}), id_property: given.get("id")})

    def do() -> JsonObject:
        made = insert(call.portal, kind, values, call.source, call.now_ms)
        return {**renderer(call.portal, kind, list(made.values()))(made), "new": True}

    return do


def batch_archive(call: Call, word: str) -> Answer:
    """Archives up to 100 records. Raises: UnknownBehaviourError when one is not there."""
    kind = kind_in_path(word)
    call.token.need_write(kind.name)
    rows = [_exact(call, kind, str(row.get("id", "")), None) for row in inputs_of(call.body(), BATCH_MAX)]
    if None in rows:
        raise UnknownBehaviourError("batch archive of a record that is not there")
    for row in rows:
        if row is not None:
            archive(call.portal, kind, row, call.now_ms)
    return Answer(status=204)


def _run(inputs: list[JsonObject], prepare: Callable[[JsonObject], Prepared]) -> Outcome:
    """Checks all inputs, then does the good ones.

    Raises: ApiError of the first failing input without a trace id, before anything is done.
    """
    outcome = Outcome()
    ready: list[tuple[JsonObject, Prepared]] = []
    for given in inputs:
        try:
            ready.append((given, prepare(given)))
        except ApiError as error:
            outcome.errors.append(_traced(given, error))
    for given, do in ready:
        try:
            outcome.results.append(_with_trace(given, do()))
        except ApiError as error:
            outcome.errors.append(_traced(given, error))
    return outcome


def _with_trace(given: JsonObject, result: JsonObject) -> JsonObject:
    trace = given.get("objectWriteTraceId")
    return result if not trace else {**result, "objectWriteTraceId": trace}


def _traced(given: JsonObject, error: ApiError) -> JsonObject:
    trace = given.get("objectWriteTraceId")
    if not trace or not isinstance(error.body, dict):
        raise ApiError(400, error.body) if error.status == 404 else error
    known = error.body.get("context", {})
    return {**error.body, "context": {**known, "objectWriteTraceId": [trace]}}


def _answer(call: Call, outcome: Outcome, status: int) -> Answer:
    """Results come back to front, because their order is not promised. Section 5."""
    now = instant_text(call.now_ms)
    body: JsonObject = {
        "status": "COMPLETE",
        "results": outcome.results[::-1],
        "startedAt": now,
        "completedAt": now,
    }
    if not outcome.errors:
        return Answer(body, status)
    body.update(numErrors=len(outcome.errors), errors=outcome.errors)
    return Answer(body, status if call.folds_failures else 207)
