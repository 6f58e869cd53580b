"""Records as the API shows them. Section 3.1 of the reference."""

from collections.abc import Callable, Sequence

from detente_sandbox.clock import instant_text
from detente_sandbox.hubspot.facts import JsonObject
from detente_sandbox.hubspot.kinds import ObjectKind
from detente_sandbox.hubspot.portal import PORTAL_ID, Portal
from detente_sandbox.hubspot.records import Row

Renderer = Callable[[Row], JsonObject]


def renderer(
    portal: Portal, kind: ObjectKind, wanted: Sequence[str], history: Sequence[str] = ()
) -> Renderer:
    """Shows records with the properties that are both wanted and defined; none wanted: the defaults.

    Stamps and id are always there. A defined property without a value is null.
    """
    defined = portal.definitions[kind.name]
    asked = [*wanted, *history] or list(kind.defaults)
    system = {"createdate", kind.modified, "hs_object_id"}
    names = [
        name for name in asked if name in defined and defined[name].archived_ms is None and name not in system
    ]
    tracked = [name for name in history if name in names]
    base_url = f"https://app.hubspot.com/contacts/{PORTAL_ID}/record/{kind.type_id}/"
    modified = kind.modified

    def show(row: Row) -> JsonObject:
        values = row.values()
        created, changed, text_id = instant_text(row.created_ms), instant_text(row.modified_ms), str(row.id)
        properties: dict[str, str | None] = {name: values.get(name) for name in names}
        properties["createdate"] = created
        properties[modified] = changed
        properties["hs_object_id"] = text_id
        body: JsonObject = {
            "id": text_id,
            "properties": properties,
            "createdAt": created,
            "updatedAt": changed,
            "archived": row.archived_ms is not None,
            "url": base_url + text_id,
        }
        if row.archived_ms is not None:
            body["archivedAt"] = instant_text(row.archived_ms)
        if tracked:
            store = portal.store(kind)
            body["propertiesWithHistory"] = {name: store.history_of(row, name) for name in tracked}
        return body

    return show


def associations_of(portal: Portal, kind: ObjectKind, row: Row, others: Sequence[ObjectKind]) -> JsonObject:
    """First ids only, by plural name; a type without links is left out."""
    shown: JsonObject = {}
    for other in others:
        links = portal.graph.to((kind.name, other.name), row.id)
        results = [
            {"id": str(target), "type": label}
            for target, ids in links.items()
            for label in association_labels(kind, other, ids)
        ]
        if results:
            shown[other.name] = {"results": results}
    return shown


def association_labels(kind: ObjectKind, other: ObjectKind, type_ids: tuple[int, ...]) -> list[str]:
    """The words for a link: `ticket_to_company`, and `..._unlabeled` beside a primary one [U]."""
    name = f"{kind.singular}_to_{other.singular}"
    return [name] if len(type_ids) < 2 else [name, f"{name}_unlabeled"]
