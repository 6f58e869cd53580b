"""Departments apart: customers whose band differs by two or more between lenses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from detente_contracts import BAND_OPTIONS, Conflict, Family, Frame, Row

GAP = 2
"""Bands between the lenses furthest apart from which on it is a conflict."""

_BAND = "band_"
_NAME, _CONTESTED = 70, 80
"""Characters of a customer's name that a title keeps, and that a contested text may have."""


class _View(NamedTuple):
    """How one lens sees the customer. `place` counts from 0, the strongest band."""

    place: int
    lens: str
    band: str


def lenses_apart(portfolio: Frame) -> list[Conflict]:
    """One conflict a customer, in the portfolio's order; none when there are fewer than two lenses."""
    lenses = [name.removeprefix(_BAND) for name in portfolio.columns if name.startswith(_BAND)]
    if len(lenses) < 2 or "lens_gap" not in portfolio.columns:
        return []
    apart = ((row, _views(row, lenses)) for row in portfolio.rows() if _gap(row) >= GAP)
    return [_conflict(row, min(views), max(views)) for row, views in apart if len(views) > 1]


def _gap(row: Row) -> int:
    gap = row.get("lens_gap")
    return gap if isinstance(gap, int) else 0


def _views(row: Row, lenses: Sequence[str]) -> list[_View]:
    bands = ((lens, row.get(_BAND + lens)) for lens in lenses)
    return [_View(BAND_OPTIONS.index(band), lens, band) for lens, band in bands if band in BAND_OPTIONS]


def _conflict(row: Row, first: _View, last: _View) -> Conflict:
    """The conflict between the lens that puts the customer first and the one that puts it last."""
    said = f"{_spoken(first.lens)} says {first.band}, {_spoken(last.lens)} says {last.band}"
    return Conflict(
        kind="lenses_apart",
        family=Family.INTERNAL,
        customer=str(row["customer"]),
        title=f"{str(row.get('name') or 'Customer')[:_NAME]}: {said}",
        contested=said[:_CONTESTED],
        parties=(first.lens, last.lens),
        evidence={
            "lens_gap": _gap(row),
            _BAND + first.lens: first.band,
            _BAND + last.lens: last.band,
        },
        severity=3 if _gap(row) == GAP else 4,
    )


def _spoken(lens: str) -> str:
    return lens.replace("_", " ")
