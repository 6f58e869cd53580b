"""Many records in one call: results in order, failures beside successes, and what refuses the whole call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from detente_sandbox import SandboxProcess

    from sandbox.tests.salesforce.conftest import Caller

PATH = "composite/sobjects"


def record(kind: str = "Account", **values: Any) -> dict[str, Any]:
    return {"attributes": {"type": kind}, **values}


def test_results_stand_in_the_order_of_the_records(sync: Caller, account_ids: list[str]) -> None:
    records = [record(id=known, Rating="Hot") for known in reversed(account_ids)]
    records[3]["Rating"] = "x" * 256
    results = sync.done("PATCH", PATH, {"records": records})

    assert [row.get("id") for row in results] == [
        *list(reversed(account_ids))[:3],
        None,
        *list(reversed(account_ids))[4:],
    ]
    assert results[3] == {
        "success": False,
        "errors": [
            {
                "statusCode": "STRING_TOO_LONG",
                "message": results[3]["errors"][0]["message"],
                "fields": ["Rating"],
            }
        ],
    }


def test_all_rows_may_fail_and_the_call_succeeds(sync: Caller) -> None:
    answer = sync.ask(
        "PATCH", PATH, {"records": [record(id="001000000000000AAA", Name="x"), record(Name="x")]}
    )

    assert answer.status_code == 200
    assert [row["errors"][0]["statusCode"] for row in answer.json()] == [
        "INVALID_CROSS_REFERENCE_KEY",
        "MISSING_ARGUMENT",
    ]


def test_one_failure_takes_all_back_where_asked(sync: Caller, account_ids: list[str]) -> None:
    before = sync.done("GET", f"sobjects/Account/{account_ids[0]}")
    records = [record(id=account_ids[0], Rating="Hot"), record(id=account_ids[1], Name=None)]
    results = sync.done("PATCH", PATH, {"allOrNone": True, "records": records})

    assert [row["errors"][0]["statusCode"] for row in results] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "REQUIRED_FIELD_MISSING",
    ]
    assert sync.done("GET", f"sobjects/Account/{account_ids[0]}") == before


def test_created_records_that_are_rolled_back_were_never_there(sync: Caller) -> None:
    results = sync.done("POST", PATH, {"allOrNone": True, "records": [record(Name="A"), record()]})

    assert not any(row["success"] for row in results)
    assert sync.query("SELECT COUNT() FROM Account")["totalSize"] == 40


def test_types_are_mixed_in_ten_runs_and_no_more(sync: Caller, account_ids: list[str]) -> None:
    case = sync.rows("SELECT Id FROM Case LIMIT 1")[0]["Id"]
    pair = [record(id=account_ids[0], Site="x"), record("Case", id=case, Subject="x")]
    ten = sync.done("PATCH", PATH, {"records": pair * 5})
    eleven = sync.ask("PATCH", PATH, {"records": [*pair * 5, pair[0]]})

    assert all(row["success"] for row in ten)
    assert (eleven.status_code, eleven.json()[0]["errorCode"]) == (400, "LIMIT_EXCEEDED")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"records": [record(Name="x")] * 201}, "EXCEEDED_MAX_SIZE_REQUEST"),
        ({"records": []}, "INVALID_INPUT"),
        ({"records": [{"Name": "no type"}]}, "INVALID_INPUT"),
        ({"records": "x"}, "JSON_PARSER_ERROR"),
        ({}, "JSON_PARSER_ERROR"),
        ([], "JSON_PARSER_ERROR"),
    ],
)
def test_malformed_call_is_refused_whole(sync: Caller, body: Any, code: str) -> None:
    answer = sync.ask("POST", PATH, body)

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)
    assert sync.query("SELECT COUNT() FROM Account")["totalSize"] == 40


def test_locked_row_fails_alone_and_is_written_on_the_next_try(
    org: SandboxProcess, sync: Caller, account_ids: list[str]
) -> None:
    org.post("/_sandbox/act/lock", {"ids": [account_ids[1]], "tries": 1})
    records = [record(id=known, Rating="Hot") for known in account_ids[:3]]
    first = sync.done("PATCH", PATH, {"records": records})
    second = sync.done("PATCH", PATH, {"records": [records[1]]})

    assert [row["success"] for row in first] == [True, False, True]
    assert first[1]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"
    assert second[0]["success"]


def test_row_of_a_deleted_record_says_so(org: SandboxProcess, sync: Caller, account_ids: list[str]) -> None:
    org.post("/_sandbox/act/merge", {"type": "Account", "master": account_ids[0], "loser": account_ids[1]})
    results = sync.done("PATCH", PATH, {"records": [record(id=account_ids[1], Rating="Hot")]})

    assert results[0]["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"


def test_records_are_read_in_the_order_of_their_ids_with_null_for_none(
    sync: Caller, account_ids: list[str]
) -> None:
    missing = "001000000000000AAA"
    ids = [account_ids[2], missing, account_ids[0]]
    short = sync.done("GET", f"{PATH}/Account?ids={','.join(ids)}&fields=Id,Name")
    long = sync.done("POST", f"{PATH}/Account", {"ids": ids, "fields": ["Id", "Name"]})

    assert [row and row["Id"] for row in short] == [account_ids[2], None, account_ids[0]]
    assert short == long


def test_records_of_several_types_are_deleted_by_ids(sync: Caller) -> None:
    made = [
        sync.done("POST", "sobjects/Account", {"Name": "A"})["id"],
        sync.done("POST", "sobjects/Task", {"Subject": "T"})["id"],
    ]
    results = sync.done("DELETE", f"{PATH}?ids={','.join([*made, 'nonsense'])}&allOrNone=false")

    assert [row["success"] for row in results] == [True, True, False]
    assert sync.query("SELECT COUNT() FROM Task")["totalSize"] == 0


def test_upsert_tells_for_each_row_whether_it_is_new(sync: Caller) -> None:
    known = sync.rows("SELECT Email FROM Contact WHERE Email != null LIMIT 1")[0]["Email"]
    records = [
        record("Contact", Email=known.upper(), Title="Known"),
        record("Contact", Email="new@x.example", LastName="New"),
        record("Contact", LastName="No key"),
    ]
    results = sync.done("PATCH", f"{PATH}/Contact/Email", {"records": records})

    assert [row.get("created") for row in results] == [False, True, None]
    assert sync.query("SELECT COUNT() FROM Contact WHERE Title = 'Known'")["totalSize"] == 1
