"""Several requests in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sandbox.tests.salesforce.conftest import Caller

ROOT = "/services/data/v62.0"


def part(name: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
    row = {"referenceId": name, "method": method, "url": f"{ROOT}/{path}"}
    return row if body is None else {**row, "body": body}


def send(caller: Caller, *parts: dict[str, Any], all_or_none: bool = False) -> list[dict[str, Any]]:
    body = {"allOrNone": all_or_none, "compositeRequest": list(parts)}
    shown: list[dict[str, Any]] = caller.done("POST", "composite", body)["compositeResponse"]
    return shown


def test_later_request_names_what_an_earlier_one_gave(sync: Caller) -> None:
    case = {"AccountId": "@{made.id}", "Subject": "Help"}
    rows = send(
        sync,
        part("made", "POST", "sobjects/Account", {"Name": "New"}),
        part("case", "POST", "sobjects/Case", case),
        part("found", "GET", "query?q=SELECT+Id+FROM+Case+WHERE+AccountId='@{made.id}'"),
        part("read", "GET", "sobjects/Case/@{found.records[0].Id}"),
    )

    assert [row["httpStatusCode"] for row in rows] == [201, 201, 200, 200]
    assert [row["referenceId"] for row in rows] == ["made", "case", "found", "read"]
    assert rows[3]["body"]["AccountId"] == rows[0]["body"]["id"]


def test_call_counts_once_whatever_it_holds(sync: Caller) -> None:
    def used() -> int:
        return int(sync.ask("GET", "limits").headers["Sforce-Limit-Info"].split("=")[1].split("/")[0])

    before = used()
    send(sync, *(part(f"p{number}", "GET", "limits") for number in range(25)))

    assert used() == before + 2


def test_failure_leaves_the_others_alone(sync: Caller) -> None:
    rows = send(
        sync,
        part("bad", "POST", "sobjects/Account", {}),
        part("tied", "GET", "sobjects/Account/@{bad.id}"),
        part("free", "POST", "sobjects/Account", {"Name": "New"}),
    )

    assert [row["httpStatusCode"] for row in rows] == [400, 400, 201]
    assert rows[1]["body"][0]["errorCode"] == "PROCESSING_HALTED"


def test_failure_takes_all_back_where_asked(sync: Caller, account_ids: list[str]) -> None:
    rows = send(
        sync,
        part("made", "POST", "sobjects/Account", {"Name": "New"}),
        part("bad", "PATCH", f"sobjects/Account/{account_ids[0]}", {"Name": None}),
        part("late", "POST", "sobjects/Account", {"Name": "Never"}),
        all_or_none=True,
    )

    assert [row["body"][0]["errorCode"] for row in rows] == [
        "PROCESSING_HALTED",
        "REQUIRED_FIELD_MISSING",
        "PROCESSING_HALTED",
    ]
    assert sync.query("SELECT COUNT() FROM Account")["totalSize"] == 40


def test_outer_rule_takes_back_what_an_inner_collection_kept(sync: Caller) -> None:
    records = [{"attributes": {"type": "Account"}, "Name": "Kept"}, {"attributes": {"type": "Account"}}]
    inner = {"allOrNone": False, "records": records}
    send(
        sync,
        part("many", "POST", "composite/sobjects", inner),
        part("bad", "GET", "sobjects/Nothing"),
        all_or_none=True,
    )

    assert sync.query("SELECT COUNT() FROM Account WHERE Name = 'Kept'")["totalSize"] == 0


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([part(f"p{number}", "GET", "limits") for number in range(26)], id="26 requests"),
        pytest.param([part(f"p{number}", "GET", "query?q=x") for number in range(6)], id="6 queries"),
        pytest.param([part("same", "GET", "limits"), part("same", "GET", "limits")], id="one name twice"),
        pytest.param([], id="none"),
    ],
)
def test_call_beyond_the_limits_is_refused_whole(sync: Caller, parts: list[dict[str, Any]]) -> None:
    assert sync.ask("POST", "composite", {"compositeRequest": parts}).status_code == 400
