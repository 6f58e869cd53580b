"""Makes, changes, merges and deletes records, whoever asks. Sections 3.2 to 3.7 of the reference."""

from collections.abc import Mapping
from typing import Any

from detente_sandbox.salesforce.access import View, Viewer
from detente_sandbox.salesforce.deriving import derive
from detente_sandbox.salesforce.facts import RowError
from detente_sandbox.salesforce.ids import full_id, serial_of
from detente_sandbox.salesforce.milestones import complete_milestones
from detente_sandbox.salesforce.org import Org
from detente_sandbox.salesforce.permissions import after_write, before_write
from detente_sandbox.salesforce.reading import SYSTEM_FIELDS
from detente_sandbox.salesforce.rows import Change, Row, Values, pack
from detente_sandbox.salesforce.schema.field import Field
from detente_sandbox.salesforce.schema.objects import ObjectType
from detente_sandbox.salesforce.validation import checked, required

FIRST_CASE_NUMBER = 1_000
# Follow from the record; a change of them is no change by anybody.
_DERIVED = frozenset(("ExpectedRevenue", "FiscalQuarter", "FiscalYear", "Fiscal", "LastStageChangeDate"))


def create(org: Org, of: ObjectType, sent: Mapping[str, Any], viewer: Viewer, now: str) -> Row:
    """A new record. Raises: RowError."""
    _need_right(viewer, of, of.is_createable)
    view = org.access.view(viewer, of)
    given = _checked(org, view, sent, is_new=True)
    before_write(org, of, given, is_new=True)
    values: Values = dict(of.defaults)
    if "OwnerId" in of.fields:
        values["OwnerId"] = viewer.user_id
    values.update(given)
    missing = [name for name in of.required if values.get(name) is None]
    if missing:
        raise required(missing)
    derive(org, of.name, values, set(values), now)
    _refuse_doubles(org, of, values, "")
    record_id = org.store(of).take_id()
    if of.name == "Case":
        values["CaseNumber"] = case_number(record_id)
    row = Row(now, record_id, pack(values), now, viewer.user_id, now, viewer.user_id)
    org.store(of).put(row)
    after_write(org, of, values)
    return row


def update(
    org: Org,
    of: ObjectType,
    record_id: str,
    sent: Mapping[str, Any],
    viewer: Viewer,
    now: str,
    stamp: str = "",
) -> Row:
    """Changes a record; its stamps move even when no value does [U]. Raises: RowError.

    `stamp` sets an older SystemModstamp than now, as a transaction has that began before it was committed.
    """
    _need_right(viewer, of, of.is_updateable)
    row = living(org, of, record_id)
    _need_lock(org, record_id)
    before = row.values()
    _follow_rules(org, record_id, viewer)
    given = _checked(org, org.access.view(viewer, of), sent, is_new=False)
    before_write(org, of, {**before, **given}, is_new=False)
    values = {**before, **given}
    derive(org, of.name, values, set(given), now)
    _refuse_doubles(org, of, values, record_id)
    changed = Row(
        stamp or now, record_id, pack(values), row.created, row.creator, now, viewer.user_id, False, None
    )
    org.store(of).put(changed, _changes(before, values, viewer.user_id, now))
    if of.name == "Case" and values.get("IsClosed") and not before.get("IsClosed"):
        complete_milestones(org, record_id, viewer.user_id, now)
    after_write(org, of, values)
    return changed


def delete(org: Org, of: ObjectType, record_id: str, viewer: Viewer, now: str) -> None:
    """Puts a record into the recycle bin, or away where the type has none, with what belongs to it.

    Raises: RowError, also when records refer to it that keep it from going.
    """
    _need_right(viewer, of, of.is_deletable)
    row = living(org, of, record_id)
    _need_lock(org, record_id)
    _refuse_orphans(org, of, record_id)
    _bury(org, of, row, viewer, now)


def _refuse_orphans(org: Org, of: ObjectType, record_id: str) -> None:
    for child in of.children:
        store = org.stores[child.type]
        held = child.on_delete == "restrict" and store.having(child.link, record_id)
        if held and any(store.find(known) for known in held):
            text = (
                f"Your attempt to delete {record_id} could not be completed because it is associated with "
                f"the following {org.types[child.type].plural.lower()}."
            )
            raise RowError("DELETE_FAILED", text, [])


def _bury(org: Org, of: ObjectType, row: Row, viewer: Viewer, now: str) -> None:
    for child in of.children:
        if child.on_delete == "cascade":
            store = org.stores[child.type]
            for found in [store.find(known) for known in sorted(store.having(child.link, row.id))]:
                if found is not None:
                    _bury(org, org.types[child.type], found, viewer, now)
    if of.has_bin:
        org.store(of).put(_binned(row, viewer, now, None))
    else:
        org.store(of).drop(row.id)
    after_write(org, of, row.values())


def purge(org: Org, of: ObjectType, record_id: str) -> None:
    """Takes a record away so that no query finds it any more. Raises: RowError."""
    store = org.store(of)
    if record_id not in store.rows:
        raise gone(record_id)
    store.drop(record_id)


