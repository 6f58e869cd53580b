"""Incremental exports. Section 3.1 of the reference."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sortedcontainers import SortedList  # type: ignore[import-untyped]

from detente_sandbox.zendesk.call import Answer, Call
from detente_sandbox.zendesk.facts import (
    EXPORT_PAGE_MAX,
    WITHHELD_S,
    ApiError,
    JsonObject,
    UnknownBehaviourError,
)
from detente_sandbox.zendesk.paging import cursor, cursor_page, cursor_parts, link
from detente_sandbox.zendesk.records import Row, Store
from detente_sandbox.zendesk.refusals import bad_cursor, start_too_recent
from detente_sandbox.zendesk.rendering import fragments, renderer
from detente_sandbox.zendesk.sideloads import beside, ticket_shower

Key = tuple[int, int]
"""Stamp in seconds and id: the order of an export."""


@dataclass(frozen=True)
class Feed:
    """What one export gives: its list key, its index, and the body's part for some keys."""

    name: str
    index: SortedList
    body: Callable[[Sequence[Key]], JsonObject]
    refuses_recent: bool = True


def organizations_by_time(call: Call) -> Answer:
    """Organizations from `start_time` on."""
    return _by_time(call, _records(call, call.desk.organizations))


def users_by_time(call: Call) -> Answer:
    """Users from `start_time` on."""
    return _by_time(call, _records(call, call.desk.users))


def users_by_cursor(call: Call) -> Answer:
    """Users after a cursor."""
    return _by_cursor(call, _records(call, call.desk.users))


def tickets_by_time(call: Call) -> Answer:
    """Tickets from `start_time` on."""
    return _by_time(call, _tickets(call))


def tickets_by_cursor(call: Call) -> Answer:
    """Tickets after a cursor."""
    return _by_cursor(call, _tickets(call))


def ticket_events(call: Call) -> Answer:
    """What was done to tickets; comments are among it with `include=comment_events` only."""
    unknown = set(call.includes()) - {"comment_events"}
    if unknown:
        raise UnknownBehaviourError(f"include={','.join(sorted(unknown))} on ticket events")
    has_comments, audits = bool(call.includes()), call.desk.audits

    def body(keys: Sequence[Key]) -> JsonObject:
        rows = [audits.find(number).as_ticket_event() for _, number in keys]
        if not has_comments:
            for row in rows:
                row["child_events"] = [part for part in row["child_events"] if part["type"] != "Comment"]
        return {"ticket_events": rows}

    return _by_time(call, Feed("ticket_events", audits.index(), body))


def metric_events(call: Call) -> Answer:
    """Events of SLA metrics, from `start_time` on or as a list by cursor. A recent start is tolerated [M]."""
    events = call.desk.promises.events
    index = events.index(by_change=call.flag("include_changes"))

    def body(keys: Sequence[Key]) -> JsonObject:
        return {"ticket_metric_events": [events.find(number).shown() for _, number in keys]}

    call.actor.need_admin()
    if any(name.startswith("page[") for name in call.query):
        start = (call.leading_whole("start_time") or 0, 0)
        keys = list(index.irange(start, (_until_s(call) + 1, 0), (True, False)))
        page = cursor_page(call, keys)
        return Answer({**body(page.keys), **page.rest})
    return _by_time(call, Feed("ticket_metric_events", index, body, refuses_recent=False))


def _records(call: Call, store: Store) -> Feed:
    call.actor.need_scope(store.name)
    if call.includes():
        raise UnknownBehaviourError(f"include on the export of {store.name}")
    show = renderer(call.desk, store.name, call.base_url)
    return Feed(store.name, store.by_stamp, lambda keys: {store.name: fragments(_rows(store, keys), show)})


def _tickets(call: Call) -> Feed:
    call.actor.need_scope("tickets")
    store, show = call.desk.tickets, ticket_shower(call, is_export=True)
    if call.text("exclude_deleted"):
        raise UnknownBehaviourError("exclude_deleted")

    def body(keys: Sequence[Key]) -> JsonObject:
        rows = _rows(store, keys)
        return {"tickets": fragments(rows, show), **beside(call, rows)}

    return Feed("tickets", store.by_stamp, body)


def _rows(store: Store, keys: Sequence[Key]) -> list[Row]:
    return [store.rows[number] for _, number in keys]


def _by_time(call: Call, feed: Feed) -> Answer:
    """The filter is inclusive and `next_page` never null; it stands still where a second fills a page."""
    call.actor.need_admin()
    start_s = _start_s(call, feed)
    keys, is_end = _span(call, feed, (start_s, 0))
    end_s = keys[-1][0] if keys else start_s
    rest = {
        "count": len(keys),
        "end_of_stream": is_end,
        "end_time": end_s,
        "next_page": link(call, start_time=end_s),
    }
    return Answer({**feed.body(keys), **rest})


def _by_cursor(call: Call, feed: Feed) -> Answer:
    """Strictly after the cursor; the last page's cursor is where the next poll begins."""
    call.actor.need_admin()
    text = call.text("cursor")
    start = _export_key(call, text) if text is not None else (_start_s(call, feed), 0)
    keys, is_end = _span(call, feed, start)
    after = keys[-1] if keys else (start[0], start[1] - 1)
    after_cursor = cursor(*after, call.desk.switches.cursor_age)
    rest = {
        "after_cursor": after_cursor,
        "after_url": link(call, cursor=after_cursor, start_time=None),
        "before_cursor": None,
        "before_url": None,
        "end_of_stream": is_end,
    }
    return Answer({**feed.body(keys), **rest})


def _span(call: Call, feed: Feed, start: Key) -> tuple[list[Key], bool]:
    """Keys from `start` on, without the withheld minute, and whether no more follow."""
    if _is_made_empty(call):
        return [], False
    size = min(EXPORT_PAGE_MAX, max(1, call.leading_whole("per_page") or EXPORT_PAGE_MAX))
    first = feed.index.bisect_left(start)
    last = feed.index.bisect_left((_until_s(call) + 1, 0))
    keys: list[Key] = list(feed.index.islice(first, max(first, min(first + size, last))))
    return keys, first + size >= last


def _until_s(call: Call) -> int:
    return call.now_s - WITHHELD_S


def _start_s(call: Call, feed: Feed) -> int:
    start_s = call.leading_whole("start_time")
    if start_s is None:
        raise UnknownBehaviourError("an export without start_time or cursor")
    if feed.refuses_recent and start_s > _until_s(call):
        raise start_too_recent()
    return start_s


def _export_key(call: Call, text: str) -> Key:
    """Where a cursor goes on. Raises: ApiError 400 for a foreign or outlived one."""
    try:
        stamp_s, number, age = cursor_parts(text, int, int, int)
    except ApiError:
        raise bad_cursor() from None
    if age != call.desk.switches.cursor_age:
        raise bad_cursor()
    return (stamp_s, number + 1)


def _is_made_empty(call: Call) -> bool:
    """Whether an empty page was ordered, which is legal in the middle of a stream [C]."""
    switches = call.desk.switches
    if switches.empty_pages > 0:
        switches.empty_pages -= 1
        return True
    return False
