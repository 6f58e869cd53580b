"""How much of a vendor's rate a run uses, and how often it is refused, on the simulated clock.

A tenth of each limit is left for people. What remains allows so many calls at once and as many again in every
window; the share is the time that the calls made take at least, as a part of the time that they took. A daily
quota is parked, not waited for: there the share is the calls made before that, of those that the rest allows.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import writeback
from crms import FollowedClock, connected, vendor_limits
from detente.cli.demo.firm import SimulatedCrm
from detente.store.budget import allowance
from detente.store.database import Store
from detente_contracts import Connector
from report import Report
from syncing import batches

RESERVE = 0.1
"""What a budget leaves for people, unless it is told otherwise."""

SHARE, REFUSED = 0.95, 0.001
"""Promised: this share of what the reserve leaves can be used, and at most this share of calls is refused."""

DAY_S = 86_400
QUOTA = 300
"""Salesforce's calls of a day in this measure, few enough to be used up."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Calls in a window; `kinds` of the sandbox's requests count, all of them when it is empty."""

    calls: int
    window_s: int
    kinds: frozenset[str] = frozenset()

    def counted(self, asked: Sequence[Mapping[str, Any]]) -> int:
        """How many requests count."""
        return sum(not self.kinds or row["kind"] in self.kinds for row in asked)

    def share_used(self, calls: int, took_s: float) -> float:
        """The share of the allowed rate that `calls` in `took_s` seconds use."""
        allowed = allowance(self.calls, RESERVE)
        if self.window_s == DAY_S:
            return calls / allowed
        return (-(-calls // allowed) - 1) * self.window_s / took_s if took_s else 0.0


READS, WRITES = "a first sync", "write-back"

LIMITS: Mapping[str, Mapping[str, Limit]] = {
    "hubspot": {READS: Limit(190, 10), WRITES: Limit(190, 10)},
    "salesforce": {WRITES: Limit(QUOTA, DAY_S)},
    "zendesk": {
        READS: Limit(10, 60, frozenset({"export"})),
        WRITES: Limit(100, 60, frozenset({"update_many"})),
    },
}
"""The limit that binds each work, as the vendor documents it. Salesforce's quota binds no sync, which takes a
call for each 10,000 accounts. Zendesk's limit of updates is that of tickets, kept for organizations too."""


def measure(report: Report, crm: SimulatedCrm, accounts: int) -> None:
    """A first sync, then writing back, at the limits that the vendor documents."""
    columns = (("calls", 8), ("took", 9), ("limit", 10), ("share used", 11), ("refused", 8), ("", 5))
    report.table(
        f"{crm.name}: at the vendor's limits, a tenth of them left for people", ("work", 48), *columns
    )
    clock = FollowedClock(crm, exact=True)
    changes = {"daily": QUOTA} if crm.name == "salesforce" else {}
    with tempfile.TemporaryDirectory() as folder, connected(crm, Path(folder), clock) as (store, connector):
        works: dict[str, Callable[[], object]] = {
            READS: lambda: _sync(store, connector, crm.name, clock),
            WRITES: lambda: writeback.apply_all(store, connector, crm.name, clock),
        }
        for work, do in works.items():
            limit = LIMITS[crm.name].get(work)
            if work == WRITES:
                writeback.plan(store, accounts)
            # what was asked before is forgotten by then
            clock.sleep(DAY_S + 60)
            if limit is None:
                do()
                continue
            crm.tell("DELETE", "requests", None)
            with vendor_limits(crm, **changes):
                before = clock.now()
                do()
                took_s = (clock.now() - before).total_seconds()
            _told(report, work, limit, crm.ask("requests")["requests"], took_s)


def _sync(store: Store, connector: Connector, name: str, clock: FollowedClock) -> None:
    for _ in batches(store, connector, name, clock, run="first"):
        pass


def _told(report: Report, work: str, limit: Limit, asked: Sequence[Mapping[str, Any]], took_s: float) -> None:
    calls = limit.counted(asked)
    refused = sum(row["status"] in (403, 429) for row in asked) / len(asked)
    share = limit.share_used(calls, took_s)
    window = "day" if limit.window_s == DAY_S else f"{limit.window_s} s"
    cells = (f"{calls:,}", f"{took_s:,.0f} s", f"{limit.calls}/{window}", f"{share:.1%}", f"{refused:.2%}")
    report.line(work, *cells, kept=share >= SHARE and refused <= REFUSED)
