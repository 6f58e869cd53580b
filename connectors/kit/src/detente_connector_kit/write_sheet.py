"""The rows of one `write`, where each outcome stands at its row's place, and the batches they go in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from detente_contracts.connector import FieldWrite, Outcome, Result
from detente_contracts.fields import FieldSpec
from detente_contracts.records import Ref


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
        for place in places:
            if place not in self.outcomes:
                self.settle(place, result, detail)

    def in_order(self) -> list[Outcome]:
        """One outcome a row, in the order of the rows; every row must have one."""
        return [self.outcomes[place] for place in range(len(self.rows))]

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


def own_field(key: str, specs: Mapping[str, FieldSpec]) -> FieldSpec:
    """The field of ours with this key.

    Raises: ValueError when it is none: another's field is never written.
    """
    if key not in specs:
        raise ValueError(f"{key} is not a field of ours on this object")
    return specs[key]
