"""Answers that Salesforce really gave, recorded by the CumulusCI project (BSD-3-Clause).

They are not part of the project; without them these tests are skipped.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from detente_connector_kit import RowValues
from detente_contracts import STANDARD_FIELDS, Kind, Result
from detente_salesforce.field_mapping import FieldMapping
from detente_salesforce.org import OBJECTS, Described, described, field_name, flat_row
from detente_salesforce.provisioning import is_usable
from detente_salesforce.row_errors import verdict

RECORDED = Path(__file__).parents[3].parent / "shared/reference/data/salesforce"
"""../shared/reference/data from the project's root."""

MAPPED = (Kind.ACCOUNT, Kind.CONTACT, Kind.DEAL, Kind.TICKET)


def recorded(name: str) -> Any:
    path = RECORDED / name
    if not path.is_file():
        pytest.skip("the recorded answers are not at ../shared/reference/data")
    return orjson.loads(path.read_bytes())


def describe(kind: Kind) -> Described:
    return described(recorded(f"describe/{OBJECTS[kind]}.json"))


@pytest.mark.parametrize("kind", MAPPED)
def test_every_field_that_is_mapped_by_default_exists_in_a_plain_org(kind: Kind) -> None:
    assert FieldMapping().of(kind).hidden_without(describe(kind).types()) == frozenset()


@pytest.mark.parametrize("kind", MAPPED)
def test_changes_are_found_by_the_systems_own_stamp(kind: Kind) -> None:
    found = describe(kind)

    assert found.stamp() == "SystemModstamp"
    assert found.is_readable


def test_where_the_best_stamp_cannot_be_filtered_by_the_next_one_serves() -> None:
    answer = recorded("describe/Account.json")
    for field in answer["fields"]:
        field["filterable"] = field["name"] != "SystemModstamp"

    assert described(answer).stamp() == "LastModifiedDate"


def test_compound_addresses_are_not_asked_for() -> None:
    types = describe(Kind.ACCOUNT).types()

    assert "BillingAddress" not in types
    assert types["BillingCountry"] == "string"


def test_a_plain_org_lacks_our_fields() -> None:
    fields = describe(Kind.ACCOUNT).fields

    assert not [spec for spec in STANDARD_FIELDS if is_usable(spec, fields.get(field_name(spec)))]


def test_recorded_rows_are_read_with_what_hangs_below_them() -> None:
    answers = [item["response"] for item in recorded("recorded/rest_interactions.json")]
    rows = [row for item in answers if isinstance(item, dict) for row in item.get("records") or ()]
    flat = [RowValues(flat_row(row)) for row in rows]

    assert flat
    assert not [row for row in flat if row.text("attributes") or row.text("attributes.type")]


def test_recorded_results_of_collections_are_all_told_as_written() -> None:
    answers = [item["response"] for item in recorded("recorded/rest_interactions.json")]
    results = [row for item in answers if isinstance(item, list) for row in item]

    assert results
    assert all(row["success"] is True and row["errors"] == [] for row in results)
    assert verdict(results[0]["errors"])[0] is Result.REJECTED
