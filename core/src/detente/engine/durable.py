"""Durable work behind a small interface of ours: a piece of work is steps with recorded results.

Killed at any moment, work is taken up again by the next process and goes on after the last recorded step.
`Worker` records steps with DBOS beside the store; for dry runs `steps.Direct` only calls them.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, Event
from traceback import extract_tb
from types import TracebackType
from typing import Any, Self

from dbos import DBOS, DBOSPortableJSONSerializer, PortableWorkflowError, SetWorkflowID
from detente_contracts import DetenteError, RuleViolationError, UnfinishedError

from detente.engine.file_lock import take_lock
from detente.engine.steps import Json, StepFunction, Work
from detente.private_folder import make_private_file

WORK_VERSION = "3"
"""Raised when the order of steps, or a result that later ones need, changes: work of both must not mix."""

_OPEN = ["PENDING", "ENQUEUED", "DELAYED"]
_ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]

_POLL_S = 0.02
_LONGEST_POLL_S = 0.3
"""Between two looks whether work has ended: when it is not under way here, and when it is."""

_KEPT = 200
"""Pieces of work that have ended and are remembered; each holds the results of its steps."""


class BusyError(RuleViolationError):
    """Another process holds the slot: it is at work in this folder."""


class StoppedError(UnfinishedError):
    """Work was asked to stop and did so between two steps; the next process takes it up there."""


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
        result: Json = handle.get_result(polling_interval_sec=_POLL_S)
    except PortableWorkflowError as recorded:
        raise readable(_faults.pop(handle.workflow_id, recorded)) from recorded
    return {key: value for key, value in result.items() if key != "took_s"}


def readable(error: BaseException) -> DetenteError:
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
        self._stops = (Event(), Event())
        self._ids: set[str] = set()
        self._moved = Condition()

    @contextmanager
    def doing(self, work_id: str) -> Iterator[None]:
        """Note that the work is under way, and what ended it."""
        with self._moved:
            self._ids.add(work_id)
        try:
            yield
        except BaseException as error:
            _faults[work_id] = error
            raise
        finally:
            with self._moved:
                self._ids.remove(work_id)
                self._moved.notify_all()

    def begin(self, asked: Event) -> None:
        """Let steps begin until `stop` is called or `asked` is set."""
        self._stops = (Event(), asked)

    @property
    def is_stopping(self) -> bool:
        """Whether no further step may begin."""
        return any(stop.is_set() for stop in self._stops)

    def stop(self) -> None:
        """Let no further step begin, and wait for the steps under way."""
        self._stops[0].set()
        with self._moved:
            self._moved.wait_for(lambda: not self._ids)

    def pause(self, work_id: str) -> None:
        """Wait until the work has ended, and for a moment only: its end is recorded after it."""
        with self._moved:
            self._moved.wait(_LONGEST_POLL_S if work_id in self._ids else _POLL_S)


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


def taken_slot(state: Path, slot: int = 0) -> int:
    """The numbered slot of the folder `state` for this process alone, as a file descriptor to close.

    Raises: BusyError when another process holds it.
    """
    lock = take_lock(state / f"worker-{slot}.lock")
    if lock is None:
        raise BusyError(
            "another process is at work in this folder", hint="Wait for it to end, then try again"
        )
    return lock


class Worker:
    """This process as a worker in a numbered slot, which a file lock keeps for it alone."""

    def __init__(
        self,
        state: Path,
        works: Mapping[str, Work],
        *,
        slot: int = 0,
        stop: Event | None = None,
        keep: int = _KEPT,
    ) -> None:
        """`stop`, once set, lets whoever waits for work leave after the step under way.

        Of work that has ended, the newest `keep` are remembered.
        """
        self._state = state
        self._slot = slot
        self._stop = stop or Event()
        self._keep = keep
        self._lock = -1
        _works.update(works)

    def __enter__(self) -> Self:
        self._lock = taken_slot(self._state, self._slot)
        _work.begin(self._stop)
        self._launch()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _work.stop()
        DBOS.destroy()
        os.close(self._lock)

    def _launch(self) -> None:
        database = (self._state / "work.sqlite").resolve()
        # Step results quote what vendors answered; DBOS would make the file everybody's to read.
        make_private_file(database)
        DBOS(
            config={
                "name": "detente",
                "system_database_url": f"sqlite:///{database}",
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
        self._forget_old()

    def _forget_old(self) -> None:
        """Counted, not dated: DBOS stamps its rows with the machine's time, which need not be ours."""
        old = DBOS.list_workflows(
            status=_ENDED, sort_desc=True, offset=self._keep, load_input=False, load_output=False
        )
        if old:
            DBOS.delete_workflows([status.workflow_id for status in old])

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
        """Wait for the result of work that is going on.

        Raises: StoppedError when the worker is told to stop before there is one.
        """
        while self._status(work_id) in _OPEN:
            if self._stop.is_set():
                raise StoppedError("stopped between two steps", hint="The next start goes on from there")
            _work.pause(work_id)
        return _result(DBOS.retrieve_workflow(work_id))

    def result_of(self, work_id: str) -> Json | None:
        """The result of work that came to its end well; None for any other."""
        return self.attach(work_id) if self._status(work_id) == "SUCCESS" else None

    def _status(self, work_id: str) -> str | None:
        found = DBOS.list_workflows(workflow_ids=[work_id], load_input=False, load_output=False)
        return found[0].status if found else None
