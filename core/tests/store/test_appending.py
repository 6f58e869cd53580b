"""What is appended is never replaced, whoever comes second."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from detente.store.bulk import append_rows
from detente.store.cases import append_events, events_of
from detente.store.database import Store
from detente.store.link_tables import link_event
from detente.store.raw import quoted
from detente.store.tables import case_event, scoring
from detente_contracts import CaseEvent, EventKind, RuleViolationError
from sqlalchemy import Table, func, select

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ROWS: dict[Table, tuple[Sequence[str], tuple[Any, ...], tuple[Any, ...]]] = {
    case_event: (
        ("case", "seq", "at", "kind", "actor", "data", "link"),
        ("case-1", 1, 0, "opened", "trigger:x", "{}", "run-1"),
        ("case-1", 1, 0, "opened", "trigger:y", "{}", "run-2"),
    ),
    link_event: (
        ("link", "seq", "at", "kind", "actor", "data", "batch"),
        ("l-1", 1, 0, "accepted", "Kim Lee", "{}", "b-1"),
        ("l-1", 1, 0, "refused", "Ada Brandt", "{}", "b-2"),
    ),
    scoring: (
        ("run", "seq", "hash", "bundle", "as_of"),
        ("run-1", 1, "a", "b-1", 0),
        ("run-1", 1, "b", "b-2", 0),
    ),
}


@pytest.mark.parametrize("table", ROWS, ids=lambda table: table.name)
def test_a_row_that_stands_is_not_replaced(store: Store, table: Table) -> None:
    columns, first, second = ROWS[table]
    with store.transaction() as connection:
        append_rows(connection, table, columns, [first])
    with pytest.raises(RuleViolationError, match=table.name), store.transaction() as connection:
        append_rows(connection, table, columns, [second])

    with store.reading() as connection:
        raw = connection.exec_driver_sql(f'SELECT {quoted(*columns)} FROM "{table.name}"')  # noqa: S608
        assert [tuple(row) for row in raw] == [first]


def event(actor: str) -> CaseEvent:
    """The first event of one case."""
    return CaseEvent(case="case-1", seq=1, at=NOW, kind=EventKind.OPENED, actor=actor)


@pytest.mark.postgres
def test_of_two_transactions_that_append_the_same_event_the_second_is_refused(
    postgres_url: str, until_waiting: Callable[[int], None]
) -> None:
    def append(actor: str) -> None:
        with store.transaction() as connection:
            append_events(connection, [event(actor)], link=actor)

    with closing(Store.open(postgres_url)) as store, ThreadPoolExecutor(1) as people:
        with store.transaction() as connection:
            append_events(connection, [event("first")], link="first")
            second = people.submit(append, "second")
            until_waiting(1)
        with pytest.raises(RuleViolationError, match="case_event"):
            second.result(30)

        with store.reading() as connection:
            assert events_of(connection, "case-1") == [event("first")]
            assert connection.scalar(select(func.count()).select_from(case_event)) == 1
