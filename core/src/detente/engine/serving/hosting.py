"""Host the service of a folder: its lock, its store, its clock, and the jobs that its settings plan."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event

from detente_contracts import Clock, RuleViolationError, Settings

from detente.clock import clock_for
from detente.engine.file_lock import take_lock
from detente.engine.opening import open_store
from detente.engine.serving.schedule import Every, schedule_of
from detente.engine.serving.service import Job, Service, Turn
from detente.engine.serving.sweeping import perform_sweep
from detente.engine.steps import Json
from detente.engine.working import perform_due_run
from detente.settings import read_settings
from detente.store.database import Store
from detente.store.jobs import JobRow

POLL_S = 1.0
"""Between two looks at the machine's clock."""

POLL_FOLLOWED_S = 0.05
"""Between two looks at a clock that is followed, which tests move by hours at a time."""

PROBLEMS_KEPT = 50


@dataclass(frozen=True, slots=True)
class Hosted:
    """A service with what it stands on."""

    home: Path
    settings: Settings
    store: Store
    clock: Clock
    service: Service

    @property
    def poll_s(self) -> float:
        """Seconds between two looks at the clock."""
        return POLL_S if self.settings.clock is None else POLL_FOLLOWED_S


@contextmanager
def hosted(home: Path, *, said: Callable[[JobRow], None], stop: Event | None = None) -> Iterator[Hosted]:
    """The service of the folder `home`, alone there, with its jobs on the schedule.

    Raises: ConfigurationError for settings that cannot be used, RuleViolationError when one is up there.
    """
    settings = read_settings(home)
    lock = take_lock(home / settings.state / "serve.lock")
    if lock is None:
        raise RuleViolationError(
            "detente serve is up in this folder already", hint="Stop the other one first"
        )
    try:
        with open_store(home) as store:
            clock = clock_for(settings.clock)
            service = Service(store, clock, planned_jobs(home, settings, store), said=said, stop=stop)
            service.begin()
            yield Hosted(home, settings, store, clock, service)
    finally:
        os.close(lock)


def planned_jobs(home: Path, settings: Settings, store: Store) -> list[Job]:
    """Sweep and run, in this order: what a sweep moved, the run after it writes.

    Raises: ConfigurationError when the schedule cannot be used.
    """

    def sweep(turn: Turn) -> Mapping[str, object]:
        swept = perform_sweep(home, settings, store, turn.now)
        return {"moved": swept.moved, "overdue": swept.overdue, "problems": list(swept.problems)}

    def run(turn: Turn) -> Mapping[str, object]:
        summary = perform_due_run(
            home, earlier=turn.earlier, begun=turn.begun, stop=turn.stop, progress=turn.progress
        )
        return told_of(summary)

    every = Every(timedelta(minutes=settings.serve.sweep_every_minutes))
    return [Job("sweep", every, sweep), Job("run", schedule_of(settings.serve), run)]


def told_of(summary: Json) -> Json:
    """What is kept of a run's summary beside its due time."""
    counts = summary["writes"]
    return {
        "scored": summary["scored"],
        "written": counts["applied"],
        "failed": counts["failed"],
        "skipped": counts["skipped"],
        "problems": summary["degraded"][:PROBLEMS_KEPT],
    }
