"""The vendor's own Python clients as judges, unchanged."""

from collections.abc import Iterator
from typing import Any

import pytest
from detente_sandbox import SandboxProcess

hubspot = pytest.importorskip("hubspot", reason="hubspot-api-client is not installed")


@pytest.fixture
def client(sandbox: SandboxProcess) -> Any:
    return hubspot.HubSpot(access_token=sandbox.token("admin"), host=sandbox.url)


def test_older_client_lists_every_company_over_its_pages(client: Any) -> None:
    rows = client.crm.companies.get_all(properties=["name", "arr"])

    assert len(rows) == 60
    assert rows[0].properties["hs_object_id"] == rows[0].id


def test_older_client_searches_tickets(client: Any) -> None:
    from hubspot.crm.tickets import PublicObjectSearchRequest

    body = {
        "filterGroups": [
            {"filters": [{"propertyName": "hs_ticket_priority", "operator": "EQ", "value": "MEDIUM"}]}
        ],
        "sorts": ["-createdate"],
        "properties": ["hs_ticket_priority"],
        "limit": 3,
        "after": "0",
    }
    page = client.crm.tickets.search_api.do_search(
        public_object_search_request=PublicObjectSearchRequest(
            filter_groups=body["filterGroups"],
            sorts=body["sorts"],
            properties=body["properties"],
            limit=3,
            after="0",
        )
    )

    assert page.total > 100
    assert {row.properties["hs_ticket_priority"] for row in page.results} == {"MEDIUM"}


def test_older_client_parses_a_partial_failure(client: Any) -> None:
    from hubspot.crm.companies import BatchInputSimplePublicObjectBatchInput

    inputs = [
        {"id": "20000001", "properties": {"arr": "1"}, "objectWriteTraceId": "a"},
        {"id": "20000002", "properties": {"arr": "x"}, "objectWriteTraceId": "b"},
    ]
    answer = client.crm.companies.batch_api.update(BatchInputSimplePublicObjectBatchInput(inputs=inputs))

    assert type(answer).__name__ == "BatchResponseSimplePublicObjectWithErrors"
    assert (answer.num_errors, answer.errors[0].context["objectWriteTraceId"]) == (1, ["b"])


def test_older_client_defines_a_group_and_a_property(client: Any) -> None:
    from hubspot.crm.properties import PropertyCreate, PropertyGroupCreate

    client.crm.properties.groups_api.create("companies", PropertyGroupCreate(name="detente", label="Detente"))
    made = client.crm.properties.core_api.create(
        "companies",
        PropertyCreate(
            group_name="detente", name="detente_score", label="Score", type="number", field_type="number"
        ),
    )

    assert (made.name, made.modification_metadata.read_only_value) == ("detente_score", False)
    names = {row.name for row in client.crm.properties.core_api.get_all("companies").results}
    assert "detente_score" in names


def test_older_client_reads_owners_pipelines_and_associations(client: Any) -> None:
    from hubspot.crm.associations.v4 import BatchInputPublicFetchAssociationsBatchRequest

    inputs = BatchInputPublicFetchAssociationsBatchRequest(inputs=[{"id": "40000001"}])
    links = client.crm.associations.v4.batch_api.get_page("tickets", "companies", inputs)

    assert len(client.crm.owners.get_all()) == 22
    assert client.crm.pipelines.pipelines_api.get_all("tickets").results[0].id == "0"
    assert links.results[0].to[0].association_types[1].type_id == 26


def test_older_client_raises_its_own_errors(client: Any) -> None:
    from hubspot.crm.companies.exceptions import NotFoundException

    with pytest.raises(NotFoundException):
        client.crm.companies.basic_api.get_by_id("1")


@pytest.fixture
def newer(sandbox: SandboxProcess) -> Iterator[Any]:
    sdk = pytest.importorskip("hubspot_sdk", reason="hubspot-sdk is not installed")
    with sdk.HubSpot(access_token=sandbox.token("admin"), base_url=sandbox.url) as made:
        yield made


def test_newer_client_lists_and_updates_on_the_dated_paths(newer: Any) -> None:
    page = newer.crm.objects.companies.list(limit=20, properties=["name", "arr"])
    rows = list(page)
    update = {"id": rows[0].id, "properties": {"arr": "77"}, "object_write_trace_id": "a"}
    answer = newer.crm.objects.companies.batch.update(inputs=[update])

    assert len(rows) == 60
    assert answer.results[0].properties["arr"] == "77"


def test_newer_client_searches_and_reads_definitions(newer: Any) -> None:
    group = {"filters": [{"property_name": "arr", "operator": "HAS_PROPERTY"}]}
    page = newer.crm.objects.companies.search(
        after="0", filter_groups=[group], limit=5, properties=["arr"], sorts=["hs_lastmodifieddate"]
    )
    rows = newer.crm.properties.list("companies")

    assert len(page.results) == 5
    assert "customer_number" in {row.name for row in rows.results}
