"""`make bench`: speed as ratios inside one run, requests as counts, memory by process.

Machines are noisy: whatever is compared takes turns, lap by lap, and the first round does not count.
"""

from __future__ import annotations

import argparse
import sys

import counting
import memory
import pacing
import scoring
import syncing
from crms import TYPES, simulated
from detente.cli.main import collect_rarely
from report import Report


def main() -> int:
    """Run every measure; 1 when one is over its limit."""
    options = _options()
    collect_rarely()
    report = Report()
    if not options.million:
        scoring.measure(report, options.accounts, options.rounds)
    for name in options.crm or TYPES:
        with simulated(name, accounts=options.accounts) as crm:
            if not options.million:
                syncing.measure(report, crm, options.rounds)
                counting.measure(report, crm, options.accounts, options.changed)
                pacing.measure(report, crm, options.accounts)
            peaks = memory.measure(report, crm, options.accounts)
        if options.million:
            with simulated(name, accounts=10 * options.accounts) as crm:
                memory.measure(report, crm, 10 * options.accounts, peaks)
    return 1 if report.over else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=100_000, help="accounts in each CRM, and customers")
    parser.add_argument(
        "--changed", type=int, default=10_000, help="accounts to write back where requests count"
    )
    parser.add_argument("--rounds", type=int, default=2, help="rounds that count; one before them does not")
    parser.add_argument("--crm", action="append", choices=TYPES, help="only this one; may be given again")
    parser.add_argument(
        "--million", action="store_true", help="only memory, at this size and at ten times it"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
