"""The page of runs says what became of each due time, whatever is told of it."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from detente.store.database import Store
from detente.store.jobs import JobOutcome, begin_job, end_job

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("outcome", "told", "shown"),
    [
        (None, {}, "under way"),
        (JobOutcome.DONE, {"moved": 2, "overdue": 1, "problems": []}, "2 cases moved on, 1 overdue"),
        (JobOutcome.PROBLEMS, {"moved": 0, "overdue": 0, "problems": ["plugin x: slow"]}, "plugin x: slow"),
        (JobOutcome.FAILED, {"message": "no key", "hint": "Set it"}, "no key. Set it"),
        (JobOutcome.FAILED, {"message": "no key", "hint": ""}, "no key"),
    ],
    ids=["under way", "done", "with problems", "failed with a hint", "failed"],
)
def test_each_outcome_of_a_due_time_is_shown(
    bare_store: Store, client: httpx.Client, outcome: JobOutcome | None, told: dict[str, object], shown: str
) -> None:
    with bare_store.transaction() as connection:
        row = begin_job(connection, "sweep", NOW, NOW)
        if outcome:
            end_job(connection, row, outcome, told, NOW)
    answer = client.get("/runs")

    assert answer.status_code == 200
    assert shown in answer.text.replace("<bdi>", "").replace("</bdi>", "")
