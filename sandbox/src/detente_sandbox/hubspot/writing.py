"""Creates, changes, archives and merges records, whoever asks for it."""

from detente_sandbox.clock import instant_text
from detente_sandbox.hubspot.calculated import follow
from detente_sandbox.hubspot.facts import (
    ApiError,
    JsonObject,
    UnknownBehaviourError,
    contact_exists,
    envelope,
    invalid,
    property_values_invalid,
)
from detente_sandbox.hubspot.kinds import ObjectKind
from detente_sandbox.hubspot.portal import Portal
from detente_sandbox.hubspot.records import ObjectStore, Row, Source, Values, pack
from detente_sandbox.hubspot.validation import check


def checked(portal: Portal, kind: ObjectKind, sent: object) -> Values:
    """The values as kept. Raises: ApiError 400 naming every refused one."""
    if not isinstance(sent, dict):
        raise invalid("Invalid input JSON: properties must be an object")
    kept, problems = check(portal, kind, sent)
    if problems:
        raise property_values_invalid(problems)
    return kept


def approved(portal: Portal, kind: ObjectKind, sent: object, own_id: int) -> Values:
    """Checked values for a known record. Raises: ApiError 400 for bad values, 409 for a known e-mail."""
    values = checked(portal, kind, sent)
    _refuse_taken(portal.store(kind), values, own_id)
    return values


def new_values(portal: Portal, kind: ObjectKind, sent: object) -> Values:
    """Values for a new record. Raises: ApiError 400 for bad or missing ones, 409 for a known e-mail."""
    values = {name: value for name, value in checked(portal, kind, sent).items() if value != ""}
    missing = [name for name in kind.required if name not in values]
    if kind.name == "companies" and not {"name", "domain"} & set(values):
        missing = ["name"]
    if missing:
        context = {"properties": missing}
        raise ApiError(
            400, envelope("Some required properties were not set.", "VALIDATION_ERROR", context=context)
        )
    _fill(kind, values)
    _refuse_taken(portal.store(kind), values, None)
    return values


def insert(portal: Portal, kind: ObjectKind, values: Values, source: Source, now_ms: int) -> Row:
    """A new record of values from `new_values`."""
    store = portal.store(kind)
    _refuse_taken(store, values, None)
    whole = values | follow(portal, kind, {}, values, now_ms, now_ms)
    row = Row(store.take_id(), now_ms, now_ms, pack(whole))
    _keep(store, row, {}, whole, source, now_ms)
    return row


def change(portal: Portal, kind: ObjectKind, row: Row, values: Values, source: Source, now_ms: int) -> Row:
    """The record with checked values; its stamp moves only when something changes, and always moves on."""
    before = row.values()
    moved = {name: value for name, value in values.items() if before.get(name, "") != value}
    if not moved:
        return row
    store = portal.store(kind)
    _refuse_taken(store, moved, row.id)
    moved.update(follow(portal, kind, before, moved, row.created_ms, now_ms))
    after = before | moved
    stamp = max(now_ms, row.modified_ms + 1)
    changed = row._replace(modified_ms=stamp, packed=pack(after))
    _keep(store, changed, before, after, source, now_ms)
    return changed


def archive(portal: Portal, kind: ObjectKind, row: Row, now_ms: int) -> None:
    """Takes a record out of lists and search; it stays in the archived list."""
    store = portal.store(kind)
    for name, known in store.unique.items():
        known.pop(row.values().get(name, "").lower(), None)
    store.put(row._replace(archived_ms=now_ms, modified_ms=max(now_ms, row.modified_ms + 1)), now_ms)


def merge(portal: Portal, kind: ObjectKind, primary: Row, other: Row, source: Source, now_ms: int) -> Row:
    """The primary record with the other's links and id; its gaps are filled from the other [U]."""
    store = portal.store(kind)
    if kind.name not in ("companies", "contacts"):
        raise UnknownBehaviourError(f"merging {kind.name} is not simulated")
    before, given = primary.values(), other.values()
    old_ids = {primary.values().get("hs_merged_object_ids"), given.get("hs_merged_object_ids"), str(other.id)}
    after = {**given, **before, "hs_merged_object_ids": ";".join(sorted(ids for ids in old_ids if ids))}
    store.remove(other.id, now_ms)
    for old, survivor in list(store.aliases.items()):
        store.aliases[old] = primary.id if survivor == other.id else survivor
    store.aliases[other.id] = primary.id
    portal.graph.move(kind.name, other.id, primary.id)
    merged = primary._replace(modified_ms=max(now_ms, primary.modified_ms + 1), packed=pack(after))
    for known in store.unique.values():
        known.update({value: primary.id for value, owner in known.items() if owner == other.id})
    _keep(store, merged, before, after, source, now_ms)
    return merged


def _fill(kind: ObjectKind, values: Values) -> None:
    """Creating a company fills the website from the domain. Section 5 [L22]."""
    if kind.name == "companies" and "domain" in values:
        values.setdefault("website", values["domain"])
    if kind.name == "tickets":
        values.setdefault("hs_pipeline", "0")


def _refuse_taken(store: ObjectStore, values: Values, own_id: int | None) -> None:
    for name, known in store.unique.items():
        owner = known.get(values.get(name, "").lower())
        if owner is None or owner == own_id:
            continue
        if name == "email":
            raise contact_exists(owner)
        raise UnknownBehaviourError(f"a second record with the same unique value of {name}")


def _keep(store: ObjectStore, row: Row, before: Values, after: Values, source: Source, now_ms: int) -> None:
    moved = {name for name in before | after if before.get(name, "") != after.get(name, "")}
    store.remember(row, moved, before, after, source, now_ms)
    for name, known in store.unique.items():
        if name in moved:
            known.pop(before.get(name, "").lower(), None)
            if after.get(name):
                known[after[name].lower()] = row.id
    store.put(row, now_ms)


def stamps(kind: ObjectKind, row: Row) -> JsonObject:
    """The system's own properties of a record."""
    return {
        "createdate": instant_text(row.created_ms),
        kind.modified: instant_text(row.modified_ms),
        "hs_object_id": str(row.id),
    }
