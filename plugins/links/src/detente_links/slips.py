"""Names that differ by a slip of the pen, told from names that differ by a word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rapidfuzz.distance import OSA

_SHORT, _LONG = 5, 9
"""Letters from which on a word may hold one slip, and two."""

_A_WORD = 3
"""Firms whose names hold it make a word of it: `north` and `south` are two letters apart and no slip."""


class Vocabulary:
    """The words that several firms have in their names."""

    def __init__(self, cores: Iterable[str | None]) -> None:
        counts = Counter(word for core in set(cores) if core for word in set(core.split(" ")))
        self._words = frozenset(word for word, count in counts.items() if count >= _A_WORD)

    def is_slip(self, one: str, other: str) -> bool:
        """Whether two names are alike word by word but for one, which is misspelt in one of them."""
        ones, others = one.split(" "), other.split(" ")
        if len(ones) != len(others):
            return False
        apart = [(a, b) for a, b in zip(ones, others, strict=True) if a != b]
        return len(apart) == 1 and self._is_misspelt(*apart[0])

    def _is_misspelt(self, one: str, other: str) -> bool:
        if one in self._words and other in self._words:
            return False
        if any(sign.isdigit() for sign in one + other):
            return False
        shorter = min(len(one), len(other))
        allowed = (shorter >= _SHORT) + (shorter >= _LONG)
        return allowed > 0 and OSA.distance(one, other, score_cutoff=allowed) <= allowed


def is_within(one: str, other: str) -> bool:
    """Whether every word of one name is a word of the other, which has more of them."""
    ones, others = set(one.split(" ")), set(other.split(" "))
    return ones < others or others < ones
