"""Property definitions, groups, pipelines, owners and the account."""

import pytest
from detente_sandbox import SandboxProcess

BASE = "/crm/properties/2026-03/companies"
GROUP = {"name": "detente", "label": "Detente priority", "displayOrder": -1}
BAND = {
    "groupName": "detente",
    "name": "detente_priority",
    "label": "Detente priority",
    "type": "enumeration",
    "fieldType": "select",
    "options": [{"label": "P1", "value": "p1", "displayOrder": 0, "hidden": False}],
}


def test_portal_starts_without_a_trace_of_detente(sandbox: SandboxProcess) -> None:
    names = [row["name"] for row in sandbox.api("GET", BASE).json()["results"]]

    assert {"name", "arr", "customer_number"} <= set(names)
    assert not [name for name in names if name.startswith("detente")]


def test_property_made_in_a_new_group_takes_values(sandbox: SandboxProcess) -> None:
    made = [
        sandbox.api("POST", f"{BASE}/groups", GROUP).status_code,
        sandbox.api("POST", BASE, BAND).status_code,
        sandbox.api(
            "PATCH", "/crm/objects/2026-03/companies/20000001", {"properties": {"detente_priority": "p1"}}
        ).status_code,
    ]

    assert made == [201, 201, 200]
    assert (
        sandbox.api("GET", f"{BASE}/detente_priority").json()["modificationMetadata"]["readOnlyValue"]
        is False
    )


def test_names_that_are_taken_are_conflicts(sandbox: SandboxProcess) -> None:
    for _ in range(2):
        group = sandbox.api("POST", f"{BASE}/groups", GROUP)
        band = sandbox.api("POST", BASE, BAND)

    assert (group.status_code, band.status_code) == (409, 409)


def test_batch_of_definitions_tells_which_ones_were_refused(sandbox: SandboxProcess) -> None:
    sandbox.api("POST", f"{BASE}/groups", GROUP)
    score = {**BAND, "name": "detente_score", "type": "number", "fieldType": "number", "options": []}
    answer = sandbox.api("POST", f"{BASE}/batch/create", {"inputs": [BAND, score, BAND]})

    assert answer.status_code == 207
    assert [row["name"] for row in answer.json()["results"]] == ["detente_priority", "detente_score"]
    assert answer.json()["errors"][0]["context"] == {"name": ["detente_priority"]}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"name": "Detente"}, id="capital letter"),
        pytest.param({"name": "x" * 101}, id="long name"),
        pytest.param({"fieldType": "number"}, id="wrong field type"),
        pytest.param({"groupName": "nowhere"}, id="unknown group"),
        pytest.param({"label": ""}, id="no label"),
    ],
)
def test_definitions_that_do_not_hold_together_are_refused(
    sandbox: SandboxProcess, change: dict[str, str]
) -> None:
    sandbox.api("POST", f"{BASE}/groups", GROUP)

    assert sandbox.api("POST", BASE, {**BAND, **change}).status_code == 400


def test_new_option_is_taken_at_once(sandbox: SandboxProcess) -> None:
    sandbox.api("POST", f"{BASE}/groups", GROUP)
    sandbox.api("POST", BASE, BAND)
    options = [*BAND["options"], {"label": "P2", "value": "p2", "displayOrder": 1, "hidden": False}]
    sandbox.api("PATCH", f"{BASE}/detente_priority", {"options": options})
    body = {"properties": {"detente_priority": "p2"}}

    assert sandbox.api("PATCH", "/crm/objects/2026-03/companies/20000001", body).status_code == 200


def test_archived_definition_is_gone_from_lists_and_records(sandbox: SandboxProcess) -> None:
    assert sandbox.api("DELETE", f"{BASE}/arr").status_code == 204

    row = sandbox.api("GET", "/crm/objects/2026-03/companies/20000001?properties=arr,name").json()
    assert "arr" not in row["properties"]
    assert sandbox.api("GET", f"{BASE}/arr").status_code == 404


def test_pipelines_say_which_stages_are_closed_and_how_likely_deals_are(sandbox: SandboxProcess) -> None:
    tickets = sandbox.api("GET", "/crm/pipelines/2026-03/tickets").json()["results"][0]
    deals = sandbox.api("GET", "/crm/v3/pipelines/deals").json()["results"][0]

    assert [stage["metadata"]["ticketState"] for stage in tickets["stages"]] == ["OPEN"] * 3 + ["CLOSED"]
    assert (tickets["id"], deals["id"]) == ("0", "default")
    assert {stage["metadata"]["isClosed"] for stage in deals["stages"][-2:]} == {"true"}


def test_owners_come_by_page_and_those_who_left_only_when_asked_for(sandbox: SandboxProcess) -> None:
    first = sandbox.api("GET", "/crm/owners/2026-03?limit=20").json()
    after = first["paging"]["next"]["after"]
    second = sandbox.api("GET", f"/crm/owners/2026-03?limit=20&after={after}").json()
    left = sandbox.api("GET", "/crm/owners/2026-03?archived=true").json()["results"]

    assert (len(first["results"]), len(second["results"]), len(left)) == (20, 2, 2)
    assert all(row["id"] != str(row["userId"]) for row in first["results"])
    assert all("userId" not in row and row["userIdIncludingInactive"] for row in left)


def test_account_details_name_the_portal(sandbox: SandboxProcess) -> None:
    shown = sandbox.api("GET", "/account-info/v3/details", app="readonly").json()

    assert (shown["accountType"], shown["companyCurrency"], shown["utcOffset"]) == (
        "SANDBOX",
        "EUR",
        "+01:00",
    )
