"""The rows of one `write`, where each outcome stands at its row's place, and the batches they go in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from detente_contracts.connector import FieldWrite, Outcome, Result
from detente_contracts.fields import FieldSpec
from detente_contracts.records import FieldText, Ref

_Made = TypeVar("_Made")


@dataclass(slots=True)
class WriteSheet:
    """Outcomes by the row's place, from 0. `has_written`: from now on, trouble is told row by row."""

    rows: Sequence[FieldWrite]
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    has_written: bool = False

    def settle(self, place: int, result: Result, detail: str = "") -> None:
        """Note what became of the row at `place`."""
        self.outcomes[place] = Outcome(self.rows[place].ref, result, detail)

    def settle_rest(self, places: Iterable[int], result: Result, detail: str) -> None:
        """Note the same for those of `places` of which nothing is noted yet."""
        for place in self.unsettled(places):
            self.settle(place, result, detail)

    def unsettled(self, places: Iterable[int]) -> list[int]:
        """Those of `places` of which nothing is noted yet."""
        return [place for place in places if place not in self.outcomes]

    def in_order(self) -> list[Outcome]:
        """One outcome a row, in the order of the rows; every row must have one."""
        return [self.outcomes[place] for place in range(len(self.rows))]

    def made(self, make: Callable[[FieldWrite], _Made]) -> dict[int, _Made]:
        """What is sent for each row, by its place; a row for which `make` raises ValueError is rejected."""
        made: dict[int, _Made] = {}
        for place, row in enumerate(self.rows):
            try:
                made[place] = make(row)
            except ValueError as fault:
                self.settle(place, Result.REJECTED, str(fault))
        return made

    def batches(self, places: Iterable[int], size: int) -> Iterator[list[int]]:
        """`places` in batches of at most `size`, each of one vendor object and with no record twice.

        Vendors differ in what they do with a record that comes twice in one request.
        """
        batch: list[int] = []
        seen: set[Ref] = set()
        for place in places:
            ref = self.rows[place].ref
            if batch and (len(batch) == size or ref in seen or ref.object != self.rows[batch[0]].ref.object):
                yield batch
                batch, seen = [], set()
            batch.append(place)
            seen.add(ref)
        if batch:
            yield batch


def own_value(
    key: str,
    value: FieldText,
    specs: Mapping[str, FieldSpec],
    convert: Callable[[FieldText, FieldSpec], _Made],
) -> _Made:
    """A value of a field of ours as the vendor takes it.

    Raises: ValueError that names the field, when it is none of ours, as another's is never written, or when
    `convert` raises it because the value is not of the field's type.
    """
    if key not in specs:
        raise ValueError(f"{key} is not a field of ours on this object")
    try:
        return convert(value, specs[key])
    except ValueError as fault:
        raise ValueError(f"{key}: {fault}") from None


def parts(refs: Sequence[Ref], size: int) -> Iterator[Sequence[Ref]]:
    """`refs` in parts of at most `size`, for calls that take no more."""
    return (refs[start : start + size] for start in range(0, len(refs), size))
