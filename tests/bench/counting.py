"""Requests by kind, as the sandbox counted them, beside the fewest that the vendor's API allows."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import writeback
from crms import FollowedClock, connected
from detente.cli.demo.firm import SimulatedCrm
from report import Report
from syncing import ROUTES, batches


@dataclass(frozen=True, slots=True)
class Vendor:
    """The sandbox's kinds of request, by what they are for, and how many records one of them takes at most.

    A look reads our fields by id, right before a write and again after it; then of `back` records.
    """

    pages: tuple[str, ...]
    page: int
    look_kind: str
    look: int
    write_kind: str
    batch: int
    back: int
    poll: str = "none"


VENDORS: Mapping[str, Vendor] = {
    "hubspot": Vendor(("list",), 100, "batch_read", 100, "batch_update", 100, 50),
    "salesforce, bulk": Vendor(
        ("bulk_results",), 10_000, "query", 300, "batch_update", 200, 300, "bulk_poll"
    ),
    "salesforce, query": Vendor(("query", "query_more"), 2_000, "query", 300, "batch_update", 200, 300),
    "zendesk": Vendor(("export",), 1_000, "show_many", 100, "update_many", 100, 100, "jobs"),
}
"""A page of bulk results is as large as one likes: ours holds what one transaction keeps. Looks at Salesforce
are queries, whose address has room for 300 ids. HubSpot is read back with histories."""

SLACK = 1.02
"""Ours: pages of an export by time begin with the rows of the last second again."""

LOOKS_A_WRITE = 3
"""Promised: reading before and after takes at most so many requests for each that writes."""


def measure(report: Report, crm: SimulatedCrm, accounts: int, changed: int) -> None:
    """A first sync and one with nothing changed, by each way of reading; then `changed` accounts written."""
    for number, (route, settings) in enumerate(ROUTES[crm.name].items()):
        columns = (("requests", 9), ("fewest", 9), ("at most", 9), ("", 5))
        report.table(f"{route}: requests", ("for", 66), *columns)
        clock = FollowedClock(crm)
        with (
            tempfile.TemporaryDirectory() as folder,
            connected(crm, Path(folder), clock, settings=settings) as (store, connector),
        ):
            taken(crm)
            for _ in batches(store, connector, crm.name, clock, run="first"):
                pass
            _reading(report, VENDORS[route], taken(crm), accounts)
            clock.sleep(600)
            for _ in batches(store, connector, crm.name, clock, run="again"):
                pass
            report.told("sync, nothing changed: " + _named(told := taken(crm)), f"{told.total():,}", "", "")
            if number == 0:
                planned = writeback.plan(store, changed)
                done = writeback.apply_all(store, connector, crm.name, clock)
                _writing(report, VENDORS[route], taken(crm), planned, done["applied"])


def taken(crm: SimulatedCrm) -> Counter[str]:
    """Requests by kind since the last time."""
    counts = Counter(crm.ask("requests/counts"))
    crm.tell("DELETE", "requests", None)
    return counts


def _named(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "none"


def _reading(report: Report, vendor: Vendor, told: Counter[str], accounts: int) -> None:
    pages, fewest = sum(told.pop(kind, 0) for kind in vendor.pages), ceil(accounts / vendor.page)
    most = ceil(fewest * SLACK) + 1
    name = f"sync of {accounts:,}: pages of {vendor.page:,}"
    report.line(name, f"{pages:,}", f"{fewest:,}", f"{most:,} ours", kept=pages <= most)
    report.told("sync: " + _named(told), f"{told.total():,}", "", "")


def _writing(report: Report, vendor: Vendor, told: Counter[str], rows: int, applied: int) -> None:
    report.line("write: rows that came to stand", f"{applied:,}", "", f"{rows:,}", kept=applied == rows)
    writes, fewest = told.pop(vendor.write_kind, 0), ceil(rows / vendor.batch)
    name = f"write of {rows:,}: {vendor.write_kind} of {vendor.batch}"
    report.line(name, f"{writes:,}", f"{fewest:,}", f"{fewest:,}", kept=writes == fewest)
    looks, least = told.pop(vendor.look_kind, 0), ceil(rows / vendor.look) + ceil(rows / vendor.back)
    most = LOOKS_A_WRITE * writes
    name = f"write: {vendor.look_kind} of {vendor.look} before, of {vendor.back} after"
    report.line(name, f"{looks:,}", f"{least:,}", f"{most:,}", kept=looks <= most)
    polls = told.pop(vendor.poll, 0)
    report.told("write: looks at jobs", f"{polls:,}", "", "")
    report.told("write: " + _named(told), f"{told.total():,}", "", "")
