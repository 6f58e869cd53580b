"""`make bench`: speed and memory as ratios inside one run, because machines are noisy.

Each measure runs ours and its yardstick in turn and prints the median of the ratios.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable

import scoring
import syncing


def ratio(ours: Callable[[], float], theirs: Callable[[], float], rounds: int) -> tuple[float, float, float]:
    """Median seconds of ours, of theirs, and their ratio pair by pair; the first round does not count."""
    pairs = [(ours(), theirs()) for _ in range(rounds + 1)][1:]
    return (
        statistics.median(mine for mine, _ in pairs),
        statistics.median(other for _, other in pairs),
        statistics.median(mine / other for mine, other in pairs),
    )


def report(name: str, found: tuple[float, float, float], limit: float) -> bool:
    """Print one measure; whether it keeps its limit."""
    mine, other, share = found
    kept = share <= limit
    verdict = "ok" if kept else "OVER"
    sys.stdout.write(
        f"{name:<66} {mine:8.2f} s {other:8.2f} s {share:6.2f}×  (at most {limit:g}×) {verdict}\n"
    )
    sys.stdout.flush()
    return kept


def main() -> int:
    """Run every measure; 1 when one is over its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--companies", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    sys.stdout.write(f"{'measure':<66} {'ours':>10} {'theirs':>10} {'ratio':>7}\n")
    kept = [
        report(name, ratio(ours, theirs, options.rounds), limit)
        for name, ours, theirs, limit in scoring.measures(options.customers)
    ]
    with syncing.server(options.companies) as measures:
        kept += [
            report(name, ratio(ours, theirs, options.rounds), limit) for name, ours, theirs, limit in measures
        ]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
