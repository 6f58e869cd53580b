"""Associations between records, each kept in both directions."""

from collections.abc import Iterator
from itertools import chain

from detente_sandbox.hubspot.association_types import CHILD_TO_PARENT, PARENT_TO_CHILD, TYPE_IDS

Pair = tuple[str, str]
TypeIds = tuple[int, ...]


class Graph:
    """Links by (from type, to type), from id and to id."""

    def __init__(self) -> None:
        self._links: dict[Pair, dict[int, dict[int, TypeIds]]] = {}
        self.version = 0

    def link(self, pair: Pair, from_id: int, to_id: int, *, primary: bool) -> None:
        """Links two records in both directions with the vendor's own type ids."""
        self.add(pair, from_id, to_id, _ids(pair, primary=primary))
        back = (pair[1], pair[0])
        self.add(back, to_id, from_id, _ids(back, primary=primary))

    def link_parent(self, child: int, parent: int) -> None:
        """Makes one company the parent of another."""
        pair = ("companies", "companies")
        self.add(pair, child, parent, (450, CHILD_TO_PARENT))
        self.add(pair, parent, child, (450, PARENT_TO_CHILD))

    def add(self, pair: Pair, from_id: int, to_id: int, type_ids: TypeIds) -> None:
        """Adds type ids to one direction of a link."""
        self.version += 1
        targets = self._links.setdefault(pair, {}).setdefault(from_id, {})
        known = targets.get(to_id, ())
        targets[to_id] = known + tuple(number for number in type_ids if number not in known)

    def to(self, pair: Pair, from_id: int) -> dict[int, TypeIds]:
        """What a record is linked to, in the order of linking."""
        return self._links.get(pair, {}).get(from_id, {})

    def unlink(self, pair: Pair, from_id: int, to_id: int) -> None:
        """Takes a link away in both directions; nothing happens when there is none."""
        self.version += 1
        for one, first, second in ((pair, from_id, to_id), ((pair[1], pair[0]), to_id, from_id)):
            self._links.get(one, {}).get(first, {}).pop(second, None)

    def move(self, kind: str, old: int, new: int) -> None:
        """Gives all links of one record to another of the same type."""
        for pair in [pair for pair in self._links if pair[0] == kind]:
            for target, ids in list(self.to(pair, old).items()):
                self.unlink(pair, old, target)
                if target != new:
                    self.add(pair, new, target, ids)
                    self.add((pair[1], pair[0]), target, new, _ids((pair[1], pair[0]), primary=len(ids) > 1))

    def sources(self, pair: Pair, to_ids: set[int]) -> Iterator[int]:
        """Records of the first type that are linked to any of `to_ids`."""
        back = (pair[1], pair[0])
        return chain.from_iterable(self.to(back, to_id) for to_id in to_ids)


def _ids(pair: Pair, *, primary: bool) -> TypeIds:
    known = TYPE_IDS.get(pair, ())
    return known if primary else known[:1]
