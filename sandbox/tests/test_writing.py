"""Updates, creations and their refusals as the reference describes them."""

import json
from collections.abc import Mapping

import pytest
from detente_sandbox import SandboxProcess

BASE = "/crm/objects/2026-03/companies"
FIRST, SECOND = "20000001", "20000002"


def update(
    sandbox: SandboxProcess, *inputs: Mapping[str, object], version: str = "2026-03"
) -> tuple[int, dict[str, object]]:
    answer = sandbox.api("POST", f"/crm/objects/{version}/companies/batch/update", {"inputs": list(inputs)})
    return answer.status_code, answer.json()


def value_of(sandbox: SandboxProcess, record: str, name: str) -> str | None:
    row = sandbox.api("GET", f"{BASE}/{record}?properties={name}").json()
    held: str | None = row["properties"][name]
    return held


def test_batch_update_shows_what_changed_and_the_stamps_only(sandbox: SandboxProcess) -> None:
    status, body = update(
        sandbox, {"id": FIRST, "properties": {"arr": "87.5"}, "objectWriteTraceId": "run7-1"}
    )
    results = body["results"]
    assert isinstance(results, list)

    assert status == 200
    assert set(results[0]["properties"]) == {"arr", "createdate", "hs_lastmodifieddate", "hs_object_id"}
    assert results[0]["objectWriteTraceId"] == "run7-1"
    assert value_of(sandbox, FIRST, "arr") == "87.5"


def test_failing_input_with_a_trace_id_leaves_the_others_standing(sandbox: SandboxProcess) -> None:
    good = {"id": FIRST, "properties": {"arr": "1"}, "objectWriteTraceId": "a"}
    bad = {"id": SECOND, "properties": {"arr": "much"}, "objectWriteTraceId": "b"}
    gone = {"id": "77", "properties": {"arr": "2"}, "objectWriteTraceId": "c"}
    status, body = update(sandbox, good, bad, gone)
    errors = body["errors"]
    assert isinstance(errors, list)

    assert (status, body["numErrors"]) == (207, 2)
    assert [row["context"]["objectWriteTraceId"] for row in errors] == [["b"], ["c"]]
    assert [row["category"] for row in errors] == ["VALIDATION_ERROR", "OBJECT_NOT_FOUND"]
    assert value_of(sandbox, FIRST, "arr") == "1"


def test_failing_input_without_a_trace_id_refuses_the_whole_batch(sandbox: SandboxProcess) -> None:
    before = sandbox.get("/_sandbox/state")["companies"]["digest"]
    status, _ = update(
        sandbox,
        {"id": FIRST, "properties": {"arr": "1"}, "objectWriteTraceId": "a"},
        {"id": SECOND, "properties": {"arr": "much"}},
    )

    assert status == 400
    assert sandbox.get("/_sandbox/state")["companies"]["digest"] == before


def test_version_2026_09_tells_a_partial_failure_with_200(sandbox: SandboxProcess) -> None:
    bad = {"id": FIRST, "properties": {"arr": "much"}, "objectWriteTraceId": "b"}
    status, body = update(sandbox, bad, version="2026-09")

    assert (status, body["numErrors"]) == (200, 1)


def test_stamp_moves_with_a_change_and_stays_without_one(sandbox: SandboxProcess) -> None:
    sandbox.api("PATCH", f"{BASE}/{FIRST}", {"properties": {"arr": "5"}})
    first = value_of(sandbox, FIRST, "hs_lastmodifieddate")
    sandbox.api("PATCH", f"{BASE}/{FIRST}", {"properties": {"arr": "5"}})
    second = value_of(sandbox, FIRST, "hs_lastmodifieddate")
    sandbox.api("PATCH", f"{BASE}/{FIRST}", {"properties": {"arr": "6"}})

    assert first == second
    assert (value_of(sandbox, FIRST, "hs_lastmodifieddate") or "") > (second or "")


def test_edit_by_a_person_at_the_same_instant_still_moves_the_stamp(sandbox: SandboxProcess) -> None:
    answer = sandbox.api("PATCH", f"{BASE}/{FIRST}", {"properties": {"arr": "5"}}).json()
    edited = sandbox.patch(f"/_sandbox/objects/companies/{FIRST}", {"properties": {"arr": "6"}})

    assert edited["updatedAt"] > answer["updatedAt"]


