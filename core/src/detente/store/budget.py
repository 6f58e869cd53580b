"""The calls that one CRM account may still take: a rolling window in the store, shared by all processes."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from detente_contracts import Clock
from sqlalchemy import Connection, bindparam, delete, select

from detente.store.bulk import put_rows
from detente.store.columns import micros
from detente.store.database import Store
from detente.store.locks import Lock, hold
from detente.store.tables import budget_bucket, budget_slot

SLOTS = 200
"""Slots that a window is counted in: at most one part in SLOTS of the allowance goes unused."""

_MICRO = 1_000_000

Slots = list[tuple[int, int]]
"""Where each slot ends, in microseconds, and its calls; oldest first."""

# made once: a call is reserved before each request, and to put these together takes longer than to ask them
_SLOT = (budget_slot.c.account == bindparam("a")) & (budget_slot.c.bucket == bindparam("b"))
_SLOTS_AFTER = (
    select(budget_slot.c.ends, budget_slot.c.calls)
    .where(_SLOT, budget_slot.c.ends > bindparam("at"))
    .order_by(budget_slot.c.ends)
)
_FORGET_UNTIL = delete(budget_slot).where(_SLOT, budget_slot.c.ends <= bindparam("at"))
_CLOSED_UNTIL = select(budget_bucket.c.closed_until).where(
    budget_bucket.c.account == bindparam("a"), budget_bucket.c.bucket == bindparam("b")
)


def allowance(limit: int, reserve: float) -> int:
    """How many of `limit` calls we may take: the rest, at least `reserve` of them, is left for humans.

    Never below 1, or nothing would ever be called.
    """
    left = ceil(limit * Fraction(str(reserve)))
    return max(1, limit - (max(1, left) if limit >= 10 else left))


class StoredBudget:
    """The budget of one CRM account. Ask it outside any transaction: it makes a short one of its own."""

    def __init__(self, store: Store, account: str, clock: Clock, reserve: float = 0.1) -> None:
        self._store = store
        self._account = account
        self._clock = clock
        self._reserve = reserve

    def take(self, bucket: str, limit: int, window_s: float) -> float:
        """Reserve one call of `bucket`, which allows `limit` calls in any `window_s` seconds.

        Returns: seconds to wait before asking again; 0.0 when the call is reserved.
        """
        window = max(SLOTS, round(window_s * _MICRO))
        with self._store.transaction() as connection:
            hold(connection, Lock.TAKE_CALL, f"{self._account}/{bucket}")
            now = micros(self._clock.now())
            slots = self._slots(connection, bucket, now - window)
            closed = self._closed_until(connection, bucket) - now
            wait = max(closed, _until_free(slots, allowance(limit, self._reserve), window) - now)
            if wait <= 0:
                self._count(connection, bucket, slots, window, now)
        return max(0, wait) / _MICRO

    def exhaust(self, bucket: str, until_s: float) -> None:
        """Let `bucket` answer a wait until `until_s` seconds from now have passed; it never shortens one."""
        with self._store.transaction() as connection:
            hold(connection, Lock.TAKE_CALL, f"{self._account}/{bucket}")
            until = micros(self._clock.now()) + ceil(until_s * _MICRO)
            until = max(until, self._closed_until(connection, bucket))
            row = (self._account, bucket, until)
            put_rows(connection, budget_bucket, ("account", "bucket", "closed_until"), [row])

    def _slots(self, connection: Connection, bucket: str, after: int) -> Slots:
        """Slots that end after `after`, oldest first. A slot ahead of a slow clock counts too."""
        found = connection.execute(_SLOTS_AFTER, {"a": self._account, "b": bucket, "at": after})
        return [(ends, calls) for ends, calls in found]

    def _closed_until(self, connection: Connection, bucket: str) -> int:
        return connection.scalar(_CLOSED_UNTIL, {"a": self._account, "b": bucket}) or 0

    def _count(self, connection: Connection, bucket: str, slots: Slots, window: int, now: int) -> None:
        width = window // SLOTS
        ends = (now // width + 1) * width
        calls = dict(slots).get(ends, 0)
        if not calls:
            connection.execute(_FORGET_UNTIL, {"a": self._account, "b": bucket, "at": now - window})
        row = (self._account, bucket, ends, calls + 1)
        put_rows(connection, budget_slot, ("account", "bucket", "ends", "calls"), [row])


def _until_free(slots: Slots, allowed: int, window: int) -> int:
    """When enough of the calls in `slots` have left the window for one more; 0 when they have."""
    surplus, free = sum(calls for _, calls in slots) - allowed + 1, 0
    for ends, calls in slots:
        if surplus <= 0:
            break
        surplus -= calls
        free = ends + window
    return free
