"""Where a read stands, and the queries that go on from there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from detente_connector_kit import pack_cursor, to_millis
from detente_salesforce import soql
from detente_salesforce.place import Place, is_at_rest, place_of
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
ID = "001xx000003DGb1AAG"
SECONDS = st.integers(0, 2_000_000_000).map(lambda seconds: seconds * 1000)


def test_without_a_cursor_a_read_begins_with_everything() -> None:
    assert place_of(None, "digest", NOW) == Place("", "digest", to_millis(NOW))


def test_with_another_mapping_a_read_begins_anew_and_forgets_no_deletion_since() -> None:
    kept = Place("rest", "digest", 5).text()

    assert place_of(kept, "digest", NOW) == Place("rest", "digest", 5)
    assert place_of(kept, "other", NOW) == Place("", "other", 5)


def test_a_cursor_of_another_version_begins_anew_and_forgets_no_deletion_since() -> None:
    assert place_of(pack_cursor(99, {"began": 5}), "digest", NOW) == Place("", "digest", 5)


def test_a_read_that_begins_something_looks_at_the_org_anew() -> None:
    assert is_at_rest(None)
    assert is_at_rest(Place("rest", "digest", 5).text())
    assert not is_at_rest(Place("changes", "digest", 5).text())


@given(at=SECONDS, to=SECONDS)
def test_halved_slices_cover_a_window_without_gap_or_overlap(at: int, to: int) -> None:
    at, to = min(at, to), max(at, to) + 4_000
    half = Place("changes", "d", 0, to=to, at=at).narrowed()
    place = half.narrowed() if half else None
    assert place is not None
    reached = at
    while place is not None:
        assert place.at == reached < to
        reached = to_millis(place.until())
        place = place.next_slice()

    assert reached == to


def test_a_second_cannot_be_halved() -> None:
    assert Place("changes", "d", 0, to=2_000, at=1_000).narrowed() is None


def test_a_query_goes_on_after_the_last_row_of_its_instant() -> None:
    assert soql.after("SystemModstamp", NOW, "") == ["SystemModstamp >= 2026-11-03T09:00:00Z"]
    assert soql.after("SystemModstamp", NOW, ID) == [
        "SystemModstamp >= 2026-11-03T09:00:00Z",
        f"(SystemModstamp > 2026-11-03T09:00:00Z OR Id > '{ID}')",
    ]


@pytest.mark.parametrize("text", ["", "x' OR Id != '", "001xx000003DGb1", "001xx000003DGb1AA\n", "ü" * 18])
def test_only_an_id_gets_into_a_query(text: str) -> None:
    if soql.is_id(text):
        assert soql.listed([text]) == f"('{text}')"
    else:
        with pytest.raises(ValueError, match="not a Salesforce id"):
            soql.listed([text])


def test_a_query_has_its_parts_in_their_order() -> None:
    query = soql.select(("Id", "Name"), "Account", ["a = 1", "b = 2"], order=("Id",), limit=5)

    assert query == "SELECT Id, Name FROM Account WHERE a = 1 AND b = 2 ORDER BY Id LIMIT 5"
