"""Describe answers and others against the vendor's recorded ones, where those are at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sandbox.tests.salesforce.conftest import Caller

FOLDER = Path(__file__).parents[4] / "shared/reference/data/salesforce"
KINDS = ("Account", "Opportunity", "Case", "Contact")
# Features that the recorded orgs had switched on, or objects that are not simulated, and fields of tests.
ELSEWHERE = {
    *("RecordTypeId", "DandbCompanyId", "OperatingHoursId", "AssetId", "Comments", "CampaignId"),
    *("Pricebook2Id", "LastAmountChangedHistoryId", "LastCloseDateChangedHistoryId", "IndividualId"),
}


def recorded(name: str) -> Any:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{name} is not at ../shared/reference/data/salesforce")
    return json.loads(path.read_text())


@pytest.mark.parametrize("kind", KINDS)
def test_every_recorded_field_is_described_alike(still: Caller, kind: str) -> None:
    known = {row["name"]: row for row in recorded(f"describe/{kind}.json")["fields"]}
    wanted = {name for name in known if not name.endswith("__c")} - ELSEWHERE
    fields = still.describe(kind)

    assert wanted - fields.keys() == set()
    assert {name: fields[name] for name in wanted} == {name: known[name] for name in wanted}


@pytest.mark.parametrize("kind", KINDS)
def test_no_field_is_described_that_neither_vendor_nor_firm_has(still: Caller, kind: str) -> None:
    known = {row["name"] for row in recorded(f"describe/{kind}.json")["fields"]}

    assert {name for name in still.describe(kind) if not name.endswith("__c")} <= known


@pytest.mark.parametrize("kind", KINDS)
def test_description_has_the_recorded_keys(still: Caller, kind: str) -> None:
    known = recorded(f"describe/{kind}.json")
    shown = still.done("GET", f"sobjects/{kind}/describe")

    assert known.keys() <= shown.keys()
    for key in ("keyPrefix", "label", "labelPlural", "mergeable", "deletable", "queryable", "undeletable"):
        assert shown[key] == known[key]
    for key in ("childRelationships", "recordTypeInfos", "supportedScopes"):
        assert shown[key][0].keys() == known[key][0].keys()


@pytest.mark.parametrize("kind", KINDS)
def test_relationships_have_recorded_names_and_rules(still: Caller, kind: str) -> None:
    known = {
        (row["childSObject"], row["field"]): row
        for row in recorded(f"describe/{kind}.json")["childRelationships"]
    }
    shown = still.done("GET", f"sobjects/{kind}/describe")["childRelationships"]

    assert shown
    for row in shown:
        if (row["childSObject"], row["field"]) in known:
            assert row == known[row["childSObject"], row["field"]]


def test_list_of_objects_has_the_recorded_keys(still: Caller) -> None:
    known = recorded("describe/Global.json")
    shown = still.done("GET", "sobjects/")

    assert (shown["encoding"], shown["maxBatchSize"]) == (known["encoding"], known["maxBatchSize"])
    by_name = {row["name"]: row for row in known["sobjects"]}
    for row in shown["sobjects"]:
        assert row.keys() == by_name["Account"].keys()
    accounts = next(row for row in shown["sobjects"] if row["name"] == "Account")
    assert {key: accounts[key] for key in accounts if key != "urls"} == {
        key: by_name["Account"][key] for key in accounts if key != "urls"
    }
