"""Search, as far as the reference tells. Section 2.2.

The query language is not in the reference: only `type:` and words that compare one plain property are known
here, and everything else is answered 501.
"""

import re

import orjson

from detente_sandbox.zendesk.call import Answer, Call
from detente_sandbox.zendesk.facts import (
    PAGE_MAX,
    SEARCH_CURSOR_S,
    SEARCH_HITS_MAX,
    JsonObject,
    UnknownBehaviourError,
)
from detente_sandbox.zendesk.paging import Page, cursor, cursor_parts, link
from detente_sandbox.zendesk.records import Row, Store
from detente_sandbox.zendesk.refusals import bad_cursor, invalid_page, search_too_deep
from detente_sandbox.zendesk.rendering import renderer

COMPARED = ("external_id", "status", "priority", "name", "email")
WORD = re.compile(r'(\w+):("[^"]*"|\S+)')


def search(call: Call) -> Answer:
    """By number only, and no further than 1,000 results [L]."""
    call.actor.need_scope("search")
    if any(name.startswith("page[") for name in call.query):
        raise invalid_page("search has no cursor")
    name, wanted = _asked(call)
    rows = _hits(_store(call, name), wanted)
    size = min(PAGE_MAX, call.leading_whole("per_page") or PAGE_MAX)
    number = max(1, call.leading_whole("page") or 1)
    if number * size > SEARCH_HITS_MAX:
        raise search_too_deep()
    first, last = (number - 1) * size, number * size
    rest: JsonObject = {
        "count": len(rows),
        "next_page": link(call, page=number + 1) if last < len(rows) else None,
        "previous_page": link(call, page=number - 1) if number > 1 else None,
    }
    return _shown(call, name, Page(rows[first:last], rest))


def export(call: Call) -> Answer:
    """One type in full, by a cursor that lives an hour [V]."""
    call.actor.need_scope("search")
    kind = call.text("filter[type]")
    if kind is None:
        raise invalid_page("filter[type] is required")
    name, wanted = f"{kind}s", _words(call.text("query") or "")
    rows = _hits(_store(call, name), wanted)
    size = min(1_000, call.leading_whole("page[size]") or PAGE_MAX)
    text = call.text("page[after]")
    after, given_s = cursor_parts(text, int, int) if text else (0, call.now_s)
    if call.now_s - given_s > SEARCH_CURSOR_S:
        raise bad_cursor()
    left = [row for row in rows if row.id > after]
    page, more = left[:size], len(left) > size
    last = cursor(page[-1].id if page else after, call.now_s)
    rest: JsonObject = {
        "meta": {"has_more": more, "after_cursor": last, "before_cursor": None},
        "links": {"next": link(call, **{"page[after]": last}) if more else None, "prev": None},
    }
    return _shown(call, name, Page(page, rest))


def _asked(call: Call) -> tuple[str, dict[str, str]]:
    wanted = _words(call.text("query") or "")
    kind = wanted.pop("type", None)
    if kind is None:
        raise UnknownBehaviourError("a search over several types")
    return f"{kind}s", wanted


def _words(query: str) -> dict[str, str]:
    words = {name: value.strip('"') for name, value in WORD.findall(query)}
    if WORD.sub("", query).strip() or words.keys() - {"type", *COMPARED}:
        raise UnknownBehaviourError(f"the search {query!r}")
    return words


def _store(call: Call, name: str) -> Store:
    for store in call.desk.stores():
        if store.name == name:
            return store
    raise UnknownBehaviourError(f"search for {name}")


def _hits(store: Store, wanted: dict[str, str]) -> list[Row]:
    if not wanted:
        return list(store.each_live())
    return [row for row in store.each_live() if _fits(row.values(), wanted)]


def _fits(values: JsonObject, wanted: dict[str, str]) -> bool:
    return all(str(values.get(name, "")).lower() == text.lower() for name, text in wanted.items())


def _shown(call: Call, name: str, page: Page) -> Answer:
    show, mark = renderer(call.desk, name, call.base_url), name[:-1].encode()
    results = [orjson.Fragment(show(row)[:-1] + b',"result_type":"%b"}' % mark) for row in page.keys]
    return Answer({"results": results, "facets": None, **page.rest})
