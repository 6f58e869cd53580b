"""Clock, faults, journal, edits by people, truth and pages."""

import re

import pytest
import requests
from detente_sandbox import SandboxProcess
from detente_sandbox.world.vocabulary import HOSTILE_NAMES

LIST = "/crm/objects/2026-03/companies?limit=1"
FIRST = "/_sandbox/objects/companies/20000001"


def test_clock_stands_still_but_for_a_millisecond_an_api_request(sandbox: SandboxProcess) -> None:
    start = sandbox.now()
    sandbox.get("/_sandbox/state")
    still = sandbox.now()
    sandbox.api("GET", LIST)

    assert still == start
    assert (sandbox.now() - start).total_seconds() == 0.001
    assert (sandbox.advance(12.5) - start).total_seconds() == 12.501


def test_clock_never_goes_back(sandbox: SandboxProcess) -> None:
    answer = requests.post(f"{sandbox.url}/_sandbox/clock", json={"to": "2020-01-01T00:00:00Z"}, timeout=10)

    assert answer.status_code == 409
    assert "never goes back" in answer.json()["message"]


def test_date_header_carries_the_simulated_time(sandbox: SandboxProcess) -> None:
    sandbox.post("/_sandbox/clock", {"to": "2026-12-24T18:00:00+00:00"})

    assert sandbox.api("GET", LIST).headers["Date"] == "Thu, 24 Dec 2026 18:00:00 GMT"


def test_fault_comes_after_some_spared_requests_and_as_often_as_asked(sandbox: SandboxProcess) -> None:
    action = {"status": 502, "body": "<html>Bad gateway</html>", "headers": {"Retry-After": "3"}}
    sandbox.post(
        "/_sandbox/faults", {"method": "GET", "path": "companies", "after": 1, "times": 2, "action": action}
    )
    answers = [sandbox.api("GET", LIST) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 502, 502, 200]
    assert (answers[1].headers["content-type"], answers[1].headers["Retry-After"]) == ("text/html", "3")
    assert sandbox.get("/_sandbox/faults")[0]["remaining"] == 0


@pytest.mark.parametrize(("apply", "kept"), [(True, "999"), (False, None)])
def test_write_that_fails_may_have_happened_or_not(
    sandbox: SandboxProcess, apply: bool, kept: str | None
) -> None:
    action = {"status": 504, "body": {"message": "late"}, "apply": apply}
    sandbox.post("/_sandbox/faults", {"method": "PATCH", "path": "20000001", "action": action})
    before = sandbox.get(FIRST)["properties"]["arr"]
    answer = sandbox.api("PATCH", "/crm/objects/2026-03/companies/20000001", {"properties": {"arr": "999"}})

    assert (answer.status_code, answer.json()) == (504, {"message": "late"})
    assert sandbox.get(FIRST)["properties"]["arr"] == (kept or before)


def test_dropped_connection_leaves_the_caller_without_an_answer(sandbox: SandboxProcess) -> None:
    action = {"drop": True, "apply": True}
    sandbox.post("/_sandbox/faults", {"method": "PATCH", "path": "20000001", "action": action})
    with pytest.raises(requests.ConnectionError):
        sandbox.api("PATCH", "/crm/objects/2026-03/companies/20000001", {"properties": {"arr": "999"}})

    assert sandbox.get(FIRST)["properties"]["arr"] == "999"
    assert sandbox.api("GET", LIST).status_code == 200


def test_requests_are_kept_with_kind_status_and_app(sandbox: SandboxProcess) -> None:
    sandbox.api("GET", LIST, app="sync")
    seen = sandbox.get("/_sandbox/requests")["last"]
    sandbox.api("POST", "/crm/v3/objects/companies/batch/read", {"inputs": []}, "readonly")
    rows = sandbox.get(f"/_sandbox/requests?since={seen}")["requests"]

    assert [(row["kind"], row["status"], row["token"]) for row in rows] == [("batch_read", 200, "readonly")]
    assert sandbox.get("/_sandbox/requests/counts") == {"list": 1, "batch_read": 1}
    sandbox.delete("/_sandbox/requests")
    assert sandbox.get("/_sandbox/requests/counts") == {}


def test_edit_by_a_person_is_checked_like_any_other(sandbox: SandboxProcess) -> None:
    answer = requests.patch(
        sandbox.url + FIRST, json={"properties": {"industry_influence": "huge"}}, timeout=10
    )

    assert answer.status_code == 400
    assert "INVALID_OPTION" in answer.json()["message"]


