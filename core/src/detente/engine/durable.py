"""Durable work behind a small interface of ours: a piece of work is steps with recorded results.

Killed at any moment, work is taken up again by the next process and goes on after the last recorded step.
`Worker` records steps with DBOS beside the store; for dry runs `steps.Direct` only calls them.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Condition
from traceback import extract_tb
from types import TracebackType
from typing import Any, Self

from dbos import DBOS, DBOSPortableJSONSerializer, PortableWorkflowError, SetWorkflowID
from detente_contracts import DetenteError, RuleViolationError, UnfinishedError

from detente.engine.steps import Json, StepFunction, Work

WORK_VERSION = "2"
"""Raised when the order of steps, or a result that later ones need, changes: work of both must not mix."""

_OPEN = ["PENDING", "ENQUEUED", "DELAYED"]


class _Recorded:
    """Steps that DBOS records under the running workflow."""

    def step(self, name: str, function: StepFunction, *arguments: object) -> Json:
        """The recorded result if there is one, else the result of the call, recorded."""
        if _work.is_stopping:
            raise _Stopped
        result: Json = DBOS.run_step({"name": name}, _measured, function, arguments)
        return result


def _measured(function: StepFunction, arguments: tuple[object, ...]) -> Json:
    start = time.perf_counter()
    result = function(*arguments)
    return {**result, "took_s": round(time.perf_counter() - start, 4)}


def _result(handle: Any) -> Json:
    try:
        result: Json = handle.get_result(polling_interval_sec=0.02)
    except PortableWorkflowError as recorded:
        raise _fault(_faults.pop(handle.workflow_id, recorded)) from recorded
    return {key: value for key, value in result.items() if key != "took_s"}


def _fault(error: BaseException) -> DetenteError:
    """The error as people read it. Of one that nobody foresaw, the place; its text may be a customer's."""
    if isinstance(error, UnfinishedError):
        return error
    if isinstance(error, DetenteError):
        return UnfinishedError(error.message, hint=error.hint)
    frames = extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return UnfinishedError(
        f"the work ended with a fault nobody foresaw: {type(error).__name__}{place}",
        hint="What was done stands, and the next run takes over; please report this with the place named",
    )


_works: dict[str, Work] = {}

_faults: dict[str, BaseException] = {}
"""What ended work in this process, by its id: DBOS keeps the text of an error only."""


class _Stopped(BaseException):
    """Ends work between two steps and leaves it unfinished: as an outcome DBOS records an Exception only."""


class _UnderWay:
    """The work that threads of this process are at."""

    def __init__(self) -> None:
        self.is_stopping = False
        self._count = 0
        self._moved = Condition()

    @contextmanager
    def doing(self, work_id: str) -> Iterator[None]:
        """Count the work, and note what ended it."""
        self._add(1)
        try:
            yield
        except BaseException as error:
            _faults[work_id] = error
            raise
        finally:
            self._add(-1)

    def stop(self) -> None:
        """Let no further step begin, and wait for the steps under way."""
        self.is_stopping = True
        with self._moved:
            self._moved.wait_for(lambda: self._count == 0)

    def _add(self, change: int) -> None:
        with self._moved:
            self._count += change
            self._moved.notify_all()


_work = _UnderWay()


@DBOS.workflow(name="detente", max_recovery_attempts=100_000)  # type: ignore[untyped-decorator]
def _perform(kind: str, arguments: dict[str, str]) -> Json:
    """The one workflow function: DBOS finds it again by name after a restart."""
    with _work.doing(str(DBOS.workflow_id)):
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
        _work.is_stopping = False
        self._launch()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _work.stop()
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
        for status in DBOS.list_workflows(status=_OPEN, load_output=False):
            if status.app_version != WORK_VERSION:
                # Nobody will take it up; what it planned is left to the next run.
                DBOS.cancel_workflow(status.workflow_id)

    def open_work(self, kind: str) -> str | None:
        """The id of unfinished work of this kind, if any; it is already going on in this process."""
        for status in DBOS.list_workflows(status=_OPEN, sort_desc=True, load_output=False):
            if status.input and status.input["args"] and status.input["args"][0] == kind:
                return str(status.workflow_id)
        return None

    def arguments_of(self, work_id: str) -> Mapping[str, str]:
        """What work was started with; empty when there is none under this id."""
        status = DBOS.get_workflow_status(work_id)
        found: Mapping[str, str] = status.input["args"][1] if status and status.input else {}
        return found

    def knows(self, work_id: str) -> bool:
        """Whether work was ever started under this id, however it ended."""
        return DBOS.get_workflow_status(work_id) is not None

    def perform(self, kind: str, work_id: str, arguments: Mapping[str, str]) -> Json:
        """Start work under `work_id`, or attach to it, and wait for its result."""
        with SetWorkflowID(work_id):
            DBOS.start_workflow(_perform, kind, dict(arguments))
        # Its own handle waits on a lock, which Ctrl-C cannot break once a library has touched the signal.
        return self.attach(work_id)

    def attach(self, work_id: str) -> Json:
        """Wait for the result of work that is going on."""
        return _result(DBOS.retrieve_workflow(work_id))
