"""Lists, reads and writes of single records. Sections 3.1 and 5 of the reference."""

from detente_sandbox.hubspot.associations import link_new, links_asked
from detente_sandbox.hubspot.call import Answer, Call, id_in_path, kind_in_path
from detente_sandbox.hubspot.facts import (
    LIST_DEFAULT,
    LIST_MAX,
    LIST_MAX_WITH_HISTORY,
    UnknownBehaviourError,
    invalid,
    not_found,
)
from detente_sandbox.hubspot.kinds import ObjectKind
from detente_sandbox.hubspot.records import Row
from detente_sandbox.hubspot.rendering import associations_of, renderer
from detente_sandbox.hubspot.writing import approved, archive, change, insert, merge, new_values


def list_page(call: Call, word: str) -> Answer:
    """One page in order of id; `after` is the last id of the page before."""
    kind = kind_in_path(word)
    call.token.need_read(kind.name)
    history = call.names("propertiesWithHistory")
    limit = call.whole("limit", LIST_DEFAULT)
    if not 1 <= limit <= (LIST_MAX_WITH_HISTORY if history else LIST_MAX):
        raise invalid(f"limit must lie between 1 and {LIST_MAX_WITH_HISTORY if history else LIST_MAX}")
    store = call.portal.store(kind)
    ids = store.archived if call.flag("archived") else store.live
    first = ids.bisect_right(call.whole("after", 0))
    page = list(ids.islice(first, first + limit))
    show = renderer(call.portal, kind, call.names("properties"), history)
    results = [show(store.rows[record_id]) for record_id in page]
    _add_associations(call, kind, [store.rows[record_id] for record_id in page], results)
    if first + limit >= len(ids):
        return Answer({"results": results})
    after = str(page[-1])
    return Answer(
        {"results": results, "paging": {"next": {"after": after, "link": f"{call.path}?after={after}"}}}
    )


def _add_associations(
    call: Call, kind: ObjectKind, rows: list[Row], results: list[dict[str, object]]
) -> None:
    others = [kind_in_path(name) for name in call.names("associations")]
    if not others:
        return
    for row, body in zip(rows, results, strict=True):
        linked = associations_of(call.portal, kind, row, others)
        if linked:
            body["associations"] = linked


def read_one(call: Call, word: str, record_id: str) -> Answer:
    """One record by id, by the id of a merged one, or by a unique property."""
    kind = kind_in_path(word)
    call.token.need_read(kind.name)
    if call.flag("archived"):
        raise UnknownBehaviourError("reading a single archived record")
    row = _find(call, kind, record_id)
    shown = renderer(call.portal, kind, call.names("properties"), call.names("propertiesWithHistory"))(row)
    _add_associations(call, kind, [row], [shown])
    return Answer(shown)


def _find(call: Call, kind: ObjectKind, text: str) -> Row:
    row = find_by(call, kind, text, call.text("idProperty"))
    if row is None:
        raise not_found()
    return row


def find_by(call: Call, kind: ObjectKind, text: str, id_property: str | None) -> Row | None:
    """A live record by its id, or by a property with unique values. Raises: ApiError 400 for another one."""
    store = call.portal.store(kind)
    if id_property is None or id_property == "":
        return store.find(id_in_path(text)) if text.isdigit() else None
    if id_property not in store.unique:
        raise invalid(f"Property {id_property} is non-unique and cannot be used as idProperty")
    record_id = store.unique[id_property].get(text.lower())
    return None if record_id is None else store.find(record_id)


def update_one(call: Call, word: str, record_id: str) -> Answer:
    """Changes one record and shows its changed values with a few others."""
    kind = kind_in_path(word)
    call.token.need_write(kind.name)
    row = _find(call, kind, record_id)
    values = approved(call.portal, kind, call.body().get("properties"), row.id)
    row = change(call.portal, kind, row, values, call.source, call.now_ms)
    return Answer(renderer(call.portal, kind, list(values))(row))


def create_one(call: Call, word: str) -> Answer:
    """Makes one record with its associations and answers 201."""
    kind = kind_in_path(word)
    call.token.need_write(kind.name)
    body = call.body()
    links = links_asked(call.portal, kind, body.get("associations") or [])
    values = new_values(call.portal, kind, body.get("properties"))
    row = insert(call.portal, kind, values, call.source, call.now_ms)
    link_new(call.portal, kind, row.id, links)
    return Answer(renderer(call.portal, kind, list(row.values()))(row), 201)


def archive_one(call: Call, word: str, record_id: str) -> Answer:
    """Archives one record; a second time is 404 [U]."""
    kind = kind_in_path(word)
    call.token.need_write(kind.name)
    archive(call.portal, kind, _find(call, kind, record_id), call.now_ms)
    return Answer(status=204)


def merge_two(call: Call, word: str) -> Answer:
    """Merges one record into another of the same type."""
    kind = kind_in_path(word)
    call.token.need_write(kind.name)
    body = call.body()
    primary, other = (_merge_side(call, kind, body, name) for name in ("primaryObjectId", "objectIdToMerge"))
    if primary.id == other.id:
        raise invalid("Cannot merge a record with itself")
    merged = merge(call.portal, kind, primary, other, call.source, call.now_ms)
    return Answer(renderer(call.portal, kind, [*kind.defaults, "hs_merged_object_ids"])(merged))


def _merge_side(call: Call, kind: ObjectKind, body: dict[str, object], name: str) -> Row:
    row = call.portal.store(kind).find(id_in_path(str(body.get(name, ""))))
    if row is None:
        raise not_found()
    return row
