"""What moved between two assessments of one portfolio: bands, scores, and the cases of conflicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from detente.engine.trying.assessment import Assessment
from detente.store.cases import CaseRow


@dataclass(frozen=True, slots=True)
class Mover:
    """A customer whose score is another one, in points of one decimal."""

    customer: str
    name: str
    before: float
    after: float
    band_before: str
    band_after: str

    @property
    def points(self) -> float:
        """How far the score moved, below 0 when it fell."""
        return round(self.after - self.before, 1)

    @property
    def has_another_band(self) -> bool:
        """Whether the band moved too."""
        return self.band_before != self.band_after


@dataclass(frozen=True, slots=True)
class Movement:
    """`bands` counts customers before and after, the first band first; `movers` come furthest first.

    `links` counts links before and after, by how they came about, where the two differ.
    `opened` and `closed` are cases whose conflict is there in one of both only.
    """

    bands: Mapping[str, tuple[int, int]]
    links: Mapping[str, tuple[int, int]]
    movers: tuple[Mover, ...]
    opened: tuple[CaseRow, ...]
    closed: tuple[CaseRow, ...]

    @property
    def is_still(self) -> bool:
        """Whether nothing moved at all."""
        counts = all(before == after for before, after in self.bands.values())
        return counts and not (self.links or self.movers or self.opened or self.closed)


def movement(before: Assessment, after: Assessment) -> Movement:
    """What moved from `before` to `after`."""
    return Movement(
        bands=_bands(before, after),
        links={
            name: (before.links.get(name, 0), count)
            for name, count in after.links.items()
            if before.links.get(name, 0) != count
        },
        movers=tuple(_movers(before.scored, after.scored)),
        opened=_only_in(after.cases, before.cases),
        closed=_only_in(before.cases, after.cases),
    )


def band_counts(assessment: Assessment) -> dict[str, int]:
    """How many customers stand in each band, the first band first."""
    counts = dict(assessment.scored["band"].value_counts().iter_rows())
    return {band.name: counts.get(band.name, 0) for band in reversed(assessment.bundle.plan.bands)}


def _bands(before: Assessment, after: Assessment) -> dict[str, tuple[int, int]]:
    old, new = band_counts(before), band_counts(after)
    return {name: (old.get(name, 0), new.get(name, 0)) for name in {**new, **old}}


def _movers(before: pl.DataFrame, after: pl.DataFrame) -> Iterable[Mover]:
    old = before.select("customer", pl.col("score").alias("before"), pl.col("band").alias("band_before"))
    both = after.select("customer", "name", "score", "band").join(old, on="customer")
    moved = both.filter(pl.col("score") != pl.col("before"))
    furthest = (pl.col("score") - pl.col("before")).abs().round(1)
    for row in moved.sort(furthest, "customer", descending=[True, False]).iter_rows(named=True):
        yield Mover(
            customer=row["customer"],
            name=row["name"] or row["customer"],
            before=row["before"],
            after=row["score"],
            band_before=row["band_before"],
            band_after=row["band"],
        )


def _only_in(these: Iterable[CaseRow], those: Iterable[CaseRow]) -> tuple[CaseRow, ...]:
    known = {row.fingerprint for row in those}
    return tuple(row for row in these if row.fingerprint not in known)
