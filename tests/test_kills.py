"""Killed at any point and run again, a run over three CRMs ends in the same state as one left alone."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from detente.engine.opening import open_store
from detente.engine.working import perform_run
from detente.store import cases, records, scores, writes

DRIVER = Path(__file__).parent / "kills" / "driver.py"
NAMED = [
    "before:begin:1",
    "after:begin:1",
    "after:read:1",
    "after:read:6",
    "after:read:9",
    "before:read:13",
    "after:link:1",
    "after:score:1",
    "after:detect_and_escalate:1",
    "after:plan:1",
    "sent:1",
    "sent:3",
    "sent:6",
    "before:write:2",
    "after:write:4",
    "before:finish:1",
]
SAMPLE = ["after:read:9", "sent:3"]
COMMITS = 28
"""Transactions of a small run, of which a random one is the last."""
SEED = int(os.environ.get("DETENTE_SEED", "7"))
"""The same points each time, unless another seed is asked for."""


def run_until(home: Path, point: str) -> int:
    """The exit code of a run that dies at `point`; negative when a signal ended it."""
    return subprocess.run([sys.executable, str(DRIVER), str(home), point]).returncode


def store_state(home: Path) -> dict[str, Any]:
    """What the store holds, but for instants, run ids and what only tells how the work went."""
    with open_store(home) as store, store.reading() as connection:
        scored = scores.current_scores(connection).select("customer", "score_micro", "band").sort("customer")
        found = cases.list_cases(connection, only_open=False)
        return {
            "records": records.count_records(connection),
            "scores": scored.rows(),
            "cases": sorted((row.fingerprint, str(row.stage), row.owner) for row in found),
            "events": sum(len(cases.events_of(connection, row.id)) for row in found),
            "written": sorted(
                (str(ref), sorted((key, text) for key, text in values.items() if key != "detente_scored_at"))
                for ref, values in writes.written_all(connection)
            ),
        }


def end_state(company: Any, home: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The CRMs and the store after a run."""
    return company.held(), store_state(home)


def random_points(count: int) -> list[str]:
    """Points behind transactions, chosen by the seed, which failures tell."""
    chosen = random.Random(SEED)
    return [f"commit:{chosen.randint(1, COMMITS)}" for _ in range(count)]


def assert_kills_change_nothing(company: Any, folder: Path, points: list[str]) -> None:
    """Kill a run at each point, run again, and compare with a run that nobody killed."""
    undisturbed = company.connected(folder / "undisturbed")
    perform_run(undisturbed)
    wanted = end_state(company, undisturbed)

    for number, point in enumerate(points):
        home = company.connected(folder / str(number))
        code = run_until(home, point)
        perform_run(home)
        assert code == -signal.SIGKILL, f"{point}, DETENTE_SEED={SEED}"
        assert end_state(company, home) == wanted, f"{point}, DETENTE_SEED={SEED}"


def test_a_run_killed_at_a_named_or_a_random_point_ends_as_if_it_had_not_been(
    company: Any, tmp_path: Path
) -> None:
    assert_kills_change_nothing(company, tmp_path, [*SAMPLE, *random_points(1)])


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_larger_run_killed_at_named_and_random_points_ends_the_same(
    large_company: Any, tmp_path: Path
) -> None:
    assert_kills_change_nothing(large_company, tmp_path, [*NAMED, *random_points(10)])
