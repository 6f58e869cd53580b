"""What cases want of plugins: their answers, and a place to say that one cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from detente_contracts import Signal

from detente.engine.plugins import HookResult


class Asked(Protocol):
    """Plugins, as far as cases ask them; see `Plugins`."""

    def call(self, hook: str, **arguments: object) -> Sequence[HookResult]:
        """Validated answers of the plugins that did not fail."""
        ...

    def signals(self) -> Sequence[Signal]:
        """Signals that plugins offer in code."""
        ...

    def record_failure(self, plugin: str, hook: str, message: str) -> None:
        """Count an answer that turned out to be unusable."""
        ...
