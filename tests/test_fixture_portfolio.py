"""The fixture portfolio tells its stories: what they are about is found when it is read and scored."""

from __future__ import annotations

from pathlib import Path

import pytest
from detente.engine.explaining import explain_customer
from detente.engine.fixture import AS_OF
from detente.engine.opening import open_store
from detente.engine.starting import start_fixture
from detente.engine.working import perform_run
from detente.store import cases, scores


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation on the fixture portfolio, with one run behind it."""
    home = tmp_path_factory.mktemp("fixture")
    start_fixture(home)
    summary = perform_run(home, as_of=AS_OF)
    assert summary["degraded"] == []
    return home


@pytest.mark.parametrize(
    ("customer", "kind"),
    [
        ("Brightwater Energy", "sla_breached"),
        ("Halcyon Mutual Assurance", "lenses_apart"),
        ("Little Wren Clinic", "lenses_apart"),
        ("Torvald Coastal Shipping", "two_partners"),
        ("Quillfeather & Sons", "two_owners"),
        ("Meridian Light Rail", "sla_due_soon"),
        ("Umberline Analytics", "revenue_disputed"),
    ],
)
def test_a_conflict_that_the_fixture_tells_of_opens_a_case(home: Path, customer: str, kind: str) -> None:
    with open_store(home) as store:
        told = explain_customer(store, customer)
        with store.reading() as connection:
            kinds = {row.kind for row in cases.list_cases(connection) if row.customer == told.customer}

    assert kind in kinds


def test_every_band_has_customers_and_a_tiny_one_is_knocked_out(home: Path) -> None:
    with open_store(home) as store:
        with store.reading() as connection:
            bands = set(scores.current_scores(connection)["band"])
        tiny = explain_customer(store, "Pennygrass")

    assert bands == {"P1", "P2", "P3", "P4"}
    assert (tiny.score, tiny.band) == (10.0, "P4")


def test_the_parent_and_its_subsidiary_stay_two_customers(home: Path) -> None:
    with open_store(home) as store:
        group = explain_customer(store, "Northlight Group")
        subsidiary = explain_customer(store, "Northlight Logistics")

    assert group.customer != subsidiary.customer


def test_hostile_names_are_read_as_they_are(home: Path) -> None:
    with open_store(home) as store:
        told = explain_customer(store, "<script>alert(1)</script> Ltd")

    assert told.name == "<script>alert(1)</script> Ltd"
