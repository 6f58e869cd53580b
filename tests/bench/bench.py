"""`make bench`: speed as ratios inside one run, because machines are noisy."""

from __future__ import annotations

import argparse
import sys

import counting
import scoring
import syncing
from crms import TYPES, simulated
from report import Report


def main() -> int:
    """Run every measure; 1 when one is over its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=100_000, help="accounts in each CRM, and customers")
    parser.add_argument("--rounds", type=int, default=2, help="rounds that count; one before them does not")
    parser.add_argument("--changed", type=int, default=10_000, help="accounts to write back")
    parser.add_argument("--crm", action="append", choices=TYPES, help="only this one; may be given again")
    options = parser.parse_args()
    report = Report()
    scoring.measure(report, options.accounts, options.rounds)
    for name in options.crm or TYPES:
        with simulated(name, accounts=options.accounts) as crm:
            syncing.measure(report, crm, options.rounds)
            counting.measure(report, crm, options.accounts, options.changed)
    return 1 if report.over else 0


if __name__ == "__main__":
    sys.exit(main())
