"""Associations as the reference describes them."""

from detente_sandbox import SandboxProcess


def test_batch_read_gives_primary_and_unlabelled_types_with_numbers_for_ids(sandbox: SandboxProcess) -> None:
    body = {"inputs": [{"id": "40000001"}, {"id": "40000002"}]}
    answer = sandbox.api("POST", "/crm/associations/2026-03/tickets/companies/batch/read", body)
    row = answer.json()["results"][0]

    assert answer.status_code == 200
    assert isinstance(row["to"][0]["toObjectId"], int)
    assert [spec["typeId"] for spec in row["to"][0]["associationTypes"]] == [339, 26]


def test_legacy_version_4_reads_the_same_links(sandbox: SandboxProcess) -> None:
    body = {"inputs": [{"id": "30000001"}]}
    dated, legacy = (
        sandbox.api("POST", f"{base}/deals/companies/batch/read", body).json()["results"]
        for base in ("/crm/associations/2026-03", "/crm/v4/associations")
    )

    assert dated == legacy


def test_batch_read_takes_a_thousand_and_names_missing_records(sandbox: SandboxProcess) -> None:
    path = "/crm/associations/2026-03/tickets/companies/batch/read"
    many = [{"id": str(40_000_001 + number)} for number in range(1_000)]
    answer = sandbox.api("POST", path, {"inputs": many})

    assert (answer.status_code, len(answer.json()["results"])) == (207, 240)
    assert len(answer.json()["errors"][0]["context"]["ids"]) == 760
    assert sandbox.api("POST", path, {"inputs": [*many, {"id": "1"}]}).status_code == 400


def test_parent_and_child_companies_are_linked_both_ways(sandbox: SandboxProcess) -> None:
    rows = sandbox.api(
        "GET", "/crm/objects/2026-03/companies?limit=100&properties=hs_parent_company_id"
    ).json()
    child = next(row for row in rows["results"] if row["properties"]["hs_parent_company_id"])
    parent = child["properties"]["hs_parent_company_id"]
    up, down = (
        sandbox.api("GET", f"/crm/v4/objects/companies/{record}/associations/companies").json()["results"]
        for record in (child["id"], parent)
    )

    assert [(row["toObjectId"], row["associationTypes"][1]["typeId"]) for row in up] == [(int(parent), 14)]
    assert (int(child["id"]), 13) in [
        (row["toObjectId"], row["associationTypes"][1]["typeId"]) for row in down
    ]


def test_default_link_can_be_made_and_taken_away(sandbox: SandboxProcess) -> None:
    path = "/crm/objects/2026-03/companies/20000001/associations"
    made = sandbox.api("PUT", f"{path}/default/deals/30000001").json()
    there = sandbox.api("GET", f"{path}/deals").json()["results"]
    sandbox.api("DELETE", f"{path}/deals/30000001")
    gone = sandbox.api("GET", f"{path}/deals").json()["results"]

    assert [row["associationSpec"]["associationTypeId"] for row in made["results"]] == [342, 341]
    assert 30000001 in [row["toObjectId"] for row in there]
    assert 30000001 not in [row["toObjectId"] for row in gone]


def test_labels_list_the_vendors_own_types(sandbox: SandboxProcess) -> None:
    rows = sandbox.api("GET", "/crm/associations/2026-03/tickets/companies/labels").json()["results"]

    assert [(row["typeId"], row["label"]) for row in rows] == [(339, None), (26, "Primary")]
