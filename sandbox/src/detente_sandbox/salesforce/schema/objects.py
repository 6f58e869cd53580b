"""The object types of the org, and what may be done with records of each."""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from detente_sandbox.salesforce.schema.access import (
    CUSTOM_FIELD,
    FIELD_PERMISSIONS,
    PERMISSION_SET,
    PERMISSION_SET_ASSIGNMENT,
    PROFILE,
)
from detente_sandbox.salesforce.schema.account import ACCOUNT
from detente_sandbox.salesforce.schema.case import CASE, CASE_MILESTONE, MILESTONE_TYPE
from detente_sandbox.salesforce.schema.contact import CONTACT
from detente_sandbox.salesforce.schema.field import Field
from detente_sandbox.salesforce.schema.firm import FIRM_FIELDS
from detente_sandbox.salesforce.schema.opportunity import OPPORTUNITY
from detente_sandbox.salesforce.schema.people import GROUP, ORGANIZATION, TASK, USER


class Child(NamedTuple):
    """Records of another type that refer to this one, and what becomes of them when it is deleted."""

    relationship: str | None
    type: str
    link: str
    on_delete: Literal["keep", "cascade", "restrict"]


@dataclass
class ObjectType:
    """An object type; `fields` by name in the order of describe, `by_word` by name in small letters."""

    name: str
    prefix: str
    label: str
    plural: str
    fields: dict[str, Field]
    is_createable: bool = True
    is_updateable: bool = True
    is_deletable: bool = True
    is_mergeable: bool = False
    is_tooling: bool = False
    is_setup: bool = False
    is_in_bulk: bool = True
    children: list[Child] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._note()

    def _note(self) -> None:
        """Works out what every write asks for."""
        rows = self.fields.values()
        self.by_word = {row.name.lower(): row for row in rows}
        self.defaults = {row.name: row.default for row in rows if row.has_default and row.default is not None}
        self.required = tuple(row.name for row in rows if row.is_required)
        self.unique = tuple(row.name for row in rows if row.is_unique)

    @property
    def name_field(self) -> str:
        """The field that stands for the record in lists."""
        return next((row.name for row in self.fields.values() if row.is_name), "Id")

    @property
    def has_bin(self) -> bool:
        """Whether deleted records lie in the recycle bin before they are gone."""
        return "IsDeleted" in self.fields

    def define(self, row: Field) -> None:
        """Adds a field or puts another in its place."""
        self.fields[row.name] = row
        self._note()

    def undefine(self, name: str) -> None:
        """Takes a field away."""
        del self.fields[name]
        self._note()


def _object(
    name: str, prefix: str, fields: tuple[Field, ...], label: str = "", plural: str = "", **more: Any
) -> ObjectType:
    known = (*fields, *FIRM_FIELDS.get(name, ()))
    label = label or name
    return ObjectType(name, prefix, label, plural or f"{label}s", {row.name: row for row in known}, **more)


# One-to-many relationships with a name or a rule for deletion, as the recorded describes have them [R]; those
# of milestones and permission sets are [U]. Others have no name, and their records stay.
_RELATIONSHIPS: dict[tuple[str, str], tuple[str | None, Literal["keep", "cascade", "restrict"]]] = {
    ("Account", "ParentId"): ("ChildAccounts", "keep"),
    ("Case", "AccountId"): ("Cases", "restrict"),
    ("Case", "ContactId"): ("Cases", "restrict"),
    ("Case", "ParentId"): ("Cases", "keep"),
    ("CaseMilestone", "CaseId"): ("CaseMilestones", "cascade"),
    ("Contact", "AccountId"): ("Contacts", "cascade"),
    ("Opportunity", "AccountId"): ("Opportunities", "cascade"),
    ("Opportunity", "ContactId"): ("Opportunities", "keep"),
    ("Task", "WhatId"): ("Tasks", "cascade"),
    ("Task", "WhoId"): ("Tasks", "cascade"),
    ("User", "AccountId"): ("Users", "keep"),
    ("User", "ContactId"): ("Users", "restrict"),
    ("FieldPermissions", "ParentId"): ("FieldPerms", "cascade"),
    ("PermissionSetAssignment", "PermissionSetId"): ("Assignments", "cascade"),
}


# Objects that ordinary orgs have and this one has not; who asks for them is told so, and it is remembered.
NOT_SIMULATED = frozenset(
    word.lower()
    for word in (
        *(
            "Lead",
            "Event",
            "Campaign",
            "CampaignMember",
            "Asset",
            "Contract",
            "Order",
            "Product2",
            "Pricebook2",
        ),
        *("Partner", "AccountPartner", "OpportunityPartner", "OpportunityContactRole", "OpportunityLineItem"),
        *("AccountHistory", "CaseHistory", "ContactHistory", "OpportunityFieldHistory", "OpportunityHistory"),
        *("Attachment", "ContentDocument", "ContentVersion", "EmailMessage", "FeedItem", "Note"),
        *("RecordType", "UserRole", "GroupMember", "BusinessHours", "Entitlement", "SlaProcess"),
        *("Territory2", "ObjectTerritory2Association", "EntityDefinition", "FieldDefinition", "Solution"),
    )
)


def objects_at_start() -> dict[str, ObjectType]:
    """All object types by name, as they are before anybody defines a field."""
    rows = (
        _object("Account", "001", ACCOUNT, is_mergeable=True),
        _object("Opportunity", "006", OPPORTUNITY, plural="Opportunities"),
        _object("Case", "500", CASE),
        _object("Contact", "003", CONTACT, is_mergeable=True),
        _object(
            "CaseMilestone",
            "555",
            CASE_MILESTONE,
            "Case Milestone",
            is_createable=False,
            is_deletable=False,
        ),
        _object("MilestoneType", "557", MILESTONE_TYPE, "Milestone Type"),
        _object("Task", "00T", TASK),
        _object("User", "005", USER, is_deletable=False, is_setup=True),
        _object("Group", "00G", GROUP, is_setup=True),
        _object("Profile", "00e", PROFILE, is_createable=False, is_updateable=False, is_deletable=False),
        _object(
            "Organization", "00D", ORGANIZATION, is_createable=False, is_updateable=False, is_deletable=False
        ),
        _object("PermissionSet", "0PS", PERMISSION_SET, "Permission Set", is_setup=True),
        _object(
            "FieldPermissions",
            "01k",
            FIELD_PERMISSIONS,
            "Field Permissions",
            "Field Permissions",
            is_setup=True,
        ),
        _object(
            "PermissionSetAssignment",
            "0Pa",
            PERMISSION_SET_ASSIGNMENT,
            "Permission Set Assignment",
            is_updateable=False,
            is_setup=True,
        ),
        _object("CustomField", "00N", CUSTOM_FIELD, "Custom Field Definition", is_tooling=True),
    )
    known = {row.name: row for row in rows}
    for row in rows:
        _note_children(known, row)
    return known


def _note_children(known: dict[str, ObjectType], child: ObjectType) -> None:
    if child.is_tooling:
        return
    for row in child.fields.values():
        for target in row.refers_to:
            if target in known and row.name not in ("OwnerId", "CreatedById", "LastModifiedById"):
                name, on_delete = _RELATIONSHIPS.get((child.name, row.name), (None, "keep"))
                known[target].children.append(Child(name, child.name, row.name, on_delete))
