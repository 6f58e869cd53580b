"""Recompute every score from its receipt, with arithmetic that shares nothing with what made it."""

from __future__ import annotations

from dataclasses import dataclass

from detente_contracts import Progress
from sqlalchemy import Connection

from detente.engine.policy import Bundle
from detente.engine.rubric.receipts import decode
from detente.engine.rubric.replay import replay
from detente.store import bundles, runs, scores
from detente.store.database import Store


@dataclass(frozen=True, slots=True)
class Checked:
    """How many receipts and scores were recomputed; `wrong` names every one that differs."""

    receipts: int
    scores: int
    wrong: tuple[str, ...]


def verify_receipts(store: Store, *, everything: bool, progress: Progress) -> Checked:
    """Replay the latest run's receipts, or with `everything` all that were ever kept."""
    with store.reading() as connection:
        found = list(scores.all_receipts(connection) if everything else _latest(connection))
        total, wrong = 0, []
        for number, (digest, bundle_hash) in enumerate(found, start=1):
            receipt = decode(scores.receipt_of(connection, digest))
            plan = Bundle.of(bundles.read_bundle(connection, bundle_hash)).plan
            wrong += [f"receipt {digest[:12]}: {fault}" for fault in replay(plan, receipt)]
            total += receipt.height
            progress("recompute receipts", number, len(found))
    return Checked(len(found), total, tuple(wrong))


def _latest(connection: Connection) -> list[tuple[str, str]]:
    for row in runs.last_runs(connection, 20):
        found = [(item.receipt, item.bundle) for item in scores.scorings_of(connection, row.id)]
        if found:
            return found
    return []