def merge(org: Org, of: ObjectType, master: str, loser: str, viewer: Viewer, now: str) -> None:
    """Merges one record into another: what referred to it refers to the master, and it goes to the bin."""
    if not of.is_mergeable or master == loser:
        raise RowError("INVALID_OPERATION", f"{of.name} records {loser} and {master} cannot be merged")
    row, _ = living(org, of, loser), living(org, of, master)
    for child in org.types.values():
        for link in [link for link in child.fields.values() if of.name in link.refers_to]:
            _lead_elsewhere(org, child, link, loser, master, viewer, now)
    org.store(of).put(_binned(row, viewer, now, master))
    _touch(org, of, master, {}, viewer, now)


def _lead_elsewhere(
    org: Org, child: ObjectType, link: Field, loser: str, master: str, viewer: Viewer, now: str
) -> None:
    if link.name in SYSTEM_FIELDS:
        return
    for record_id in sorted(org.store(child).having(link.name, loser)):
        target = None if record_id == master else master
        _touch(org, child, record_id, {link.name: target}, viewer, now)


def _touch(org: Org, of: ObjectType, record_id: str, given: Values, viewer: Viewer, now: str) -> None:
    row = org.store(of).rows[record_id]
    before = row.values()
    values = {**before, **given}
    changes = _changes(before, values, viewer.user_id, now)
    org.store(of).put(
        row._replace(stamp=now, modified=now, modifier=viewer.user_id, packed=pack(values)), changes
    )


def _binned(row: Row, viewer: Viewer, now: str, master: str | None) -> Row:
    return row._replace(stamp=now, modified=now, modifier=viewer.user_id, is_deleted=True, master=master)


def living(org: Org, of: ObjectType, record_id: str) -> Row:
    """A record that is not deleted. Raises: RowError ENTITY_IS_DELETED or for an id that never was."""
    row = org.store(of).rows.get(record_id)
    if row is None:
        raise gone(record_id)
    if row.is_deleted:
        raise RowError("ENTITY_IS_DELETED", "entity is deleted")
    return row


def gone(record_id: str) -> RowError:
    """An id that belongs to nothing, in a row. Section 3.7; wording [U]."""
    return RowError("INVALID_CROSS_REFERENCE_KEY", f"invalid cross reference id: {record_id}")


def case_number(record_id: str) -> str:
    """The number that people call a case by; it goes up with the id."""
    return f"{FIRST_CASE_NUMBER + serial_of(record_id):08d}"


# -- checks ------------------------------------------------------------------------------------------------


def _need_right(viewer: Viewer, of: ObjectType, is_possible: bool) -> None:
    if not viewer.may_write(of):
        raise RowError("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
    if not is_possible:
        text = f"entity type cannot be written this way: {of.label}"
        raise RowError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text)


def _need_lock(org: Org, record_id: str) -> None:
    """Fails as long as somebody else holds the record. Section 3.2."""
    left = org.trouble.locked.get(record_id, 0)
    if left > 0:
        org.trouble.locked[record_id] = left - 1
        text = f"unable to obtain exclusive access to this record or 1 records: {record_id}"
        raise RowError("UNABLE_TO_LOCK_ROW", text)


def _follow_rules(org: Org, record_id: str, viewer: Viewer) -> None:
    """The org's own rules against a record, which bind apps alone here. Sections 3.6 and 3.7."""
    error = org.trouble.refused.get(record_id)
    if error is None or viewer.sees_all:
        return
    if error.status_code != "DUPLICATES_DETECTED" or not viewer.allows_doubles:
        raise error


def _checked(org: Org, view: View, sent: Mapping[str, Any], *, is_new: bool) -> Values:
    """The values to write by proper field name. Raises: RowError for the first that is wrong."""
    given: Values = {}
    for word, value in sent.items():
        row = view.find(word)
        if row is None:
            raise no_field(word, view.type)
        can_set = row.is_createable if is_new else row.is_updateable
        if not can_set or row.name not in view.editable:
            text = f"Unable to create/update fields: {row.name}. Please check its security settings."
            raise RowError("INVALID_FIELD_FOR_INSERT_UPDATE", text, [row.name])
        given[row.name] = checked(org, row, value)
    return given


def no_field(word: str, of: ObjectType) -> RowError:
    """A field that is not there or hidden. Section 3.7; wording [U]."""
    return RowError("INVALID_FIELD", f"No such column '{word}' on sobject of type {of.name}", [])


def _refuse_doubles(org: Org, of: ObjectType, values: Values, record_id: str) -> None:
    for name in of.unique:
        value = values.get(name)
        if value is None:
            continue
        store = org.store(of)
        others = [known for known in store.having(name, value) if known != record_id and store.find(known)]
        if others:
            text = f"duplicate value found: {name} duplicates value on record with id: {others[0]}"
            raise RowError("DUPLICATE_VALUE", text, [])


def _changes(before: Values, after: Values, by: str, at: str) -> list[Change]:
    names = sorted({*before, *after} - _DERIVED)
    return [
        Change(name, before.get(name), after.get(name), by, at)
        for name in names
        if _as_kept(before.get(name)) != _as_kept(after.get(name))
    ]


def _as_kept(value: Any) -> Any:
    """A value as history compares it: exactly, and false like a value that was never set."""
    return None if value is False else value


def id_sent(sent: Mapping[str, Any]) -> str | None:
    """The 18 characters of the id in a record that was sent, under `id` or `Id` [R]."""
    value = next((sent[key] for key in ("id", "Id", "ID") if key in sent), None)
    return full_id(value) if isinstance(value, str) else None
