"""Queries: what they show, how they page, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from detente_sandbox import SandboxProcess

    from sandbox.tests.salesforce.conftest import Caller

DAY_S = 86_400


def test_record_shows_fields_in_the_order_asked_with_its_type_and_path(sync: Caller) -> None:
    record = sync.query("select name, ID, billingcountry from ACCOUNT where Name LIKE 'A%' limit 1")[
        "records"
    ][0]

    assert list(record) == ["attributes", "Name", "Id", "BillingCountry"]
    assert record["attributes"] == {
        "type": "Account",
        "url": f"/services/data/v62.0/sobjects/Account/{record['Id']}",
    }


def test_numbers_instants_and_days_are_written_as_the_vendor_does(sync: Caller) -> None:
    soql = "SELECT AnnualRevenue, NumberOfEmployees, CreatedDate, Renewal_Date__c FROM Account"
    rows = [row for row in sync.rows(soql) if None not in row.values()]

    assert rows
    assert all(type(row["AnnualRevenue"]) is float and type(row["NumberOfEmployees"]) is int for row in rows)
    assert all(row["CreatedDate"].endswith(".000+0000") and len(row["CreatedDate"]) == 28 for row in rows)
    assert all(len(row["Renewal_Date__c"]) == 10 for row in rows)


def test_parents_nest_and_are_null_where_there_is_none(sync: Caller) -> None:
    rows = sync.rows("SELECT Id, Parent.Name, Owner.Manager.Name FROM Account")
    with_parent = [row for row in rows if row["Parent"]]

    assert with_parent and len(with_parent) < len(rows)
    assert with_parent[0]["Parent"].keys() == {"attributes", "Name"}
    assert rows[0]["Owner"].keys() == {"attributes", "Manager"}


def test_owner_of_a_case_is_a_user_or_a_queue(sync: Caller) -> None:
    rows = sync.rows("SELECT OwnerId, Owner.Name, Owner.Type FROM Case")
    kinds = {row["OwnerId"][:3]: row["Owner"]["attributes"]["type"] for row in rows}

    assert kinds == {"005": "User", "00G": "Group"}
    assert {row["Owner"]["Type"] for row in rows} == {"User", "Group"}


def test_children_come_in_the_record_or_null(sync: Caller) -> None:
    inner = "SELECT Id, Status FROM Cases WHERE IsClosed = true ORDER BY Id DESC LIMIT 2"
    soql = f"SELECT Id, ({inner}) FROM Account"  # noqa: S608
    shown = [row["Cases"] for row in sync.query(soql)["records"]]

    assert None in shown
    full = next(row for row in shown if row and row["totalSize"] == 2)
    assert full["done"] and [row["Status"] for row in full["records"]] == ["Closed", "Closed"]
    assert full["records"][0]["Id"] > full["records"][1]["Id"]


def test_count_tells_how_many_without_records(sync: Caller) -> None:
    counted = sync.query("SELECT COUNT() FROM Case WHERE Priority = 'High'")

    assert counted == {
        "totalSize": len(sync.rows("SELECT Id FROM Case WHERE Priority = 'High'")),
        "done": True,
        "records": [],
    }


def test_semi_join_finds_records_by_what_another_query_finds(sync: Caller) -> None:
    joined = sync.rows(
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Case WHERE IsClosed = false)"
    )
    anti = sync.rows(
        "SELECT Id FROM Account WHERE Id NOT IN (SELECT AccountId FROM Case WHERE IsClosed = false)"
    )
    by_hand = {row["AccountId"] for row in sync.rows("SELECT AccountId FROM Case WHERE IsClosed = false")}

    assert {row["Id"] for row in joined} == by_hand
    assert len(joined) + len(anti) == 40


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
    ("soql", "code", "words"),
    [
        ("SELECT Id FROM Nothing", "INVALID_TYPE", "sObject type 'Nothing' is not supported"),
        ("SELECT Id, Nope FROM Account", "INVALID_FIELD", "No such column 'Nope' on entity 'Account'"),
        ("SELECT Id FROM Account WHERE Nope = 1", "INVALID_FIELD", "Row:1:Column:30"),
        ("SELECT Who.Name FROM Account", "INVALID_FIELD", "Didn't understand relationship 'Who'"),
        ("SELECT Id, Id FROM Account", "INVALID_FIELD", "duplicate field selected"),
        (
            "SELECT Id FROM Account WHERE CreatedDate > '2026-01-01'",
            "INVALID_FIELD",
            "dateTime and should not",
        ),
        (
            "SELECT Id FROM Account WHERE CreatedDate > 2026-01-01",
            "INVALID_FIELD",
            "must be of type dateTime",
        ),
        (
            "SELECT Id FROM Opportunity WHERE CloseDate = 2026-01-01T00:00:00Z",
            "INVALID_FIELD",
            "of type date",
        ),
        ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD", "should be enclosed in quotes"),
        ("SELECT Id FROM Account WHERE NumberOfEmployees = '5'", "INVALID_FIELD", "of type int"),
        ("SELECT Id FROM Case WHERE IsClosed = 'false'", "INVALID_FIELD", "of type boolean"),
        ("SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered"),
        ("SELECT Id FROM Account ORDER BY Description", "INVALID_FIELD", "can not be sorted"),
        (
            "SELECT Id FROM CaseMilestone WHERE TimeRemainingInMins = '1'",
            "INVALID_FIELD",
            "can not be filtered",
        ),
        ("SELECT Id FROM Account WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: x"),
        ("SELECT Id FROM Account WHERE OwnerId > '0055g0000000001'", "INVALID_QUERY_FILTER_OPERATOR", ""),
        ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "offset allowed is 2000"),
        ("SELECT Id FROM Account WHERE Name = 'a' AND Site = 'b' OR Site = 'c'", "MALFORMED_QUERY", "'OR'"),
        ("SELECT * FROM Account", "MALFORMED_QUERY", "unexpected token: '*'"),
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY", "<EOF>"),
        ("SELECT Id FROM Account WHERE Name = 'open", "MALFORMED_QUERY", "unexpected token"),
        ("SELECT Id FROM Account; DELETE", "MALFORMED_QUERY", "';'"),
        ("DELETE FROM Account", "MALFORMED_QUERY", "'DELETE'"),
        ("SELECT Id FROM Account WHERE SystemModstamp > 2026-01-01T00:00:00", "MALFORMED_QUERY", ""),
        ("SELECT Id, (SELECT Id FROM Nothings) FROM Account", "INVALID_TYPE", "relationship 'Nothings'"),
        ("SELECT Id FROM Account WHERE Name IN (SELECT Name FROM Contact)", "MALFORMED_QUERY", "semi join"),
        ("   ", "MALFORMED_QUERY", "cannot be empty"),
    ],
)
def test_what_the_language_does_not_have_is_refused(sync: Caller, soql: str, code: str, words: str) -> None:
    status, have, message = sync.refusal(soql)

    assert (status, have) == (400, code)
    assert words in message


def test_caret_stands_under_the_word_in_its_line(sync: Caller) -> None:
    message = sync.refusal("SELECT Id\nFROM Account\nWHERE Nope = 1")[2]

    assert message.startswith("\nWHERE Nope = 1\n      ^\nERROR at Row:3:Column:7\nNo such column 'Nope'")


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
