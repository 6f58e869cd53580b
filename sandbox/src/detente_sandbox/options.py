"""What a sandbox is started with."""

from dataclasses import dataclass

DEFAULT_START = "2026-11-03T09:00:00+00:00"


@dataclass(frozen=True)
class Options:
    """Size, seed and start of the world, and which parts of the vendor's behaviour are on."""

    companies: int = 1_000
    tickets: int = 5_000
    seed: int = 7
    start_ms: int = 0
    has_limits: bool = True
    is_real_clock: bool = False
