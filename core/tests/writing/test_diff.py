"""Whose value stands on a record, and what may be written over it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from detente.engine.writing.diff import Diff, Lease, Values, diff, is_edited, standing_keys
from detente_contracts import FieldType
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
KEYS = ("detente_priority", "detente_score", "detente_case")
TYPES = {"detente_score": FieldType.NUMBER}


def _lease(held: str | None, *, ends_in_days: float) -> Lease:
    return Lease("lease-1", held, NOW + timedelta(days=ends_in_days))


def _diff(desired: Values, held: Values, written: Values, lease: Lease | None = None) -> Diff:
    leases = {"detente_priority": lease} if lease else {}
    return diff(desired, held=held, written=written, leases=leases, now=NOW, types=TYPES)


def test_an_empty_field_that_was_never_written_is_filled() -> None:
    found = _diff({"detente_priority": "P1"}, {}, {})

    assert found.changes == {"detente_priority": "P1"}
    assert found.old == {"detente_priority": None}


def test_a_value_of_ours_is_replaced() -> None:
    found = _diff({"detente_priority": "P1"}, {"detente_priority": "P2"}, {"detente_priority": "P2"})

    assert (found.changes, found.old) == ({"detente_priority": "P1"}, {"detente_priority": "P2"})


def test_a_value_that_is_held_already_is_no_difference_even_where_a_person_put_it() -> None:
    found = _diff({"detente_priority": "P1"}, {"detente_priority": "P1"}, {"detente_priority": "P2"})

    assert not found.changes
    assert not found.stands


def test_a_number_that_the_crm_shortened_is_no_edit() -> None:
    found = _diff({"detente_score": "88.0"}, {"detente_score": "88"}, {"detente_score": "88.0"})

    assert found == Diff({}, {}, frozenset(), (), ())


@pytest.mark.parametrize(
    ("held", "written"),
    [
        pytest.param("P3", {"detente_priority": "P2"}, id="edited since"),
        pytest.param("P3", {}, id="filled before we ever wrote"),
        pytest.param(None, {"detente_priority": "P2"}, id="cleared since"),
    ],
)
def test_a_persons_value_stands_and_asks_for_a_lease(held: str | None, written: Values) -> None:
    found = _diff({"detente_priority": "P1"}, {"detente_priority": held}, written)

    assert not found.changes
    (stands,) = found.stands
    assert (stands.key, stands.held, stands.ours, stands.is_new) == ("detente_priority", held, "P1", True)


def test_a_lease_is_asked_for_once() -> None:
    found = _diff({"detente_priority": "P1"}, {"detente_priority": "P3"}, {}, _lease("P3", ends_in_days=1))

    assert not found.changes
    assert [item.is_new for item in found.stands] == [False]


def test_after_the_lease_ends_the_rubrics_value_returns() -> None:
    found = _diff({"detente_priority": "P1"}, {"detente_priority": "P3"}, {}, _lease("P3", ends_in_days=0))

    assert found.changes == {"detente_priority": "P1"}
    assert found.ended == {"detente_priority"}


def test_a_second_edit_is_not_covered_by_the_lease_of_the_first() -> None:
    ended = _lease("P3", ends_in_days=-1)
    found = _diff({"detente_priority": "P1"}, {"detente_priority": "P4"}, {}, ended)

    assert not found.changes
    assert [item.is_new for item in found.stands] == [True]
    assert found.over == ("lease-1",)


def test_a_lease_is_over_when_the_person_puts_our_value_back() -> None:
    found = _diff(
        {"detente_priority": "P1"},
        {"detente_priority": "P2"},
        {"detente_priority": "P2"},
        _lease("P3", ends_in_days=9),
    )

    assert found.over == ("lease-1",)
    assert found.changes == {"detente_priority": "P1"}


_texts = st.sampled_from([None, "1", "1.0", "2", "P1", ""])
_values = st.dictionaries(st.sampled_from(KEYS), _texts)
_leases = st.dictionaries(
    st.sampled_from(KEYS),
    st.builds(Lease, st.just("a"), _texts, st.integers(-2, 2).map(lambda days: NOW + timedelta(days=days))),
)


@given(_values, _values, _values, _leases)
def test_no_persons_value_is_changed_before_its_lease_ends(
    desired: Values, held: Values, written: Values, leases: dict[str, Lease]
) -> None:
    found = diff(desired, held=held, written=written, leases=leases, now=NOW, types=TYPES)
    standing = standing_keys(desired, held=held, written=written, leases=leases, now=NOW, types=TYPES)

    assert not standing & set(found.changes)
    assert {item.key for item in found.stands} <= standing
    edited = {key for key in found.changes if is_edited(key, held, written, TYPES)}
    assert edited == found.ended


@given(_values, _values, _values, _leases)
def test_applying_a_difference_leaves_none_but_what_stands(
    desired: Values, held: Values, written: Values, leases: dict[str, Lease]
) -> None:
    found = diff(desired, held=held, written=written, leases=leases, now=NOW, types=TYPES)
    after = {**held, **found.changes}
    again = diff(
        desired, held=after, written={**written, **found.changes}, leases=leases, now=NOW, types=TYPES
    )

    assert not again.changes
    assert [item.key for item in again.stands] == [item.key for item in found.stands]
