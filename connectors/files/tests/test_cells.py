"""Texts in cells become typed values."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import yaml
from detente_contracts import ConfigurationError, Kind
from detente_files.cells import instant, typed
from detente_files.mapping import check_constants
from detente_files.record_fields import CellType, cell_types
from detente_files.settings import Cell, FilesSettings, Source
from hypothesis import given, settings
from hypothesis import strategies as st


def value(text: str, type_: CellType, **cell: object) -> object:
    made = Cell.model_validate({"column": "x", **cell})
    return pl.DataFrame({"x": [text]}).select(typed(pl.col("x"), made, type_)).item()


@pytest.mark.parametrize(
    ("text", "cell", "expected"),
    [
        pytest.param("1234.5", {}, 1234.5, id="plain"),
        pytest.param("-.5", {}, -0.5, id="nothing before the point"),
        pytest.param("1.5e3", {}, 1500.0, id="exponent"),
        pytest.param("1.234,5", {"decimal": ",", "thousands": "."}, 1234.5, id="continental"),
        pytest.param("1,234", {}, None, id="a comma may be either sign"),
        pytest.param("1,23,4", {"thousands": ","}, None, id="groups of other than three"),
        pytest.param("40", {"percent": True}, 0.4, id="per cent"),
        pytest.param("nan", {}, None, id="not finite"),
        pytest.param("1e999", {}, None, id="beyond all numbers"),
        pytest.param("12 EUR", {}, None, id="with a unit"),
    ],
)
def test_numbers_are_read_by_their_signs(text: str, cell: dict[str, object], expected: float | None) -> None:
    assert value(text, CellType.NUMBER, **cell) == expected


@pytest.mark.parametrize(("text", "expected"), [("3", 3), ("3.0", 3), ("3.5", None), ("1e300", None)])
def test_whole_numbers_have_no_fraction(text: str, expected: int | None) -> None:
    assert value(text, CellType.INTEGER) == expected


@given(st.decimals(min_value=-(10**15), max_value=10**15, places=4))
def test_money_is_rounded_to_whole_minor_units_exactly(amount: Decimal) -> None:
    expected = int((amount * 100).to_integral_value(ROUND_HALF_EVEN))

    assert value(f"{amount:f}", CellType.MONEY) == expected


def test_money_in_minor_units_is_taken_as_it_is() -> None:
    assert value("123450", CellType.MONEY, minor=True) == 123450


@pytest.mark.parametrize(
    ("text", "cell", "expected"),
    [
        pytest.param("2026-11-03T09:00:00Z", {}, "2026-11-03T09:00:00+00:00", id="utc"),
        pytest.param("2026-11-03 09:00:00.25+01:00", {}, "2026-11-03T08:00:00.250000+00:00", id="offset"),
        pytest.param("2026-07-03T09:00", {"zone": "Europe/Berlin"}, "2026-07-03T07:00:00+00:00", id="summer"),
        pytest.param(
            "2026-11-03", {"zone": "Asia/Tokyo"}, "2026-11-02T15:00:00+00:00", id="a day begins there"
        ),
        pytest.param(
            "3/11/2026 9:05", {"format": "%d/%m/%Y %H:%M"}, "2026-11-03T09:05:00+00:00", id="format"
        ),
        pytest.param("1793696400", {"format": "epoch_s"}, "2026-11-03T09:00:00+00:00", id="seconds"),
        pytest.param(
            "1793696400123", {"format": "epoch_ms"}, "2026-11-03T09:00:00.123000+00:00", id="millis"
        ),
        pytest.param(
            "29.03.2026 02:30", {"format": "%d.%m.%Y %H:%M", "zone": "Europe/Berlin"}, None, id="skipped"
        ),
        pytest.param("30/2/2026", {"format": "%d/%m/%Y"}, None, id="no such day"),
        pytest.param("03/11/2026", {}, None, id="not ISO"),
    ],
)
def test_instants_are_read_by_format_and_zone(
    text: str, cell: dict[str, object], expected: str | None
) -> None:
    read = value(text, CellType.INSTANT, **cell)

    assert (read.isoformat() if isinstance(read, datetime) else read) == expected


def test_a_time_that_a_zone_has_twice_is_the_first() -> None:
    read = value("2026-10-25T02:30", CellType.INSTANT, zone="Europe/Berlin")

    assert read == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@settings(deadline=None)
@given(
    st.datetimes(datetime.fromisoformat("1971-01-01"), datetime.fromisoformat("2100-01-01")),
    st.sampled_from(["Europe/Berlin", "Asia/Kathmandu"]),
)
def test_wall_clock_times_agree_with_the_zone_database(wall: datetime, zone: str) -> None:
    local = wall.replace(tzinfo=ZoneInfo(zone))
    exists = local.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall
    read = pl.select(instant(pl.lit(wall.isoformat()), Cell(column="x", zone=zone))).item()

    assert read == (local.astimezone(UTC) if exists else None)
    assert read is None or read.utcoffset() == timedelta(0)


@pytest.mark.parametrize(("text", "expected"), [("Yes", True), ("0", False), ("T", True), ("maybe", None)])
def test_flags_are_words_of_yes_and_no(text: str, expected: bool | None) -> None:
    assert value(text, CellType.FLAG) == expected


def test_every_field_of_every_record_can_be_mapped_by_its_type() -> None:
    assert cell_types(Kind.TICKET)["is_breached"] is CellType.FLAG
    assert cell_types(Kind.ACCOUNT)["arr"] is CellType.MONEY
    assert all(cell_types(kind) for kind in Kind)


BASE = {"kind": "ticket", "file": "t.csv", "id": "n"}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param({"columns": {"prioriti": "p"}}, "did you mean 'priority'", id="unknown field"),
        pytest.param({"columnz": {}}, "did you mean 'columns'", id="unknown key"),
        pytest.param({"columns": {"owner": {}}}, "give a `column`", id="cell from nowhere"),
        pytest.param(
            {"columns": {"opened_at": {"column": "o", "zone": "Mars/Base"}}}, "Mars/Base", id="zone"
        ),
        pytest.param({"encoding": "utf-9"}, "utf-9", id="encoding"),
        pytest.param({"file": "../t.csv"}, "below `folder`", id="out of the folder"),
        pytest.param({"as_of": "2026-01-01T00:00:00Z"}, "event_time", id="as_of without a time"),
        pytest.param(
            {"as_of": "2026-01-01T00:00:00", "event_time": "t"}, "timezone", id="as_of without a zone"
        ),
        pytest.param({"distinct": True, "latest_by": "t"}, "not both", id="two rules of sameness"),
        pytest.param(
            {"kind": "deal", "columns": {"amount": "a"}}, "amount_currency", id="money without currency"
        ),
        pytest.param({"kind": "person"}, "name", id="people need a name"),
        pytest.param({"custom": {"priority": "p"}}, "field of that name", id="custom field of a known name"),
        pytest.param({"custom": {"My Field": "p"}}, "lower case", id="custom field that no rubric can name"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_with_its_place(
    source: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigurationError, match="test: sources") as caught:
        FilesSettings.read({"folder": "f", "sources": [{**BASE, **source}]}, where="test")

    assert message in str(caught.value)


def test_two_sources_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="object"):
        FilesSettings.read({"folder": "f", "sources": [BASE, BASE]}, where="test")


def test_a_constant_of_the_wrong_type_is_refused() -> None:
    cell = {"column": "active", "values": {"open": "yess"}}
    source = Source.model_validate({**BASE, "columns": {"is_open": cell}})

    with pytest.raises(ConfigurationError, match="'yess' is not yes or no"):
        check_constants(source)


def test_yaml_flags_and_numbers_as_keys_of_values_are_the_texts_of_the_file() -> None:
    cell = Cell.model_validate({"column": "x", "values": {True: False, 2: "high"}})

    assert dict(cell.values) == {"true": False, "2": "high"}


def test_every_example_of_the_readme_is_accepted() -> None:
    text = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]

    for block in blocks:
        settings = FilesSettings.read(block["connectors"]["helpdesk"]["with"], where="README.md")
        for source in settings.sources:
            check_constants(source)
    assert len(blocks) == 2
