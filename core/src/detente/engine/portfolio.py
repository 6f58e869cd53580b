"""The portfolio of a run: signals made from records, and scores read back from the run's own receipts."""

from __future__ import annotations

from datetime import datetime

import polars as pl
from detente_contracts import Kind

from detente.engine.money import unknown_currencies
from detente.engine.opening import Engine
from detente.engine.rubric.evaluate import evaluate
from detente.engine.rubric.receipts import decode
from detente.engine.signals import build_portfolio
from detente.store import checkpoints, customers, records, runs, scores


class Portfolio:
    """One row a customer, kept in memory for one run at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._signals: tuple[str, pl.DataFrame] | None = None
        self._scored: tuple[str, pl.DataFrame] | None = None
        self.lost: dict[str, int] = {}
        """Currencies without a rate, with how many amounts they cost; known once signals are made."""

    def as_of(self, run: str) -> datetime:
        """The instant for which the run scores."""
        with self._engine.store.reading() as connection:
            row = runs.read_run(connection, run)
        if row is None:
            raise LookupError(f"run {run} was never begun")
        return row.as_of

    def signals(self, run: str) -> pl.DataFrame:
        """Signals of every customer, ordered by customer."""
        if self._signals is None or self._signals[0] != run:
            self._signals = (run, self._build(self.as_of(run)))
        return self._signals[1]

    def scored(self, run: str) -> pl.DataFrame:
        """Signals and results of every customer, as the run's receipts hold them."""
        if self._scored is None or self._scored[0] != run:
            with self._engine.store.reading() as connection:
                blobs = [
                    scores.receipt_of(connection, row.receipt) for row in scores.scorings_of(connection, run)
                ]
            frames = [decode(blob) for blob in blobs]
            self._scored = (run, pl.concat(frames) if frames else self._nobody(run))
        return self._scored[1]

    def _nobody(self, run: str) -> pl.DataFrame:
        """The columns of a scored portfolio when there is no customer at all."""
        return evaluate(self._engine.rules.plan, self.signals(run), {})

    def _build(self, as_of: datetime) -> pl.DataFrame:
        engine = self._engine
        connectors = tuple(engine.settings.connectors)
        with engine.store.reading() as connection:
            points = checkpoints.checkpoints_of(connection, connectors)
            frames = {kind: records.records_frame(connection, kind, connectors) for kind in Kind}
            members = customers.memberships(connection)
        self.lost = unknown_currencies(frames, engine.rules.policy, as_of)
        return build_portfolio(
            frames=frames,
            memberships=members,
            signals=engine.rules.catalogue.signals,
            policy=engine.rules.policy,
            hidden={source: point.hidden for source, point in points.items()},
            caught_up_at={source: point.caught_up_at for source, point in points.items()},
            connectors=connectors,
            as_of=as_of,
        )
