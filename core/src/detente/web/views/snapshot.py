"""The portfolio as last scored, kept in memory until the store says something new about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import BytesIO
from threading import Lock

import polars as pl
from sqlalchemy import Connection, func, select

from detente.engine.owners import account_owners
from detente.engine.policy import Bundle
from detente.engine.rubric.explain import Explanation, explain
from detente.engine.rubric.plan import ScoringPlan
from detente.store import bundles, customers, scores
from detente.store.case_queue import open_case_marks
from detente.store.database import Store
from detente.store.tables import audit_link

_OF_RECEIPTS = ("customer", "name", "lens_gap")
_OTHER_KINDS = ("read", "writes")
"""Audit links of these kinds say nothing that the portfolio shows."""


@dataclass(frozen=True, slots=True)
class Lens:
    """A department's weights by name, as people know it."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every scored customer, in no order, with the newest bundle's bands (the best first) and lenses.

    Columns of `frame`: customer, name, score_micro, band, lens_gap, receipt, bundle, as_of, score_<lens>,
    band_<lens>, owner, crms (names in order), cases, due_at, is_overdue.
    """

    frame: pl.DataFrame
    bands: tuple[str, ...]
    lenses: tuple[Lens, ...]
    as_of: datetime | None
    bundle: str


class Snapshots:
    """The newest snapshot of a store; made again when scores, cases or links have moved since."""

    def __init__(self, store: Store, connectors: Sequence[str]) -> None:
        """`connectors` is the order of the settings, which decides whose owner is named."""
        self._store = store
        self._connectors = tuple(connectors)
        self._lock = Lock()
        self._made: tuple[int, Snapshot] | None = None

    def newest(self) -> Snapshot:
        """The portfolio as the store has it now."""
        with self._lock, self._store.reading() as connection:
            version = _version(connection)
            if self._made is None or self._made[0] != version:
                self._made = (version, take_snapshot(connection, self._connectors))
            return self._made[1]


def _version(connection: Connection) -> int:
    query = select(func.max(audit_link.c.seq)).where(audit_link.c.kind.not_in(_OTHER_KINDS))
    return connection.scalar(query) or 0


def take_snapshot(connection: Connection, connectors: Sequence[str]) -> Snapshot:
    """Read the portfolio: scores, names and lenses from their receipts, owners, CRMs, open cases."""
    current = scores.current_scores(connection).drop("run")
    newest = current.sort("as_of").tail(1).to_dicts()
    plan = _plan_of(connection, newest[0]["bundle"]) if newest else None
    lenses = tuple(Lens(item.name, item.title) for item in plan.lenses) if plan else ()
    frame = current.join(_told(connection, current, lenses), on=("receipt", "customer"), how="left")
    frame = frame.join(_owners(connection, connectors), on="customer", how="left")
    frame = frame.join(_crms(connection), on="customer", how="left")
    frame = frame.join(open_case_marks(connection), on="customer", how="left")
    return Snapshot(
        frame=frame.with_columns(pl.col("cases").fill_null(0), pl.col("is_overdue").fill_null(False)),
        bands=tuple(band.name for band in reversed(plan.bands)) if plan else (),
        lenses=lenses,
        as_of=newest[0]["as_of"] if newest else None,
        bundle=newest[0]["bundle"] if newest else "",
    )


def explanations(connection: Connection, rows: Sequence[Mapping[str, object]]) -> dict[str, Explanation]:
    """Explanations of some rows of a snapshot, by customer; each receipt and bundle is opened once."""
    bundle_of = cache(lambda hash: Bundle.of(bundles.read_bundle(connection, hash)))
    told: dict[str, Explanation] = {}
    for receipt in dict.fromkeys(str(row["receipt"]) for row in rows):
        here = {row["customer"]: row for row in rows if row["receipt"] == receipt}
        bundle = bundle_of(str(next(iter(here.values()))["bundle"]))
        kept = pl.read_ipc(BytesIO(scores.receipt_of(connection, receipt)))
        for row in kept.filter(pl.col("customer").is_in(list(here))).iter_rows(named=True):
            told[row["customer"]] = explain(bundle, {**row, "as_of": here[row["customer"]]["as_of"]})
    return told


def _plan_of(connection: Connection, bundle: str) -> ScoringPlan:
    return Bundle.of(bundles.read_bundle(connection, bundle)).plan


def _told(connection: Connection, current: pl.DataFrame, lenses: Sequence[Lens]) -> pl.DataFrame:
    """What receipts tell beside the score: names, lenses, and how many bands lie between these."""
    wanted = [*_OF_RECEIPTS, *(f"{what}_{lens.name}" for lens in lenses for what in ("score", "band"))]
    frames = [_from_receipt(connection, digest, wanted) for digest in current["receipt"].unique()]
    schema = {"receipt": pl.String, "customer": pl.String, "name": pl.String, "lens_gap": pl.Int64}
    return pl.concat([pl.DataFrame(schema=schema), *frames], how="diagonal_relaxed")


def _from_receipt(connection: Connection, digest: str, wanted: Iterable[str]) -> pl.DataFrame:
    content = BytesIO(scores.receipt_of(connection, digest))
    there = pl.read_ipc_schema(content)
    content.seek(0)
    frame = pl.read_ipc(content, columns=[name for name in wanted if name in there])
    return frame.with_columns(pl.lit(digest).alias("receipt"))


def _owners(connection: Connection, connectors: Sequence[str]) -> pl.DataFrame:
    owners = account_owners(connection, connectors)
    return pl.DataFrame(
        {"customer": list(owners), "owner": list(owners.values())},
        schema={"customer": pl.String, "owner": pl.String},
    )


def _crms(connection: Connection) -> pl.DataFrame:
    members = customers.memberships(connection).group_by("customer")
    return members.agg(pl.col("connector").unique().sort().alias("crms"))
