"""What a sandbox is started with."""

from dataclasses import dataclass

DEFAULT_START = "2026-11-03T09:00:00+00:00"
NOISES = ("low", "medium", "high")


@dataclass(frozen=True)
class Options:
    """Size, seed and start of the world, over which vendors it is spread, and what of them is on.

    `companies` and `tickets` are what the firm has in all. `noise` is how differently several vendors'
    records of one organisation read; with one vendor there is none.
    """

    companies: int = 1_000
    tickets: int = 5_000
    seed: int = 7
    start_ms: int = 0
    has_limits: bool = True
    is_real_clock: bool = False
    vendors: tuple[str, ...] = ("hubspot",)
    noise: str = "medium"
