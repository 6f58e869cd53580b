"""Texts of CRM fields: what says the same, and what a field cannot hold."""

from __future__ import annotations

import pytest
from detente.engine.writing.field_text import refusal, same
from detente_contracts import BAND_OPTIONS, FieldSpec, FieldText, FieldType
from hypothesis import given
from hypothesis import strategies as st

SAME = [
    pytest.param("88", "88.0", FieldType.NUMBER, id="a CRM drops trailing zeros"),
    pytest.param("100", "1E+2", FieldType.NUMBER, id="a CRM answers in scientific notation"),
    pytest.param("-0", "0.0", FieldType.NUMBER, id="zero has no sign"),
    pytest.param("2026-11-03T09:00:00Z", "2026-11-03T09:00:00.000Z", FieldType.INSTANT, id="milliseconds"),
    pytest.param("2026-11-03T09:00:00Z", "2026-11-03T10:00:00+01:00", FieldType.INSTANT, id="another zone"),
    pytest.param("", None, FieldType.TEXT, id="an empty text is no value"),
    pytest.param(None, None, FieldType.NUMBER, id="nothing and nothing"),
]

DIFFERENT = [
    pytest.param("88", "88.1", FieldType.NUMBER, id="numbers that differ"),
    pytest.param("88", "88.0", FieldType.TEXT, id="a text that looks like a number"),
    pytest.param("P1", "p1", FieldType.CHOICE, id="options are exact"),
    pytest.param(None, "0", FieldType.NUMBER, id="zero is a value"),
    pytest.param("NaN", "0", FieldType.NUMBER, id="not a number"),
    pytest.param("yesterday", "2026-11-03T09:00:00Z", FieldType.INSTANT, id="not an instant"),
]


@pytest.mark.parametrize(("left", "right", "kind"), SAME)
def test_two_texts_that_say_the_same_are_no_difference(left: str, right: FieldText, kind: FieldType) -> None:
    assert same(left, right, kind)
    assert same(right, left, kind)


@pytest.mark.parametrize(("left", "right", "kind"), DIFFERENT)
def test_two_texts_that_say_something_else_differ(left: FieldText, right: str, kind: FieldType) -> None:
    assert not same(left, right, kind)
    assert not same(right, left, kind)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3))
def test_a_number_is_the_same_however_many_zeros_follow(value: object) -> None:
    assert same(f"{value}", f"{value}000", FieldType.NUMBER)


def _field(kind: FieldType) -> FieldSpec:
    options = BAND_OPTIONS if kind is FieldType.CHOICE else ()
    return FieldSpec(name="x", label="X", help="x", type=kind, prefix="renewal", options=options)


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        pytest.param(FieldType.CHOICE, "P5", "P1, P2, P3, P4", id="an option that is none"),
        pytest.param(FieldType.NUMBER, "many", "not a number", id="a word for a number"),
        pytest.param(FieldType.NUMBER, "inf", "not a number", id="an endless number"),
        pytest.param(FieldType.INSTANT, "2026-11-03T09:00:00", "zone", id="an instant without its zone"),
        pytest.param(FieldType.TEXT, "x" * 256, "255", id="a text that is too long"),
    ],
)
def test_a_value_that_the_field_cannot_hold_is_refused_with_the_reason(
    kind: FieldType, text: str, words: str
) -> None:
    assert words in refusal(_field(kind), text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [(FieldType.CHOICE, "P4"), (FieldType.NUMBER, "-1.5"), (FieldType.INSTANT, "2026-11-03T09:00:00Z")],
)
def test_a_value_of_the_fields_type_and_no_value_are_taken(kind: FieldType, text: str) -> None:
    assert refusal(_field(kind), text) == ""
    assert refusal(_field(kind), None) == ""
