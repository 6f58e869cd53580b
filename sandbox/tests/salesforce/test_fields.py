"""Custom fields: who may define them, and who sees them when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from detente_sandbox import SandboxProcess

    from sandbox.tests.salesforce.conftest import Caller

NUMBER = {"type": "Number", "label": "Score", "precision": 5, "scale": 2}
VALUES = {"value": [{"fullName": "P1", "label": "Priority 1"}, {"fullName": "P2", "label": "Priority 2"}]}
PICKLIST = {
    "type": "Picklist",
    "label": "Priority",
    "valueSet": {"restricted": True, "valueSetDefinition": VALUES},
}


def define(admin: Caller, full_name: str, metadata: dict[str, Any]) -> Any:
    body = {"FullName": full_name, "Metadata": metadata}
    return admin.done("POST", "tooling/sobjects/CustomField", body)


def permission_set(admin: Caller, name: str, users: list[str]) -> str:
    made: str = admin.done("POST", "sobjects/PermissionSet", {"Name": name, "Label": name})["id"]
    for user in users:
        body = {"PermissionSetId": made, "AssigneeId": user}
        admin.done("POST", "sobjects/PermissionSetAssignment", body)
    return made


def grant(admin: Caller, parent: str, full_name: str, *, edit: bool = True) -> str:
    body = {
        "ParentId": parent,
        "SobjectType": full_name.split(".")[0],
        "Field": full_name,
        "PermissionsRead": True,
        "PermissionsEdit": edit,
    }
    made: str = admin.done("POST", "sobjects/FieldPermissions", body)["id"]
    return made


def user_of(sandbox: SandboxProcess, app: str) -> str:
    known: str = sandbox.credentials["apps"][app]["user_id"]
    return known


def test_new_field_is_seen_by_nobody_until_it_is_granted(admin: Caller, sync: Caller) -> None:
    define(admin, "Account.Own_Score__c", NUMBER)

    for caller in (admin, sync):
        assert "Own_Score__c" not in caller.describe("Account")
        assert caller.refusal("SELECT Own_Score__c FROM Account")[:2] == (400, "INVALID_FIELD")


def test_granted_field_is_seen_by_the_assigned_user_alone(
    org: SandboxProcess, admin: Caller, sync: Caller
) -> None:
    define(admin, "Account.Own_Score__c", NUMBER)
    grant(admin, permission_set(admin, "Own_Integration", [user_of(org, "sync")]), "Account.Own_Score__c")
    field = sync.describe("Account")["Own_Score__c"]

    assert (field["type"], field["precision"], field["scale"], field["custom"]) == ("double", 5, 2, True)
    assert field["updateable"] and field["createable"]
    assert "Own_Score__c" not in admin.describe("Account")


def test_field_granted_for_reading_only_is_not_written(
    org: SandboxProcess, admin: Caller, sync: Caller, account_ids: list[str]
) -> None:
    define(admin, "Account.Own_Score__c", NUMBER)
    parent = permission_set(admin, "Own_Reader", [user_of(org, "sync")])
    grant(admin, parent, "Account.Own_Score__c", edit=False)
    answer = sync.ask("PATCH", f"sobjects/Account/{account_ids[0]}", {"Own_Score__c": 1})

    assert not sync.describe("Account")["Own_Score__c"]["updateable"]
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")


def test_grant_that_is_taken_back_hides_the_field_again(
    org: SandboxProcess, admin: Caller, sync: Caller
) -> None:
    define(admin, "Account.Own_Score__c", NUMBER)
    made = grant(admin, permission_set(admin, "Own", [user_of(org, "sync")]), "Account.Own_Score__c")
    assert "Own_Score__c" in sync.describe("Account")

    admin.done("DELETE", f"sobjects/FieldPermissions/{made}")

    assert "Own_Score__c" not in sync.describe("Account")


def test_grant_to_the_permission_set_of_a_profile_reaches_all_its_users(
    org: SandboxProcess, admin: Caller, sync: Caller, account_ids: list[str]
) -> None:
    define(admin, "Account.Detente_Score__c", NUMBER)
    parent = admin.rows("SELECT Id FROM PermissionSet WHERE Profile.Name = 'Standard User'")[0]["Id"]
    before = org.request("GET", f"/_sandbox/view/Account/{account_ids[0]}?as=text").text
    grant(admin, parent, "Account.Detente_Score__c")
    org.patch(f"/_sandbox/objects/Account/{account_ids[0]}", {"properties": {"Detente_Score__c": 71.5}})
    after = org.request("GET", f"/_sandbox/view/Account/{account_ids[0]}?as=text").text

    assert "Detente priority" not in before
    assert "Detente priority" in after and "71.50" in after


@pytest.mark.parametrize(
    ("metadata", "shown"),
    [
        pytest.param(PICKLIST, ("picklist", 255, True), id="choice"),
        pytest.param({"type": "Text", "label": "T", "length": 80}, ("string", 80, False), id="text"),
        pytest.param(
            {"type": "LongTextArea", "label": "T", "length": 1000, "visibleLines": 3},
            ("textarea", 1000, False),
            id="long text",
        ),
        pytest.param({"type": "TextArea", "label": "T"}, ("textarea", 255, False), id="text area"),
        pytest.param({"type": "DateTime", "label": "T"}, ("datetime", 0, False), id="instant"),
        pytest.param({"type": "Url", "label": "T"}, ("url", 255, False), id="address"),
        pytest.param(
            {"type": "Checkbox", "label": "T", "defaultValue": False}, ("boolean", 0, False), id="box"
        ),
    ],
)
def test_kinds_of_fields(
    org: SandboxProcess, admin: Caller, metadata: dict[str, Any], shown: tuple[str, int, bool]
) -> None:
    define(admin, "Case.Own__c", metadata)
    grant(admin, permission_set(admin, "Own", [user_of(org, "admin")]), "Case.Own__c")
    field = admin.describe("Case")["Own__c"]

    assert (field["type"], field["length"], field["restrictedPicklist"]) == shown
    assert [row["value"] for row in field["picklistValues"]] == (["P1", "P2"] if shown[2] else [])


def test_second_field_of_one_name_is_refused(admin: Caller) -> None:
    define(admin, "Account.Own__c", NUMBER)
    body = {"FullName": "Account.OWN__c", "Metadata": NUMBER}
    answer = admin.ask("POST", "tooling/sobjects/CustomField", body)

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "DUPLICATE_DEVELOPER_NAME")


def test_name_over_40_characters_is_refused(admin: Caller) -> None:
    body = {"FullName": f"Account.{'A' * 41}__c", "Metadata": NUMBER}

    assert admin.ask("POST", "tooling/sobjects/CustomField", body).status_code == 400


def test_only_the_admin_app_defines_fields(sync: Caller) -> None:
    body = {"FullName": "Account.Own__c", "Metadata": NUMBER}
    answer = sync.ask("POST", "tooling/sobjects/CustomField", body)

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")


def test_tooling_query_finds_a_definition_that_nobody_sees_yet(admin: Caller) -> None:
    made = define(admin, "Account.Own_Score__c", NUMBER)["id"]
    soql = "SELECT Id, DeveloperName FROM CustomField WHERE DeveloperName = 'Own_Score'"
    found = admin.rows(soql, "tooling/query")
    read = admin.done("GET", f"tooling/sobjects/CustomField/{made}")

    assert found == [{"Id": made, "DeveloperName": "Own_Score"}]
    assert (read["FullName"], read["Metadata"]["precision"]) == ("Account.Own_Score__c", 5)


def test_choice_gets_a_further_value(org: SandboxProcess, admin: Caller) -> None:
    made = define(admin, "Account.Own__c", PICKLIST)["id"]
    grant(admin, permission_set(admin, "Own", [user_of(org, "admin")]), "Account.Own__c")
    more = {"value": [*VALUES["value"], {"fullName": "P3", "label": "Priority 3"}]}
    metadata = {**PICKLIST, "valueSet": {"restricted": True, "valueSetDefinition": more}}
    admin.done("PATCH", f"tooling/sobjects/CustomField/{made}", {"Metadata": metadata})

    assert [row["value"] for row in admin.describe("Account")["Own__c"]["picklistValues"]] == [
        "P1",
        "P2",
        "P3",
    ]


def test_deleted_field_is_gone_with_its_grants(org: SandboxProcess, admin: Caller) -> None:
    made = define(admin, "Account.Own__c", NUMBER)["id"]
    parent = permission_set(admin, "Own", [user_of(org, "admin")])
    grant(admin, parent, "Account.Own__c")
    admin.done("DELETE", f"tooling/sobjects/CustomField/{made}")

    assert "Own__c" not in admin.describe("Account")
    assert admin.rows("SELECT Id FROM FieldPermissions WHERE Field = 'Account.Own__c'") == []


def test_describe_is_not_sent_again_until_a_definition_or_a_grant_changes(
    org: SandboxProcess, admin: Caller
) -> None:
    first = admin.ask("GET", "sobjects/Account/describe")
    org.advance(60)
    since = {"If-Modified-Since": first.headers["Date"]}
    unchanged = admin.ask("GET", "sobjects/Account/describe", headers=since)
    define(admin, "Account.Own__c", NUMBER)
    changed = admin.ask("GET", "sobjects/Account/describe", headers=since)

    assert (first.status_code, unchanged.status_code, changed.status_code) == (200, 304, 200)
    assert unchanged.content == b""


def test_field_hidden_from_an_app_by_hand_vanishes_for_it_alone(
    org: SandboxProcess, admin: Caller, sync: Caller
) -> None:
    org.put("/_sandbox/tokens/sync", {"hidden": ["Account.AnnualRevenue"]})

    assert "AnnualRevenue" not in sync.describe("Account")
    assert sync.refusal("SELECT AnnualRevenue FROM Account")[1] == "INVALID_FIELD"
    assert "AnnualRevenue" in admin.describe("Account")
