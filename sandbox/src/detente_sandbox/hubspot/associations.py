"""Associations between records. Section 3.4 of the reference [D26]."""

from detente_sandbox.clock import instant_text
from detente_sandbox.hubspot.association_types import LABELS, TYPE_IDS
from detente_sandbox.hubspot.call import Answer, Call, id_in_path, inputs_of, kind_in_path
from detente_sandbox.hubspot.facts import (
    ASSOCIATION_READ_MAX,
    JsonObject,
    UnknownBehaviourError,
    invalid,
    not_found,
)
from detente_sandbox.hubspot.kinds import ObjectKind
from detente_sandbox.hubspot.portal import Portal

Link = tuple[ObjectKind, int, int]


def batch_read_links(call: Call, word: str, other_word: str) -> Answer:
    """What up to 1,000 records are linked to; records without a link are left out of a 207 [U]."""
    kind, other = _pair(word, other_word)
    call.token.need_read(kind.name)
    call.token.need_read(other.name)
    results, missing = [], []
    for given in inputs_of(call.body(), ASSOCIATION_READ_MAX):
        if given.get("after"):
            raise UnknownBehaviourError("paging inside one record's associations")
        text = str(given.get("id", ""))
        if not text.isdigit() or call.portal.store(kind).find(int(text)) is None:
            missing.append(text)
            continue
        links = call.portal.graph.to((kind.name, other.name), int(text))
        if links:
            results.append({"from": {"id": text}, "to": [_target(row, ids) for row, ids in links.items()]})
    return _batch_answer(call, results, missing)


def _batch_answer(call: Call, results: list[JsonObject], missing: list[str]) -> Answer:
    now = instant_text(call.now_ms)
    body: JsonObject = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
    if not missing:
        return Answer(body)
    error = {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": "Some records were not found",
        "context": {"ids": missing},
    }
    body.update(numErrors=1, errors=[error])
    return Answer(body, 200 if call.folds_failures else 207)


def _target(record_id: int, type_ids: tuple[int, ...]) -> JsonObject:
    """`toObjectId` is a number here although ids are texts elsewhere."""
    return {"toObjectId": record_id, "associationTypes": [_type(number) for number in type_ids]}


def _type(number: int) -> JsonObject:
    return {"category": "HUBSPOT_DEFINED", "typeId": number, "label": LABELS.get(number)}


def _pair(word: str, other_word: str) -> tuple[ObjectKind, ObjectKind]:
    kind, other = kind_in_path(word), kind_in_path(other_word)
    if (kind.name, other.name) not in TYPE_IDS:
        raise UnknownBehaviourError(f"type ids of {kind.name} to {other.name} are not in the reference")
    return kind, other


def read_links(call: Call, word: str, record_id: str, other_word: str) -> Answer:
    """What one record is linked to."""
    kind, other = _pair(word, other_word)
    call.token.need_read(kind.name)
    call.token.need_read(other.name)
    row = call.portal.store(kind).find(id_in_path(record_id))
    if row is None:
        raise not_found()
    links = call.portal.graph.to((kind.name, other.name), row.id)
    limit = call.whole("limit", 500)
    if len(links) > limit:
        raise UnknownBehaviourError("paging of one record's associations")
    return Answer({"results": [_target(target, ids) for target, ids in links.items()]})


def labels(call: Call, word: str, other_word: str) -> Answer:
    """The vendor's own association types between two object types."""
    kind, other = _pair(word, other_word)
    call.token.need_read(kind.name)
    return Answer({"results": [_type(number) for number in TYPE_IDS[kind.name, other.name]]})


def link_default(call: Call, word: str, record_id: str, other_word: str, other_id: str) -> Answer:
    """Links two records without a label; a second time changes nothing."""
    kind, other = _pair(word, other_word)
    call.token.need_write(kind.name)
    call.token.need_write(other.name)
    first, second = id_in_path(record_id), id_in_path(other_id)
    if call.portal.store(kind).find(first) is None or call.portal.store(other).find(second) is None:
        raise not_found()
    pair = (kind.name, other.name)
    call.portal.graph.link(pair, first, second, primary=False)
    now = instant_text(call.now_ms)
    back = (other.name, kind.name)
    results = [_linked(pair, first, second)] + ([_linked(back, second, first)] if back in TYPE_IDS else [])
    return Answer({"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now})


def _linked(pair: tuple[str, str], first: int, second: int) -> JsonObject:
    return {
        "from": {"id": str(first)},
        "to": {"id": str(second)},
        "associationSpec": {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": TYPE_IDS[pair][0]},
    }


def unlink(call: Call, word: str, record_id: str, other_word: str, other_id: str) -> Answer:
    """Takes all links between two records away."""
    kind, other = _pair(word, other_word)
    call.token.need_write(kind.name)
    call.token.need_write(other.name)
    call.portal.graph.unlink((kind.name, other.name), id_in_path(record_id), id_in_path(other_id))
    return Answer(status=204)


def links_asked(portal: Portal, kind: ObjectKind, asked: object) -> list[tuple[ObjectKind, int, int]]:
    """Target type, target id and type id of each association of a creation. Raises: ApiError 400 or 404."""
    if not isinstance(asked, list):
        raise invalid("Invalid input JSON: associations must be a list")
    return [_asked(portal, kind, row, spec) for row in asked for spec in row.get("types", ())]


def _asked(portal: Portal, kind: ObjectKind, row: JsonObject, spec: JsonObject) -> Link:
    number = spec.get("associationTypeId")
    for (first, second), ids in TYPE_IDS.items():
        if first == kind.name and number in ids:
            other, target = kind_in_path(second), id_in_path(str(row.get("to", {}).get("id", "")))
            if portal.store(other).find(target) is None:
                raise not_found(f"Object not found with id {target}")
            return other, target, int(number)
    raise UnknownBehaviourError(f"association type {number} from {kind.name}")


def link_new(portal: Portal, kind: ObjectKind, record_id: int, links: list[Link]) -> None:
    """Links a new record; a primary type id makes the primary link."""
    for other, target, number in links:
        pair = (kind.name, other.name)
        portal.graph.link(pair, record_id, target, primary=number != TYPE_IDS[pair][0])
