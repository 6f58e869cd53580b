"""Lists, single reads and batch reads as the reference describes them."""

import pytest
from detente_sandbox import SandboxProcess

BASE = "/crm/objects/2026-03/companies"


def all_pages(sandbox: SandboxProcess, query: str) -> list[str]:
    ids: list[str] = []
    after = ""
    while True:
        page = sandbox.api("GET", f"{BASE}?limit=25&{query}{after}").json()
        ids += [row["id"] for row in page["results"]]
        if "paging" not in page:
            return ids
        after = f"&after={page['paging']['next']['after']}"


def test_listing_walks_every_record_once_in_order_of_id(sandbox: SandboxProcess) -> None:
    ids = all_pages(sandbox, "properties=name")

    assert len(ids) == 60
    assert ids == sorted(set(ids), key=int)


@pytest.mark.parametrize("prefix", ["/crm/v3/objects", "/crm/objects/2026-03", "/crm/objects/2026-09"])
@pytest.mark.parametrize("word", ["companies", "company", "0-2"])
def test_every_version_and_word_for_a_type_leads_to_the_same_records(
    sandbox: SandboxProcess, prefix: str, word: str
) -> None:
    rows = sandbox.api("GET", f"{prefix}/{word}?limit=1").json()["results"]

    assert rows[0]["id"] == "20000001"


@pytest.mark.parametrize(
    "query", ["properties=name,arr,nowhere", "properties=name&properties=arr&properties=nowhere"]
)
def test_answers_hold_what_is_both_asked_for_and_defined(sandbox: SandboxProcess, query: str) -> None:
    row = sandbox.api("GET", f"{BASE}?limit=1&archived=False&{query}").json()["results"][0]

    assert set(row["properties"]) == {"name", "arr", "createdate", "hs_lastmodifieddate", "hs_object_id"}
    assert row["createdAt"] == row["properties"]["createdate"]


def test_unset_values_are_null_and_all_others_are_texts(sandbox: SandboxProcess) -> None:
    rows = sandbox.api("GET", f"{BASE}?limit=100&properties=arr,reference_customer,renewal_date").json()[
        "results"
    ]
    values = [value for row in rows for value in row["properties"].values()]

    assert None in values
    assert all(value is None or isinstance(value, str) for value in values)


@pytest.mark.parametrize("query", ["limit=101", "limit=0", "limit=51&propertiesWithHistory=name"])
def test_pages_over_the_limit_are_refused(sandbox: SandboxProcess, query: str) -> None:
    answer = sandbox.api("GET", f"{BASE}?{query}")

    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


def test_query_that_is_too_long_is_answered_414_in_html(sandbox: SandboxProcess) -> None:
    names = ",".join(f"property_number_{number}" for number in range(200))
    answer = sandbox.api("GET", f"{BASE}?properties={names}")

    assert (answer.status_code, answer.headers["content-type"]) == (414, "text/html")


def test_batch_read_answers_207_and_names_the_ids_that_are_missing(sandbox: SandboxProcess) -> None:
    body = {"inputs": [{"id": "20000003"}, {"id": "99"}, {"id": "20000001"}], "properties": ["name"]}
    answer = sandbox.api("POST", f"{BASE}/batch/read", body)
    shown = answer.json()

    assert answer.status_code == 207
    assert {row["id"] for row in shown["results"]} == {"20000001", "20000003"}
    assert (shown["numErrors"], shown["errors"][0]["context"]["ids"]) == (1, ["99"])


def test_version_2026_09_tells_missing_ids_with_200(sandbox: SandboxProcess) -> None:
    answer = sandbox.api("POST", "/crm/objects/2026-09/companies/batch/read", {"inputs": [{"id": "99"}]})

    assert (answer.status_code, answer.json()["numErrors"]) == (200, 1)


def test_batch_over_a_hundred_is_refused(sandbox: SandboxProcess) -> None:
    inputs = [{"id": str(20_000_001 + number)} for number in range(101)]

    assert sandbox.api("POST", f"{BASE}/batch/read", {"inputs": inputs}).status_code == 400


def test_archived_records_leave_the_list_and_stand_in_the_archived_one(sandbox: SandboxProcess) -> None:
    assert sandbox.api("DELETE", f"{BASE}/20000002").status_code == 204

    assert "20000002" not in all_pages(sandbox, "properties=name")
    rows = sandbox.api("GET", f"{BASE}?archived=true").json()["results"]
    assert [(row["id"], row["archived"]) for row in rows] == [("20000002", True)]
    assert rows[0]["archivedAt"]
    assert sandbox.api("GET", f"{BASE}/20000002").status_code == 404


def test_merged_record_is_found_by_its_old_id_one_by_one_but_not_in_batches(sandbox: SandboxProcess) -> None:
    body = {"primaryObjectId": "20000001", "objectIdToMerge": "20000002"}
    merged = sandbox.api("POST", f"{BASE}/merge", body).json()

    assert merged["properties"]["hs_merged_object_ids"] == "20000002"
    assert sandbox.api("GET", f"{BASE}/20000002").json()["id"] == "20000001"
    assert sandbox.api("PATCH", f"{BASE}/20000002", {"properties": {"arr": "1"}}).json()["id"] == "20000001"
    assert sandbox.api("POST", f"{BASE}/batch/read", {"inputs": [{"id": "20000002"}]}).status_code == 207
    assert "20000002" not in all_pages(sandbox, "properties=name")


def test_history_tells_people_from_apps_newest_first(sandbox: SandboxProcess) -> None:
    sandbox.api("PATCH", f"{BASE}/20000001", {"properties": {"arr": "10"}}, "sync")
    sandbox.patch("/_sandbox/objects/companies/20000001", {"properties": {"arr": "20"}})
    row = sandbox.api("GET", f"{BASE}/20000001?propertiesWithHistory=arr").json()
    entries = row["propertiesWithHistory"]["arr"]

    assert [entry["value"] for entry in entries][:2] == ["20", "10"]
    assert [entry["sourceType"] for entry in entries][:2] == ["CRM_UI", "INTEGRATION"]


def test_list_shows_the_ids_of_associated_records(sandbox: SandboxProcess) -> None:
    row = sandbox.api("GET", "/crm/objects/2026-03/tickets?limit=1&associations=companies").json()["results"][
        0
    ]
    linked = row["associations"]["companies"]["results"]

    assert linked[0]["type"] == "ticket_to_company"
    assert linked[0]["id"].startswith("2000")


def test_contacts_carry_their_own_name_for_the_modification_stamp(sandbox: SandboxProcess) -> None:
    row = sandbox.api("GET", "/crm/objects/2026-03/contacts?limit=1&properties=hs_lastmodifieddate").json()
    properties = row["results"][0]["properties"]

    assert properties["hs_lastmodifieddate"] is None
    assert properties["lastmodifieddate"]
