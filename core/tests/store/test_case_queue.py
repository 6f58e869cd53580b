"""The queue gives open cases by due time, filtered, a page at a time, with nothing left out between pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from detente.store.case_queue import (
    CaseFilter,
    cases_of,
    count_queue,
    open_case_marks,
    queue_facets,
    queue_page,
)
from detente.store.cases import CaseRow, save_cases
from detente.store.customers import open_aliases
from detente.store.database import Store
from detente_contracts import Family, Stage

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def case(number: int, **changes: object) -> CaseRow:
    row = CaseRow(
        id=f"case-{number}",
        fingerprint=f"lens_gap:c-{number}:",
        kind="lens_gap",
        family=Family.INTERNAL,
        customer=f"c-{number}",
        title="Sales and support disagree",
        contested="support says P3",
        playbook="internal",
        bundle="b-1",
        severity=3,
        stage=Stage.INFORMAL,
        owner="Kim Lee",
        due_at=NOW + number * HOUR,
        is_overdue=False,
        opened_at=NOW,
        closed_at=None,
        last_seen_run="run-1",
    )
    return replace(row, **changes)  # type: ignore[arg-type]


CASES = [
    case(1, due_at=None, stage=None),
    case(2),
    case(3, stage=Stage.MEDIATION, owner="Lea Roth", due_at=NOW - HOUR, is_overdue=True),
    case(4, kind="two_owners", due_at=NOW + 2 * HOUR),
    case(5, closed_at=NOW, owner=None, due_at=None),
]


@pytest.fixture
def queue(store: Store) -> Store:
    """A store with four open cases and a closed one."""
    with store.transaction() as connection:
        save_cases(connection, CASES)
    return store


def ids(store: Store, wanted: CaseFilter, limit: int = 9, offset: int = 0) -> list[str]:
    with store.reading() as connection:
        return [row.id for row in queue_page(connection, wanted, limit=limit, offset=offset)]


def test_the_first_due_comes_first_and_what_has_no_due_time_last(queue: Store) -> None:
    assert ids(queue, CaseFilter()) == ["case-3", "case-2", "case-4", "case-1"]


def test_pages_follow_each_other_without_gap_or_double(queue: Store) -> None:
    pages = [ids(queue, CaseFilter(), limit=1, offset=place) for place in range(5)]

    assert [id for page in pages for id in page] == ids(queue, CaseFilter())


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param(CaseFilter(stage="mediation"), ["case-3"], id="by stage"),
        pytest.param(CaseFilter(owner="Kim Lee"), ["case-2", "case-4", "case-1"], id="by owner"),
        pytest.param(CaseFilter(kind="two_owners"), ["case-4"], id="by kind"),
        pytest.param(CaseFilter(late_at=NOW), ["case-3"], id="those whose time ran out"),
        pytest.param(CaseFilter(owner="nobody"), [], id="an owner without cases"),
    ],
)
def test_a_filter_keeps_and_counts_what_fits(queue: Store, wanted: CaseFilter, found: list[str]) -> None:
    assert ids(queue, wanted) == found
    with queue.reading() as connection:
        assert count_queue(connection, wanted) == len(found)


def test_open_cases_say_what_they_can_be_filtered_by(queue: Store) -> None:
    with queue.reading() as connection:
        facets = queue_facets(connection)

    assert facets.stages == {"informal": 2, "mediation": 1}
    assert facets.owners == {"Kim Lee": 3, "Lea Roth": 1}
    assert facets.kinds == {"lens_gap": 3, "two_owners": 1}


def test_a_customers_cases_come_open_ones_first(queue: Store) -> None:
    with queue.transaction() as connection:
        save_cases(connection, [case(6, customer="c-5", opened_at=NOW - HOUR)])
        found = [row.id for row in cases_of(connection, "c-5", 9)]

        assert found == ["case-6", "case-5"]
        assert [row.id for row in cases_of(connection, "c-5", 1)] == ["case-6"]


def test_customers_are_marked_with_their_open_cases_only(queue: Store) -> None:
    with queue.transaction() as connection:
        save_cases(connection, [case(7, customer="c-3", due_at=NOW + HOUR)])
        marks = {row[0]: row[1:] for row in open_case_marks(connection).iter_rows()}

    assert marks["c-3"] == (2, NOW - HOUR, True)
    assert marks["c-1"] == (1, None, False)
    assert "c-5" not in marks


def test_cases_of_a_customer_that_was_merged_are_those_of_the_one_that_stands_for_it(queue: Store) -> None:
    with queue.transaction() as connection:
        open_aliases(connection, [("c-3", "c-2")], NOW)
        found = {row.id: row.customer for row in cases_of(connection, "c-2", 9)}
        marks = {row[0]: row[1:] for row in open_case_marks(connection).iter_rows()}

    assert found == {"case-2": "c-2", "case-3": "c-2"}
    assert marks["c-2"] == (2, NOW - HOUR, True)
    assert "c-3" not in marks