def test_person_can_make_and_archive_records(sandbox: SandboxProcess) -> None:
    body = {
        "properties": {"dealname": "d", "dealstage": "contractsent", "pipeline": "default"},
        "companies": [20000001],
    }
    made = sandbox.post("/_sandbox/objects/deals", body)
    links = sandbox.api("GET", f"/crm/v4/objects/deals/{made['id']}/associations/companies").json()["results"]
    sandbox.delete(f"/_sandbox/objects/deals/{made['id']}")

    assert [row["toObjectId"] for row in links] == [20000001]
    assert sandbox.api("GET", f"/crm/objects/2026-03/deals/{made['id']}").status_code == 404


def test_digest_follows_values_but_not_stamps(sandbox: SandboxProcess) -> None:
    first = sandbox.get("/_sandbox/state")
    held = sandbox.get(FIRST)["properties"]["arr"]
    sandbox.patch(FIRST, {"properties": {"arr": "1"}})
    changed = sandbox.get("/_sandbox/state")
    sandbox.patch(FIRST, {"properties": {"arr": held or ""}})

    assert changed["companies"]["digest"] != first["companies"]["digest"]
    assert changed["tickets"] == first["tickets"]
    assert sandbox.get("/_sandbox/state") == first


def test_reset_brings_the_start_back(sandbox: SandboxProcess) -> None:
    first, start = sandbox.get("/_sandbox/state"), sandbox.now()
    sandbox.api("DELETE", "/crm/objects/2026-03/companies/20000001")
    sandbox.advance(99)
    sandbox.put("/_sandbox/limits", {"ten_secondly": 1})
    sandbox.post("/_sandbox/reset")

    assert (sandbox.get("/_sandbox/state"), sandbox.now()) == (first, start)
    assert sandbox.get("/_sandbox/limits")["ten_secondly"] == 190


def test_a_moment_that_was_never_kept_cannot_be_brought_back(sandbox: SandboxProcess) -> None:
    with pytest.raises(RuntimeError, match="no moment was kept as 'noon'"):
        sandbox.post("/_sandbox/moments/noon")


def test_truth_names_records_that_are_there(sandbox: SandboxProcess) -> None:
    truth = sandbox.get("/_sandbox/truth")
    tickets = {record for row in truth for record in row["ticket_ids"]}
    body = {"inputs": [{"id": record} for record in sorted(tickets)][:100], "properties": ["hs_is_closed"]}

    assert {"lenses_apart_sales_high", "two_owners", "two_partners", "sla_breached"} <= {
        row["kind"] for row in truth
    }
    assert sandbox.api("POST", "/crm/objects/2026-03/tickets/batch/read", body).status_code == 200
    assert all(row["account_ids"] for row in truth)


def hostile_ids(sandbox: SandboxProcess) -> dict[str, str]:
    rows = sandbox.api("GET", "/crm/objects/2026-03/companies?limit=100&properties=name").json()["results"]
    names = {row["properties"]["name"]: row["id"] for row in rows}
    return {name: names[name] for name in HOSTILE_NAMES}


def test_page_of_a_record_shows_hostile_names_as_text(sandbox: SandboxProcess) -> None:
    for record in hostile_ids(sandbox).values():
        page = requests.get(f"{sandbox.url}/_sandbox/view/companies/{record}", timeout=10).text
        assert "Simulated HubSpot record" in page
        assert not re.search(r"<script|<img|</td>", page)


def test_text_of_a_record_fits_a_terminal(sandbox: SandboxProcess) -> None:
    for record in hostile_ids(sandbox).values():
        text = requests.get(f"{sandbox.url}/_sandbox/view/companies/{record}?as=text", timeout=10).text
        assert max(map(len, text.splitlines())) <= 100
        assert "\u202e" not in text


def test_card_shows_band_score_and_reason_once_the_fields_are_there(sandbox: SandboxProcess) -> None:
    sandbox.api("POST", "/crm/properties/2026-03/companies/groups", {"name": "detente", "label": "Detente"})
    field = {"groupName": "detente", "type": "string", "fieldType": "textarea"}
    for name in ("detente_priority", "detente_score", "detente_reason"):
        sandbox.api("POST", "/crm/properties/2026-03/companies", {**field, "name": name, "label": name})
    sandbox.patch(
        FIRST, {"properties": {"detente_priority": "P1", "detente_score": "87", "detente_reason": "<b> +31"}}
    )
    page = requests.get(f"{sandbox.url}/_sandbox/view/companies/20000001", timeout=10).text

    assert '<span class="chip">P1</span><span class="score">87</span>' in page
    assert "&lt;b&gt; +31" in page
