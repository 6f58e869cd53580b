"""Where a plugin runs: in Detente's own process, or in the plugin host. Core sees no difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Protocol

import polars as pl
from detente_contracts import Criterion

from detente.engine.plugins.frames import PortfolioFrame
from detente.engine.plugins.hooks import hook_shape
from detente.engine.plugins.host_process import HostProcess
from detente.engine.plugins.implementation import Implementation
from detente.engine.plugins.sources import Source


class Seat(Protocol):
    """A loaded plugin. All that its code does wrong comes out as PluginFault."""

    @property
    def source(self) -> Source:
        """Where it came from."""
        ...

    @property
    def where(self) -> str:
        """`in process` or `host`."""
        ...

    @property
    def path(self) -> str:
        """The file of its code; empty when it has none."""
        ...

    @property
    def hooks(self) -> tuple[str, ...]:
        """Hooks that can be called."""
        ...

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Hooks that cannot be called, each with the reason."""
        ...

    def answer(self, hook: str, arguments: Mapping[str, object]) -> Any:
        """The plugin's validated answer: a tuple of models, or one or None when the first answer counts."""
        ...

    def points(self, criterion: str, frame: PortfolioFrame) -> pl.Series:
        """Points of a criterion that has a function."""
        ...


class InProcess:
    """A plugin in Detente's own process: it is timed, but nothing can stop it."""

    where = "in process"

    def __init__(self, source: Source) -> None:
        self.source = source
        self._plugin = Implementation(source)
        self.path = self._plugin.path
        self.hooks = self._plugin.hooks
        self.faults = self._plugin.faults

    def answer(self, hook: str, arguments: Mapping[str, object]) -> Any:
        shape = hook_shape(hook)
        if not shape.crosses:
            return tuple(self._plugin.objects(hook, arguments))
        # Through JSON, as in the host: a plugin behaves alike in both, and cannot change what it returned.
        return shape.read(self._plugin.answer(hook, arguments))

    def points(self, criterion: str, frame: PortfolioFrame) -> pl.Series:
        return self._plugin.points(criterion, frame)


class Hosted:
    """A plugin in the plugin host; a host that was started again loads it anew when it is next called."""

    where = "host"

    def __init__(self, source: Source, host: HostProcess) -> None:
        self.source = source
        self._host = host
        self._loaded_in = 0
        self._offered_in = 0
        self._offer: tuple[str, Mapping[str, object]] | None = None
        with host.lock:
            told = self._load()
        self.path: str = told["path"]
        self.hooks = tuple(hook for hook in told["hooks"] if hook_shape(hook).crosses)
        self.faults = [(name, fault) for name, fault in told["faults"]]
        self.faults += [
            (
                hook,
                "must run in Detente's own process: install it as a distribution named in plugins.in_process",
            )
            for hook in told["hooks"]
            if not hook_shape(hook).crosses
        ]

    def answer(self, hook: str, arguments: Mapping[str, object]) -> Any:
        with self._host.lock:
            self._ensure_loaded()
            if hook_shape(hook).item is Criterion:
                self._offer = (hook, arguments)
                self._offered_in = self._loaded_in
            return hook_shape(hook).read(self._call(hook, arguments))

    def points(self, criterion: str, frame: PortfolioFrame) -> pl.Series:
        with self._host.lock:
            self._ensure_loaded()
            if self._offer is not None and self._offered_in != self._loaded_in:
                self._call(*self._offer)
                self._offered_in = self._loaded_in
            return self._host.points(self.source.name, criterion, frame)

    def _call(self, hook: str, arguments: Mapping[str, object]) -> str:
        packed = hook_shape(hook).pack(arguments, self._host.path_of)
        request = {"do": "call", "plugin": self.source.name, "hook": hook, "arguments": packed}
        return str(self._host.ask(request))

    def _ensure_loaded(self) -> None:
        self._host.start()
        if self._loaded_in != self._host.generation:
            self._load()

    def _load(self) -> Any:
        self._host.start()
        told = self._host.ask({"do": "load", "source": asdict(self.source)})
        self._loaded_in = self._host.generation
        return told


def seat_for(source: Source, host: HostProcess) -> Seat:
    """Load a plugin where it may run.

    Raises: PluginFault when it cannot be loaded.
    """
    return InProcess(source) if source.in_process else Hosted(source, host)
