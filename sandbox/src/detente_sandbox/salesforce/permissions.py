"""Rules of the rows that grant access to fields. Section 4 of the reference; codes and wording [U]."""

from detente_sandbox.salesforce.facts import RowError
from detente_sandbox.salesforce.org import Org
from detente_sandbox.salesforce.rows import Values
from detente_sandbox.salesforce.schema.objects import ObjectType


def before_write(org: Org, of: ObjectType, values: Values, *, is_new: bool) -> None:
    """Checks a grant or an assignment, and puts the field's name in proper letters. Raises: RowError."""
    if of.name == "FieldPermissions":
        _check_grant(org, values, is_new=is_new)
    elif of.name == "PermissionSetAssignment" and is_new:
        rows = org.stores[of.name]
        taken = rows.having("AssigneeId", values.get("AssigneeId"))
        if taken & rows.having("PermissionSetId", values.get("PermissionSetId")):
            raise RowError("DUPLICATE_VALUE", "Duplicate PermissionSetAssignment.", ["AssigneeId"])
    elif of.name == "PermissionSet" and is_new and org.stores[of.name].having("Name", values.get("Name")):
        raise RowError("DUPLICATE_DEVELOPER_NAME", "The name is in use already.", ["Name"])


def _check_grant(org: Org, values: Values, *, is_new: bool) -> None:
    word, object_word = str(values.get("Field", "")), str(values.get("SobjectType", ""))
    of = org.type_of(object_word)
    before, _, name = word.partition(".")
    row = of.by_word.get(name.lower()) if of is not None and before.lower() == object_word.lower() else None
    if of is None or row is None or not row.is_permissionable:
        raise RowError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", f"Field Name: bad value: {word}", ["Field"])
    if values.get("PermissionsEdit") and not values.get("PermissionsRead"):
        raise RowError("FIELD_INTEGRITY_EXCEPTION", "Edit Field requires Read Field", ["PermissionsEdit"])
    values["Field"], values["SobjectType"] = f"{of.name}.{row.name}", of.name
    rows = org.stores["FieldPermissions"]
    known = rows.having("ParentId", values.get("ParentId")) & rows.having("Field", values["Field"])
    if is_new and known:
        raise RowError("DUPLICATE_VALUE", "Duplicate FieldPermissions.", ["Field"])


def after_write(org: Org, of: ObjectType, values: Values) -> None:
    """A grant changes what describe calls show of the object."""
    if of.name == "FieldPermissions":
        org.described_ms[values["SobjectType"]] = org.clock.now_ms
    elif of.name in ("PermissionSetAssignment", "PermissionSet"):
        for name in org.described_ms:
            org.described_ms[name] = org.clock.now_ms
