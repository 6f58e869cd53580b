"""Names that differ by a slip of the pen or a word cut short, told from names that differ by a word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rapidfuzz.distance import OSA

_SHORT, _LONG = 5, 9
"""Letters from which on a word may hold one slip, and two."""

_CUT = 3
"""Letters that a word cut short keeps at least."""

_A_WORD = 3
"""Firms whose names hold it make a word of it: `north` and `south` are two letters apart and no slip."""


class Vocabulary:
    """The words that several firms have in their names."""

    def __init__(self, cores: Iterable[str | None]) -> None:
        counts = Counter(word for core in set(cores) if core for word in set(core.split(" ")))
        self._words = frozenset(word for word, count in counts.items() if count >= _A_WORD)

    def likeness(self, one: str, other: str) -> str | None:
        """How names that differ are alike: `slip`, `short` (one word is cut), `within`; None: not at all."""
        apart = _words_apart(one, other)
        if len(apart) == 1:
            if self._is_misspelt(*apart[0]):
                return "slip"
            if _is_cut(*apart[0]):
                return "short"
        return "within" if is_within(one, other) else None

    def _is_misspelt(self, one: str, other: str) -> bool:
        if one in self._words and other in self._words:
            return False
        if any(sign.isdigit() for sign in one + other):
            return False
        shorter = min(len(one), len(other))
        allowed = (shorter >= _SHORT) + (shorter >= _LONG)
        return allowed > 0 and OSA.distance(one, other, score_cutoff=allowed) <= allowed


def _words_apart(one: str, other: str) -> list[tuple[str, str]]:
    """Words that differ, place by place; none for names of different length."""
    ones, others = one.split(" "), other.split(" ")
    return [(a, b) for a, b in zip(ones, others, strict=False) if a != b] if len(ones) == len(others) else []


def _is_cut(one: str, other: str) -> bool:
    short, whole = sorted((one, other), key=len)
    return len(short) >= _CUT and short.isalpha() and whole.startswith(short)


def is_within(one: str, other: str) -> bool:
    """Whether every word of one name is a word of the other, which has more of them."""
    ones, others = set(one.split(" ")), set(other.split(" "))
    return ones < others or others < ones
