"""Cursors, instants, money and canonical text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from detente_connector_kit import (
    CursorValue,
    canonical_text,
    carried,
    from_millis,
    http_date,
    minor_units,
    number_text,
    pack_cursor,
    parse_instant,
    restarted_cursor,
    retry_after_s,
    to_millis,
    unpack_any_cursor,
    unpack_cursor,
)
from detente_contracts import ConfigurationError, FieldSpec, FieldType, instant_text
from hypothesis import given
from hypothesis import strategies as st

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
VALUES = st.one_of(st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.text(max_size=20))


def field(type_: FieldType, decimals: int = 0) -> FieldSpec:
    return FieldSpec(name="x", label="X", help="x", type=type_, decimals=decimals)


@given(st.dictionaries(st.text(min_size=2, max_size=8), VALUES))
def test_a_cursor_comes_back_as_it_was(state: dict[str, CursorValue]) -> None:
    assert unpack_cursor(pack_cursor(3, state), 3) == state


def test_a_cursor_of_another_version_means_reading_from_the_start() -> None:
    assert unpack_cursor(pack_cursor(1, {"after": "5"}), 2) is None


def test_what_a_cursor_knows_of_deletions_outlives_its_version() -> None:
    cursor = pack_cursor(1, {"looked": 5, "after": "7"})

    assert carried(cursor, "looked", 9) == 5
    assert [carried(None, "looked", 9), carried(cursor, "began", 9), carried(cursor, "after", 9)] == [9, 9, 9]


@given(st.dictionaries(st.text(min_size=2, max_size=8), VALUES), st.integers(1, 9))
def test_a_restarted_cursor_is_of_no_version_and_keeps_what_is_carried_over(
    state: dict[str, CursorValue], version: int
) -> None:
    restarted = restarted_cursor(pack_cursor(version, state))

    assert restarted is not None
    assert unpack_cursor(restarted, version) is None
    assert unpack_any_cursor(restarted) == state


def test_a_text_that_is_no_cursor_cannot_be_restarted() -> None:
    assert restarted_cursor("rubbish") is None


@pytest.mark.parametrize("text", ["", "rubbish", "[1]", '{"after": 1}'])
def test_a_text_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="cursor"):
        unpack_cursor(text, 1)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        pytest.param("2026-11-03T12:00:00Z", NOON, id="zulu"),
        pytest.param("2026-11-03T12:00:00.250Z", NOON + timedelta(milliseconds=250), id="milliseconds"),
        pytest.param("2026-11-03T13:00:00+01:00", NOON, id="offset"),
        pytest.param("2026-11-03", NOON - timedelta(hours=12), id="date"),
        pytest.param("1793707200000", NOON, id="epoch"),
    ],
)
def test_an_instant_is_read_in_every_form_as_utc(text: str, at: datetime) -> None:
    assert parse_instant(text) == at
    assert parse_instant(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["soon", "2026-13-01", "9" * 40])
def test_what_is_no_instant_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not an instant$"):
        parse_instant(text)


@given(st.integers(0, 10**17).map(lambda micros: EPOCH + timedelta(microseconds=micros)))
def test_milliseconds_and_text_round_an_instant_down(at: datetime) -> None:
    assert timedelta(0) <= at - from_millis(to_millis(at)) < timedelta(milliseconds=1)
    assert timedelta(0) <= at - parse_instant(instant_text(at)) < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        pytest.param("1200.5", "EUR", 120050, id="euros"),
        pytest.param("1200", "JPY", 1200, id="yen have no minor unit"),
        pytest.param("1.2345", "KWD", 1234, id="dinars have three decimals, half to even"),
        pytest.param("-0.005", "USD", 0, id="half a cent to even"),
        pytest.param("90071992547409.93", "GBP", 9007199254740993, id="beyond what a float holds"),
        pytest.param("1e3", "EUR", 100000, id="exponent"),
    ],
)
def test_an_amount_becomes_whole_minor_units(amount: str, currency: str, minor: int) -> None:
    assert minor_units(amount, currency) == minor


@pytest.mark.parametrize("amount", ["", "a lot", "NaN", "Infinity", "1,000"])
def test_what_is_no_amount_is_refused_without_repeating_it(amount: str) -> None:
    with pytest.raises(ValueError, match=r"^not an amount$"):
        minor_units(amount, "EUR")


@given(st.decimals(-(10**9), 10**9, places=4), st.integers(0, 6))
def test_canonical_numbers_keep_their_value_and_are_stable(value: Decimal, decimals: int) -> None:
    text = number_text(str(value), decimals)

    assert Decimal(text) == value
    assert number_text(text, decimals) == text
    assert number_text(f"{value:.9f}", decimals) == text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [("87", 1, "87.0"), ("87.50", 1, "87.5"), ("87.55", 1, "87.55"), ("8.7E1", 0, "87"), ("-0", 0, "0")],
)
def test_a_number_has_its_declared_decimals(value: str, decimals: int, text: str) -> None:
    assert number_text(value, decimals) == text


def test_canonical_text_of_each_type() -> None:
    assert canonical_text("", field(FieldType.TEXT)) is None
    assert canonical_text(None, field(FieldType.NUMBER)) is None
    assert canonical_text("2026-11-03T12:00:00.999Z", field(FieldType.INSTANT)) == "2026-11-03T12:00:00Z"
    assert canonical_text(" as it is ", field(FieldType.TEXT)) == " as it is "


def test_what_a_person_typed_into_our_field_is_shown_as_it_is() -> None:
    assert canonical_text("a lot", field(FieldType.NUMBER)) == "a lot"


def test_retry_after_is_seconds_or_a_date() -> None:
    assert retry_after_s({"Retry-After": "2.5"}, NOON) == 2.5
    assert retry_after_s({"Retry-After": "Tue, 03 Nov 2026 12:01:00 GMT"}, NOON) == 60
    assert retry_after_s({"Retry-After": "Tue, 03 Nov 2026 11:00:00 GMT"}, NOON) == 0
    assert retry_after_s({"Retry-After": "later"}, NOON) is None
    assert retry_after_s({}, NOON) is None


def test_an_http_date_is_aware() -> None:
    at = http_date("Tue, 03 Nov 2026 12:00:00 GMT")

    assert at == NOON.astimezone(timezone(timedelta(hours=5)))
    assert http_date("no date") is None
