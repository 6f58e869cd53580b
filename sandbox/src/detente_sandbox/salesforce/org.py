"""The org: one customer account of the vendor with everything in it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from detente_sandbox.clock import Clock
from detente_sandbox.salesforce.access import Access, Viewer
from detente_sandbox.salesforce.apps import App, Sessions
from detente_sandbox.salesforce.facts import JsonObject, RowError
from detente_sandbox.salesforce.ids import make_id
from detente_sandbox.salesforce.limits import Limits
from detente_sandbox.salesforce.moments import instant_of
from detente_sandbox.salesforce.rows import Ledger, Store
from detente_sandbox.salesforce.schema.objects import ObjectType, objects_at_start

ORG_ID = make_id("00D", 1)


@dataclass
class Trouble:
    """What goes wrong on demand: tries left of locked records, and calls refused for too many at once.

    `refused` holds the org's own rules against records, and `job_fates` what becomes of the next bulk jobs
    after so many internal batches.
    """

    locked: dict[str, int] = field(default_factory=dict)
    refused: dict[str, RowError] = field(default_factory=dict)
    refused_calls: int = 0
    slow_queries_over: int | None = None
    shrinks_pages: bool = False
    job_fates: list[tuple[str, int]] = field(default_factory=list)


class Org:
    """State of the org. Types that are `off` belong to a feature that the org has not switched on."""

    def __init__(self, clock: Clock, limits: Limits, start_ms: int) -> None:
        self.clock, self.limits = clock, limits
        self.types: dict[str, ObjectType] = objects_at_start()
        self._by_word = {name.lower(): row for name, row in self.types.items()}
        self.ledger = Ledger()
        self.stores = {name: Store(row, self.ledger) for name, row in self.types.items()}
        self.access = Access(self.stores)
        self.apps: dict[str, App] = {}
        self.sessions = Sessions(ORG_ID)
        self.off: set[str] = set()
        self.trouble = Trouble()
        self.described_ms: dict[str, int] = dict.fromkeys(self.types, start_ms)
        self.cursors: dict[str, Any] = {}
        self.jobs: dict[str, Any] = {}
        self.serials: dict[str, int] = {}
        self.unknown: list[JsonObject] = []
        self.human = ""

    @property
    def now(self) -> str:
        """The present second as the vendor writes it."""
        return instant_of(self.clock.now_ms)

    def type_of(self, word: str, *, tooling: bool = False) -> ObjectType | None:
        """An object type by its name in any letters; tooling's own ones only on request."""
        row = self._by_word.get(word.lower())
        if row is None or row.name in self.off or row.is_tooling != tooling:
            return None
        return row

    def type_of_id(self, record_id: str) -> ObjectType | None:
        """The object type that an id's prefix belongs to."""
        return next((row for row in self.types.values() if row.prefix == record_id[:3]), None)

    def store(self, of: ObjectType) -> Store:
        return self.stores[of.name]

    def visible_types(self) -> Iterable[ObjectType]:
        """The types that describe calls list."""
        return (row for row in self.types.values() if not row.is_tooling and row.name not in self.off)

    def person(self) -> Viewer:
        """A person of the firm in the vendor's own screens, free to see and change all."""
        return Viewer(self.human, sees_all=True)

    def take_serial(self, prefix: str) -> str:
        """An id for something that is not a record: a job or a cursor."""
        self.serials[prefix] = self.serials.get(prefix, 0) + 1
        return make_id(prefix, self.serials[prefix])

    def note_definition(self, of: ObjectType) -> None:
        """Remembers that the fields of a type changed."""
        self.access.note_definition()
        self.described_ms[of.name] = self.clock.now_ms

    def hide(self, app: App, hidden: set[str]) -> None:
        """Hides fields from an app's user, and only these. Raises: ValueError for one that is not there."""
        for full_name in hidden:
            word, _, name = full_name.partition(".")
            if word not in self.types or name not in self.types[word].fields:
                raise ValueError(f"no field {full_name!r}; write for example Account.AnnualRevenue")
        for full_name in hidden ^ app.hidden:
            self.described_ms[full_name.partition(".")[0]] = self.clock.now_ms
        app.hidden = hidden

    def note_unknown(self, method: str, path: str, query: str, why: str) -> None:
        """Remembers a request that the sandbox cannot answer as the vendor would."""
        self.unknown.append({"method": method, "path": path, "query": query, "why": why})
