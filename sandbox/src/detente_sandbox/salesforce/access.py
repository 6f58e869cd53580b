"""Which fields a user sees and may change: grants of permission sets. Section 4 of the reference [U].

A field that was defined by API is invisible to everybody, its maker too, until a permission set grants it. A
profile's own permission set counts for all users of the profile.
"""

from dataclasses import dataclass

from detente_sandbox.salesforce.rows import Store
from detente_sandbox.salesforce.schema.field import Field
from detente_sandbox.salesforce.schema.objects import ObjectType

Grants = dict[tuple[str, str], bool]


@dataclass(frozen=True)
class Viewer:
    """Somebody who reads and writes: a user with its rights, and what is hidden from it by hand.

    `can_set_up` is the right to write what grants access; `allows_doubles` lets a call save what a rule about
    duplicates only warns of.
    """

    user_id: str
    can_write: bool = True
    can_set_up: bool = False
    sees_all: bool = False
    allows_doubles: bool = False
    hidden: frozenset[str] = frozenset()

    def may_write(self, of: ObjectType) -> bool:
        """Whether records of a type may be written at all."""
        return self.can_write and (self.can_set_up or not of.is_setup)


@dataclass(frozen=True)
class View:
    """The fields of one object type that a viewer sees, by name in small letters, and those it may change."""

    type: ObjectType
    by_word: dict[str, Field]
    editable: frozenset[str]

    def named(self) -> dict[str, Field]:
        """The same by proper name, in the order of describe."""
        return {row.name: row for row in self.by_word.values()}

    def find(self, word: str) -> Field | None:
        """A visible field by its name in any letters."""
        return self.by_word.get(word.lower())


class Access:
    """Works out views and keeps them until a grant or a definition changes."""

    def __init__(self, stores: dict[str, Store]) -> None:
        self._stores = stores
        self._revision: tuple[int, ...] = ()
        self._definitions = 0
        self._views: dict[tuple[Viewer, str], View] = {}
        self._grants: dict[str, Grants] = {}

    def note_definition(self) -> None:
        """Forgets what was worked out, after a field was defined, changed or taken away."""
        self._definitions += 1

    def view(self, viewer: Viewer, of: ObjectType) -> View:
        """What a viewer sees of an object type."""
        self._follow()
        known = self._views.get((viewer, of.name))
        if known is None:
            known = self._views[viewer, of.name] = self._view(viewer, of)
        return known

    def _follow(self) -> None:
        names = ("FieldPermissions", "PermissionSetAssignment", "PermissionSet", "User")
        revision = (self._definitions, *(self._stores[name].revision for name in names))
        if revision != self._revision:
            self._revision = revision
            self._views.clear()
            self._grants.clear()

    def _view(self, viewer: Viewer, of: ObjectType) -> View:
        grants = self._grants_of(viewer.user_id)
        seen: dict[str, Field] = {}
        editable: set[str] = set()
        for name, row in of.fields.items():
            if not viewer.sees_all and not _is_seen(viewer, of, row, grants):
                continue
            seen[name.lower()] = row
            if viewer.sees_all or not row.is_custom or grants.get((of.name, name), False):
                editable.add(name)
        return View(of, seen, frozenset(editable))

    def _grants_of(self, user_id: str) -> Grants:
        known = self._grants.get(user_id)
        if known is None:
            known = self._grants[user_id] = self._collect(self._sets_of(user_id))
        return known

    def _sets_of(self, user_id: str) -> set[str]:
        """The permission sets that count for a user: the assigned ones and that of its profile."""
        assigned = self._stores["PermissionSetAssignment"].having("AssigneeId", user_id)
        rows = self._stores["PermissionSetAssignment"].rows
        sets = {str(rows[known].values()["PermissionSetId"]) for known in assigned}
        user = self._stores["User"].rows.get(user_id)
        profile = user.values().get("ProfileId") if user is not None else None
        return sets | (self._stores["PermissionSet"].having("ProfileId", profile) if profile else set())

    def _collect(self, sets: set[str]) -> Grants:
        grants: Grants = {}
        store = self._stores["FieldPermissions"]
        for record_id in sorted(found for known in sets for found in store.having("ParentId", known)):
            values = store.rows[record_id].values()
            object_name, _, name = str(values["Field"]).partition(".")
            if values.get("PermissionsRead"):
                edit = bool(values.get("PermissionsEdit"))
                grants[object_name, name] = grants.get((object_name, name), False) or edit
        return grants


def _is_seen(viewer: Viewer, of: ObjectType, row: Field, grants: Grants) -> bool:
    if f"{of.name}.{row.name}" in viewer.hidden:
        return False
    return not row.is_custom or (of.name, row.name) in grants
