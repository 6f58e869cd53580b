"""The org's own rules: what refuses single rows, and who may set up access."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from detente_sandbox import SandboxProcess

    from sandbox.tests.salesforce.conftest import Caller

TEXT = {"type": "Text", "label": "Key", "length": 20, "unique": True, "externalId": True}


def write(caller: Caller, ids: list[str], **given: Any) -> list[dict[str, Any]]:
    records = [{"attributes": {"type": "Account"}, "id": known, "Rating": "Hot"} for known in ids]
    results: list[dict[str, Any]] = caller.done("PATCH", "composite/sobjects", {"records": records}, **given)
    return results


def test_rule_refuses_an_app_and_lets_a_person_through(
    org: SandboxProcess, sync: Caller, account_ids: list[str]
) -> None:
    code = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    org.post("/_sandbox/act/refuse_rows", {"ids": [account_ids[1]], "code": code, "message": "Only by hand"})
    refused = write(sync, account_ids[:3])
    org.patch(f"/_sandbox/objects/Account/{account_ids[1]}", {"properties": {"Rating": "Cold"}})
    org.post("/_sandbox/act/refuse_rows", {"ids": [account_ids[1]]})

    assert [row["success"] for row in refused] == [True, False, True]
    assert refused[1]["errors"] == [{"statusCode": code, "message": "Only by hand", "fields": []}]
    assert write(sync, account_ids[1:2])[0]["success"]


def test_rule_about_duplicates_lets_those_through_who_save_all_the_same(
    org: SandboxProcess, sync: Caller, account_ids: list[str]
) -> None:
    org.post("/_sandbox/act/refuse_rows", {"ids": account_ids[:1], "code": "DUPLICATES_DETECTED"})
    header = {"Sforce-Duplicate-Rule-Header": "allowSave=true; runAsCurrentUser=true"}

    assert write(sync, account_ids[:1])[0]["errors"][0]["statusCode"] == "DUPLICATES_DETECTED"
    assert write(sync, account_ids[:1], headers=header)[0]["success"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("PermissionSet", {"Name": "Own", "Label": "Own"}),
        ("FieldPermissions", {}),
        ("PermissionSetAssignment", {}),
        ("User", {"LastName": "X"}),
    ],
)
def test_app_that_only_syncs_cannot_grant_itself_access(
    sync: Caller, kind: str, body: dict[str, str]
) -> None:
    answer = sync.ask("POST", f"sobjects/{kind}", body)

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    assert not sync.done("GET", f"sobjects/{kind}/describe")["createable"]


def test_grant_names_a_field_that_is_there_and_no_more_than_once(admin: Caller) -> None:
    parent = admin.done("POST", "sobjects/PermissionSet", {"Name": "Own", "Label": "Own"})["id"]

    def grant(field: str, **more: Any) -> Any:
        body = {"ParentId": parent, "SobjectType": "Account", "Field": field, **more}
        answer = admin.ask("POST", "sobjects/FieldPermissions", body)
        return answer.json()[0]["errorCode"] if answer.status_code == 400 else answer.status_code

    assert grant("Account.Nope__c", PermissionsRead=True) == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert grant("Account.Name", PermissionsRead=True) == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert grant("Account.ARR__c", PermissionsEdit=True) == "FIELD_INTEGRITY_EXCEPTION"
    assert grant("account.arr__c", PermissionsRead=True) == 201
    assert grant("Account.ARR__c", PermissionsRead=True) == "DUPLICATE_VALUE"


def test_permission_set_is_made_once_and_assigned_once(org: SandboxProcess, admin: Caller) -> None:
    body = {"Name": "Own", "Label": "Own"}
    made = admin.done("POST", "sobjects/PermissionSet", body)["id"]
    again = admin.ask("POST", "sobjects/PermissionSet", body)
    user = org.credentials["apps"]["sync"]["user_id"]
    assignment = {"PermissionSetId": made, "AssigneeId": user}
    answers = [admin.ask("POST", "sobjects/PermissionSetAssignment", assignment) for _ in range(2)]

    assert again.json()[0]["errorCode"] == "DUPLICATE_DEVELOPER_NAME"
    assert [answer.status_code for answer in answers] == [201, 400]
    assert answers[1].json()[0]["errorCode"] == "DUPLICATE_VALUE"


def test_value_of_a_unique_field_is_taken_once_in_any_letters(admin: Caller, account_ids: list[str]) -> None:
    admin.done("POST", "tooling/sobjects/CustomField", {"FullName": "Account.Own__c", "Metadata": TEXT})
    parent = admin.rows("SELECT Id FROM PermissionSet WHERE Profile.Name = 'System Administrator'")[0]["Id"]
    grant = {"ParentId": parent, "SobjectType": "Account", "Field": "Account.Own__c"}
    admin.done(
        "POST", "sobjects/FieldPermissions", {**grant, "PermissionsRead": True, "PermissionsEdit": True}
    )
    first, second = account_ids[:2]
    admin.done("PATCH", f"sobjects/Account/{first}", {"Own__c": "Key"})
    refused = admin.ask("PATCH", f"sobjects/Account/{second}", {"Own__c": "KEY"})
    admin.done("PATCH", f"sobjects/Account/{first}", {"Own__c": "key"})

    assert refused.json()[0]["errorCode"] == "DUPLICATE_VALUE" and first in refused.json()[0]["message"]
