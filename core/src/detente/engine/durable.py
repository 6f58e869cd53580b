"""Durable work behind a small interface of ours: a piece of work is steps with recorded results.

Killed at any moment, work is taken up again by the next process and goes on after the last recorded step. Two
ways to run it: `Worker` records steps with DBOS beside the store; `Direct` only calls them, for dry runs.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from dbos import DBOS, DBOSPortableJSONSerializer, SetWorkflowID
from detente_contracts import RuleViolationError

Json = dict[str, Any]
"""The result of a step: plain JSON."""

StepFunction = Callable[..., Json]

WORK_VERSION = "1"
"""Raised when the order of steps changes, so that work begun under another order is not mixed with it."""

_OPEN = ["PENDING", "ENQUEUED", "DELAYED"]


class Steps(Protocol):
    """Calls steps in order; each result is plain JSON and, where work is durable, recorded once."""

    def step(self, name: str, function: StepFunction, *arguments: object) -> Json:
        """The result of `function(*arguments)`, or the recorded one when this step was done before."""
        ...


class Work(Protocol):
    """A piece of work: calls `steps` in an order that depends on their results only."""

    def __call__(self, steps: Steps, arguments: Mapping[str, str]) -> Json: ...


class Direct:
    """Calls steps and records nothing."""

    def step(self, name: str, function: StepFunction, *arguments: object) -> Json:
        """The result of `function(*arguments)`; `name` is for durable work."""
        return function(*arguments)


class _Recorded:
    """Steps that DBOS records under the running workflow."""

    def step(self, name: str, function: StepFunction, *arguments: object) -> Json:
        """The recorded result if there is one, else the result of the call, recorded."""
        result: Json = DBOS.run_step({"name": name}, _measured, function, arguments)
        return result


def _measured(function: StepFunction, arguments: tuple[object, ...]) -> Json:
    start = time.perf_counter()
    result = function(*arguments)
    return {**result, "took_s": round(time.perf_counter() - start, 4)}


def _result(handle: Any) -> Json:
    result: Json = handle.get_result(polling_interval_sec=0.02)
    return {key: value for key, value in result.items() if key != "took_s"}


_works: dict[str, Work] = {}


@DBOS.workflow(name="detente", max_recovery_attempts=100_000)  # type: ignore[untyped-decorator]
def _perform(kind: str, arguments: dict[str, str]) -> Json:
    """The one workflow function: DBOS finds it again by name after a restart."""
    return _works[kind](_Recorded(), arguments)


class _Connection(sqlite3.Connection):
    """From Python 3.12 on DBOS asks SQLite for `unixepoch('subsec')`, which SQLite knows from 3.42 on only.

    Distributions ship newer Pythons on older SQLites, where the answer would be NULL.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if sqlite3.sqlite_version_info < (3, 42):
            self.create_function("unixepoch", 1, _seconds_now)


def _seconds_now(precision: str) -> float:
    """Seconds since the epoch, with fractions; `subsec` is all that is ever asked."""
    if precision != "subsec":
        raise ValueError(precision)
    return time.time()


class Worker:
    """This process as a worker in a numbered slot, which a file lock keeps for it alone."""

    def __init__(self, state: Path, works: Mapping[str, Work], *, slot: int = 0) -> None:
        self._state = state
        self._slot = slot
        self._lock = -1
        _works.update(works)

    def __enter__(self) -> Self:
        self._state.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self._state / f"worker-{self._slot}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise RuleViolationError(
                "another process is at work in this folder", hint="Wait for it to end, then try again"
            ) from None
        self._launch()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        DBOS.destroy()
        os.close(self._lock)

    def _launch(self) -> None:
        DBOS(
            config={
                "name": "detente",
                "system_database_url": f"sqlite:///{(self._state / 'work.sqlite').resolve()}",
                "application_version": WORK_VERSION,
                "executor_id": f"slot-{self._slot}",
                "db_engine_kwargs": {"connect_args": {"factory": _Connection}},
                "serializer": DBOSPortableJSONSerializer(),
                "notification_listener_polling_interval_sec": 0.02,
                "log_level": "CRITICAL",
            }
        )
        DBOS.launch()

    def open_work(self, kind: str) -> str | None:
        """The id of unfinished work of this kind, if any; it is already going on in this process."""
        for status in DBOS.list_workflows(status=_OPEN, sort_desc=True, load_output=False):
            if status.input and status.input["args"] and status.input["args"][0] == kind:
                return str(status.workflow_id)
        return None

    def perform(self, kind: str, work_id: str, arguments: Mapping[str, str]) -> Json:
        """Start work under `work_id`, or attach to it, and wait for its result."""
        with SetWorkflowID(work_id):
            handle = DBOS.start_workflow(_perform, kind, dict(arguments))
        return _result(handle)

    def attach(self, work_id: str) -> Json:
        """Wait for the result of work that is going on."""
        return _result(DBOS.retrieve_workflow(work_id))
