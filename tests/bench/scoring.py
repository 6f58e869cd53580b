"""Scoring with points and receipts kept, against plain Polars arithmetic and the bare write of its result."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from detente.engine.policy import Bundle, Policy
from detente.engine.rubric.compile import compile_rubric
from detente.engine.rubric.evaluate import evaluate
from detente.engine.rubric.receipts import encode
from detente.store import bundles, scores
from detente.store.database import Store
from detente_contracts import Band, Criterion, Kind, Merge, Rubric, Scale, Signal, SignalCatalogue, Step
from race import SETUP, Laps, race
from report import Report

CRITERIA = 12
BLOCK = 10_000
EDGES = (10.0, 25.0, 50.0, 75.0)
POINTS = (-80.0, -30.0, 10.0, 50.0, 100.0)
AS_OF = datetime(2026, 11, 3, tzinfo=UTC)

SCORE = "score"

MOST = 6.0
"""Ours: what was measured, and a margin."""


def portfolio(customers: int) -> pl.DataFrame:
    """Customers with twelve known signals of spread-out values."""
    index = pl.int_range(customers, eager=True)
    columns = [pl.Series("customer", [f"c-{number:08d}" for number in range(customers)])]
    columns += [pl.Series("name", [f"Customer {number}" for number in range(customers)])]
    for number in range(CRITERIA):
        values = ((index * (7919 + number * 104_729)) % 10_007).cast(pl.Float64) / 100.0
        columns += [
            values.alias(f"s{number}"),
            pl.repeat(0, customers, dtype=pl.UInt8, eager=True).alias(f"s{number}__state"),
        ]
    return pl.DataFrame(columns)


def rubric() -> tuple[Rubric, SignalCatalogue]:
    """Twelve criteria of five bands each."""
    steps = tuple(
        Step(up_to=edge, points=points) for edge, points in zip((*EDGES, None), POINTS, strict=True)
    )
    signals = tuple(
        Signal(
            name=f"s{number}",
            title=f"Signal {number}",
            unit="",
            kind=Kind.ACCOUNT,
            value="1",
            merge=Merge.MAX,
        )
        for number in range(CRITERIA)
    )
    criteria = tuple(
        Criterion(
            name=f"c{number}",
            title=f"Criterion {number}",
            signal=f"s{number}",
            weight=number + 1,
            scale=Scale(bands=steps),
        )
        for number in range(CRITERIA)
    )
    bands = (Band(name="P4", up_to=40), Band(name="P3", up_to=60), Band(name="P2", up_to=75), Band(name="P1"))
    return Rubric(name="bench", title="Bench", criteria=criteria, bands=bands), SignalCatalogue(
        signals=signals
    )


def ours(frame: pl.DataFrame) -> Laps:
    """Evaluate, keep points and receipts, and store every score."""
    made, catalogue = rubric()
    plan = compile_rubric(made, (), catalogue)
    bundle = Bundle.build(Policy(rubrics={made.name: made}), made, plan, {})
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Store.open(f"sqlite:///{folder}/b.sqlite")) as store,
    ):
        with store.transaction() as connection:
            bundles.save_bundle(connection, bundle.hash, bundle.content, AS_OF)
        yield SETUP
        for seq, block in enumerate(frame.iter_slices(BLOCK)):
            scored = evaluate(plan, block, {})
            receipt = encode(bundle.hash, scored)
            with store.transaction() as connection:
                scores.save_scoring(
                    connection,
                    run="bench",
                    seq=seq,
                    bundle=bundle.hash,
                    as_of=AS_OF,
                    receipt=receipt,
                    scores=scored,
                )
        yield SCORE


def plain(frame: pl.DataFrame) -> Laps:
    """The same arithmetic in plain Polars, its result written as it is: one file, one table."""
    weights = sum(range(1, CRITERIA + 1))
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(sqlite3.connect(Path(folder) / "b.sqlite")) as database,
    ):
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE score (customer TEXT PRIMARY KEY, score REAL, band TEXT)")
        yield SETUP
        points = frame.with_columns(_points(number).alias(f"p{number}") for number in range(CRITERIA))
        parts = points.with_columns(
            (pl.col(f"p{number}") * ((number + 1) / (2 * weights))).alias(f"part{number}")
            for number in range(CRITERIA)
        )
        total = (pl.sum_horizontal(f"part{number}" for number in range(CRITERIA)) + 50).clip(0, 100)
        scored = parts.with_columns(total.alias("score")).with_columns(_band().alias("band"))
        scored.write_ipc(Path(folder) / "result.arrow", compression="zstd")
        rows = scored.select("customer", "score", "band").iter_rows()
        with database:
            database.executemany("INSERT INTO score VALUES (?, ?, ?)", rows)
        yield SCORE


def _points(number: int) -> pl.Expr:
    value = pl.col(f"s{number}")
    chain = pl.when(value <= EDGES[0]).then(POINTS[0]).when(value <= EDGES[1]).then(POINTS[1])
    chain = chain.when(value <= EDGES[2]).then(POINTS[2]).when(value <= EDGES[3]).then(POINTS[3])
    return chain.otherwise(POINTS[4])


def _band() -> pl.Expr:
    score = pl.col("score")
    chain = pl.when(score <= 40).then(pl.lit("P4")).when(score <= 60).then(pl.lit("P3"))
    return chain.when(score <= 75).then(pl.lit("P2")).otherwise(pl.lit("P1"))


def measure(report: Report, customers: int, rounds: int) -> None:
    """Scoring against its yardstick, as a table of ratios."""
    frame = portfolio(customers)
    found = race({"ours": lambda: ours(frame), "plain": lambda: plain(frame)}, rounds)
    report.ratios("scoring, beside plain Polars arithmetic and the bare write of its result")
    name = f"score {customers:,} customers × {CRITERIA}, points and receipts kept"
    report.ratio(name, found.compare(("ours", SCORE), ("plain", SCORE)), MOST, ours=True, cpu=True)
