"""Who may see and change which field: profiles, permission sets, their grants and assignments.

Section 4 of the reference; field attributes [U].
"""

from detente_sandbox.salesforce.schema.field import (
    Field,
    link,
    picklist,
    record_id,
    stamps,
    text,
    truth,
)

PROFILE: tuple[Field, ...] = (
    record_id("Profile ID"),
    text("Name", 255, "Name", "required name"),
    *stamps(),
)

PERMISSION_SET: tuple[Field, ...] = (
    record_id("PermissionSet ID"),
    text("Name", 80, "Permission Set Name", "required name"),
    text("Label", 80, "Permission Set Label", "required"),
    text("Description", 255, "Description", "unhideable"),
    truth("IsOwnedByProfile", "Owned By Profile", "readonly"),
    link("ProfileId", "Profile", "Profile", "Profile ID", "readonly"),
    *stamps(),
)

FIELD_PERMISSIONS: tuple[Field, ...] = (
    record_id("FieldPermissions ID"),
    link("ParentId", "PermissionSet", "Parent", "Parent ID", "required createonly"),
    picklist(
        "SobjectType", 40, "Sobject Type Name", "Account|Case|Contact|Opportunity|Task", "required createonly"
    ),
    text("Field", 255, "Field Name", "required createonly"),
    truth("PermissionsRead", "Read Field"),
    truth("PermissionsEdit", "Edit Field"),
    # The vendor has no other stamps here, but a cursor needs one [U].
    *stamps()[-1:],
)

PERMISSION_SET_ASSIGNMENT: tuple[Field, ...] = (
    record_id("PermissionSetAssignment ID"),
    link("PermissionSetId", "PermissionSet", "PermissionSet", "PermissionSet ID", "required createonly"),
    link("AssigneeId", "User", "Assignee", "Assignee ID", "required createonly"),
    *stamps()[-1:],
)

# What the tooling side shows of a field that the firm or an app defined; the rest of it is not simulated.
CUSTOM_FIELD: tuple[Field, ...] = (
    record_id("Custom Field Definition ID"),
    text("DeveloperName", 40, "Custom Field Name", "required name"),
    text("TableEnumOrId", 40, "Object", "required createonly"),
    *stamps(),
)
