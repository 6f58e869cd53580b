"""What people do in the org's own screens, and what the firm's records look like there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from detente_sandbox.clock import Clock
from detente_sandbox.options import Options
from detente_sandbox.salesforce.vendor import Salesforce
from detente_sandbox.world import generate_world

if TYPE_CHECKING:
    from detente_sandbox import SandboxProcess

    from sandbox.tests.salesforce.conftest import Caller


def test_history_tells_a_person_from_an_app(
    org: SandboxProcess, sync: Caller, account_ids: list[str]
) -> None:
    path = f"/_sandbox/objects/Account/{account_ids[0]}"
    sync.done("PATCH", f"sobjects/Account/{account_ids[0]}", {"Rating": "Hot"})
    org.advance(5)
    org.patch(path, {"properties": {"Rating": "Cold"}})
    changes = [(row["field"], row["old"], row["new"], row["source"]) for row in org.get(path)["history"]]
    last = sync.done("GET", f"sobjects/Account/{account_ids[0]}")["LastModifiedById"]

    assert changes == [("Rating", None, "Hot", "sync"), ("Rating", "Hot", "Cold", "person")]
    assert last not in {app["user_id"] for app in org.credentials["apps"].values()}


def test_write_of_the_same_value_moves_the_stamp_and_leaves_no_history(
    org: SandboxProcess, sync: Caller, account_ids: list[str]
) -> None:
    name = sync.done("GET", f"sobjects/Account/{account_ids[0]}")["Name"]
    org.advance(60)
    sync.done("PATCH", f"sobjects/Account/{account_ids[0]}", {"Name": name})
    shown = org.get(f"/_sandbox/objects/Account/{account_ids[0]}")

    assert shown["history"] == []
    assert shown["SystemModstamp"] == "2026-11-03T09:01:00.000+0000"


def test_person_enters_and_deletes_records(org: SandboxProcess, sync: Caller) -> None:
    made = org.post("/_sandbox/objects/Account", {"properties": {"Name": "By hand"}})
    org.delete(f"/_sandbox/objects/Account/{made['Id']}")

    assert sync.rows("SELECT Id FROM Account WHERE Name = 'By hand'", "queryAll") == [{"Id": made["Id"]}]


def test_undeleted_record_is_back(org: SandboxProcess, sync: Caller) -> None:
    made = sync.done("POST", "sobjects/Account", {"Name": "Back"})["id"]
    sync.done("DELETE", f"sobjects/Account/{made}")
    org.post("/_sandbox/act/undelete", {"type": "Account", "id": made})

    assert sync.rows("SELECT Id FROM Account WHERE Name = 'Back'") == [{"Id": made}]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("patch", "objects/Account/{}", {"Name": "flat"}),
        ("patch", "objects/Account/{}", {"properties": {"Nope": 1}}),
        ("get", "objects/Nothing/{}", None),
        ("get", "view/Account/nonsense", None),
        ("post", "act/nothing", {}),
        ("post", "act/merge", {"type": "Case", "master": "{}", "loser": "{}"}),
        ("put", "tokens/nobody", {}),
        ("put", "tokens/sync", {"hidden": ["Account.Nope"]}),
        ("put", "limits", {"hourly": 1}),
    ],
)
def test_administration_says_what_it_cannot_do(
    org: SandboxProcess, account_ids: list[str], method: str, path: str, body: Any
) -> None:
    arguments = [f"/_sandbox/{path.format(account_ids[0])}", *([body] if body is not None else [])]

    with pytest.raises(RuntimeError, match=r"was answered 40\d"):
        getattr(org, method)(*arguments)


def test_page_shows_a_rep_names_instead_of_ids_and_hostile_text_as_text(
    org: SandboxProcess, sync: Caller
) -> None:
    made = sync.done("POST", "sobjects/Account", {"Name": "<script>alert(1)</script>", "Site": "{{7*7}}"})[
        "id"
    ]
    text = org.request("GET", f"/_sandbox/view/Account/{made}?as=text").text
    page = org.request("GET", f"/_sandbox/view/Account/{made}").text

    assert "Simulated Salesforce record" in text and "Integration sync" in text and made in text
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page and "{{7*7}}" in page


def test_page_lists_what_belongs_to_an_account(org: SandboxProcess, sync: Caller) -> None:
    account = sync.rows("SELECT AccountId FROM Case WHERE IsClosed = false LIMIT 1")[0]["AccountId"]
    cases = sync.query(f"SELECT COUNT() FROM Case WHERE AccountId = '{account}'")["totalSize"]  # noqa: S608
    text = org.request("GET", f"/_sandbox/view/Account/{account}?as=text").text

    assert f"Cases ({cases})" in text and "· Working" in text


def test_reset_brings_the_start_back(org: SandboxProcess, sync: Caller, account_ids: list[str]) -> None:
    before = org.get("/_sandbox/state")
    sync.done("PATCH", f"sobjects/Account/{account_ids[0]}", {"Rating": "Hot"})
    changed = org.get("/_sandbox/state")
    org.post("/_sandbox/reset")

    assert changed["Account"]["digest"] != before["Account"]["digest"]
    assert changed["Contact"] == before["Contact"]
    assert org.get("/_sandbox/state") == before


def test_firm_and_org_tell_the_same(org: SandboxProcess, sync: Caller) -> None:
    identities = org.get("/_sandbox/identities")
    rows = sync.rows("SELECT Id, Customer_Number__c FROM Account")
    truth = org.get("/_sandbox/truth")
    late = {known for row in truth if row["kind"] == "sla_breached" for known in row["ticket_ids"]}
    soql = "SELECT CaseId FROM CaseMilestone WHERE IsCompleted = false AND TargetDate < 2026-11-03T09:00:00Z"

    assert {f"Account/{row['Id']}": row["Customer_Number__c"] for row in rows} == identities
    assert late and late <= {row["CaseId"] for row in sync.rows(soql)}


def test_faults_of_the_common_layer_work_over_tls(org: SandboxProcess, sync: Caller) -> None:
    import requests

    page = "<html><body>Service Unavailable</body></html>"
    org.post("/_sandbox/faults", {"path": "/query", "action": {"status": 503, "body": page}})
    org.post(
        "/_sandbox/faults",
        {"method": "POST", "path": "sobjects/Account", "action": {"drop": True, "apply": True}},
    )
    down = sync.ask("GET", "query", params={"q": "SELECT Id FROM Account"})
    with pytest.raises(requests.ConnectionError):
        sync.ask("POST", "sobjects/Account", {"Name": "Applied"})

    assert (down.status_code, down.headers["content-type"], down.text) == (503, "text/html", page)
    assert sync.query("SELECT COUNT() FROM Account WHERE Name = 'Applied'")["totalSize"] == 1


def test_requests_are_journalled_by_kind(org: SandboxProcess, sync: Caller) -> None:
    sync.query("SELECT Id FROM Account")
    sync.describe("Account")
    counts = org.get("/_sandbox/requests/counts")
    last = org.get("/_sandbox/requests")["requests"][-1]

    assert counts == {"token": 1, "query": 1, "describe": 1}
    assert (last["kind"], last["status"], last["token"]) == ("describe", 200, "sync")


def test_same_seed_makes_the_same_org_in_any_process(org: SandboxProcess) -> None:
    start_ms = 1_793_696_400_000
    here = Salesforce(Clock(start_ms), Options(start_ms=start_ms))
    here.start(generate_world(companies=40, tickets=120, seed=7, start_ms=start_ms))

    assert here.state() == org.get("/_sandbox/state")
