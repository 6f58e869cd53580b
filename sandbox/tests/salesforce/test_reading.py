"""Queries over records that stand still: what they show, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sandbox.tests.salesforce.conftest import Caller


def test_record_shows_fields_in_the_order_asked_with_its_type_and_path(still: Caller) -> None:
    record = still.query("select name, ID, billingcountry from ACCOUNT where Name LIKE 'A%' limit 1")[
        "records"
    ][0]

    assert list(record) == ["attributes", "Name", "Id", "BillingCountry"]
    assert record["attributes"] == {
        "type": "Account",
        "url": f"/services/data/v62.0/sobjects/Account/{record['Id']}",
    }


def test_numbers_instants_and_days_are_written_as_the_vendor_does(still: Caller) -> None:
    soql = "SELECT AnnualRevenue, NumberOfEmployees, CreatedDate, Renewal_Date__c FROM Account"
    rows = [row for row in still.rows(soql) if None not in row.values()]

    assert rows
    assert all(type(row["AnnualRevenue"]) is float and type(row["NumberOfEmployees"]) is int for row in rows)
    assert all(row["CreatedDate"].endswith(".000+0000") and len(row["CreatedDate"]) == 28 for row in rows)
    assert all(len(row["Renewal_Date__c"]) == 10 for row in rows)


def test_parents_nest_and_are_null_where_there_is_none(still: Caller) -> None:
    rows = still.rows("SELECT Id, Parent.Name, Owner.Manager.Name FROM Account")
    with_parent = [row for row in rows if row["Parent"]]

    assert with_parent and len(with_parent) < len(rows)
    assert with_parent[0]["Parent"].keys() == {"attributes", "Name"}
    assert rows[0]["Owner"].keys() == {"attributes", "Manager"}


def test_owner_of_a_case_is_a_user_or_a_queue(still: Caller) -> None:
    rows = still.rows("SELECT OwnerId, Owner.Name, Owner.Type FROM Case")
    kinds = {row["OwnerId"][:3]: row["Owner"]["attributes"]["type"] for row in rows}

    assert kinds == {"005": "User", "00G": "Group"}
    assert {row["Owner"]["Type"] for row in rows} == {"User", "Group"}


def test_children_come_in_the_record_or_null(still: Caller) -> None:
    inner = "SELECT Id, Status FROM Cases WHERE IsClosed = true ORDER BY Id DESC LIMIT 2"
    soql = f"SELECT Id, ({inner}) FROM Account"  # noqa: S608
    shown = [row["Cases"] for row in still.query(soql)["records"]]

    assert None in shown
    full = next(row for row in shown if row and row["totalSize"] == 2)
    assert full["done"] and [row["Status"] for row in full["records"]] == ["Closed", "Closed"]
    assert full["records"][0]["Id"] > full["records"][1]["Id"]


def test_count_tells_how_many_without_records(still: Caller) -> None:
    counted = still.query("SELECT COUNT() FROM Case WHERE Priority = 'High'")

    assert counted == {
        "totalSize": len(still.rows("SELECT Id FROM Case WHERE Priority = 'High'")),
        "done": True,
        "records": [],
    }


def test_semi_join_finds_records_by_what_another_query_finds(still: Caller) -> None:
    joined = still.rows(
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Case WHERE IsClosed = false)"
    )
    anti = still.rows(
        "SELECT Id FROM Account WHERE Id NOT IN (SELECT AccountId FROM Case WHERE IsClosed = false)"
    )
    by_hand = {row["AccountId"] for row in still.rows("SELECT AccountId FROM Case WHERE IsClosed = false")}

    assert {row["Id"] for row in joined} == by_hand
    assert len(joined) + len(anti) == 40


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
def test_what_the_language_does_not_have_is_refused(still: Caller, soql: str, code: str, words: str) -> None:
    status, have, message = still.refusal(soql)

    assert (status, have) == (400, code)
    assert words in message


def test_caret_stands_under_the_word_in_its_line(still: Caller) -> None:
    message = still.refusal("SELECT Id\nFROM Account\nWHERE Nope = 1")[2]

    assert message.startswith("\nWHERE Nope = 1\n      ^\nERROR at Row:3:Column:7\nNo such column 'Nope'")