def test_empty_text_clears_a_value_and_the_digest_comes_back_with_it(sandbox: SandboxProcess) -> None:
    body = {"properties": {"partner_of_record": ""}}
    sandbox.api("PATCH", f"{BASE}/{FIRST}", body)
    empty = sandbox.get("/_sandbox/state")["companies"]["digest"]
    sandbox.api("PATCH", f"{BASE}/{FIRST}", {"properties": {"partner_of_record": "PA-501"}})
    sandbox.api("PATCH", f"{BASE}/{FIRST}", body)

    assert value_of(sandbox, FIRST, "partner_of_record") is None
    assert sandbox.get("/_sandbox/state")["companies"]["digest"] == empty


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        pytest.param("nowhere", "1", "PROPERTY_DOESNT_EXIST", id="unknown property"),
        pytest.param("industry_influence", "huge", "INVALID_OPTION", id="unknown option"),
        pytest.param("industry_influence", "High", "INVALID_OPTION", id="option in other letters"),
        pytest.param("arr", "1,000", "INVALID_INTEGER", id="thousands separator"),
        pytest.param("arr", "nan", "INVALID_INTEGER", id="not a number"),
        pytest.param("reference_customer", "yes", "INVALID_OPTION", id="boolean in words"),
        pytest.param("renewal_date", "2027-02-30", "INVALID_LONG", id="day that does not exist"),
        pytest.param("renewal_date", "1793696400000", "INVALID_LONG", id="day that is not midnight"),
        pytest.param("createdate", "2027-02-03", "READ_ONLY_VALUE", id="read-only"),
        pytest.param("hubspot_owner_id", "9100001", "INVALID_OPTION", id="user id in place of the owner's"),
    ],
)
def test_bad_value_is_named_with_its_code_inside_the_message(
    sandbox: SandboxProcess, name: str, value: str, code: str
) -> None:
    answer = sandbox.api("PATCH", f"{BASE}/{FIRST}", {"properties": {name: value}})
    message = answer.json()["message"]
    listed = json.loads(message.removeprefix("Property values were not valid: "))

    assert answer.status_code == 400
    assert [(row["name"], row["error"], row["isValid"]) for row in listed] == [(name, code, False)]


@pytest.mark.parametrize(("sent", "kept"), [("1793664000000", "2026-11-03"), ("2026-11-03", "2026-11-03")])
def test_days_are_kept_as_iso_days(sandbox: SandboxProcess, sent: str, kept: str) -> None:
    sandbox.api("PATCH", f"{BASE}/{FIRST}", {"properties": {"renewal_date": sent}})

    assert value_of(sandbox, FIRST, "renewal_date") == kept


def test_closing_a_ticket_sets_what_the_vendor_computes(sandbox: SandboxProcess) -> None:
    made = sandbox.api(
        "POST", "/crm/objects/2026-03/tickets", {"properties": {"subject": "x", "hs_pipeline_stage": "1"}}
    ).json()
    sandbox.advance(60)
    path = f"/crm/objects/2026-03/tickets/{made['id']}"
    sandbox.api("PATCH", path, {"properties": {"hs_pipeline_stage": "4"}})
    closed = sandbox.api("GET", path + "?properties=hs_is_closed,time_to_close,closed_date").json()[
        "properties"
    ]
    sandbox.api("PATCH", path, {"properties": {"hs_pipeline_stage": "3"}})
    reopened = sandbox.api("GET", path + "?properties=hs_is_closed,closed_date,hs_ticket_reopened_at").json()

    assert closed["hs_is_closed"] == "true"
    assert 60_000 <= int(closed["time_to_close"]) < 60_010
    assert reopened["properties"]["hs_is_closed"] == "false"
    assert reopened["properties"]["hs_ticket_reopened_at"]


