"""Ask plugins, each alone: timed, counted, and traced when DETENTE_TRACE_HOOKS is 1."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

import polars as pl

from detente.engine.plugins.failures import Failures, PluginFault, PluginStop
from detente.engine.plugins.frames import PortfolioFrame
from detente.engine.plugins.hooks import hook_shape
from detente.engine.plugins.offers import HookResult
from detente.engine.plugins.seats import Seat

_CRITERIA = "detente_add_criteria"
_Answer = TypeVar("_Answer")

Objection = Callable[[HookResult], str]
"""Why core cannot use an answer, as words about the plugin; empty when it can."""


class Asking:
    """Loaded plugins in their order, and how each of them is asked."""

    def __init__(self, seats: Sequence[Seat], failures: Failures) -> None:
        self.seats = tuple(seats)
        self._failures = failures

    def call(self, hook: str, arguments: Mapping[str, object]) -> list[HookResult]:
        """Answers of all plugins to one hook, or the first that is not None where the first counts."""
        answers = self._answers(hook, arguments)
        return list(islice(answers, 1)) if hook_shape(hook).first else list(answers)

    def first(self, hook: str, arguments: Mapping[str, object], objection: Objection) -> HookResult | None:
        """The first answer to which there is no objection; the others are recorded with theirs."""
        for result in self._answers(hook, arguments):
            fault = objection(result)
            if not fault:
                return result
            self._failures.note(result.plugin, hook, fault)
        return None

    def points(self, plugin: str, criterion: str, frame: PortfolioFrame) -> pl.Series | None:
        """What one plugin's function gives for `criterion`; None when it fails."""
        seat = next(item for item in self.seats if item.source.name == plugin)
        asked = self._asked(seat, _CRITERIA, lambda: seat.points(criterion, frame), what=criterion)
        return asked[0] if asked else None

    def _answers(self, hook: str, arguments: Mapping[str, object]) -> Iterator[HookResult]:
        """Ask one plugin after the other, the next one only when its answer is wanted."""
        given = hook_shape(hook).checked(arguments)
        self._failures.begin(hook)
        for seat in self.seats:
            if hook in seat.hooks and (result := self._result(seat, hook, given)):
                yield result

    def _result(self, seat: Seat, hook: str, given: Mapping[str, object]) -> HookResult | None:
        asked = self._asked(seat, hook, lambda: seat.answer(hook, given))
        if asked is None or asked[0] is None:
            return None
        return HookResult(seat.source.name, asked[0], asked[1])

    def _asked(
        self, seat: Seat, hook: str, ask: Callable[[], _Answer], what: str = ""
    ) -> tuple[_Answer, float] | None:
        """What `ask` gives and the seconds that it took; None when the plugin failed or is set aside."""
        name = seat.source.name
        if self._failures.skips(name, hook):
            return None
        start = time.perf_counter()
        try:
            answer = ask()
        except PluginFault as fault:
            _trace(name, hook, what, time.perf_counter() - start, "failed")
            self._failed(name, hook, fault)
            return None
        seconds = time.perf_counter() - start
        _trace(name, hook, what, seconds, _count(answer))
        return answer, seconds

    def _failed(self, plugin: str, hook: str, fault: PluginFault) -> None:
        if hook_shape(hook).about_one_case and not isinstance(fault, PluginStop):
            self._failures.note(plugin, hook, str(fault))
        else:
            self._failures.count(plugin, hook, str(fault))


def _count(answer: object) -> str:
    if answer is None:
        return "no answer"
    count = len(answer) if isinstance(answer, tuple | pl.Series) else 1
    return f"{count} result{'' if count == 1 else 's'}"


def _trace(plugin: str, hook: str, what: str, seconds: float, outcome: str) -> None:
    if os.environ.get("DETENTE_TRACE_HOOKS") == "1":
        subject = f"{hook} ({what})" if what else hook
        sys.stderr.write(f"{subject}: plugin {plugin}, {seconds:.3f} s, {outcome}\n")
