"""Search. Section 3.2 of the reference."""

from dataclasses import dataclass

import orjson

from detente_sandbox.hubspot.call import Answer, Call, kind_in_path
from detente_sandbox.hubspot.facts import (
    SEARCH_BODY_MAX,
    SEARCH_HITS_MAX,
    SEARCH_PAGE_MAX,
    JsonObject,
    UnknownBehaviourError,
    invalid,
)
from detente_sandbox.hubspot.filters import Group, read_groups, reader
from detente_sandbox.hubspot.kinds import ObjectKind
from detente_sandbox.hubspot.records import ObjectStore, Row
from detente_sandbox.hubspot.rendering import renderer
from detente_sandbox.hubspot.search_index import SearchIndex

_LIMIT = 10


@dataclass(frozen=True)
class Page:
    """Which hits are wanted, counted from 0."""

    after: int
    limit: int


@dataclass(frozen=True)
class Order:
    """The one sort of a search."""

    name: str
    is_descending: bool


def search(call: Call, word: str) -> Answer:
    """One page of hits with the full count."""
    kind = kind_in_path(word)
    call.token.need_read(kind.name)
    if len(call.raw) > SEARCH_BODY_MAX:
        raise invalid(f"The query is longer than {SEARCH_BODY_MAX} characters")
    body = call.body()
    if body.get("query"):
        raise UnknownBehaviourError("free text search")
    page, order = _page(body), _order(body)
    groups = read_groups(call.portal, kind, body)
    store = call.portal.store(kind)
    store.index.settle(call.now_ms)
    total, rows = _hits(call, store, groups, order, page)
    show = renderer(call.portal, kind, [str(name) for name in body.get("properties") or ()])
    shown: JsonObject = {"total": total, "results": [show(row) for row in rows]}
    if page.after + page.limit < total:
        shown["paging"] = {"next": {"after": str(page.after + page.limit)}}
    return Answer(shown)


def _page(body: JsonObject) -> Page:
    try:
        after, limit = int(body.get("after") or 0), int(body.get("limit") or _LIMIT)
    except (TypeError, ValueError):
        raise invalid("after and limit must be whole numbers") from None
    if not 1 <= limit <= SEARCH_PAGE_MAX:
        raise invalid(f"limit must lie between 1 and {SEARCH_PAGE_MAX}")
    if after < 0 or after + limit > SEARCH_HITS_MAX:
        raise invalid(f"Paging past {SEARCH_HITS_MAX} results is not possible")
    return Page(after, limit)


def _order(body: JsonObject) -> Order:
    """The guide shows objects, the contract texts; both are taken. Default: oldest created first."""
    sorts = body.get("sorts") or ["createdate"]
    if len(sorts) > 1:
        raise invalid("Only one sort is allowed")
    first = sorts[0]
    if isinstance(first, dict):
        return Order(str(first.get("propertyName", "")), first.get("direction") == "DESCENDING")
    return Order(str(first).removeprefix("-"), str(first).startswith("-"))


def _hits(
    call: Call, store: ObjectStore, groups: list[Group], order: Order, page: Page
) -> tuple[int, list[Row]]:
    index, kind = store.index, store.kind
    only = groups[0]
    if len(groups) == 1 and not only.rest and order == Order(kind.modified, False):
        count = index.count(only.low_ms, only.high_ms)
        return count, list(index.window(only.low_ms, only.high_ms, page.after, page.limit))
    rows = _remembered(call, store, groups, order)
    return len(rows), rows[page.after : page.after + page.limit]


def _remembered(call: Call, store: ObjectStore, groups: list[Group], order: Order) -> list[Row]:
    """All hits in order, kept for the next page of the same search while nothing changes."""
    asked = {
        name: value for name, value in call.body().items() if name not in ("after", "limit", "properties")
    }
    key = orjson.dumps([store.index.version, call.portal.graph.version, asked])
    if store.last_search is None or store.last_search[0] != key:
        store.last_search = (key, _sorted(call, store.kind, _matching(store.index, groups), order))
    return store.last_search[1]


def _matching(index: SearchIndex[Row], groups: list[Group]) -> list[Row]:
    found: dict[int, Row] = {}
    for group in groups:
        rows = index.window(group.low_ms, group.high_ms, 0, None) if group.is_windowed else index.rows()
        for row in rows:
            if row.id in found:
                continue
            values = row.values() if group.rest else {}
            if all(holds(row, values) for holds in group.rest):
                found[row.id] = row
    return list(found.values())


def _sorted(call: Call, kind: ObjectKind, rows: list[Row], order: Order) -> list[Row]:
    definition = call.portal.defined(kind, order.name)
    if definition is None:
        raise UnknownBehaviourError(f"search sorted by the undefined property {order.name!r}")
    read = reader(kind, definition)
    system = order.name in ("createdate", "hs_object_id", kind.modified)
    keyed = [(read(row, {} if system else row.values()), row) for row in rows]
    present = [(key, row.id, row) for key, row in keyed if key is not None]
    present.sort(key=lambda entry: (entry[0], entry[1]), reverse=order.is_descending)
    absent = [row for key, row in keyed if key is None]
    return [row for _, _, row in present] + sorted(absent, key=lambda row: row.id)
