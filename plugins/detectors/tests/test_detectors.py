"""Departments far apart are found and named; the declared triggers say what they claim."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import detente_detectors
import pytest
import yaml
from detente_contracts import Conflict, Family, PolicyFile, Row, Value
from detente_contracts.testing import FrameOfRows, PluginConformance
from detente_detectors.lenses import lenses_apart

FILE = Path(detente_detectors.__file__).parent / "policy" / "triggers.yaml"
COLUMNS = ("customer", "name", "lens_gap", "band_sales", "band_support", "band_product_team")


def _row(gap: Value, sales: Value, support: Value, product: Value, name: Value = "Acme") -> Row:
    return {
        "customer": "c-1",
        "name": name,
        "lens_gap": gap,
        "band_sales": sales,
        "band_support": support,
        "band_product_team": product,
    }


def _found(*rows: Row, columns: Sequence[str] = COLUMNS) -> list[Conflict]:
    return lenses_apart(FrameOfRows(rows, columns))


class TestDetectors(PluginConformance):
    """The promises of every plugin."""

    plugin: ClassVar[object] = detente_detectors
    examples: ClassVar[Sequence[Row]] = (
        {**_row(3, "P1", "P4", "P2"), "customer": "far"},
        {**_row(2, "P4", "P2", "P3", "x" * 500), "customer": "long"},
    )


def test_the_two_lenses_furthest_apart_are_named_with_their_bands() -> None:
    (conflict,) = _found(_row(3, "P2", "P1", "P4"))

    assert conflict.contested == "support says P1, product team says P4"
    assert conflict.title == "Acme: support says P1, product team says P4"
    assert conflict.parties == ("support", "product_team")
    assert conflict.evidence == {"lens_gap": 3, "band_support": "P1", "band_product_team": "P4"}
    assert (conflict.family, conflict.severity) == (Family.INTERNAL, 4)


@pytest.mark.parametrize(
    ("gap", "found"), [(0, 0), (1, 0), (2, 1), (3, 1), (None, 0)], ids=["0", "1", "2", "3", "unknown"]
)
def test_two_bands_are_a_conflict_and_one_is_not(gap: int | None, found: int) -> None:
    assert len(_found(_row(gap, "P1", "P3", "P2"))) == found


def test_the_same_conflict_keeps_its_fingerprint_when_the_bands_move() -> None:
    (first,) = _found(_row(2, "P1", "P3", "P2"))
    (later,) = _found(_row(3, "P4", "P1", "P2"))

    assert first.contested != later.contested
    assert first.fingerprint == later.fingerprint


def test_a_lens_without_a_band_is_no_party() -> None:
    (conflict,) = _found(_row(2, None, "P3", "P1"))

    assert conflict.parties == ("product_team", "support")


def test_one_lens_alone_contests_nothing() -> None:
    assert _found(_row(3, "P1", None, None)) == []
    assert _found({"customer": "c-1", "lens_gap": 3, "band_sales": "P1"}, columns=()) == []


def test_a_customer_without_a_name_and_one_with_a_very_long_one_are_reported_too() -> None:
    nameless, long = _found(_row(2, "P1", "P3", "P3", None), _row(2, "P1", "P3", "P3", "x" * 500))

    assert nameless.title.startswith("Customer: sales says P1")
    assert long.title.endswith("x: sales says P1, support says P3")


def test_the_triggers_shipped_are_the_ones_that_are_documented() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    triggers = PolicyFile.read(yaml.safe_load(FILE.read_text("utf-8")), where=FILE.name).triggers

    assert [item.kind for item in triggers] == [
        "two_owners", "two_partners", "revenue_disputed", "renewal_disputed", "sla_breached", "sla_due_soon",
    ]  # fmt: skip
    for item in triggers:
        line = next(line for line in readme.splitlines() if f"| `{item.kind}` |" in line)
        assert line.endswith(f"| `{item.playbook}` | {item.severity} |")
