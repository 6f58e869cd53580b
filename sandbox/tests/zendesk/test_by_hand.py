"""What an agent does and sees, and what the administration tells. Pages show data as text."""

import re
from typing import Any

import pytest
from detente_sandbox import SandboxProcess

Json = dict[str, Any]
FIRST = "/_sandbox/objects/organizations/5100000001"


def define(zendesk: SandboxProcess) -> None:
    bands = [{"name": f"P{band}", "value": f"detente_t{band}"} for band in range(1, 5)]
    fields: list[Json] = [
        {
            "type": "dropdown",
            "key": "detente_priority",
            "title": "Detente priority",
            "custom_field_options": bands,
        },
        {"type": "decimal", "key": "detente_score", "title": "Detente score"},
        {"type": "textarea", "key": "detente_reason", "title": "Detente reason"},
    ]
    for field in fields:
        answer = zendesk.api("POST", "/api/v2/organization_fields", {"organization_field": field})
        assert answer.status_code == 201


def test_agent_edits_by_key_or_title(zendesk: SandboxProcess) -> None:
    by_key = zendesk.patch(FIRST, {"properties": {"arr": 5, "notes": "seen"}})
    by_title = zendesk.patch(FIRST, {"properties": {"ARR": 6}})

    assert (by_key["properties"]["arr"], by_key["notes"]) == (5.0, "seen")
    assert by_title["organization_fields"]["arr"] == 6.0


def test_edit_is_checked_like_any_other(zendesk: SandboxProcess) -> None:
    with pytest.raises(RuntimeError, match=r"422.*must be a number"):
        zendesk.patch(FIRST, {"properties": {"arr": "much"}})
    with pytest.raises(RuntimeError, match=r"400.*nothing is called"):
        zendesk.patch(FIRST, {"properties": {"nothing": 1}})


def test_agent_can_make_and_delete_records(zendesk: SandboxProcess) -> None:
    made = zendesk.post("/_sandbox/objects/organizations", {"properties": {"name": "New", "arr": 1}})
    ticket = zendesk.post(
        "/_sandbox/objects/tickets", {"properties": {"subject": "s", "comment": {"body": "b"}}}
    )
    for kind, row in (("organizations", made), ("tickets", ticket)):
        zendesk.delete(f"/_sandbox/objects/{kind}/{row['id']}")
        assert zendesk.api("GET", f"/api/v2/{kind}/{row['id']}").status_code == 404


def test_card_shows_band_score_and_reason(zendesk: SandboxProcess) -> None:
    define(zendesk)
    values = {"detente_priority": "detente_t1", "detente_score": 87.0, "detente_reason": "<b> +31"}
    zendesk.patch(FIRST, {"properties": values})
    page = zendesk.request("GET", "/_sandbox/view/organizations/5100000001").text
    text = zendesk.request("GET", "/_sandbox/view/organizations/5100000001?as=text").text

    assert '<span class="chip">P1</span><span class="score">87.0</span>' in page
    assert "&lt;b&gt; +31" in page
    assert "Detente priority" in text
    assert max(map(len, text.splitlines())) <= 100


def test_pages_of_all_organizations_show_hostile_names_as_text(zendesk: SandboxProcess) -> None:
    rows = zendesk.get("/_sandbox/objects/organizations")
    hostile = [row for row in rows if re.search(r"[<{=@%\u202e]", row["name"])]
    pages = [zendesk.request("GET", f"/_sandbox/view/organizations/{row['id']}").text for row in hostile]

    assert len(hostile) > 4
    assert not [page for page in pages if re.search(r"<script|<img|</td>", page)]


def test_digest_follows_values_but_not_stamps(zendesk: SandboxProcess) -> None:
    first = zendesk.get("/_sandbox/state")
    held = zendesk.get(FIRST)["properties"]["arr"]
    zendesk.patch(FIRST, {"properties": {"arr": 1}})
    changed = zendesk.get("/_sandbox/state")
    zendesk.advance(60)
    zendesk.patch(FIRST, {"properties": {"arr": held}})

    assert changed["organizations"]["digest"] != first["organizations"]["digest"]
    assert changed["tickets"] == first["tickets"]
    assert zendesk.get("/_sandbox/state") == first


def test_reset_brings_the_start_back(zendesk: SandboxProcess) -> None:
    first, start = zendesk.get("/_sandbox/state"), zendesk.now()
    define(zendesk)
    zendesk.delete(FIRST)
    zendesk.put("/_sandbox/limits", {"account": 1})
    zendesk.put("/_sandbox/tokens/sync", {"revoked": True})
    zendesk.advance(99)
    zendesk.post("/_sandbox/reset")

    assert (zendesk.get("/_sandbox/state"), zendesk.now()) == (first, start)
    assert zendesk.get("/_sandbox/limits")["account"] == 700
    assert zendesk.api("GET", "/api/v2/organization_fields/detente_score").status_code == 404
    assert zendesk.api("GET", "/api/v2/tickets/count", app="sync").status_code == 200


def test_truth_and_identities_name_records_that_are_there(zendesk: SandboxProcess) -> None:
    truth, identities = zendesk.get("/_sandbox/truth"), zendesk.get("/_sandbox/identities")
    tickets = {number for row in truth for number in row["ticket_ids"]}
    known = {f"organizations/{row['id']}" for row in zendesk.get("/_sandbox/objects/organizations")}

    assert set(identities) == known
    assert {row["kind"] for row in truth} >= {"lenses_apart_sales_high", "two_owners", "sla_breached"}
    assert not [row for row in truth if row["deal_ids"]]
    for number in sorted(tickets):
        assert zendesk.get(f"/_sandbox/objects/tickets/{number}")["id"] == int(number)


def test_requests_are_kept_by_kind_and_app(zendesk: SandboxProcess) -> None:
    zendesk.api("GET", "/api/v2/incremental/organizations.json?start_time=0", app="sync")
    zendesk.api("PUT", "/api/v2/organizations/update_many", {"organizations": [{"id": 1}]}, "sync")
    zendesk.api("GET", "/api/v2/tickets/1001", app="readonly")
    rows = zendesk.get("/_sandbox/requests")["requests"]

    assert zendesk.get("/_sandbox/requests/counts") == {"export": 1, "update_many": 1, "read": 1}
    assert [row["token"] for row in rows] == ["sync", "sync", "readonly"]


def test_what_is_not_simulated_is_told_and_kept(wild: SandboxProcess) -> None:
    answer = wild.api("GET", "/api/v2/views")

    assert (answer.status_code, answer.json()["error"]) == (501, "SandboxUnknown")
    assert [row["path"] for row in wild.get("/_sandbox/unknown")] == ["/api/v2/views"]
    with pytest.raises(RuntimeError, match="knows no act"):
        wild.post("/_sandbox/act/explode")


def test_colleagues_have_the_addresses_that_other_vendors_know() -> None:
    with SandboxProcess(companies=40, tickets=60, vendors="hubspot,zendesk") as both:
        hubspot = both.api("GET", "/crm/owners/2026-03").json()["results"]
        zendesk = both.clients["zendesk"]
        users = zendesk.api("GET", "/api/v2/users?role[]=agent&page[size]=100").json()["users"]
        addresses = {row["email"] for row in users}

        assert {row["email"] for row in hubspot} <= addresses
        assert zendesk.now() == both.now()
