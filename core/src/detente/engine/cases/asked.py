"""What cases want of plugins: their answers, all of them or the first that can be used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

    def first(
        self, hook: str, objection: Callable[[HookResult], str], **arguments: object
    ) -> HookResult | None:
        """The first answer without an objection; a plugin whose answer has one is named."""
        ...
