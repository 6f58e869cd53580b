"""Perform one run in a folder, or serve it, and die at a named point of a run.

Usage: python driver.py HOME POINT [WORDS]. WORDS are a command of the command line, such as `serve --port 0`;
without them one run is performed. A point that begins with `term:` asks the process to end by SIGTERM there,
any other is the end of it by SIGKILL. Points:
  before:STEP:N   as the Nth step of that name is about to be called
  after:STEP:N    when it has done its work, before its result is recorded
  commit:N        right after the Nth transaction of the store
  sent:N          right after the CRM took the Nth write, before anything of it is kept
  none            never; the run ends by itself
The watching stands around the real code; nothing of it is replaced.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from detente.cli.main import main as command_line
from detente.engine import durable, stages
from detente.engine.working import perform_run
from detente.store.database import Store


class Point:
    """Counts passings of one named point and kills this process at the Nth."""

    def __init__(self, text: str) -> None:
        self.signal = signal.SIGTERM if text.startswith("term:") else signal.SIGKILL
        text = text.removeprefix("term:")
        *name, count = text.split(":") if ":" in text else (text, "1")
        self.name = ":".join(name)
        self.left = int(count)

    def passed(self, name: str) -> None:
        """Die if this is the point."""
        self.left -= name == self.name
        if self.left == 0 and name == self.name:
            os.kill(os.getpid(), self.signal)


def watch_steps(point: Point) -> None:
    """Stand before and after every durable step."""
    measured = durable._measured

    def watched(function: durable.StepFunction, arguments: tuple[object, ...]) -> durable.Json:
        name = function.__name__
        point.passed(f"before:{name}")
        result = measured(function, arguments)
        point.passed(f"after:{name}")
        return result

    durable._measured = watched


def watch_commits(point: Point) -> None:
    """Stand behind every transaction of the store."""
    transaction = Store.transaction

    @contextmanager
    def watched(store: Store) -> Iterator[Any]:
        with transaction(store) as connection:
            yield connection
        point.passed("commit")

    Store.transaction = watched  # type: ignore[method-assign]


def watch_writes(point: Point) -> None:
    """Stand behind every write that the CRM took."""
    apply_batch: Callable[..., Any] = stages.apply_batch

    def watched(store: Store, connectors: Any, *arguments: Any, **named: Any) -> Any:
        for connector in connectors.values():
            if "write" not in vars(connector):
                _watch_write(connector, point)
        return apply_batch(store, connectors, *arguments, **named)

    stages.apply_batch = watched


def _watch_write(connector: Any, point: Point) -> None:
    write = connector.write

    def sent(rows: Any) -> Any:
        outcome = write(rows)
        point.passed("sent")
        return outcome

    connector.write = sent


def main() -> None:
    """Watch, then run or serve."""
    point = Point(sys.argv[2])
    watch_steps(point)
    watch_commits(point)
    watch_writes(point)
    if len(sys.argv) > 3:
        command_line([*sys.argv[3:], "--home", sys.argv[1]])
    perform_run(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
