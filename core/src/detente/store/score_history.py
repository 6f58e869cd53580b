"""How a customer's score went: read back from the receipts of the latest runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import groupby

import polars as pl
from sqlalchemy import Connection, select

from detente.store.scores import ScoringRow, receipt_of
from detente.store.tables import scoring

_COLUMNS = ["customer", "score_micro", "band"]


@dataclass(frozen=True, slots=True)
class PastScore:
    """A customer's score in one run, in millionths, and the bundle that it was made under."""

    run: str
    as_of: datetime
    score_micro: int
    band: str
    bundle: str


def score_history(connection: Connection, customer: str, last: int) -> list[PastScore]:
    """The customer's scores in the `last` latest runs that scored it or others, the oldest first.

    A run's batches are in order of customer, so that of each run few receipts are opened, mostly one.
    """
    found: list[PastScore] = []
    place = 0
    for batches in _latest_runs(connection, last):
        score, place = _look_up(connection, batches, customer, min(place, len(batches) - 1))
        found += [score] if score else []
    return found[::-1]


def _latest_runs(connection: Connection, last: int) -> list[list[ScoringRow]]:
    """The batches of each of the latest runs that scored, the newest run first."""
    newest = (
        select(scoring.c.run, scoring.c.as_of)
        .distinct()
        .order_by(scoring.c.as_of.desc(), scoring.c.run.desc())
    )
    runs = list(connection.execute(newest.limit(last)))
    query = select(scoring).where(scoring.c.run.in_([row.run for row in runs]))
    rows = connection.execute(
        query.order_by(scoring.c.as_of.desc(), scoring.c.run.desc(), scoring.c.seq)
    ).all()
    batches = [ScoringRow(row.run, row.seq, row.hash, row.bundle, row.as_of) for row in rows]
    return [list(group) for _, group in groupby(batches, key=lambda row: row.run)]


def _look_up(
    connection: Connection, batches: Sequence[ScoringRow], customer: str, place: int
) -> tuple[PastScore | None, int]:
    """The customer's score in one run, and the batch that would hold it; the search starts at `place`."""
    low, high = 0, len(batches) - 1
    while low <= high:
        batch = batches[place]
        frame = pl.read_ipc(BytesIO(receipt_of(connection, batch.receipt)), columns=_COLUMNS)
        who = frame["customer"]
        if frame.height and who[0] <= customer <= who[-1]:
            return _score_in(frame, batch, customer), place
        low, high = (place + 1, high) if frame.height and who[-1] < customer else (low, place - 1)
        place = (low + high) // 2
    return None, max(0, min(low, len(batches) - 1))


def _score_in(frame: pl.DataFrame, batch: ScoringRow, customer: str) -> PastScore | None:
    row = frame.filter(pl.col("customer") == customer)
    if not row.height:
        return None
    _, micro, band = row.row(0)
    return PastScore(batch.run, batch.as_of, micro, band, batch.bundle)
