"""A week of `detente serve` on the simulated clock, with changes, faults and restarts: nothing is lost."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from detente.engine.opening import open_store, silent
from detente.engine.verifying import verify_receipts
from detente.engine.working import perform_run
from detente.store import runs
from detente.store.audit import verify as verify_chain
from detente.store.jobs import JobOutcome, JobRow, last_jobs

HOUR_S = 3600
DOWN = {"path": "/crm/", "times": 10_000, "action": {"status": 503, "body": "down"}}
SLOWED = {
    "path": "/crm/",
    "times": 3,
    "action": {"status": 429, "headers": {"Retry-After": "1"}, "body": "{}"},
}


@dataclass
class Life:
    """One installation that is served while its CRM changes; `hours` lie between two runs."""

    installation: Any
    serving: Callable[..., Any]
    hours: int
    process: Any = None
    expected: list[datetime] = field(default_factory=list)
    memory_kib: list[int] = field(default_factory=list)

    def start(self) -> None:
        """A process of its own."""
        self.process = self.serving(self.installation.home)
        self.process.started()

    def change(self, number: int) -> None:
        """What people do in the CRM between two runs."""
        records = self.installation.sandbox.get("/_sandbox/objects/companies")
        record = records[number % len(records)]["id"]
        values = {"arr": str(40_000 + 9_000 * (number % 50))}
        values |= {"detente_priority": "P1"} if number % 11 == 5 else {}
        self.installation.sandbox.patch(f"/_sandbox/objects/companies/{record}", {"properties": values})

    def pass_one(self, *, fault: dict[str, object] | None = None) -> None:
        """Let time pass until the next run is due, and see it happen."""
        sandbox = self.installation.sandbox
        if fault:
            sandbox.post("/_sandbox/faults", fault)
        due = self.next_due()
        sandbox.post("/_sandbox/clock", {"to": due.isoformat()})
        self.expected.append(due)
        self.process.until("job=run", f"due={due:%Y-%m-%dT%H:%M:%SZ}")
        sandbox.delete("/_sandbox/faults")
        self.memory_kib.append(self.process.memory_kib)

    def die_as_one_is_due(self) -> None:
        """SIGKILL at whatever moment as a run is due; then the machine stays off for two runs more.

        A run that had begun goes on at the next start; one that had not is missed with the others.
        """
        due = self.next_due()
        self.installation.sandbox.post("/_sandbox/clock", {"to": due.isoformat()})
        self.process.until("job=sweep", f"due={due:%Y-%m-%dT%H:%M:%SZ}")
        assert self.process.ended(signal.SIGKILL) == -signal.SIGKILL
        self.expected += [row.due_at for row in self.due_rows() if row.due_at == due]
        self.installation.sandbox.advance(2 * self.hours * HOUR_S)
        self.start()
        self.expected += [due + timedelta(hours=2 * self.hours)]
        self.process.until("job=run", f"due={self.expected[-1]:%Y-%m-%dT%H:%M:%SZ}")

    def end_and_start_again(self) -> None:
        """SIGTERM while nothing is due, and a new start."""
        assert self.process.ended(signal.SIGTERM) == 0
        self.start()

    def next_due(self) -> datetime:
        """The next full multiple of the hours between two runs."""
        now, step = self.installation.sandbox.now(), self.hours * HOUR_S
        seconds = now.timestamp() // step * step + step
        return datetime.fromtimestamp(seconds, now.tzinfo)

    def due_rows(self) -> list[JobRow]:
        """The due times that were served, the oldest first."""
        with open_store(self.installation.home) as store, store.reading() as connection:
            return last_jobs(connection, 9_999, name="run")[::-1]


@pytest.fixture
def begin(installation: Any, serving: Any) -> Callable[[int], Life]:
    """Begins a life whose runs are so many hours apart."""

    def start(hours: int) -> Life:
        schedule = {"run_every_minutes": hours * 60, "sweep_every_minutes": 60}
        installation.change(lambda data: data.update(serve=schedule))
        life = Life(installation, serving, hours)
        life.start()
        return life

    return start


def assert_nothing_is_lost_or_doubled(life: Life) -> None:
    """Each due time was served once, by a run of its own, and CRM, receipts and audit are whole."""
    assert life.process.ended(signal.SIGTERM) == 0
    rows = life.due_rows()
    home = life.installation.home
    with open_store(home) as store:
        with store.reading() as connection:
            known = {row.id for row in runs.last_runs(connection, 9_999)}
        assert verify_receipts(store, everything=True, progress=silent).wrong == ()
        assert verify_chain(store, home / "state" / "audit.anchor") == []
    served = [row.run for row in rows if row.run]
    assert [row.due_at for row in rows] == life.expected
    assert len(set(served)) == len(served)
    assert set(served) == known
    assert all(row.outcome is not JobOutcome.UNDER_WAY for row in rows)
    perform_run(home)
    assert perform_run(home)["writes"]["planned"] == 0


def test_a_day_in_the_life_with_a_kill_and_an_outage(begin: Callable[[int], Life]) -> None:
    life = begin(8)
    life.change(1)
    life.pass_one()
    life.change(2)
    life.die_as_one_is_due()
    life.pass_one(fault=DOWN)
    life.pass_one()

    assert_nothing_is_lost_or_doubled(life)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_week_in_the_life_with_changes_faults_and_two_restarts(begin: Callable[[int], Life]) -> None:
    life = begin(1)
    for number in range(7 * 24):
        life.change(number)
        if number == 20:
            life.die_as_one_is_due()
        elif number == 40:
            life.end_and_start_again()
        life.pass_one(fault=DOWN if number % 29 == 7 else SLOWED if number % 17 == 3 else None)
    settled, last = life.memory_kib[72], max(life.memory_kib[-12:])

    assert_nothing_is_lost_or_doubled(life)
    assert last < settled * 1.1, f"{settled} KiB after three days, {last} KiB after seven"
