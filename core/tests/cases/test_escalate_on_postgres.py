"""The same escalation on the other database."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from detente.store.database import Store
from detente.store.locks import Lock, hold
from detente_contracts import Conflict, Stage

if TYPE_CHECKING:
    from core.tests.cases.conftest import Firm


@pytest.mark.postgres
def test_cases_open_move_and_end_on_postgres_too(
    firm: Firm, quarrel: Conflict, monday: datetime, postgres_url: str, tmp_path: Path
) -> None:
    other = quarrel.model_copy(update={"customer": "c-2"})
    with closing(Store.open(postgres_url)) as store:
        one = type(firm)(store, tmp_path / "anchor")
        first = one.run("r1", monday, quarrel, other)
        second = one.run("r2", monday + timedelta(days=1), quarrel)
        stages = {row.customer: row.stage for row in one.rows() if row.closed_at is None}

        assert (first.opened, second.moved, second.subsided) == (2, 1, 1)
        assert stages == {"c-1": Stage.MEDIATION}
        assert one.problems() == []


@pytest.mark.postgres
def test_of_a_sweep_and_a_run_at_the_same_time_the_second_sees_what_the_first_did(
    firm: Firm,
    quarrel: Conflict,
    monday: datetime,
    postgres_url: str,
    until_waiting: Callable[[int], None],
    tmp_path: Path,
) -> None:
    late = monday + timedelta(days=1)
    with closing(Store.open(postgres_url)) as store, ThreadPoolExecutor(2) as people:
        one = type(firm)(store, tmp_path / "anchor")
        one.run("r1", monday, quarrel)
        with store.transaction() as connection:
            hold(connection, Lock.CASES)
            swept = people.submit(one.sweep, late)
            ran = people.submit(one.run, "r2", late, quarrel)
            until_waiting(2)
        counts = swept.result(30) + ran.result(30)
        (row,) = one.rows()

        assert (counts.moved, counts.problems) == (1, ())
        assert one.kinds(row.id) == ["opened", "entered", "entered"]
        assert one.problems() == []
