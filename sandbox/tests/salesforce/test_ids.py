"""Record ids and their checksum."""

import pytest
from detente_sandbox.salesforce.ids import DIGITS, checksum, full_id, make_id, serial_of
from hypothesis import given, settings
from hypothesis import strategies as st

SHORT = st.text(alphabet=DIGITS, min_size=15, max_size=15)


@pytest.mark.parametrize(
    "known", ["0015500001QdZPKAA3", "0035500001H9kZuAAJ", "0012300000bVTq1AAG", "0065500000KQ12XAAT"]
)
def test_checksum_is_that_of_recorded_ids(known: str) -> None:
    assert checksum(known[:15]) == known[15:]


@settings(max_examples=50)
@given(SHORT)
def test_short_id_and_full_id_are_the_same_record(short: str) -> None:
    whole = full_id(short)

    assert whole is not None and full_id(whole) == whole and whole[:15] == short


@settings(max_examples=50)
@given(SHORT, st.integers(0, 14))
def test_letter_in_the_wrong_case_is_found_by_the_checksum(short: str, place: int) -> None:
    whole = full_id(short)
    swapped = short[:place] + short[place].swapcase() + short[place + 1 :]

    assert whole is not None
    if swapped != short:
        assert full_id(swapped + whole[15:]) is None


@settings(max_examples=50)
@given(st.integers(1, 62**6), st.integers(1, 62**6))
def test_ids_sort_by_serial_and_tell_it(first: int, second: int) -> None:
    assert (make_id("001", first) < make_id("001", second)) == (first < second)
    assert serial_of(make_id("500", first)) == first


@pytest.mark.parametrize("text", ["", "001", "001550000 QdZPK", "0015500001QdZPKAA", "0015500001QdZPKaa3"])
def test_what_is_no_id_is_refused(text: str) -> None:
    assert full_id(text) is None
