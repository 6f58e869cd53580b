"""Describe answers. Section 2.4 of the reference; keys are those of the recorded ones [R]."""

from detente_sandbox.salesforce.access import View, Viewer
from detente_sandbox.salesforce.facts import JsonObject
from detente_sandbox.salesforce.org import Org
from detente_sandbox.salesforce.schema.objects import Child, ObjectType

_MASTER_RECORD_TYPE = "012000000000000AAA"
_FEED = ("Account", "Opportunity", "Case", "Contact", "User", "Task")


def brief(of: ObjectType, viewer: Viewer, root: str) -> JsonObject:
    """What the list of all objects tells of one."""
    is_people, can_write = of.name in _FEED, viewer.may_write(of)
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": of.is_createable and can_write,
        "custom": False,
        "customSetting": False,
        "deepCloneable": of.name == "Opportunity",
        "deletable": of.is_deletable and can_write,
        "deprecatedAndHidden": False,
        "feedEnabled": is_people,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": of.prefix,
        "label": of.label,
        "labelPlural": of.plural,
        "layoutable": is_people,
        "mergeable": of.is_mergeable and can_write,
        "mruEnabled": is_people,
        "name": of.name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": is_people,
        "triggerable": is_people,
        "undeletable": of.has_bin and of.is_deletable,
        "updateable": of.is_updateable and can_write,
        "urls": _urls(of, root),
    }


def described(org: Org, of: ObjectType, viewer: Viewer, root: str, base_url: str) -> JsonObject:
    """All that a user may know of an object."""
    view = org.access.view(viewer, of)
    known = brief(of, viewer, root)
    return {
        **known,
        "actionOverrides": [],
        "childRelationships": [_child(row) for row in of.children if row.type not in org.off],
        "compactLayoutable": of.name in _FEED,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [_field(view, name, viewer) for name in view.by_word],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [_record_type(of, root)],
        "searchLayoutable": of.name in _FEED,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": _scopes(of),
        "urls": {**known["urls"], **_pages(of, base_url)},
    }


def _field(view: View, word: str, viewer: Viewer) -> JsonObject:
    row = view.by_word[word]
    shown = row.shown()
    if not viewer.may_write(view.type) or row.name not in view.editable:
        shown.update(createable=False, updateable=False)
    return shown


def _child(row: Child) -> JsonObject:
    return {
        "cascadeDelete": row.on_delete == "cascade",
        "childSObject": row.type,
        "deprecatedAndHidden": False,
        "field": row.link,
        "junctionIdListNames": [],
        "junctionReferenceTo": [],
        "relationshipName": row.relationship,
        "restrictedDelete": row.on_delete == "restrict",
    }


def _record_type(of: ObjectType, root: str) -> JsonObject:
    return {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": True,
        "developerName": "Master",
        "master": True,
        "name": "Master",
        "recordTypeId": _MASTER_RECORD_TYPE,
        "urls": {"layout": f"{root}/sobjects/{of.name}/describe/layouts/{_MASTER_RECORD_TYPE}"},
    }


def _scopes(of: ObjectType) -> list[JsonObject]:
    word = of.plural.lower()
    return [{"label": f"All {word}", "name": "everything"}, {"label": f"My {word}", "name": "mine"}]


def _urls(of: ObjectType, root: str) -> JsonObject:
    path = f"{root}/sobjects/{of.name}"
    return {
        "compactLayouts": f"{path}/describe/compactLayouts",
        "rowTemplate": f"{path}/{{ID}}",
        "approvalLayouts": f"{path}/describe/approvalLayouts",
        "listviews": f"{path}/listviews",
        "describe": f"{path}/describe",
        "quickActions": f"{path}/quickActions",
        "layouts": f"{path}/describe/layouts",
        "sobject": path,
    }


def _pages(of: ObjectType, base_url: str) -> JsonObject:
    return {
        "uiDetailTemplate": f"{base_url}/{{ID}}",
        "uiEditTemplate": f"{base_url}/{{ID}}/e",
        "uiNewRecord": f"{base_url}/{of.prefix}/e",
    }
