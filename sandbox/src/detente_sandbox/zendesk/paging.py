"""Lists by cursor or by number of page. Section 2.2 of the reference."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from detente_sandbox.zendesk.call import Call
from detente_sandbox.zendesk.facts import OFFSET_DEPTH_MAX, PAGE_MAX, JsonObject, UnknownBehaviourError
from detente_sandbox.zendesk.refusals import invalid_page, too_deep


@dataclass(frozen=True)
class Page:
    """The keys of a page in its order, and what the body says beside the records."""

    keys: list[Any]
    rest: JsonObject


def page_of(call: Call, keys: Sequence[Any], *, is_descending: bool = False) -> Page:
    """A page of `keys`, which are in ascending order.

    The style is the caller's; together with a number the cursor wins and the sort is dropped [L].
    """
    if not any(name.startswith("page[") for name in call.query):
        return numbered_page(call, keys)
    is_mixed = "page" in call.query or "per_page" in call.query
    return cursor_page(call, keys, is_descending=is_descending and not is_mixed)


def numbered_page(call: Call, keys: Sequence[Any], size_max: int = PAGE_MAX) -> Page:
    """A page by number. Raises: ApiError 400 past 10,000 records [L]."""
    if call.text("sort_by") or call.text("sort_order") or call.text("sort"):
        raise UnknownBehaviourError("sorting of a list by number")
    size = min(size_max, max(1, call.leading_whole("per_page") or size_max))
    number = max(1, call.leading_whole("page") or 1)
    if number * size > OFFSET_DEPTH_MAX:
        raise too_deep()
    first = (number - 1) * size
    rest: JsonObject = {
        "next_page": link(call, page=number + 1) if first + size < len(keys) else None,
        "previous_page": link(call, page=number - 1) if number > 1 else None,
        "count": len(keys),
    }
    return Page(list(keys[first : first + size]), rest)


def cursor_page(call: Call, keys: Sequence[Any], *, is_descending: bool = False) -> Page:
    """A page by cursor; a cursor is the key at a page's edge, so that it outlives its record.

    `after_cursor` is filled on the last page, too [C].
    """
    first, end = _span(call, keys, is_descending=is_descending)
    found = list(keys[first:end])
    before, after = first > 0, end < len(keys)
    if is_descending:
        found, before, after = found[::-1], after, before
    last = _edge(found[-1]) if found else call.text("page[after]")
    top = _edge(found[0]) if found else None
    next_link = link(call, **{"page[after]": last, "page[before]": None}) if after else None
    previous = link(call, **{"page[before]": top, "page[after]": None}) if before and top else None
    meta = {"has_more": after, "after_cursor": last, "before_cursor": top}
    return Page(found, {"meta": meta, "links": {"next": next_link, "prev": previous}})


def _span(call: Call, keys: Sequence[Any], *, is_descending: bool) -> tuple[int, int]:
    """Where a page begins and ends among ascending keys."""
    size = call.leading_whole("page[size]") or PAGE_MAX
    if size > PAGE_MAX:
        raise invalid_page(f"page[size] is at most {PAGE_MAX}")
    after, before = call.text("page[after]"), call.text("page[before]")
    if after is None and before is None:
        return (max(0, len(keys) - size), len(keys)) if is_descending else (0, min(size, len(keys)))
    key, is_after = _key_at(after or before or "", keys), after is not None
    if is_after != is_descending:
        first = bisect_right(keys, key)
        return first, min(len(keys), first + size)
    end = bisect_left(keys, key)
    return max(0, end - size), end


def cursor(*parts: Any) -> str:
    """An opaque text of numbers and texts."""
    return urlsafe_b64encode(orjson.dumps(parts)).decode()


def cursor_parts(text: str, *types: type) -> tuple[Any, ...]:
    """The parts of a cursor. Raises: ApiError 400 when they are not of these types."""
    try:
        parts = orjson.loads(urlsafe_b64decode(text.encode()))
    except ValueError:
        parts = None
    if not isinstance(parts, list) or tuple(map(type, parts)) != types:
        raise invalid_page("the page cursor is not valid")
    return tuple(parts)


def _edge(key: Any) -> str:
    """The cursor at a key: a whole number, or a tuple."""
    return cursor(*key) if isinstance(key, tuple) else cursor(key)


def _key_at(text: str, keys: Sequence[Any]) -> Any:
    """The key of a cursor, of the kind that `keys` are."""
    if keys and isinstance(keys[0], tuple):
        return cursor_parts(text, *map(type, keys[0]))
    return cursor_parts(text, int)[0]


def link(call: Call, **changes: Any) -> str:
    """The request's own address with some parameters changed; None takes one away."""
    query = {name: values[-1] for name, values in call.query.items()}
    query.update({name: str(value) for name, value in changes.items() if value is not None})
    kept = {name: value for name, value in query.items() if changes.get(name, "") is not None}
    return f"{call.base_url}{call.request.path}?{urlencode(kept)}"