def test_won_deal_is_closed_with_full_probability(sandbox: SandboxProcess) -> None:
    names = "hs_is_closed,hs_is_closed_won,hs_deal_stage_probability"
    path = "/crm/objects/2026-03/deals/30000001"
    sandbox.api("PATCH", path, {"properties": {"dealstage": "closedwon"}})
    shown = sandbox.api("GET", f"{path}?properties={names}").json()["properties"]

    assert [shown[name] for name in names.split(",")] == ["true", "true", "1.0"]


def test_creation_without_required_values_is_refused(sandbox: SandboxProcess) -> None:
    answer = sandbox.api("POST", "/crm/objects/2026-03/tickets", {"properties": {"subject": "x"}})

    assert answer.status_code == 400
    assert answer.json()["context"] == {"properties": ["hs_pipeline_stage"]}


def test_new_company_takes_its_website_from_its_domain(sandbox: SandboxProcess) -> None:
    answer = sandbox.api("POST", BASE, {"properties": {"domain": "new.example"}, "associations": []})

    assert answer.status_code == 201
    assert answer.json()["properties"]["website"] == "new.example"


def test_second_contact_with_one_address_is_a_conflict_that_names_the_first(sandbox: SandboxProcess) -> None:
    path, body = "/crm/objects/2026-03/contacts", {"properties": {"email": "One@new.example"}}
    first = sandbox.api("POST", path, body).json()["id"]
    answer = sandbox.api("POST", path, {"properties": {"email": "one@new.example"}})

    assert (answer.status_code, answer.json()["category"]) == (409, "CONFLICT")
    assert answer.json()["message"] == f"Contact already exists. Existing ID: {first}"


def test_upsert_by_a_unique_property_tells_new_rows_from_known_ones(sandbox: SandboxProcess) -> None:
    key = {"name": "our_key", "label": "Key", "type": "string", "fieldType": "text", "hasUniqueValue": True}
    sandbox.api("POST", "/crm/properties/2026-03/companies", {**key, "groupName": "firm"})
    body = {"inputs": [{"id": "k1", "idProperty": "our_key", "properties": {"name": "First"}}]}
    first = sandbox.api("POST", f"{BASE}/batch/upsert", body).json()["results"][0]
    again = sandbox.api("POST", f"{BASE}/batch/upsert", body).json()["results"][0]

    assert (first["new"], again["new"], first["id"]) == (True, False, again["id"])
    assert sandbox.api("GET", f"{BASE}/k1?idProperty=our_key").json()["id"] == first["id"]


def test_upsert_and_update_refuse_a_property_that_is_not_unique(sandbox: SandboxProcess) -> None:
    row = {"id": FIRST, "idProperty": "hs_object_id", "properties": {"arr": "1"}}

    assert update(sandbox, row)[0] == 400
    assert sandbox.api("POST", f"{BASE}/batch/upsert", {"inputs": [row]}).status_code == 400


def test_note_is_made_with_its_association(sandbox: SandboxProcess) -> None:
    note = {
        "properties": {"hs_timestamp": "2026-11-03T09:00:00Z", "hs_note_body": "<b>Ruling</b>"},
        "associations": [
            {
                "to": {"id": FIRST},
                "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 190}],
            }
        ],
    }
    made = sandbox.api("POST", "/crm/objects/2026-03/notes", note)
    links = sandbox.api("GET", f"/crm/v4/objects/companies/{FIRST}/associations/notes").json()["results"]

    assert made.status_code == 201
    assert [str(row["toObjectId"]) for row in links] == [made.json()["id"]]


def test_one_record_twice_in_a_batch_is_unknown_and_remembered(wild: SandboxProcess) -> None:
    status, _ = update(
        wild, {"id": FIRST, "properties": {"arr": "1"}}, {"id": FIRST, "properties": {"arr": "2"}}
    )

    assert status == 501
    assert "two inputs" in wild.get("/_sandbox/unknown")[0]["why"]


@pytest.mark.parametrize(
    "path", ["/crm/objects/2026-03/leads", "/crm/exports/2026-03/export/async", "/crm/v3/lists"]
)
def test_paths_that_are_not_simulated_are_answered_501_and_remembered(
    wild: SandboxProcess, path: str
) -> None:
    assert wild.api("GET", path).status_code == 501
    assert [row["path"] for row in wild.get("/_sandbox/unknown")] == [path]
