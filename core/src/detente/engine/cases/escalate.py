"""Escalate: bring cases up to date with what was detected, and move those whose time ran out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from detente_contracts import ConfigurationError, RuleViolationError
from sqlalchemy import Connection

from detente.engine.cases.asked import Asked
from detente.engine.cases.case_text import case_text, moment
from detente.engine.cases.desk import Desk, Looked
from detente.engine.cases.detect import Detected, Found
from detente.engine.cases.fold import SUBSIDED
from detente.engine.cases.frozen import FrozenRules, Rules
from detente.engine.policy import Bundle, Policy
from detente.store import bundles, cases
from detente.store.cases import CaseRow, DuePlace
from detente.store.database import Store
from detente.store.locks import Lock, hold

__all__ = ["CaseCounts", "SUBSIDED", "case_text", "escalate", "moment", "sweep"]

BATCH = 500
"""Due cases that one transaction takes at most."""


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """What happened to cases; `stuck` are those that could not be worked on, by the reason."""

    opened: int = 0
    updated: int = 0
    moved: int = 0
    overdue: int = 0
    subsided: int = 0
    stuck: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def problems(self) -> tuple[str, ...]:
        """What people must know, as sentences."""
        return tuple(
            f"{len(ids)} cases could not be worked on, such as {ids[0]}: {reason}"
            for reason, ids in sorted(self.stuck.items())
        )

    def __add__(self, other: CaseCounts) -> CaseCounts:
        """Both together."""
        stuck = {**self.stuck}
        for reason, ids in other.stuck.items():
            stuck[reason] = tuple(dict.fromkeys([*stuck.get(reason, ()), *ids]))
        return CaseCounts(
            self.opened + other.opened,
            self.updated + other.updated,
            self.moved + other.moved,
            self.overdue + other.overdue,
            self.subsided + other.subsided,
            stuck,
        )


def escalate(
    connection: Connection,
    *,
    run: str,
    detected: Detected,
    policy: Policy,
    bundle_hash: str,
    owners: Mapping[str, str],
    plugins: Asked,
    now: datetime,
    frozen: Callable[[str], Rules] | None = None,
) -> CaseCounts:
    """Open, update, end and move cases after the run `run` looked for conflicts.

    `owners` are names by customer; `frozen` reads the rules of an older bundle, by default from the store.
    Called again for the same run it changes nothing.
    """
    hold(connection, Lock.CASES)
    desk = Desk(connection, plugins, _rules(connection, frozen, {bundle_hash: policy}), now)
    # Customers may have been merged: their cases are about the one that stands for them, each for itself.
    known = cases.open_cases(connection)
    seen = {row.fingerprint for row in known}
    found = {item.conflict.fingerprint: item for item in detected.conflicts}
    _open_new(desk, [found[key] for key in found.keys() - seen], bundle_hash, owners, run)
    looked = detected.looked_at(row.customer for row in known)
    for row in known:
        with _named(desk, row.id):
            _update(desk, row, found.get(row.fingerprint), looked, run)
    desk.keep(run)
    older = {row.id for row in known}
    _move(desk, (row for row in cases.open_cases(connection) if row.id in older and desk.is_stuck(row)))
    desk.keep(run)
    place = _sweep(desk, run, BATCH, None)
    while place:
        place = _sweep(desk, run, BATCH, place)
    return _counts(desk)


def sweep(
    store: Store,
    *,
    now: datetime,
    plugins: Asked,
    limit: int = BATCH,
    frozen: Callable[[str], Rules] | None = None,
) -> Iterator[CaseCounts]:
    """Move every case whose time ran out at `now`, the longest due first, `limit` in each transaction.

    Stages without a successor stay with their owner and are marked overdue: the software never rules. Each
    transaction is told, and the next one begins when its counts are asked for.
    """
    subject = f"sweep-{now.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"
    place: DuePlace | None = None
    while True:
        with store.transaction() as connection:
            hold(connection, Lock.CASES)
            desk = Desk(connection, plugins, _rules(connection, frozen, {}), now)
            place = _sweep(desk, subject, limit, place)
        yield _counts(desk)
        if place is None:
            return


def _open_new(desk: Desk, found: Iterable[Found], bundle: str, owners: Mapping[str, str], run: str) -> None:
    """A case for each conflict that has no open one, in order of fingerprint."""
    new = sorted(found, key=lambda item: item.conflict.fingerprint)
    before = cases.openings_of(desk.connection, (item.conflict.fingerprint for item in new))
    for item in new:
        fingerprint = item.conflict.fingerprint
        with _named(desk, f"{item.conflict.kind} of customer {item.conflict.customer}"):
            ordinal = before.get(fingerprint, 0) + 1
            owner = owners.get(item.conflict.customer)
            desk.open(item, ordinal=ordinal, bundle=bundle, account_owner=owner, run=run)


def _update(desk: Desk, row: CaseRow, found: Found | None, looked: Looked, run: str) -> None:
    """Note that the conflict was seen, once a run, or that it was not."""
    if found is None:
        desk.miss(row, looked, run)
    elif row.last_seen_run != run:
        desk.see(row, found, run)


def _sweep(desk: Desk, subject: str, limit: int, after: DuePlace | None) -> DuePlace | None:
    """Take the next due cases; where the last of them stood, None when no more are due.

    The place goes on past those that cannot be moved: they stay due, and must hold up nobody behind them.
    """
    due = cases.due_cases(desk.connection, desk.now, limit, after)
    _move(desk, due)
    desk.keep(subject)
    last = due[-1] if len(due) == limit else None
    return (last.due_at, last.id) if last is not None and last.due_at is not None else None


def _move(desk: Desk, rows: Iterable[CaseRow]) -> None:
    for row in rows:
        with _named(desk, row.id):
            desk.move(row)


@contextmanager
def _named(desk: Desk, case: str) -> Iterator[None]:
    """One case that cannot be worked on is named, and the others go on."""
    try:
        yield
    except (ConfigurationError, RuleViolationError) as error:
        desk.problems.setdefault(error.message, []).append(case)


def _rules(
    connection: Connection, frozen: Callable[[str], Rules] | None, known: Mapping[str, Rules]
) -> FrozenRules:
    stored = frozen or (lambda hash: Bundle.of(bundles.read_bundle(connection, hash)).policy)
    return FrozenRules(lambda hash: known[hash] if hash in known else stored(hash))


def _counts(desk: Desk) -> CaseCounts:
    stuck = {reason: tuple(dict.fromkeys(ids)) for reason, ids in desk.problems.items()}
    return CaseCounts(**desk.done, stuck=stuck)
