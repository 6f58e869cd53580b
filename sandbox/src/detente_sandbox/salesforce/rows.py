"""Records of one object type, kept packed and in order of their modification stamps."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple, cast

import orjson
from sortedcontainers import SortedList  # type: ignore[import-untyped]

from detente_sandbox.salesforce.ids import make_id
from detente_sandbox.salesforce.schema.objects import ObjectType

Values = dict[str, Any]


def pack(values: Mapping[str, Any]) -> bytes:
    """The set values in one order, so that equal values are equal bytes; what is null or false is left out.

    The copy is exact: what the encoder returns keeps its first, far larger buffer.
    """
    known = {name: value for name, value in values.items() if value is not None and value is not False}
    return bytes(memoryview(orjson.dumps(known, option=orjson.OPT_SORT_KEYS)))


class Row(NamedTuple):
    """A record at one moment; a write makes a new row. Rows sort by stamp and id.

    `stamp` is SystemModstamp; instants are text as the vendor writes them. `master` is the record that this
    one was merged into.
    """

    stamp: str
    id: str
    packed: bytes
    created: str
    creator: str
    modified: str
    modifier: str
    is_deleted: bool = False
    master: str | None = None

    def values(self) -> Values:
        """The set values by field name, without id and stamps."""
        return cast(Values, orjson.loads(self.packed))


class Change(NamedTuple):
    """A value that was changed after the record was made."""

    field: str
    old: Any
    new: Any
    by: str
    at: str


class Ledger:
    """What to put back when a call is rolled back; kept only while one may be."""

    def __init__(self) -> None:
        self._marks = 0
        self._done: list[tuple[Store, str, Row | None, int]] = []

    @contextmanager
    def open(self) -> Iterator["Undo"]:
        """Remembers all writes until the block ends; blocks may lie in one another."""
        self._marks += 1
        try:
            yield Undo(self, len(self._done))
        finally:
            self._marks -= 1
            if self._marks == 0:
                self._done.clear()

    def note(self, store: "Store", record_id: str, before: Row | None) -> None:
        """Remembers how a record stood before a write."""
        if self._marks:
            self._done.append((store, record_id, before, len(store.history.get(record_id, ()))))

    def undo_to(self, mark: int) -> None:
        """Puts back all since `mark`, the latest first."""
        taken = self._done[mark:]
        del self._done[mark:]
        for store, record_id, before, changes in reversed(taken):
            store.restore(record_id, before, changes)


@dataclass(frozen=True)
class Undo:
    """A point to go back to."""

    ledger: Ledger
    mark: int

    def roll_back(self) -> None:
        """Takes back every write since the point."""
        self.ledger.undo_to(self.mark)


@dataclass
class Store:
    """All records of one type. `bin` holds when a deleted record was deleted, oldest first."""

    type: ObjectType
    ledger: Ledger
    rows: dict[str, Row] = field(default_factory=dict)
    by_stamp: SortedList = field(default_factory=SortedList)
    bin: dict[str, str] = field(default_factory=dict)
    history: dict[str, list[Change]] = field(default_factory=dict)
    revision: int = 0
    _next_serial: int = 1
    _lookups: dict[str, dict[Any, set[str]]] = field(default_factory=dict)

    def load(self, rows: list[Row]) -> None:
        """Takes the records of the start."""
        self.rows = {row.id: row for row in rows}
        self.by_stamp = SortedList(rows)
        self._next_serial = len(rows) + 1

    def take_id(self) -> str:
        """An id never used before."""
        self._next_serial += 1
        return make_id(self.type.prefix, self._next_serial - 1)

    def put(self, row: Row, changes: Iterable[Change] = ()) -> None:
        """Adds or replaces a record with what was changed in it."""
        before = self.rows.get(row.id)
        self.ledger.note(self, row.id, before)
        self._replace(row.id, before, row)
        if changes:
            self.history.setdefault(row.id, []).extend(changes)

    def drop(self, record_id: str) -> None:
        """Takes a record away for good."""
        before = self.rows[record_id]
        self.ledger.note(self, record_id, before)
        self._replace(record_id, before, None)

    def restore(self, record_id: str, row: Row | None, changes: int) -> None:
        """Brings back a record as it stood, with its first `changes` changes."""
        self._replace(record_id, self.rows.get(record_id), row)
        if record_id in self.history:
            del self.history[record_id][changes:]

    def find(self, record_id: str) -> Row | None:
        """A record that is not deleted."""
        row = self.rows.get(record_id)
        return row if row is not None and not row.is_deleted else None

    def live(self) -> Iterator[Row]:
        """All records that are not deleted, by their ids' age."""
        return (row for row in self.rows.values() if not row.is_deleted)

    @property
    def live_count(self) -> int:
        return len(self.rows) - len(self.bin)

    def purge(self, before: str) -> None:
        """Empties the recycle bin of what was deleted before an instant."""
        for record_id in [known for known, at in self.bin.items() if at < before]:
            self.drop(record_id)

    def having(self, name: str, value: Any) -> set[str]:
        """Ids of records, deleted ones too, with a value in a field; letter cases make no difference."""
        index = self._lookups.get(name)
        if index is None:
            index = self._lookups[name] = {}
            for row in self.rows.values():
                index.setdefault(folded(row.values().get(name)), set()).add(row.id)
        return index.get(folded(value), set())

    def digest(self) -> str:
        """SHA-256 over ids and values of live records in order of id, without stamps."""
        total = sha256()
        for record_id in sorted(self.rows):
            row = self.rows[record_id]
            if not row.is_deleted:
                total.update(f"{record_id}:".encode())
                total.update(row.packed)
        return total.hexdigest()

    def _replace(self, record_id: str, before: Row | None, after: Row | None) -> None:
        self.revision += 1
        if before is not None:
            self.by_stamp.remove(before)
        if after is None:
            del self.rows[record_id]
        else:
            self.rows[record_id] = after
            self.by_stamp.add(after)
        self._track_bin(record_id, after)
        self._track_lookups(record_id, before, after)

    def _track_bin(self, record_id: str, after: Row | None) -> None:
        if after is None or not after.is_deleted:
            self.bin.pop(record_id, None)
        else:
            self.bin[record_id] = after.stamp

    def _track_lookups(self, record_id: str, before: Row | None, after: Row | None) -> None:
        if not self._lookups:
            return
        old, new = (row.values() if row is not None else {} for row in (before, after))
        for name, index in self._lookups.items():
            if before is not None:
                index.get(folded(old.get(name)), set()).discard(record_id)
            if after is not None:
                index.setdefault(folded(new.get(name)), set()).add(record_id)


def folded(value: Any) -> Any:
    """A value as comparisons see it: text without letter cases."""
    return value.casefold() if isinstance(value, str) else value
