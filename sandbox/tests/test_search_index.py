"""The search index against a plain model of itself."""

from typing import NamedTuple

from detente_sandbox.hubspot.search_index import SearchIndex
from hypothesis import given
from hypothesis import strategies as st


class Thing(NamedTuple):
    id: int
    modified_ms: int


CHANGES = st.lists(
    st.tuples(st.integers(0, 6), st.booleans(), st.integers(0, 20), st.integers(0, 15)),
    max_size=40,
)


@given(changes=CHANGES, lag_ms=st.integers(0, 25), low=st.integers(0, 200), width=st.integers(0, 200))
def test_window_shows_exactly_the_changes_whose_lag_is_over(
    changes: list[tuple[int, bool, int, int]], lag_ms: int, low: int, width: int
) -> None:
    index: SearchIndex[Thing] = SearchIndex()
    index.lag_ms = lag_ms
    now, log = 0, []
    for record_id, is_removed, stamp, passed in changes:
        now += passed
        row = None if is_removed else Thing(record_id, stamp * 10)
        log.append((now, record_id, row))
        index.note(record_id, row, now)
    index.settle(now)
    model = {record_id: row for at, record_id, row in log if at + lag_ms <= now}
    seen = sorted((row.modified_ms, row.id) for row in model.values() if row is not None)
    inside = [entry for entry in seen if low <= entry[0] <= low + width]

    assert [(row.modified_ms, row.id) for row in index.window(low, low + width, 0, None)] == inside
    assert index.count(low, low + width) == len(inside)
    assert [(row.modified_ms, row.id) for row in index.window(None, None, 1, 2)] == seen[1:3]
