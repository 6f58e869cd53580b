"""Writing back without scoring: a plan that gives each account new values, and applying it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from detente.engine.writing.apply import apply_batch
from detente.store import writes
from detente.store.database import Store
from detente.store.record_tables import record_tables
from detente.store.writes import PlannedWrite
from detente_contracts import Clock, Connector, Kind, Ref
from sqlalchemy import select

RUN = "writes"
BLOCK = 10_000

_NEW = {
    "detente_priority": "P2",
    "detente_score": "61.5",
    "detente_reason": "61 (first score): renewal in 41 days +31; 3 breached tickets in 90 days +22",
    "detente_scored_at": "2026-11-03T09:00:00Z",
}


def plan(store: Store, most: int) -> int:
    """Plan to write the first `most` accounts of the store, by id; how many there are."""
    accounts = record_tables[Kind.ACCOUNT].c
    planned = 0
    last = ""
    while planned < most:
        query = select(accounts.connector, accounts.object, accounts.id).where(accounts.id > last)
        with store.transaction() as connection:
            found = connection.execute(query.order_by(accounts.id).limit(min(BLOCK, most - planned)))
            refs = [Ref(*row) for row in found]
            writes.plan_rows(connection, _rows(refs, planned))
        if not refs:
            break
        planned += len(refs)
        last = refs[-1].id
    return planned


def _rows(refs: list[Ref], before: int) -> Iterator[PlannedWrite]:
    return (
        PlannedWrite(RUN, seq, ref, f"c-{seq}", Kind.ACCOUNT, {}, _NEW, dict.fromkeys(_NEW, "first write"))
        for seq, ref in enumerate(refs, before + 1)
    )


def apply_all(store: Store, connector: Connector, name: str, clock: Clock) -> Counter[str]:
    """Apply the plan; rows by what became of them, and `down` with 1 when the connector gave up."""
    counts: Counter[str] = Counter()
    while (done := apply_batch(store, {name: connector}, RUN, clock.now())) is not None:
        counts.update(applied=done.applied, failed=done.failed, skipped=done.skipped, down=bool(done.down))
    return +counts
