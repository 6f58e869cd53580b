"""Jobs that read and write many records."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import requests
    from detente_sandbox import SandboxProcess

    from sandbox.tests.salesforce.conftest import Caller

DAY_S = 86_400


def start_query(caller: Caller, soql: str, **more: Any) -> dict[str, Any]:
    job: dict[str, Any] = caller.done("POST", "jobs/query", {"operation": "query", "query": soql, **more})
    return job


def query_path(caller: Caller, soql: str = "SELECT Id FROM Account") -> str:
    """The path of a new query job."""
    return f"jobs/query/{start_query(caller, soql)['id']}"


def finished(caller: Caller, path: str) -> dict[str, Any]:
    """Asks until the job is over."""
    for _ in range(20):
        job: dict[str, Any] = caller.done("GET", path)
        if job["state"] in ("JobComplete", "Failed", "Aborted"):
            return job
    raise AssertionError(f"the job is still {job['state']}")


def table(answer: requests.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def ingest(caller: Caller, operation: str, text: str, **more: Any) -> str:
    """The path of a job that has its rows and is closed."""
    body = {"object": "Account", "operation": operation, **more}
    job = caller.done("POST", "jobs/ingest", body)
    path = f"jobs/ingest/{job['id']}"
    uploaded = caller.ask(
        "PUT", f"/{job['contentUrl']}", data=text.encode(), headers={"Content-Type": "text/csv"}
    )
    assert uploaded.status_code == 201
    assert caller.done("PATCH", path, {"state": "UploadComplete"})["state"] == "UploadComplete"
    return path


# -- queries -----------------------------------------------------------------------------------------------


def test_query_job_tells_its_settings(org: SandboxProcess, sync: Caller) -> None:
    job = start_query(sync, "SELECT Id FROM Account")

    assert job == {
        "id": job["id"],
        "operation": "query",
        "object": "Account",
        "createdById": org.credentials["apps"]["sync"]["user_id"],
        "createdDate": "2026-11-03T09:00:00.000+0000",
        "systemModstamp": "2026-11-03T09:00:00.000+0000",
        "state": "UploadComplete",
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": 62.0,
        "lineEnding": "LF",
        "columnDelimiter": "COMMA",
    }


def test_job_goes_on_by_looks_at_it(sync: Caller) -> None:
    path = query_path(sync)
    looks = [sync.done("GET", path) for _ in range(3)]

    assert [look["state"] for look in looks] == ["InProgress", "JobComplete", "JobComplete"]
    assert looks[2]["numberRecordsProcessed"] == 40 and looks[2]["retries"] == 0


def test_job_goes_on_by_the_clock(org: SandboxProcess, sync: Caller) -> None:
    path = query_path(sync)
    org.advance(10)

    assert sync.done("GET", path)["state"] == "JobComplete"


def test_results_come_in_pages_that_each_have_the_heading(sync: Caller) -> None:
    soql = "SELECT Id, Name, Owner.LastName, CreatedDate, Reference_Customer__c, ParentId FROM Account"
    path = query_path(sync, soql)
    finished(sync, path)
    pages, locator = [], ""
    while locator != "null":
        asked = {"maxRecords": "15", **({"locator": locator} if locator else {})}
        pages.append(sync.ask("GET", f"{path}/results", params=asked, headers={"Accept": "text/csv"}))
        locator = pages[-1].headers["Sforce-Locator"]
    rows = [row for page in pages for row in table(page)]

    assert [page.headers["Sforce-NumberOfRecords"] for page in pages] == ["15", "15", "10"]
    assert list(rows[0]) == [
        "Id",
        "Name",
        "Owner.LastName",
        "CreatedDate",
        "Reference_Customer__c",
        "ParentId",
    ]
    assert len({row["Id"] for row in rows}) == 40
    assert {row["Reference_Customer__c"] for row in rows} == {"true", "false"}
    assert all(row["CreatedDate"].endswith(".000Z") for row in rows)
    assert "" in {row["ParentId"] for row in rows}


def test_bulk_and_ordinary_query_find_the_same(sync: Caller) -> None:
    soql = "SELECT Id, Name, Website, Owner.LastName FROM Account"
    path = query_path(sync, soql)
    finished(sync, path)
    by_bulk = {row["Id"]: row for row in table(sync.ask("GET", f"{path}/results"))}

    for row in sync.rows(soql):
        cells = by_bulk[row["Id"]]
        assert (cells["Name"], cells["Owner.LastName"]) == (row["Name"], row["Owner"]["LastName"])
        assert cells["Website"] == (row["Website"] or "")


def test_names_with_quotes_commas_and_line_breaks_survive(sync: Caller) -> None:
    name = 'a "quoted", name\nin two lines; with | and \t tabs'
    sync.done("POST", "sobjects/Account", {"Name": name})
    for delimiter, sign in (("COMMA", ","), ("PIPE", "|"), ("TAB", "\t")):
        job = start_query(
            sync,
            "SELECT Name FROM Account WHERE Name LIKE 'a \"%'",
            columnDelimiter=delimiter,
            lineEnding="CRLF",
        )
        finished(sync, f"jobs/query/{job['id']}")
        text = sync.ask("GET", f"jobs/query/{job['id']}/results").text

        assert [row["Name"] for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=sign)] == [
            name
        ]


@pytest.mark.parametrize(
    ("soql", "words"),
    [
        ("SELECT Id, BillingAddress FROM Account", "Selecting compound data not supported in Bulk Query"),
        ("SELECT Id, (SELECT Id FROM Cases) FROM Account", "not supported in Bulk Query"),
        ("SELECT COUNT() FROM Account", "not supported in Bulk Query"),
        ("SELECT Id FROM Account OFFSET 10", "not supported in Bulk Query"),
        ("SELECT Id, Nope FROM Account", "No such column 'Nope'"),
        ("SELECT Id FROM Nothing", "sObject type 'Nothing' is not supported"),
    ],
)
def test_what_bulk_queries_do_not_take_is_refused_at_once(sync: Caller, soql: str, words: str) -> None:
    answer = sync.ask("POST", "jobs/query", {"operation": "query", "query": soql})

    assert answer.status_code == 400
    assert words in answer.json()[0]["message"]


def test_results_need_the_version_that_made_the_job(sync: Caller) -> None:
    path = query_path(sync)
    finished(sync, path)

    assert sync.ask("GET", f"/services/data/v63.0/{path}/results").status_code == 409


def test_job_is_aborted_listed_and_deleted_in_its_time(sync: Caller) -> None:
    path = query_path(sync)
    too_early = sync.ask("DELETE", path)
    aborted = sync.done("PATCH", path, {"state": "Aborted"})
    listed = sync.done("GET", "jobs/query")["records"]
    no_results = sync.ask("GET", f"{path}/results")
    sync.done("DELETE", path)

    assert (too_early.status_code, no_results.status_code) == (400, 400)
    assert aborted["state"] == "Aborted" and [row["id"] for row in listed] == [aborted["id"]]
    assert sync.ask("GET", path).status_code == 404


def test_job_is_forgotten_after_seven_days(org: SandboxProcess, sync: Caller) -> None:
    org.put("/_sandbox/tokens/sync", {"session_s": 10 * DAY_S})
    sync.sign_in()
    path = query_path(sync)
    org.advance(7 * DAY_S + 60)

    assert sync.ask("GET", path).status_code == 404


@pytest.mark.parametrize(("fate", "state"), [("Failed", "Failed"), ("Stuck", "InProgress")])
def test_job_fails_or_sticks_when_told(org: SandboxProcess, sync: Caller, fate: str, state: str) -> None:
    org.post("/_sandbox/act/job_fate", {"fate": fate})
    path = query_path(sync)
    org.advance(3_600)
    job = sync.done("GET", path)

    assert job["state"] == state
    assert ("errorMessage" in job) == (fate == "Failed")


def test_deleted_records_come_by_query_all(sync: Caller) -> None:
    made = sync.done("POST", "sobjects/Account", {"Name": "Gone"})["id"]
    sync.done("DELETE", f"sobjects/Account/{made}")
    soql = "SELECT Id FROM Account WHERE IsDeleted = true"
    job = sync.done("POST", "jobs/query", {"operation": "queryAll", "query": soql})
    finished(sync, f"jobs/query/{job['id']}")

    assert table(sync.ask("GET", f"jobs/query/{job['id']}/results")) == [{"Id": made}]


# -- writing -----------------------------------------------------------------------------------------------


def test_rows_are_written_or_listed_with_why_not(sync: Caller, account_ids: list[str]) -> None:
    text = (
        f"Id,Rating,NumberOfEmployees\n{account_ids[0]},Hot,12\n{account_ids[1]},Hot,many\nnonsense,Hot,1\n"
    )
    path = ingest(sync, "update", text)
    job = finished(sync, path)
    good = table(sync.ask("GET", f"{path}/successfulResults"))
    bad = table(sync.ask("GET", f"{path}/FAILEDRESULTS"))

    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", 3, 2)
    assert good == [
        {
            "sf__Id": account_ids[0],
            "sf__Created": "false",
            "Id": account_ids[0],
            "Rating": "Hot",
            "NumberOfEmployees": "12",
        }
    ]
    errors = {row["Id"]: row["sf__Error"] for row in bad}
    assert errors[account_ids[1]].startswith("JSON_PARSER_ERROR:")
    assert errors[account_ids[1]].endswith(":NumberOfEmployees--")
    assert errors["nonsense"].startswith("MALFORMED_ID:") and {row["sf__Id"] for row in bad} == {""}


def test_empty_cell_leaves_a_value_and_the_null_word_clears_it(sync: Caller, account_ids: list[str]) -> None:
    first, second = account_ids[:2]
    for known in (first, second):
        sync.done("PATCH", f"sobjects/Account/{known}", {"Rating": "Hot", "Site": "HQ"})
    finished(sync, ingest(sync, "update", f"Id,Rating,Site\n{first},,#N/A\n{second},#N/A,\n"))
    rows = [sync.done("GET", f"sobjects/Account/{known}") for known in (first, second)]

    assert [(row["Rating"], row["Site"]) for row in rows] == [("Hot", None), (None, "HQ")]


def test_locked_row_is_told_in_the_vendors_form(
    org: SandboxProcess, sync: Caller, account_ids: list[str]
) -> None:
    org.post("/_sandbox/act/lock", {"ids": [account_ids[0]], "tries": 1})
    path = ingest(sync, "update", f"Id,Rating\n{account_ids[0]},Hot\n")
    finished(sync, path)
    error = table(sync.ask("GET", f"{path}/failedResults"))[0]["sf__Error"]

    assert error.startswith("UNABLE_TO_LOCK_ROW:unable to obtain exclusive access")
    assert error.endswith(f"{account_ids[0]}:--")


def test_rows_are_made_upserted_and_deleted(sync: Caller) -> None:
    made = ingest(sync, "insert", 'Name,Customer_Number__c\n"New, one",B-1\nNew two,B-2\n')
    finished(sync, made)
    again = ingest(
        sync,
        "upsert",
        "Customer_Number__c,Name\nB-1,Changed\nB-3,New three\n",
        externalIdFieldName="Customer_Number__c",
    )
    finished(sync, again)
    soql = "SELECT Id, Name FROM Account WHERE Customer_Number__c LIKE 'B-%' ORDER BY Customer_Number__c"
    names = [row["Name"] for row in sync.rows(soql)]
    created = {
        row["Name"]: row["sf__Created"] for row in table(sync.ask("GET", f"{again}/successfulResults"))
    }
    ids = "\n".join(row["Id"] for row in sync.rows(soql))
    finished(sync, ingest(sync, "delete", f"Id\n{ids}\n"))

    assert names == ["Changed", "New two", "New three"]
    assert created == {"Changed": "false", "New three": "true"}
    assert sync.rows(soql) == [] and len(sync.rows(soql, "queryAll")) == 3


def test_results_come_in_an_order_of_their_own(sync: Caller) -> None:
    names = [f"Row {number:03}" for number in range(100)]
    path = ingest(sync, "insert", "Name\n" + "\n".join(names) + "\n")
    finished(sync, path)
    shown = [row["Name"] for row in table(sync.ask("GET", f"{path}/successfulResults"))]

    assert shown != names and sorted(shown) == names


def test_hidden_or_unknown_column_fails_the_whole_job(
    org: SandboxProcess, sync: Caller, account_ids: list[str]
) -> None:
    org.put("/_sandbox/tokens/sync", {"hidden": ["Account.Rating"]})
    path = ingest(sync, "update", f"Id,Rating\n{account_ids[0]},Hot\n")
    job = finished(sync, path)

    assert job["state"] == "Failed" and "Field name not found : Rating" in job["errorMessage"]
    assert job["numberRecordsProcessed"] == 0


def test_job_that_fails_half_way_keeps_what_it_wrote(org: SandboxProcess, sync: Caller) -> None:
    org.post("/_sandbox/act/job_fate", {"fate": "Failed", "after_batches": 1})
    path = ingest(sync, "insert", "Name\n" + "\n".join(f"Row {number}" for number in range(10_005)) + "\n")
    job = finished(sync, path)
    left = table(sync.ask("GET", f"{path}/unprocessedrecords"))

    assert (job["state"], job["numberRecordsProcessed"]) == ("Failed", 10_000)
    assert sorted(row["Name"] for row in left) == [f"Row {number}" for number in range(10_000, 10_005)]
    assert sync.query("SELECT COUNT() FROM Account")["totalSize"] == 10_040


def test_upload_is_taken_once_and_only_while_open(sync: Caller, account_ids: list[str]) -> None:
    path = ingest(sync, "update", f"Id,Rating\n{account_ids[0]},Hot\n")
    second = sync.ask("PUT", f"{path}/batches", data=b"Id\n", headers={"Content-Type": "text/csv"})
    early = sync.ask("GET", f"{path}/successfulResults")

    assert (second.status_code, early.status_code) == (400, 400)


def test_only_who_may_deletes_for_good(org: SandboxProcess, admin: Caller, sync: Caller) -> None:
    made = sync.done("POST", "sobjects/Account", {"Name": "Gone"})["id"]
    refused = sync.ask("POST", "jobs/ingest", {"object": "Account", "operation": "hardDelete"})
    finished(admin, ingest(admin, "hardDelete", f"Id\n{made}\n"))

    assert refused.status_code == 403
    assert sync.rows("SELECT Id FROM Account WHERE Name = 'Gone'", "queryAll") == []
