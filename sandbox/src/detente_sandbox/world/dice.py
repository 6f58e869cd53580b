"""Seeded choice; the same everywhere for the same seed and purpose."""

from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import TypeVar

T = TypeVar("T")


def dice_for(seed: int, purpose: str) -> Random:
    """A generator of its own for each purpose, so that one part's draws never shift another's.

    Seeding by text goes through SHA-512, not through the process's hash seed.
    """
    return Random(f"{seed}/{purpose}")


def pick(dice: Random, options: Sequence[T]) -> T:
    """One of `options`, all equally likely; quicker than `Random.choice`."""
    return options[int(dice.random() * len(options))]


class Loaded:
    """Draws positions 0.. with given weights."""

    def __init__(self, weights: Sequence[float]) -> None:
        self._edges = list(accumulate(weights))

    def draw(self, dice: Random) -> int:
        """A position; the weights need not sum to 1."""
        return min(bisect(self._edges, dice.random() * self._edges[-1]), len(self._edges) - 1)
