"""How far long work has come, for people who watch."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

QUIET_S = 1.0
"""Seconds between two lines of one stage where there is no terminal."""


class Lines:
    """A line now and then for each stage, for logs and pipes."""

    def __init__(self) -> None:
        self._said: dict[str, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing stays open."""

    def __call__(self, stage: str, done: int, total: int | None = None) -> None:
        """Say so, unless the stage was spoken of a moment ago."""
        now = time.monotonic()
        if now - self._said.get(stage, 0.0) >= QUIET_S or done == total:
            self._said[stage] = now
            sys.stderr.write(f"  {stage}: {done:,}{f' of {total:,}' if total else ''}\n")


class Bars:
    """A bar a stage, on a terminal."""

    def __init__(self) -> None:
        columns = (
            TextColumn("{task.description:<24}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self._progress = Progress(*columns, console=Console(stderr=True), transient=False)
        self._tasks: dict[str, int] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def __call__(self, stage: str, done: int, total: int | None = None) -> None:
        """Move the stage's bar."""
        from rich.progress import TaskID

        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage, total=total)
        self._progress.update(TaskID(self._tasks[stage]), completed=done, total=total or done)
