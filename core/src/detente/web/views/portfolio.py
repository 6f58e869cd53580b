"""The portfolio page: filtered, sorted, a page of it with reasons, and how all of it is spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from detente.engine.rubric.explain import Explanation, LineKind
from detente.web.drawing.histogram import BINS, Block, histogram
from detente.web.drawing.strip import Strip, strip
from detente.web.views.paging import Paging
from detente.web.views.snapshot import Snapshot, explanations

REASONS = 3
_OFFERED = 200
"""Owners that the page offers to choose from; any other may be typed."""

Sort = Literal["score", "-score", "name", "-name", "gap", "-gap", "due", "-due", "owner", "-owner"]

_SORTED_BY: dict[str, pl.Expr] = {
    "score": pl.col("score_micro"),
    "name": pl.col("name").str.to_lowercase(),
    "gap": pl.col("lens_gap"),
    "due": pl.col("due_at"),
    "owner": pl.col("owner").str.to_lowercase(),
}


class PortfolioQuery(BaseModel):
    """What is asked of the portfolio; an empty word asks for nothing."""

    model_config = ConfigDict(frozen=True)

    q: str = Field(default="", max_length=200, title="Part of a name, in any case, or a customer's id")
    band: str = Field(default="", max_length=40)
    gap: Literal["", "1", "2", "3"] = Field(default="", title="At least so many bands between departments")
    case: Literal["", "open", "late", "none"] = ""
    owner: str = Field(default="", max_length=200)
    crm: str = Field(default="", max_length=80)
    sort: Sort = "-score"
    page: int = Field(default=1, ge=1, le=1_000_000)


@dataclass(frozen=True, slots=True)
class Reason:
    """One of the strongest contributions, in points."""

    text: str
    points: float


@dataclass(frozen=True, slots=True)
class LensScore:
    """What one department's own weights would say; None where the receipt is older than the lens."""

    title: str
    score: float | None
    band: str | None


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One customer of the page. `gap` is how many bands lie between the departments furthest apart."""

    customer: str
    name: str
    band: str
    score: float
    reasons: tuple[Reason, ...]
    lenses: tuple[LensScore, ...]
    gap: int
    owner: str | None
    crms: tuple[str, ...]
    cases: int
    due_at: datetime | None
    is_late: bool

    @property
    def strip(self) -> Strip:
        """The lenses drawn."""
        return strip([(lens.title, lens.score) for lens in self.lenses if lens.score is not None])


@dataclass(frozen=True, slots=True)
class BandCount:
    """Customers of one band, and their share of all in percent."""

    band: str
    customers: int
    percent: float


@dataclass(frozen=True, slots=True)
class PortfolioView:
    """The page: rows that fit, and of the whole portfolio bands, spread and what can be filtered by."""

    rows: tuple[CustomerRow, ...]
    paging: Paging
    customers: int
    bands: tuple[BandCount, ...]
    spread: tuple[Block, ...]
    owners: tuple[str, ...]
    crms: tuple[str, ...]
    as_of: datetime | None
    bundle: str


def portfolio_view(
    connection: Connection, snapshot: Snapshot, asked: PortfolioQuery, now: datetime
) -> PortfolioView:
    """The page that `asked` asks for. Equal rows are ordered by customer, so that pages never overlap."""
    late = (pl.col("due_at") < now).fill_null(False) | pl.col("is_overdue")
    frame = snapshot.frame.with_columns(late.alias("is_late"))
    found = fitting(frame, asked)
    paging = Paging(asked.page, found.height)
    shown = _ordered(found, asked.sort).slice(paging.offset, paging.size).to_dicts()
    told = explanations(connection, shown)
    return PortfolioView(
        rows=tuple(_row(item, snapshot, told[item["customer"]]) for item in shown),
        paging=paging,
        customers=frame.height,
        bands=_bands(snapshot),
        spread=tuple(_spread(snapshot)),
        owners=tuple(frame["owner"].drop_nulls().unique().sort().head(_OFFERED)),
        crms=tuple(frame["crms"].explode().drop_nulls().unique().sort()),
        as_of=snapshot.as_of,
        bundle=snapshot.bundle,
    )


def fitting(frame: pl.DataFrame, asked: PortfolioQuery) -> pl.DataFrame:
    """The rows of a snapshot's frame, with `is_late`, that fit what is asked."""
    words = asked.q.strip().lower()
    named = pl.col("name").str.to_lowercase().str.contains(words, literal=True).fill_null(False)
    cases = {
        "open": pl.col("cases") > 0,
        "late": pl.col("is_late") & (pl.col("cases") > 0),
        "none": pl.col("cases") == 0,
    }
    parts = [cases[asked.case]] if asked.case else []
    parts += [named | (pl.col("customer") == words)] if words else []
    parts += [pl.col("band") == asked.band] if asked.band else []
    parts += [pl.col("lens_gap") >= int(asked.gap)] if asked.gap else []
    parts += [pl.col("owner") == asked.owner] if asked.owner else []
    parts += [pl.col("crms").list.contains(asked.crm)] if asked.crm else []
    # Polars splits a long frame among threads, and fails over a condition that reads no column.
    return frame.filter(pl.all_horizontal(part.fill_null(False) for part in parts)) if parts else frame


def _ordered(frame: pl.DataFrame, sort: Sort) -> pl.DataFrame:
    key = _SORTED_BY[sort.lstrip("-")].alias("key")
    keyed = frame.with_columns(key)
    return keyed.sort("key", "customer", descending=[sort.startswith("-"), False], nulls_last=True).drop(
        "key"
    )


def _row(item: Mapping[str, Any], snapshot: Snapshot, told: Explanation) -> CustomerRow:
    return CustomerRow(
        customer=told.customer,
        name=told.name,
        band=told.band,
        score=told.score,
        reasons=tuple(_reasons(told)),
        lenses=tuple(
            LensScore(lens.title, item.get(f"score_{lens.name}"), item.get(f"band_{lens.name}"))
            for lens in snapshot.lenses
        ),
        gap=item["lens_gap"] or 0,
        owner=item["owner"],
        crms=tuple(item["crms"] or ()),
        cases=item["cases"],
        due_at=item["due_at"],
        is_late=bool(item["is_late"] and item["cases"]),
    )


def _reasons(told: Explanation) -> list[Reason]:
    """The strongest contributions, as the CRM's reason names them."""
    shown = dict(zip(told.lines, told.tenths, strict=True))
    return [
        Reason(
            line.said if line.kind in (LineKind.CRITERION, LineKind.ASSUMED) else line.title, shown[line] / 10
        )
        for line in told.strongest[:REASONS]
    ]


def _bands(snapshot: Snapshot) -> tuple[BandCount, ...]:
    counts = dict(snapshot.frame["band"].value_counts().iter_rows())
    total = max(snapshot.frame.height, 1)
    known = [*snapshot.bands, *sorted(counts.keys() - set(snapshot.bands))]
    return tuple(
        BandCount(band, counts.get(band, 0), round(100 * counts.get(band, 0) / total, 1)) for band in known
    )


def _spread(snapshot: Snapshot) -> list[Block]:
    places = {band.band: place for place, band in enumerate(_bands(snapshot))}
    width = 100_000_000 // BINS
    binned = snapshot.frame.select(
        (pl.col("score_micro") // width).clip(0, BINS - 1).alias("bin"),
        pl.col("band").replace_strict(places, default=0, return_dtype=pl.Int64),
    )
    counted = binned.group_by("bin", "band").len()
    return histogram({(row[0], row[1]): row[2] for row in counted.iter_rows()}, list(places))
