"""What an earlier run planned and never came to write, because it ended with a fault."""

from __future__ import annotations

import sys
from datetime import datetime

from sqlalchemy import Connection

from detente.store import runs, writes
from detente.store.audit import append_link
from detente.store.audit_leaves import leaves_for, writes_subject
from detente.store.writes import SettledWrite, WriteState

WHY = "the run ended before it was written"


def abandon_leftovers(connection: Connection, now: datetime) -> int:
    """Skip what a run that ended in the middle had planned; how many writes. A new plan replaces them."""
    left = runs.unfinished_run(connection)
    if left is None:
        return 0
    rows = writes.planned(connection, left.id, sys.maxsize)
    skipped = [SettledWrite(row.run, row.seq, WriteState.SKIPPED, WHY, now) for row in rows]
    writes.settle(connection, skipped)
    if rows:
        subject = writes_subject(left.id, rows[0].seq, rows[-1].seq)
        leaves = leaves_for(connection, "writes", subject)
        append_link(connection, kind="writes", subject=subject, leaves=leaves, at=now)
    runs.finish_run(connection, left.id, "ended with a fault", {}, now)
    return len(rows)
