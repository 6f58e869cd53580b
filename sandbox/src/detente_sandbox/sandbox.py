"""One simulated firm with its clock, and the vendors that keep its records."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from detente_sandbox.clock import Clock
from detente_sandbox.keeping import Moment
from detente_sandbox.options import Options
from detente_sandbox.vendor import Vendor
from detente_sandbox.vendors import VENDORS
from detente_sandbox.world import generate_world, spread


class Sandbox:
    """Everything behind the server; `reset` brings the start back, `bring_back` a moment that was kept."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.clock = Clock(options.start_ms, is_real=options.is_real_clock)
        self.vendors: dict[str, Vendor] = {
            name: VENDORS[name](self.clock, options) for name in options.vendors
        }
        self._moments: dict[str, Moment] = {}
        self.reset()

    def keep(self, name: str) -> None:
        """Keeps the firm as it stands now, under a name."""
        self._moments[name] = Moment(self.clock, self.vendors)

    def bring_back(self, name: str) -> None:
        """The firm as it stood when it was kept. Raises: KeyError when nothing was under this name."""
        self._moments[name].bring_back(self.clock, self.vendors)

    def reset(self) -> None:
        """World, clock, limits, apps and faults as at the start; the request journals are empty."""
        options = self.options
        self.clock.reset()
        with _without_collector():
            world = generate_world(
                companies=options.companies,
                tickets=options.tickets,
                seed=options.seed,
                start_ms=options.start_ms,
            )
            shares = spread(world, options.vendors, noise=options.noise, seed=options.seed)
            for name, vendor in self.vendors.items():
                vendor.start(shares[name])


@contextmanager
def _without_collector() -> Iterator[None]:
    """Cyclic collection looks at every row again and again while nothing can be freed."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
