"""The portal: one account of the vendor with everything in it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from detente_sandbox.clock import Clock
from detente_sandbox.hubspot.definitions import FIRM, Definition, definitions_at_start
from detente_sandbox.hubspot.facts import JsonObject
from detente_sandbox.hubspot.graph import Graph
from detente_sandbox.hubspot.kinds import KINDS, ObjectKind
from detente_sandbox.hubspot.limits import Limits
from detente_sandbox.hubspot.pipelines_data import Pipeline, pipelines_at_start
from detente_sandbox.hubspot.records import ObjectStore
from detente_sandbox.hubspot.tokens import Token, tokens_at_start

PORTAL_ID = 4_242_424
TIME_ZONE = "Europe/Berlin"


@dataclass
class Group:
    """A property group as the record screens show it."""

    name: str
    label: str
    display_order: int = -1
    archived: bool = False


@dataclass
class Portal:
    """State of the account; `owners` are kept as the API shows them, by id."""

    clock: Clock
    limits: Limits
    stores: dict[str, ObjectStore] = field(default_factory=dict)
    definitions: dict[str, dict[str, Definition]] = field(default_factory=dict)
    groups: dict[str, dict[str, Group]] = field(default_factory=dict)
    pipelines: dict[str, list[Pipeline]] = field(default_factory=dict)
    owners: dict[int, JsonObject] = field(default_factory=dict)
    graph: Graph = field(default_factory=Graph)
    tokens: dict[str, Token] = field(default_factory=dict)

    @classmethod
    def empty(cls, clock: Clock, limits: Limits, start_ms: int) -> "Portal":
        """A portal as the firm set it up, without records."""
        portal = cls(clock, limits, tokens=tokens_at_start())
        for kind in KINDS.values():
            portal.stores[kind.name] = ObjectStore(kind, next_id=kind.first_id)
            known = definitions_at_start(kind.name, kind.modified, start_ms)
            portal.definitions[kind.name] = known
            portal.groups[kind.name] = {row.group: _group(row.group) for row in known.values()}
            portal.stores[kind.name].unique = {"email": {}} if kind.name == "contacts" else {}
        portal.pipelines = pipelines_at_start(start_ms)
        return portal

    def store(self, kind: ObjectKind) -> ObjectStore:
        return self.stores[kind.name]

    def defined(self, kind: ObjectKind, name: str) -> Definition | None:
        """A property that is not archived."""
        row = self.definitions[kind.name].get(name)
        return row if row is not None and row.archived_ms is None else None

    def set_search_lag(self, lag_ms: int) -> None:
        """Sets how long a change stays unseen by search."""
        for store in self.stores.values():
            store.index.lag_ms = lag_ms

    def each_store(self, show: Callable[[ObjectStore], JsonObject]) -> JsonObject:
        """`show` of each type by name."""
        return {name: show(store) for name, store in self.stores.items()}


def _group(name: str) -> Group:
    return Group(
        name, "The firm's own" if name == FIRM else name.replace("information", " information").capitalize()
    )
