"""Where departments would put a customer: one mark a lens on a line from 0 to 100."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 200
"""Of the drawing, in its own units; 2 a point of score."""

_EDGE = 6
_SHAPES = ("circle", "square", "diamond", "triangle")


@dataclass(frozen=True, slots=True)
class Mark:
    """One lens: its shape, so that colour is not all that tells lenses apart, and where it lies."""

    title: str
    shape: str
    tone: int
    x: float


@dataclass(frozen=True, slots=True)
class Strip:
    """Marks in the order of the lenses, and the stretch between the furthest two."""

    marks: tuple[Mark, ...]
    low: float
    high: float


def strip(lenses: Sequence[tuple[str, float]]) -> Strip:
    """The drawing for lenses as title and score; without any, an empty one."""
    marks = tuple(
        Mark(title, _SHAPES[place % len(_SHAPES)], place % len(_SHAPES), _place(score))
        for place, (title, score) in enumerate(lenses)
    )
    places = [mark.x for mark in marks] or [_place(50.0)]
    return Strip(marks, min(places), max(places))


def _place(score: float) -> float:
    return round(_EDGE + score / 100 * (WIDTH - 2 * _EDGE), 2)
