"""Queries over records that change: pages, the recycle bin, late commits, and what is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from detente_sandbox import SandboxProcess

    from sandbox.tests.salesforce.conftest import Caller

DAY_S = 86_400


def test_words_for_days_follow_the_clock(org: SandboxProcess, sync: Caller) -> None:
    soql = "SELECT COUNT() FROM Account WHERE CreatedDate = {}"
    made = sync.done("POST", "sobjects/Account", {"Name": "New"})["id"]
    counts = [sync.query(soql.format(word))["totalSize"] for word in ("TODAY", "YESTERDAY", "LAST_N_DAYS:2")]
    org.advance(DAY_S)
    sync.sign_in()
    later = [sync.query(soql.format(word))["totalSize"] for word in ("TODAY", "YESTERDAY", "LAST_N_DAYS:2")]

    assert made and (counts[0], later[0], later[1]) == (1, 0, 1)
    assert counts[2] >= 1 and later[2] >= 1


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT COUNT(Id) FROM Account",
        "SELECT Industry FROM Account GROUP BY Industry",
        "SELECT FIELDS(ALL) FROM Account LIMIT 200",
        "SELECT TYPEOF Owner WHEN User THEN Id END FROM Case",
        "SELECT Id FROM Account WHERE CreatedDate = LAST_WEEK",
        "SELECT Id FROM Account FOR UPDATE",
        "SELECT Id FROM Lead",
    ],
)
def test_what_only_the_vendor_knows_is_refused_and_remembered(wild_org: SandboxProcess, soql: str) -> None:
    from sandbox.tests.salesforce.conftest import Caller

    assert Caller(wild_org, "sync").refusal(soql)[1] in ("MALFORMED_QUERY", "INVALID_TYPE")
    assert [row["query"] for row in wild_org.get("/_sandbox/unknown")] == [soql]


def test_quotes_and_backslashes_in_a_text_are_data(sync: Caller) -> None:
    name = 'O\'Brien \\ "Sons" % _'
    sync.done("POST", "sobjects/Account", {"Name": name})
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")

    assert sync.rows(f"SELECT Name FROM Account WHERE Name = '{escaped}'") == [{"Name": name}]  # noqa: S608


def test_pages_follow_one_another_and_hold_each_record_once(sync: Caller) -> None:
    headers = {"Sforce-Query-Options": "batchSize=200"}
    first = sync.query("SELECT Id FROM FieldPermissions", headers=headers)
    rows = sync.rows("SELECT Id FROM CaseMilestone", headers=headers)

    assert first["done"] and "nextRecordsUrl" not in first
    assert len(rows) == len({row["Id"] for row in rows})


def test_page_can_be_taken_again_and_shows_the_query_as_it_was(org: SandboxProcess, sync: Caller) -> None:
    headers = {"Sforce-Query-Options": "batchSize=200"}
    for number in range(3):
        records = [{"attributes": {"type": "Account"}, "Name": f"{number}-{row:03}"} for row in range(200)]
        sync.done("POST", "composite/sobjects", {"records": records})
    first = sync.query("SELECT Name FROM Account ORDER BY Name", headers=headers)
    pages = [sync.done("GET", first["nextRecordsUrl"], headers=headers) for _ in range(2)]

    assert (first["totalSize"], len(first["records"]), first["done"]) == (640, 200, False)
    assert pages[0] == pages[1] and len(pages[0]["records"]) == 200


def test_locator_ends_after_two_days_or_when_told(org: SandboxProcess, sync: Caller) -> None:
    org.post("/_sandbox/act/shrink_pages", {"on": True})
    org.put("/_sandbox/tokens/sync", {"session_s": 10 * DAY_S})
    sync.sign_in()
    headers = {"Sforce-Query-Options": "batchSize=200"}
    soql = "SELECT Id FROM CaseMilestone"
    page = sync.query(soql, headers=headers)
    while page["done"]:
        page = sync.query(soql, headers=headers)
    org.advance(2 * DAY_S - 60)
    fresh = sync.ask("GET", page["nextRecordsUrl"], headers=headers)
    org.advance(120)
    old = sync.ask("GET", page["nextRecordsUrl"], headers=headers)

    assert fresh.status_code == 200
    assert (old.status_code, old.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_deleted_records_are_found_by_query_all_until_the_bin_is_emptied(
    org: SandboxProcess, sync: Caller
) -> None:
    made = sync.done("POST", "sobjects/Account", {"Name": "Gone"})["id"]
    sync.done("DELETE", f"sobjects/Account/{made}")
    soql = "SELECT Id, IsDeleted, MasterRecordId FROM Account WHERE IsDeleted = true"
    fresh = sync.rows(soql, "queryAll")
    org.advance(15 * DAY_S + 60)
    sync.sign_in()

    assert fresh == [{"Id": made, "IsDeleted": True, "MasterRecordId": None}]
    assert sync.rows(soql) == [] and sync.rows(soql, "queryAll") == []


def test_merged_record_points_to_the_one_that_is_left(
    org: SandboxProcess, sync: Caller, account_ids: list[str]
) -> None:
    loser = sync.rows("SELECT AccountId FROM Case LIMIT 1")[0]["AccountId"]
    master = next(known for known in account_ids if known != loser)
    hung = {row["Id"] for row in sync.rows(f"SELECT Id FROM Case WHERE AccountId = '{loser}'")}  # noqa: S608
    org.post("/_sandbox/act/merge", {"type": "Account", "master": master, "loser": loser})
    binned = sync.rows("SELECT Id, MasterRecordId FROM Account WHERE IsDeleted = true", "queryAll")
    moved = sync.rows(f"SELECT Id FROM Case WHERE AccountId = '{master}'")  # noqa: S608

    assert binned == [{"Id": loser, "MasterRecordId": master}]
    assert hung and hung <= {row["Id"] for row in moved}


def test_purged_record_is_found_by_nothing(org: SandboxProcess, sync: Caller, account_ids: list[str]) -> None:
    org.post("/_sandbox/act/purge", {"type": "Account", "id": account_ids[0]})

    assert account_ids[0] not in {row["Id"] for row in sync.rows("SELECT Id FROM Account", "queryAll")}


def test_late_commit_appears_under_a_stamp_that_was_read_already(
    org: SandboxProcess, sync: Caller, account_ids: list[str]
) -> None:
    org.advance(3_600)
    body = {"type": "Account", "id": account_ids[0], "values": {"Site": "late"}, "age_s": 300}
    stamp = org.post("/_sandbox/act/late_commit", body)["SystemModstamp"]
    row = sync.rows("SELECT SystemModstamp, LastModifiedDate FROM Account WHERE Site = 'late'")[0]

    assert row["SystemModstamp"] == stamp < row["LastModifiedDate"]


def test_query_that_takes_too_long_says_so(org: SandboxProcess, sync: Caller) -> None:
    org.post("/_sandbox/act/slow_queries", {"over": 10})

    assert sync.refusal("SELECT Id FROM Account")[1] == "QUERY_TIMEOUT"
    assert len(sync.rows("SELECT Id FROM Account LIMIT 10")) == 10


def test_object_of_a_feature_that_is_off_is_no_object(org: SandboxProcess, sync: Caller) -> None:
    org.post("/_sandbox/act/hide_type", {"type": "CaseMilestone", "hidden": True})
    names = [row["name"] for row in sync.done("GET", "sobjects")["sobjects"]]

    assert sync.refusal("SELECT Id FROM CaseMilestone")[1] == "INVALID_TYPE"
    assert sync.ask("GET", "sobjects/CaseMilestone/describe").status_code == 404
    assert "CaseMilestone" not in names and "Case" in names


def test_very_long_uri_is_refused_before_it_is_read(sync: Caller) -> None:
    ids = ",".join(f"'{number:015}'" for number in range(1_000))
    soql = f"SELECT Id FROM Account WHERE Id IN ({ids})"  # noqa: S608

    assert sync.ask("GET", "query", params={"q": soql}).status_code == 414


def test_literal_with_a_zone_other_than_utc_is_the_same_instant(sync: Caller) -> None:
    sync.done("POST", "sobjects/Account", {"Name": "Now"})
    found: list[dict[str, Any]] = sync.rows(
        "SELECT Name FROM Account WHERE SystemModstamp >= 2026-11-03T10:00:00+01:00"
    )

    assert found == [{"Name": "Now"}]


def test_a_reader_goes_on_after_the_last_id_it_saw(sync: Caller) -> None:
    ids = [row["Id"] for row in sync.rows("SELECT Id FROM Account ORDER BY Id")]
    after = sync.rows(f"SELECT Id FROM Account WHERE Id > '{ids[9]}' ORDER BY Id LIMIT 5")  # noqa: S608

    assert [row["Id"] for row in after] == ids[10:15]
