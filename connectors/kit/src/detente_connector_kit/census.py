"""A census gathered page by page from a list of all that exists, whose ids ascend."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from detente_contracts import Census


def ascends(low: str | None, ids: Iterable[str]) -> bool:
    """Whether the ids go on upwards from `low`: only then is anything known of those in between."""
    places = [int(id_) for id_ in (*((low,) if low else ()), *ids)]
    return all(one < next_ for one, next_ in pairwise(places))


def joined_census(
    before: Census | None, object_: str, low: str | None, ids: Sequence[str], until: str | None
) -> Census:
    """The census of the pages so far and of one more, whose ids lie above `low` and reach up to `until`."""
    if before is None:
        return Census(object_, frozenset(ids), low, until)
    return Census(object_, before.ids | frozenset(ids), before.after, until)
