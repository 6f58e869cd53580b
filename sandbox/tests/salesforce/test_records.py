"""Single records: reading, writing, conditions, external ids, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from detente_sandbox import SandboxProcess

    from sandbox.tests.salesforce.conftest import Caller


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()[0]["errorCode"]


def test_record_is_read_whole_or_by_fields_and_under_either_id(sync: Caller, account_ids: list[str]) -> None:
    whole = sync.done("GET", f"sobjects/Account/{account_ids[0]}")
    part = sync.done("GET", f"sobjects/account/{account_ids[0][:15]}", params={"fields": "name,Rating"})

    assert whole.keys() == {"attributes", *sync.describe("Account")}
    assert part == {
        "attributes": whole["attributes"],
        "Id": account_ids[0],
        "Name": whole["Name"],
        "Rating": None,
    }


def test_address_is_one_value_or_null(sync: Caller) -> None:
    made = sync.done("POST", "sobjects/Account", {"Name": "X", "BillingCity": "Kiel", "BillingCountry": "DE"})
    read = sync.done("GET", f"sobjects/Account/{made['id']}")

    assert read["BillingAddress"]["city"] == "Kiel" and read["BillingAddress"]["street"] is None
    assert read["ShippingAddress"] is None


def test_written_record_bears_who_and_when_to_the_second(
    org: SandboxProcess, sync: Caller, account_ids: list[str]
) -> None:
    me = org.credentials["apps"]["sync"]["user_id"]
    org.advance(12.7)
    answer = sync.ask("PATCH", f"sobjects/Account/{account_ids[0]}", {"Rating": "Hot"})
    read = sync.done("GET", f"sobjects/Account/{account_ids[0]}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert read["LastModifiedById"] == me != read["CreatedById"]
    assert read["SystemModstamp"] == read["LastModifiedDate"] == "2026-11-03T09:00:12.000+0000"


def test_new_record_has_defaults_and_belongs_to_its_maker(org: SandboxProcess, sync: Caller) -> None:
    made = sync.done("POST", "sobjects/Case", {"Subject": "Help"})["id"]
    read = sync.done("GET", f"sobjects/Case/{made}")

    assert (read["Status"], read["Priority"], read["IsClosed"]) == ("New", "Medium", False)
    assert read["OwnerId"] == org.credentials["apps"]["sync"]["user_id"]
    assert read["CaseNumber"].isdigit()


def test_stage_carries_probability_forecast_and_closing(sync: Caller) -> None:
    body = {"Name": "Deal", "StageName": "Proposal/Price Quote", "CloseDate": "2027-02-28", "Amount": 1000}
    made = sync.done("POST", "sobjects/Opportunity", body)["id"]
    opened = sync.done("GET", f"sobjects/Opportunity/{made}")
    sync.done("PATCH", f"sobjects/Opportunity/{made}", {"StageName": "Closed Won"})
    closed = sync.done("GET", f"sobjects/Opportunity/{made}")

    assert (opened["Probability"], opened["ExpectedRevenue"], opened["IsClosed"]) == (75.0, 750.0, False)
    assert (closed["Probability"], closed["IsWon"], closed["ForecastCategoryName"]) == (100.0, True, "Closed")
    assert (closed["FiscalYear"], closed["FiscalQuarter"], closed["Fiscal"]) == (2027, 1, "2027 1")


def test_null_and_empty_text_both_clear_a_value(sync: Caller, account_ids: list[str]) -> None:
    path = f"sobjects/Account/{account_ids[0]}"
    sync.done("PATCH", path, {"Rating": "Hot", "Site": "HQ"})
    sync.done("PATCH", path, {"Rating": None, "Site": ""})

    assert (
        sync.done("GET", path, params={"fields": "Rating,Site"}).items()
        >= {"Rating": None, "Site": None}.items()
    )


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"Nothing__c": 1}, "INVALID_FIELD"),
        ({"CreatedDate": "2026-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"Name": None}, "REQUIRED_FIELD_MISSING"),
        ({"Site": "x" * 81}, "STRING_TOO_LONG"),
        ({"Uptime_Exposure__c": "sometimes"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"NumberOfEmployees": 2**31}, "NUMBER_OUTSIDE_VALID_RANGE"),
        ({"Data_Security_Tier__c": 10}, "NUMBER_OUTSIDE_VALID_RANGE"),
        ({"NumberOfEmployees": 1.5}, "JSON_PARSER_ERROR"),
        ({"ARR__c": "much"}, "JSON_PARSER_ERROR"),
        ({"Renewal_Date__c": "31.12.2026"}, "JSON_PARSER_ERROR"),
        ({"Reference_Customer__c": "maybe"}, "JSON_PARSER_ERROR"),
        ({"OwnerId": "0015g0000000001AAA"}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"OwnerId": "005"}, "MALFORMED_ID"),
        ({"ParentId": "0015g000000ZZZZEA2"}, "MALFORMED_ID"),
    ],
)
def test_value_that_a_field_does_not_take_is_refused_with_its_name(
    sync: Caller, account_ids: list[str], body: dict[str, Any], wanted: str
) -> None:
    answer = sync.ask("PATCH", f"sobjects/Account/{account_ids[0]}", body)

    assert code(answer) == (400, wanted)
    assert answer.json()[0]["fields"] in ([next(iter(body))], [])


def test_value_out_of_an_open_choice_is_taken(sync: Caller, account_ids: list[str]) -> None:
    sync.done("PATCH", f"sobjects/Account/{account_ids[0]}", {"Industry": "Space travel"})

    assert sync.query("SELECT COUNT() FROM Account WHERE Industry = 'space TRAVEL'")["totalSize"] == 1


def test_inactive_user_is_given_nothing(sync: Caller, account_ids: list[str]) -> None:
    gone = sync.rows("SELECT Id FROM User WHERE IsActive = false")[0]["Id"]
    answer = sync.ask("PATCH", f"sobjects/Account/{account_ids[0]}", {"OwnerId": gone})

    assert code(answer) == (400, "OPERATION_WITH_INACTIVE_OWNER")


def test_required_fields_that_are_missing_are_all_named(sync: Caller) -> None:
    answer = sync.ask("POST", "sobjects/Opportunity", {"Amount": 1})

    assert code(answer) == (400, "REQUIRED_FIELD_MISSING")
    assert answer.json()[0]["fields"] == ["Name", "StageName", "CloseDate"]


def test_write_on_a_condition_succeeds_only_when_nobody_wrote_since(
    org: SandboxProcess, sync: Caller, account_ids: list[str]
) -> None:
    path = f"sobjects/Account/{account_ids[0]}"
    since = {"If-Unmodified-Since": sync.ask("GET", path).headers["Date"]}
    org.advance(5)
    first = sync.ask("PATCH", path, {"Rating": "Hot"}, headers=since)
    second = sync.ask("PATCH", path, {"Rating": "Cold"}, headers=since)
    wrong = sync.ask("PATCH", path, {"Rating": "Cold"}, headers={"If-Unmodified-Since": "yesterday"})

    assert (first.status_code, second.status_code, wrong.status_code) == (204, 412, 400)
    assert sync.done("GET", path)["Rating"] == "Hot"


def test_deleted_record_is_not_found_and_cannot_be_written(sync: Caller) -> None:
    made = sync.done("POST", "sobjects/Account", {"Name": "Gone"})["id"]
    sync.done("DELETE", f"sobjects/Account/{made}")
    answers = [sync.ask(method, f"sobjects/Account/{made}", {}) for method in ("GET", "PATCH", "DELETE")]

    assert [code(answer) for answer in answers] == [(404, "NOT_FOUND")] * 3


def test_account_with_cases_stays_and_one_without_takes_its_deals_along(sync: Caller) -> None:
    kept = sync.rows("SELECT AccountId FROM Case LIMIT 1")[0]["AccountId"]
    free = sync.rows("SELECT Id FROM Account WHERE Id NOT IN (SELECT AccountId FROM Case)")
    with_deals = {row["AccountId"] for row in sync.rows("SELECT AccountId FROM Opportunity")}
    going = next(row["Id"] for row in free if row["Id"] in with_deals)
    refused = sync.ask("DELETE", f"sobjects/Account/{kept}")
    sync.done("DELETE", f"sobjects/Account/{going}")
    soql = f"SELECT Id FROM Opportunity WHERE AccountId = '{going}'"  # noqa: S608

    assert code(refused) == (400, "DELETE_FAILED")
    assert sync.rows(soql) == [] and sync.rows(soql, "queryAll") != []


def test_reader_reads_and_writes_nothing(org: SandboxProcess, account_ids: list[str]) -> None:
    from sandbox.tests.salesforce.conftest import Caller

    reader = Caller(org, "readonly")
    field = reader.describe("Account")["Rating"]

    assert not field["updateable"] and not field["createable"]
    assert code(reader.ask("PATCH", f"sobjects/Account/{account_ids[0]}", {"Rating": "Hot"})) == (
        403,
        "INSUFFICIENT_ACCESS_OR_READONLY",
    )
    assert reader.ask("POST", "jobs/ingest", {"object": "Account", "operation": "insert"}).status_code == 403


def test_locked_record_is_refused_as_often_as_told(
    org: SandboxProcess, sync: Caller, account_ids: list[str]
) -> None:
    org.post("/_sandbox/act/lock", {"ids": [account_ids[0]], "tries": 2})
    answers = [sync.ask("PATCH", f"sobjects/Account/{account_ids[0]}", {"Rating": "Hot"}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [400, 400, 204]
    assert code(answers[0])[1] == "UNABLE_TO_LOCK_ROW"


# -- external ids ------------------------------------------------------------------------------------------


def test_upsert_makes_a_record_once_and_changes_it_then(sync: Caller) -> None:
    path = "sobjects/Account/Customer_Number__c/X-1"
    made = sync.ask("PATCH", path, {"Name": "First"})
    changed = sync.ask("PATCH", path, {"Name": "Second"})
    read = sync.done("GET", path)

    assert (made.status_code, made.json()["created"]) == (201, True)
    assert (changed.status_code, changed.json()["created"]) == (200, False)
    assert (read["Name"], read["Id"]) == ("Second", made.json()["id"])


def test_external_id_of_several_records_lists_them(sync: Caller) -> None:
    ids = [
        sync.done("POST", "sobjects/Account", {"Name": name, "Customer_Number__c": "X-2"})["id"]
        for name in ("One", "Two")
    ]
    answer = sync.ask("PATCH", "sobjects/Account/Customer_Number__c/x-2", {"Site": "HQ"})

    assert answer.status_code == 300
    assert answer.json() == [f"/services/data/v62.0/sobjects/Account/{known}" for known in ids]


def test_upsert_may_be_kept_from_making_records(sync: Caller) -> None:
    answer = sync.ask("PATCH", "sobjects/Account/Customer_Number__c/X-3?updateOnly=true", {"Name": "New"})

    assert answer.status_code == 404
    assert sync.query("SELECT COUNT() FROM Account")["totalSize"] == 40


def test_field_that_is_no_external_id_is_no_way_to_a_record(sync: Caller) -> None:
    assert sync.ask("GET", "sobjects/Account/Site/HQ").status_code == 404
