"""Mapping settings, the values of a row, and the sheet on which a write is accounted for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from detente_connector_kit import (
    KindMapping,
    RowValues,
    Source,
    WriteSheet,
    looked_at,
    own_value,
    parts,
    strict_text,
)
from detente_contracts import (
    STANDARD_FIELDS,
    AccessError,
    ConfigurationError,
    FieldSpec,
    FieldType,
    FieldWrite,
    Finding,
    Kind,
    Ref,
    Result,
    Severity,
)
from hypothesis import given
from hypothesis import strategies as st


class Companies(KindMapping):
    """A vendor's companies."""

    kind = Kind.ACCOUNT
    record_fields = {"arr": ("arr_minor", "arr_currency")}  # noqa: RUF012 - a ClassVar of the base
    name: Source = "title"
    arr: Source = None


def test_what_is_unmapped_is_not_asked_for() -> None:
    assert Companies().filled_by() == {"title": ("name",)}


def test_one_vendor_field_may_fill_several_record_fields() -> None:
    mapping = Companies(name="label", arr="label", custom={"shown": "label"})

    assert mapping.filled_by() == {"label": ("name", "arr_minor", "arr_currency", "custom.shown")}


def test_what_the_vendor_lacks_is_hidden_and_not_empty() -> None:
    mapping = Companies(arr="revenue", custom={"tier": "tier"})

    assert mapping.hidden_without({"title", "tier"}) == {"arr_minor", "arr_currency"}


@pytest.mark.parametrize(
    ("custom", "said"), [({"owner": "x"}, "field of that name"), ({"My Tier": "x"}, "lower case")]
)
def test_a_custom_name_that_cannot_be_a_column_is_refused(custom: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Companies.read({"custom": custom}, where="test")


def test_custom_columns_are_read_by_the_vendors_type_else_as_text() -> None:
    mapping = Companies(custom={"tier": "tier", "note": "note", "absent": "absent"})
    columns = mapping.columns({"tier": "decimal", "note": "odd"}, {"decimal": float})

    assert RowValues({"tier": "3", "note": 7}).custom(columns) == {"tier": 3.0, "note": "7"}


@pytest.mark.parametrize("value", [None, ""], ids=["null", "empty text"])
def test_nothing_is_none_whatever_is_asked_for(value: object) -> None:
    row = RowValues({"x": value})

    assert (row.text("x"), row.number("x"), row.whole("x"), row.instant("x")) == (None, None, None, None)
    assert (row.minor("x", "EUR"), row.text(None), row.text("absent")) == (None, None, None)


def test_values_of_json_are_read_as_what_they_are() -> None:
    row = RowValues({"n": 1200.5, "w": "40", "flag": True, "at": "2026-11-03", "id": 9007199254740993})

    assert (row.number("n"), row.whole("w"), row.text("flag")) == (1200.5, 40, "true")
    assert row.text("id") == "9007199254740993"
    assert (row.minor("n", "EUR"), row.minor("n", None)) == (120050, None)
    assert row.instant("at") == datetime(2026, 11, 3, tzinfo=UTC)


@pytest.mark.parametrize("how", ["number", "whole", "instant"])
def test_a_fault_names_the_field_and_never_the_value(how: str) -> None:
    with pytest.raises(ValueError, match=r"^staff is not a") as caught:
        getattr(RowValues({"staff": "secret text"}), how)("staff")
    assert "secret" not in str(caught.value)


def test_held_fields_go_by_our_key_and_are_absent_where_the_row_lacks_them() -> None:
    score, reason = STANDARD_FIELDS[1], STANDARD_FIELDS[2]
    row = RowValues({"c4711": 87})

    assert row.held([("c4711", score), ("c4712", reason)]) == {"detente_score": "87.0"}


@given(st.decimals(0, 100, places=1))
def test_what_is_sent_reads_back_as_the_same_text(score: Decimal) -> None:
    spec = STANDARD_FIELDS[1]
    sent = strict_text(str(score), spec)

    assert RowValues({"x": float(sent or "")}).held([("x", spec)]) == {spec.key: str(score)}


def test_a_value_that_is_not_of_the_type_is_not_sent() -> None:
    number = FieldSpec(name="n", label="N", help="n", type=FieldType.NUMBER)

    assert strict_text("", number) is None
    with pytest.raises(ValueError, match=r"^not a number$"):
        strict_text("a lot", number)


def test_a_field_of_somebody_else_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^name is not a field of ours"):
        own_value("name", "Taken over", {}, strict_text)


def test_a_value_that_cannot_be_converted_names_its_field_and_not_itself() -> None:
    specs = {spec.key: spec for spec in STANDARD_FIELDS}

    with pytest.raises(ValueError, match=r"^detente_score: not a number$"):
        own_value("detente_score", "secret text", specs, strict_text)


def rows(*ids: str) -> list[FieldWrite]:
    pairs = [text.split(":") for text in ids]
    return [FieldWrite(Ref("crm", object_, id_), {}) for id_, object_ in pairs]


def test_batches_hold_one_object_and_no_record_twice() -> None:
    sheet = WriteSheet(rows("1:a", "2:a", "1:a", "3:a", "4:a", "5:b"))

    assert list(sheet.batches(range(6), 2)) == [[0, 1], [2, 3], [4], [5]]


def test_outcomes_come_in_the_order_of_the_rows_and_are_not_told_twice() -> None:
    sheet = WriteSheet(rows("1:a", "2:a"))
    sheet.settle(1, Result.APPLIED)
    sheet.settle_rest(range(2), Result.RETRY, "later")

    assert [(item.ref.id, item.result) for item in sheet.in_order()] == [
        ("1", Result.RETRY),
        ("2", Result.APPLIED),
    ]


def test_a_row_of_which_nothing_can_be_made_is_rejected_and_the_others_are_made() -> None:
    sheet = WriteSheet(rows("1:a", "2:a"))

    def make(row: FieldWrite) -> str:
        if row.ref.id == "1":
            raise ValueError("no such field")
        return row.ref.id

    assert sheet.made(make) == {1: "2"}
    assert (sheet.outcomes[0].result, sheet.outcomes[0].detail) == (Result.REJECTED, "no such field")


def test_parts_hold_all_in_their_order() -> None:
    refs = [row.ref for row in rows("1:a", "2:a", "3:a")]

    assert [list(part) for part in parts(refs, 2)] == [refs[:2], refs[2:]]
    assert list(parts([], 2)) == []


def test_a_look_that_meets_trouble_is_a_finding_about_its_subject() -> None:
    def look() -> Iterator[Finding]:
        yield Finding(Severity.OK, "tickets", "can be read")
        raise AccessError("no right", hint="ask the admin")

    assert looked_at("tickets", look) == [Finding(Severity.ERROR, "tickets", "no right", "ask the admin")]
