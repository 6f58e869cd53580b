"""One simulated firm with its clock, its portal and what happens to it."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from detente_sandbox.clock import Clock
from detente_sandbox.faults import Faults
from detente_sandbox.hubspot.limits import Limits
from detente_sandbox.hubspot.portal import Portal
from detente_sandbox.hubspot.shape import portal_of
from detente_sandbox.journal import Journal
from detente_sandbox.options import Options
from detente_sandbox.world import generate_world


class Sandbox:
    """Everything behind the server; `reset` brings the start back."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.clock = Clock(options.start_ms, is_real=options.is_real_clock)
        self.limits = Limits(enforced=options.has_limits)
        self.reset()

    def reset(self) -> None:
        """The world, clock, limits, tokens and faults as at the start; the request journal is empty."""
        options = self.options
        self.clock.reset()
        self.limits.reset()
        self.faults = Faults()
        self.journal = Journal()
        with _without_collector():
            world = generate_world(
                companies=options.companies,
                tickets=options.tickets,
                seed=options.seed,
                start_ms=options.start_ms,
            )
            self.portal: Portal = portal_of(world, self.clock, self.limits)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Cyclic collection looks at every row again and again while nothing can be freed."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
