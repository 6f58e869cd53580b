"""The most memory that a sync and a write-back hold, each in a process of its own, above what imports take.

Run as a script it is such a process: `memory.py WORK FOLDER CRM`, where CRM is what `described` gave.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import writeback
from crms import FollowedClock, connected
from detente.cli.demo.firm import SimulatedCrm
from detente.cli.main import collect_rarely
from detente.store.records import count_records
from report import Report
from syncing import batches

MOST_MB = 150.0
"""Promised: at most so much above the imports at 100,000 accounts."""

MORE_AT_A_MILLION = 1.2
"""Promised: at most so many times as much at a million."""


@dataclass(frozen=True, slots=True)
class Peak:
    """What one process held at most above its imports, over how many rows, and how long it took."""

    megabytes: float
    rows: int
    seconds: float


def described(crm: SimulatedCrm) -> str:
    """A CRM for another process."""
    return json.dumps([crm.name, dict(crm.told), str(crm.ca_file) if crm.ca_file else None])


def measure(
    report: Report, crm: SimulatedCrm, accounts: int, before: Mapping[str, Peak] | None = None
) -> dict[str, Peak]:
    """Sync and write-back of all accounts; `before` are the peaks at a tenth of them."""
    columns = (("rows", 10), ("peak", 10), ("at most", 12), ("took", 9), ("", 5))
    report.table(f"{crm.name}: memory above the imports, {accounts:,} accounts", ("work", 60), *columns)
    found: dict[str, Peak] = {}
    with tempfile.TemporaryDirectory() as folder:
        for work, title in (("sync", "sync"), ("plan", ""), ("write", "write-back")):
            peak = _peak(work, folder, crm)
            if title:
                found[title] = peak
                most = before[title].megabytes * MORE_AT_A_MILLION if before else MOST_MB
                cells = (
                    f"{peak.rows:,}",
                    f"{peak.megabytes:.0f} MB",
                    f"{most:.0f} MB",
                    f"{peak.seconds:.0f} s",
                )
                report.line(title, *cells, kept=peak.megabytes <= most)
    return found


def _peak(work: str, folder: str, crm: SimulatedCrm) -> Peak:
    command = [sys.executable, __file__, work, folder, described(crm)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Peak(**json.loads(told))


def main() -> None:
    """Do one work and tell its peak as JSON."""
    work, folder, given = sys.argv[1:]
    name, told, ca_file = json.loads(given)
    crm = SimulatedCrm(name, told, Path(ca_file) if ca_file else None)
    collect_rarely()
    baseline = _held("VmRSS")
    start = time.monotonic()
    rows = _WORKS[work](crm, Path(folder))
    seconds = time.monotonic() - start
    megabytes = (_held("VmHWM") - baseline) / 1024
    sys.stdout.write(json.dumps({"megabytes": megabytes, "rows": rows, "seconds": seconds}))


def _sync(crm: SimulatedCrm, folder: Path) -> int:
    clock = FollowedClock(crm)
    with connected(crm, folder, clock) as (store, connector):
        for _ in batches(store, connector, crm.name, clock, run="first"):
            pass
        with store.reading() as connection:
            return sum(count_records(connection).values())


def _plan(crm: SimulatedCrm, folder: Path) -> int:
    with connected(crm, folder, FollowedClock(crm)) as (store, _):
        return writeback.plan(store, sys.maxsize)


def _write(crm: SimulatedCrm, folder: Path) -> int:
    clock = FollowedClock(crm)
    with connected(crm, folder, clock) as (store, connector):
        return writeback.apply_all(store, connector, crm.name, clock)["applied"]


_WORKS: Mapping[str, Callable[[SimulatedCrm, Path], int]] = {"sync": _sync, "plan": _plan, "write": _write}


def _held(name: str) -> int:
    """Kilobytes that this process holds now (VmRSS) or has held at most (VmHWM)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


if __name__ == "__main__":
    main()
