"""Answers of the main routes against the vendor's contract, where it is at hand."""

import json
from pathlib import Path
from typing import Any

import pytest
from detente_sandbox import SandboxProcess
from jsonschema import Draft202012Validator

FOLDER = Path(__file__).parents[3] / "shared/reference/data/hubspot"
ONE = {"inputs": [{"id": "20000001"}]}
EVERYTHING = {"after": "0", "filterGroups": [], "limit": 3, "properties": ["name"], "sorts": ["createdate"]}
UPDATE = {"inputs": [{"id": "20000001", "properties": {"arr": "x"}, "objectWriteTraceId": "a"}]}
GROUP = {"name": "detente", "label": "Detente"}
FIELD = {"groupName": "firm", "name": "own", "label": "Own", "type": "string", "fieldType": "text"}
CASES = [
    ("companies", "GET", "/crm/objects/{v}/companies", None, 200),
    (
        "companies",
        "POST",
        "/crm/objects/{v}/companies",
        {"properties": {"name": "New"}, "associations": []},
        201,
    ),
    ("companies", "POST", "/crm/objects/{v}/companies/search", EVERYTHING, 200),
    ("companies", "POST", "/crm/objects/{v}/companies/batch/read", ONE, 200),
    ("companies", "POST", "/crm/objects/{v}/companies/batch/update", UPDATE, 207),
    ("owners", "GET", "/crm/owners/{v}", None, 200),
    ("pipelines", "GET", "/crm/pipelines/{v}/{objectType}", None, 200),
    ("properties", "GET", "/crm/properties/{v}/{objectType}", None, 200),
    ("properties", "POST", "/crm/properties/{v}/{objectType}", FIELD, 201),
    ("properties", "POST", "/crm/properties/{v}/{objectType}/groups", GROUP, 201),
    ("properties", "GET", "/crm/properties/{v}/{objectType}/groups", None, 200),
    ("associations", "POST", "/crm/associations/{v}/{fromObjectType}/{toObjectType}/batch/read", ONE, 200),
    ("account", "GET", "/account-info/{v}/details", None, 200),
]


def contract(name: str, version: str) -> dict[str, Any]:
    path = FOLDER / version / f"{name}.json"
    if not path.exists():
        pytest.skip(f"{version}/{name}.json is not at ../shared/reference/data/hubspot")
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def plain_schema(node: Any) -> Any:
    """OpenAPI 3.0 to JSON Schema: `nullable` becomes a union with null."""
    if isinstance(node, list):
        return [plain_schema(row) for row in node]
    if not isinstance(node, dict):
        return node
    kept = {key: plain_schema(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [kept, {"type": "null"}]} if node.get("nullable") is True else kept


def as_contract_has_it(body: Any) -> Any:
    """The contract says text for `toObjectId` and knows no null label; recorded traffic shows both. [D26]"""
    if isinstance(body, list):
        return [as_contract_has_it(row) for row in body]
    if not isinstance(body, dict):
        return body
    return {
        key: str(value) if key == "toObjectId" else as_contract_has_it(value)
        for key, value in body.items()
        if not (key == "label" and value is None)
    }


@pytest.mark.parametrize(
    ("name", "method", "template", "body", "status"), CASES, ids=lambda value: str(value)[:60]
)
def test_answer_is_as_the_dated_contract_says(
    sandbox: SandboxProcess, name: str, method: str, template: str, body: object, status: int
) -> None:
    whole = contract(name, "2026-03")
    pattern = template.replace("{v}", "2026-03")
    path = pattern.format(objectType="tickets", fromObjectType="companies", toObjectType="deals")
    answer = sandbox.api(method, path, body)
    operation = whole["paths"][pattern][method.lower()]
    schema = operation["responses"][str(status)]["content"]["application/json"]["schema"]

    assert answer.status_code == status
    Draft202012Validator({**plain_schema(schema), "components": plain_schema(whole["components"])}).validate(
        as_contract_has_it(answer.json())
    )


@pytest.mark.parametrize("kind", ["companies", "contacts", "deals", "tickets"])
def test_answer_is_as_the_legacy_contract_says(sandbox: SandboxProcess, kind: str) -> None:
    whole = contract(kind, "v3")
    answer = sandbox.api("GET", f"/crm/v3/objects/{kind}?limit=5")
    operation = whole["paths"][f"/crm/v3/objects/{kind}"]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]

    Draft202012Validator({**plain_schema(schema), "components": plain_schema(whole["components"])}).validate(
        answer.json()
    )
