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
        self._held: tuple[str, str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say what was held back last."""
        self._say_held()

    def __call__(self, stage: str, done: int, total: int | None = None) -> None:
        """Say so; if the stage was spoken of a moment ago, when it is over."""
        if self._held and self._held[0] != stage:
            self._say_held()
        now = time.monotonic()
        self._held = stage, f"  {stage}: {done:,}{f' of {total:,}' if total else ''}\n"
        if now - self._said.get(stage, 0.0) >= QUIET_S or done == total:
            self._said[stage] = now
            self._say_held()

    def _say_held(self) -> None:
        if self._held:
            sys.stderr.write(self._held[1])
        self._held = None


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
