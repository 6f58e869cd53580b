"""Records of one object type, kept packed: 100,000 of them take about 100 MB."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple, cast

import orjson
from sortedcontainers import SortedList  # type: ignore[import-untyped]

from detente_sandbox.clock import instant_text
from detente_sandbox.hubspot.facts import JsonObject
from detente_sandbox.hubspot.kinds import ObjectKind
from detente_sandbox.hubspot.search_index import SearchIndex

Values = dict[str, str]


def pack(values: Mapping[str, str | None]) -> bytes:
    """The set values in one order, so that equal values are equal bytes.

    The copy is exact: what the encoder returns keeps its first, far larger buffer.
    """
    known = {name: value for name, value in sorted(values.items()) if value}
    return bytes(memoryview(orjson.dumps(known)))


class Row(NamedTuple):
    """A record at one moment; a write makes a new row. `packed` leaves out the system's stamps."""

    id: int
    created_ms: int
    modified_ms: int
    packed: bytes
    archived_ms: int | None = None

    def values(self) -> Values:
        """The set values by property name, without id and stamps."""
        return cast(Values, orjson.loads(self.packed))


@dataclass(frozen=True)
class Source:
    """Who changed a value: a person in the vendor's own screens, or an app by the API."""

    type: str
    id: str
    user: int | None = None

    @classmethod
    def human(cls, user: int) -> "Source":
        return cls("CRM_UI", f"userId:{user}", user)

    @classmethod
    def app(cls, name: str) -> "Source":
        return cls("INTEGRATION", name)


CREATED_BY_HAND = Source("CRM_UI", "userId:1", 1)


@dataclass
class ObjectStore:
    """All records of one type. `aliases` leads from the id of a merged record to the survivor."""

    kind: ObjectKind
    rows: dict[int, Row] = field(default_factory=dict)
    live: SortedList = field(default_factory=SortedList)
    archived: SortedList = field(default_factory=SortedList)
    aliases: dict[int, int] = field(default_factory=dict)
    history: dict[int, dict[str, list[JsonObject]]] = field(default_factory=dict)
    unique: dict[str, dict[str, int]] = field(default_factory=dict)
    index: SearchIndex[Row] = field(default_factory=SearchIndex)
    next_id: int = 0
    last_search: tuple[bytes, list[Row]] | None = None

    def load(self, rows: list[Row]) -> None:
        """Takes the records of the start, in order of their ids."""
        self.rows = {row.id: row for row in rows}
        self.live = SortedList(self.rows)
        self.index.load(rows)
        self.next_id = rows[-1].id + 1 if rows else self.kind.first_id

    def put(self, row: Row, now_ms: int) -> None:
        """Adds or replaces a record; the search index follows when its lag is over."""
        self.rows[row.id] = row
        self._track(row)
        self.index.note(row.id, row if row.archived_ms is None else None, now_ms)

    def remove(self, record_id: int, now_ms: int) -> None:
        """Takes a merged record away altogether."""
        del self.rows[record_id]
        self.live.discard(record_id)
        self.archived.discard(record_id)
        self.index.note(record_id, None, now_ms)

    def take_id(self) -> int:
        """An id never used before."""
        self.next_id += 1
        return self.next_id - 1

    def find(self, record_id: int) -> Row | None:
        """A live record by its id or by the id of a record merged into it."""
        row = self.rows.get(self.aliases.get(record_id, record_id))
        return row if row is not None and row.archived_ms is None else None

    def digest(self) -> str:
        """SHA-256 over ids and values of live records in order of id, without modification stamps."""
        total = sha256()
        for record_id in self.live:
            total.update(b"%d:" % record_id)
            total.update(self.rows[record_id].packed)
        return total.hexdigest()

    def remember(
        self, row: Row, names: set[str], before: Values, after: Values, source: Source, at_ms: int
    ) -> None:
        """Adds a history entry for each of `names`, newest first."""
        known = self.history.setdefault(row.id, {})
        for name in names:
            entries = known.setdefault(name, first_entry(row.created_ms, before.get(name)))
            entries.insert(0, entry(after.get(name, ""), source, at_ms))

    def history_of(self, row: Row, name: str) -> list[JsonObject]:
        """All values that a property has had, newest first; empty when it never had one."""
        kept = self.history.get(row.id, {}).get(name)
        return kept if kept is not None else first_entry(row.created_ms, row.values().get(name))

    def _track(self, row: Row) -> None:
        present, absent = (
            (self.live, self.archived) if row.archived_ms is None else (self.archived, self.live)
        )
        absent.discard(row.id)
        if row.id not in present:
            present.add(row.id)


def entry(value: str, source: Source, at_ms: int) -> JsonObject:
    """One entry of a property's history. Section 4 of the reference."""
    shown: JsonObject = {
        "value": value,
        "timestamp": instant_text(at_ms),
        "sourceType": source.type,
        "sourceId": source.id,
    }
    return shown if source.user is None else {**shown, "updatedByUserId": source.user}


def first_entry(created_ms: int, value: str | None) -> list[JsonObject]:
    """The history of a value that stands since the record was made."""
    return [] if value is None else [entry(value, CREATED_BY_HAND, created_ms)]
