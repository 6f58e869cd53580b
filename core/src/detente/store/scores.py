"""Scores: columnar receipts by content hash, the runs that gave them, and each customer's current row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import polars as pl
from detente_contracts import RuleViolationError
from sqlalchemy import Connection, select

from detente.store.bulk import append_rows, put_rows
from detente.store.columns import micros
from detente.store.record_frames import INSTANT, ColumnType, query_frame
from detente.store.tables import receipt_batch, score, scoring


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A customer's current score, in millionths. `position` is its row in the receipt, from 0.

    `run`, `bundle` and `as_of` are those of the last scoring that gave this receipt.
    """

    customer: str
    run: str
    receipt: str
    position: int
    score_micro: int
    band: str
    bundle: str
    as_of: datetime


@dataclass(frozen=True, slots=True)
class ScoringRow:
    """One batch that a run scored; `receipt` is the hash of its receipt."""

    run: str
    seq: int
    receipt: str
    bundle: str
    as_of: datetime


def save_scoring(
    connection: Connection,
    *,
    run: str,
    seq: int,
    bundle: str,
    as_of: datetime,
    receipt: bytes,
    scores: pl.DataFrame,
) -> str:
    """Keep one batch of scores, in the order of its receipt; the receipt's hash.

    `scores` has customer, score_micro and band, each customer once. What a run kept under a `seq` stands:
    told again, nothing changes. A customer's row is rewritten only when its receipt or place in it moved.
    """
    stood: str | None = connection.scalar(
        select(scoring.c.hash).where(scoring.c.run == run, scoring.c.seq == seq)
    )
    if stood is not None:
        return stood
    digest = sha256(receipt).hexdigest()
    receipt_columns = ("hash", "bundle", "rows", "content")
    put_rows(
        connection, receipt_batch, receipt_columns, [(digest, bundle, scores.height, receipt)], replace=False
    )
    row = (run, seq, digest, bundle, micros(as_of))
    append_rows(connection, scoring, ("run", "seq", "hash", "bundle", "as_of"), [row])
    current = scores.select("customer", "score_micro", "band").iter_rows()
    rows = ((*values, digest, position) for position, values in enumerate(current))
    put_rows(connection, score, ("customer", "score_micro", "band", "receipt", "position"), rows)
    return digest


def score_of(connection: Connection, customer: str) -> ScoreRow | None:
    """The current score of a customer; None when it has none."""
    query = select(score, scoring.c.run, scoring.c.bundle, scoring.c.as_of)
    query = query.join(scoring, scoring.c.hash == score.c.receipt).where(score.c.customer == customer)
    row = connection.execute(query.order_by(scoring.c.as_of.desc(), scoring.c.run.desc()).limit(1)).first()
    return None if row is None else ScoreRow(**row._mapping)


def receipt_of(connection: Connection, hash: str) -> bytes:
    """The receipt with this hash.

    Raises: RuleViolationError when none is kept.
    """
    content: bytes | None = connection.scalar(
        select(receipt_batch.c.content).where(receipt_batch.c.hash == hash)
    )
    if content is None:
        raise RuleViolationError(f"no receipt {hash} is kept", hint="Verify the store: it is incomplete")
    return content


def all_receipts(connection: Connection) -> Iterator[tuple[str, str]]:
    """Every receipt once: its hash, and the bundle under which it was first made; ordered by hash."""
    query = select(receipt_batch.c.hash, receipt_batch.c.bundle).order_by(receipt_batch.c.hash)
    yield from connection.execute(query)


_CURRENT = """
SELECT s.customer, g.run, s.receipt, s.position, s.score_micro, s.band, g.bundle, g.as_of
FROM score s JOIN (
    SELECT hash, run, bundle, as_of,
           row_number() OVER (PARTITION BY hash ORDER BY as_of DESC, run DESC, seq DESC) AS place
    FROM scoring
) g ON g.hash = s.receipt AND g.place = 1
WHERE EXISTS (SELECT 1 FROM membership m WHERE m.customer = s.customer AND m.until IS NULL)
"""


def current_scores(connection: Connection) -> pl.DataFrame:
    """Columns of ScoreRow for every customer that has an account now, ordered by customer."""
    texts = dict.fromkeys(("customer", "run", "receipt"), pl.String)
    schema: dict[str, ColumnType] = {
        **texts,
        "position": pl.Int64,
        "score_micro": pl.Int64,
        "band": pl.String,
        "bundle": pl.String,
        "as_of": INSTANT,
    }
    return query_frame(connection, _CURRENT, schema).sort("customer")


def scorings_of(connection: Connection, run: str) -> list[ScoringRow]:
    """The batches that a run scored, in order."""
    query = select(scoring).where(scoring.c.run == run).order_by(scoring.c.seq)
    return [
        ScoringRow(row.run, row.seq, row.hash, row.bundle, row.as_of) for row in connection.execute(query)
    ]
