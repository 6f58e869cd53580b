"""Look at a portfolio again whenever somebody saves the rules or the plugin that they are writing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from detente_contracts import ConfigurationError

from detente.engine.plugins.host_process import HostProcess
from detente.engine.trying.assessment import Assessment
from detente.engine.trying.bench import Bench
from detente.engine.trying.candidate import Candidate, read_candidate, without
from detente.engine.trying.movement import Movement, movement
from detente.engine.trying.staging import Staging
from detente.settings import settings_or_stock


@dataclass(frozen=True, slots=True)
class Look:
    """One look. Without `assessment` the rules could not be used, and `problems` say why.

    `movement` is what moved since the last look that could be taken; at the first one with a plugin, against
    the same portfolio without it. None when there is nothing to compare with.
    """

    assessment: Assessment | None
    movement: Movement | None
    problems: tuple[str, ...]
    took_s: float

    @property
    def is_fine(self) -> bool:
        """Whether everything could be used."""
        return self.assessment is not None and not self.problems


class Workbench:
    """Rules under edit over a bench: settings, policy and plugins of its folder, and the plugin at `path`."""

    def __init__(self, bench: Bench, path: Path | None) -> None:
        self._bench = bench
        self._path = path
        self._staging = Staging()
        # Started ahead after each look, so that the next one does not wait for a process to come up.
        self._host = HostProcess(bench.settings.plugins.timeout_s)
        self._last: Assessment | None = None

    def __enter__(self) -> Self:
        self._staging.__enter__()
        if self._path is not None:
            self._host.start_ahead()
            self._last = self._without(read_candidate(self._path))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._host.close()
        self._staging.__exit__(kind, error, trace)

    def look(self) -> Look:
        """Assess the portfolio under the rules as they are on the disk now."""
        start = time.perf_counter()
        try:
            assessment = self._assessed()
        except ConfigurationError as error:
            said = f"{error.message} ({error.hint})" if error.hint else error.message
            return Look(None, None, tuple(said.splitlines()), time.perf_counter() - start)
        moved = movement(self._last, assessment) if self._last is not None else None
        self._last = assessment
        return Look(assessment, moved, assessment.problems, time.perf_counter() - start)

    def prepare(self) -> None:
        """Make ready for the next look, when nobody waits."""
        if self._host.generation:
            self._host.start_ahead()

    def _assessed(self) -> Assessment:
        bench = self._bench.under(settings_or_stock(self._bench.home))
        candidate = None if self._path is None else read_candidate(self._path)
        plugins = self._staging.place(candidate, bench.settings.plugins, bench.home)
        return bench.assess(plugins, host=self._host)

    def _without(self, candidate: Candidate) -> Assessment | None:
        bench = self._bench
        try:
            return bench.assess(without(candidate, bench.settings.plugins, bench.home))
        except ConfigurationError:
            # The first look says what is wrong; there is only nothing to compare it with.
            return None
