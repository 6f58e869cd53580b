"""How a score went from run to run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

WIDTH, HEIGHT = 600, 120
"""Of the drawing, in its own units."""

_EDGE = 8
_LEAST_SPAN = 10.0


@dataclass(frozen=True, slots=True)
class Point:
    """A score in one run, and where it lies."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Points from the oldest run on; `changes` are where another policy bundle began to score.

    `low` and `high` are the scores at the foot and at the top of the drawing.
    """

    points: tuple[Point, ...]
    changes: tuple[float, ...]
    low: float
    high: float

    @property
    def path(self) -> str:
        """The points as SVG's `polyline` takes them."""
        return " ".join(f"{point.x},{point.y}" for point in self.points)


def sparkline(scores: Sequence[tuple[datetime, float, str]]) -> Sparkline:
    """The drawing of instants, scores and bundles, the oldest first; without any, an empty one."""
    low, high = _bounds([score for _, score, _ in scores])
    points = tuple(
        Point(_x(at, scores[0][0], scores[-1][0]), _y(score, low, high)) for at, score, _ in scores
    )
    changes = tuple(
        points[place].x
        for place, (before, after) in enumerate(pairwise(scores), start=1)
        if before[2] != after[2]
    )
    return Sparkline(points, changes, low, high)


def _bounds(scores: Sequence[float]) -> tuple[float, float]:
    """At least ten points of score, within 0 to 100: small moves shall look small."""
    low, high = min(scores, default=50.0), max(scores, default=50.0)
    middle, half = (low + high) / 2, max(high - low, _LEAST_SPAN) / 2
    middle = min(max(middle, half), 100 - half)
    return round(middle - half, 1), round(middle + half, 1)


def _x(at: datetime, first: datetime, last: datetime) -> float:
    span = (last - first).total_seconds()
    share = (at - first).total_seconds() / span if span else 0.5
    return round(_EDGE + share * (WIDTH - 2 * _EDGE), 2)


def _y(score: float, low: float, high: float) -> float:
    return round(HEIGHT - _EDGE - (score - low) / (high - low) * (HEIGHT - 2 * _EDGE), 2)
