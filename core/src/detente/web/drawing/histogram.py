"""How the scores of a portfolio are spread, by band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 500, 90
"""Of the drawing, in its own units."""

BINS = 50


@dataclass(frozen=True, slots=True)
class Block:
    """The customers of one band whose score lies in one bin, drawn upwards from the foot of the drawing."""

    band: int
    x: float
    y: float
    width: float
    height: float


def histogram(counts: Mapping[tuple[int, int], int], bands: Sequence[str]) -> list[Block]:
    """Blocks from `counts` by bin (0 to 49, two points each) and band (its place in `bands`).

    Where a bin holds customers of several bands, the blocks stand on each other. Empty counts give none.
    """
    heights: dict[int, int] = {}
    for (place, _), count in counts.items():
        heights[place] = heights.get(place, 0) + count
    tallest = max(heights.values(), default=1)
    step = WIDTH / BINS
    feet: dict[int, float] = dict.fromkeys(heights, float(HEIGHT))
    blocks = []
    for (place, band), count in sorted(counts.items()):
        height = round(count / tallest * (HEIGHT - 2), 2)
        feet[place] -= height
        x = round(place * step + 0.5, 2)
        blocks.append(Block(band, x, round(feet[place], 2), step - 1, height))
    return blocks
