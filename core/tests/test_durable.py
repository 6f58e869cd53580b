"""Durable work goes on after the last recorded step, in one process at a time."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from threading import Event

import pytest
from detente.engine.durable import StoppedError, Worker
from detente.engine.steps import Direct, Json, Steps
from detente_contracts import RuleViolationError, UnfinishedError

WORK = """
    import os, signal, sys
    from pathlib import Path
    from detente.engine.durable import Worker

    state, die = Path(sys.argv[1]), sys.argv[2] == "die"

    def note(number):
        with (state / "called").open("a") as file:
            file.write(f"{number} ")
        if die and number == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return {"number": number}

    def work(steps, arguments):
        return {"sum": sum(steps.step("note", note, number)["number"] for number in range(1, 6))}

    with Worker(state, {"count": work}) as worker:
        begun = worker.open_work("count")
        done = worker.attach(begun) if begun else worker.perform("count", "count-1", {})
        print(begun, done["sum"])
"""


def perform(state: Path, mode: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", textwrap.dedent(WORK), str(state), mode]
    return subprocess.run(command, capture_output=True, text=True)


def test_work_that_was_killed_goes_on_after_its_last_recorded_step(tmp_path: Path) -> None:
    killed = perform(tmp_path, "die")
    again = perform(tmp_path, "live")

    assert killed.returncode == -signal.SIGKILL
    assert again.stdout.split() == ["count-1", "15"], again.stderr
    assert (tmp_path / "called").read_text().split() == ["1", "2", "3", "3", "4", "5"]


def counting(steps: Steps, arguments: Mapping[str, str]) -> Json:
    """Work of one step that returns what it was given."""
    return steps.step("take", lambda: {"taken": arguments["what"]})


def test_work_ends_with_the_result_of_its_last_step(tmp_path: Path) -> None:
    with Worker(tmp_path, {"count": counting}) as worker:
        done = worker.perform("count", "count-7", {"what": "apples"})

        assert done["taken"] == "apples"
        assert worker.open_work("count") is None


def test_the_same_work_started_twice_is_done_once(tmp_path: Path) -> None:
    with Worker(tmp_path, {"count": counting}) as worker:
        worker.perform("count", "count-7", {"what": "apples"})

        assert worker.perform("count", "count-7", {"what": "pears"})["taken"] == "apples"


def test_a_second_process_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with Worker(tmp_path, {}), pytest.raises(RuleViolationError, match="another process is at work"):
        Worker(tmp_path, {}).__enter__()


def test_direct_work_returns_the_same_as_recorded_work() -> None:
    assert counting(Direct(), {"what": "apples"}) == {"taken": "apples"}


def falling(steps: Steps, arguments: Mapping[str, str]) -> Json:
    """Work whose step does what nobody foresaw, with a customer's text in the error."""

    def fall() -> Json:
        raise KeyError("Acme Ltd")

    return steps.step("fall", fall)


def test_a_fault_nobody_foresaw_names_its_place_and_never_its_text(tmp_path: Path) -> None:
    with Worker(tmp_path, {"fall": falling}) as worker, pytest.raises(UnfinishedError) as told:
        worker.perform("fall", "fall-1", {})

    assert "KeyError in test_durable.py" in str(told.value)
    assert "Acme" not in str(told.value)


def test_whoever_waits_for_work_may_leave_it_between_two_steps(tmp_path: Path) -> None:
    stop, called = Event(), []

    def note(number: int) -> Json:
        called.append(number)
        if number == 2:
            stop.set()
        return {}

    def three(steps: Steps, arguments: Mapping[str, str]) -> Json:
        for number in (1, 2, 3):
            steps.step("note", note, number)
        return {"done": True}

    with pytest.raises(StoppedError), Worker(tmp_path, {"three": three}, stop=stop) as worker:
        worker.perform("three", "three-1", {})
    assert called == [1, 2]
    with Worker(tmp_path, {"three": three}) as worker:
        assert worker.attach("three-1") == {"done": True}
    assert called == [1, 2, 3]


def test_only_the_newest_work_that_has_ended_is_remembered(tmp_path: Path) -> None:
    with Worker(tmp_path, {"count": counting}) as worker:
        for number in range(4):
            worker.perform("count", f"count-{number}", {"what": "apples"})
    with Worker(tmp_path, {"count": counting}, keep=2) as worker:
        known = [worker.knows(f"count-{number}") for number in range(4)]

    assert known == [False, False, True, True]


def test_the_result_of_work_is_told_again_only_when_it_ended_well(tmp_path: Path) -> None:
    with Worker(tmp_path, {"count": counting, "fall": falling}) as worker:
        worker.perform("count", "count-1", {"what": "apples"})
        with pytest.raises(UnfinishedError):
            worker.perform("fall", "fall-1", {})

        assert worker.result_of("count-1") == {"taken": "apples"}
        assert worker.result_of("fall-1") is None
        assert worker.result_of("nobody-1") is None
