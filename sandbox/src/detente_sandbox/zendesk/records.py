"""Records of one kind as they go over the wire, with the index that incremental exports follow."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256
from typing import Any, NamedTuple, cast

import orjson
from sortedcontainers import SortedList  # type: ignore[import-untyped]

from detente_sandbox.clock import instant_text
from detente_sandbox.zendesk.facts import JsonObject

STAMPS = ("updated_at", "generated_timestamp")
NO_VALUES = b"{}"


class Place(Enum):
    """Where a record is seen: everywhere; by id and in exports only; in exports only."""

    LIVE = "live"
    ARCHIVED = "archived"
    DELETED = "deleted"


def second_text(ms: int) -> str:
    """An instant as stamps have it: ISO 8601 with whole seconds."""
    return instant_text(ms // 1000 * 1000)


def pack(values: Mapping[Any, Any]) -> bytes:
    """JSON bytes; the copy is exact, because what the encoder returns keeps its first, far larger buffer."""
    return bytes(memoryview(orjson.dumps(values, option=orjson.OPT_NON_STR_KEYS)))


class Row(NamedTuple):
    """A record at one moment; a write makes a new row.

    `packed` is what the API shows without address and custom values; `custom` holds those by field key
    (organizations) or field id (tickets). `updated_ms` is finer than the API's seconds: jobs compare with
    it. `stamp_s` is what exports select by, in seconds since the epoch.
    """

    id: int
    updated_ms: int
    stamp_s: int
    packed: bytes
    custom: bytes = NO_VALUES
    place: Place = Place.LIVE

    @classmethod
    def of(
        cls, values: JsonObject, at_ms: int, custom: bytes = NO_VALUES, place: Place = Place.LIVE
    ) -> "Row":
        """A record last changed at an instant."""
        return cls(values["id"], at_ms, at_ms // 1000, pack(values), custom, place)

    def values(self) -> JsonObject:
        """The shown values without address and custom ones."""
        return cast(JsonObject, orjson.loads(self.packed))

    def custom_values(self) -> JsonObject:
        """Custom values that are set."""
        return cast(JsonObject, orjson.loads(self.custom))


@dataclass
class Store:
    """All records of one kind; `name` is its plural in paths and bodies."""

    name: str
    first_id: int
    rows: dict[int, Row] = field(default_factory=dict)
    live: SortedList = field(default_factory=SortedList)
    by_stamp: SortedList = field(default_factory=SortedList)
    next_id: int = 0

    def load(self, rows: list[Row]) -> None:
        """Takes the records of the start."""
        self.rows = {row.id: row for row in rows}
        self.live = SortedList(row.id for row in rows if row.place is Place.LIVE)
        self.by_stamp = SortedList((row.stamp_s, row.id) for row in rows)
        self.next_id = max(self.rows, default=self.first_id - 1) + 1

    def put(self, row: Row) -> None:
        """Adds or replaces a record."""
        known = self.rows.get(row.id)
        if known is not None:
            self.by_stamp.remove((known.stamp_s, known.id))
            if known.place is Place.LIVE:
                self.live.remove(known.id)
        self.rows[row.id] = row
        self.by_stamp.add((row.stamp_s, row.id))
        if row.place is Place.LIVE:
            self.live.add(row.id)

    def remove(self, record_id: int) -> None:
        """Takes a record away altogether: exports do not tell of it."""
        row = self.rows.pop(record_id)
        self.by_stamp.remove((row.stamp_s, row.id))
        self.live.discard(record_id)

    def take_id(self) -> int:
        """An id never used before."""
        self.next_id += 1
        return self.next_id - 1

    def find(self, record_id: int) -> Row | None:
        """A record that is not deleted, archived or not."""
        row = self.rows.get(record_id)
        return None if row is None or row.place is Place.DELETED else row

    def each_live(self) -> Iterator[Row]:
        """Records that lists show, in order of id."""
        return (self.rows[record_id] for record_id in self.live)

    def digest(self) -> str:
        """SHA-256 over ids and values of records that are not deleted, without modification stamps."""
        total = sha256()
        for record_id in sorted(self.rows):
            row = self.rows[record_id]
            if row.place is not Place.DELETED:
                values = {name: value for name, value in row.values().items() if name not in STAMPS}
                total.update(
                    b"%d:" % record_id + pack(values) + pack(dict(sorted(row.custom_values().items())))
                )
        return total.hexdigest()
