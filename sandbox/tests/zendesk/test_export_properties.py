"""What an incremental export promises, for any pattern of seconds and any size of page."""

from collections import Counter
from typing import Any

import orjson
from detente_sandbox.clock import Clock, parse_instant
from detente_sandbox.options import Options
from detente_sandbox.vendor import Request
from detente_sandbox.world.model import Account, Commerce, Organisation, Owner, Ticket, World
from detente_sandbox.zendesk.vendor import Zendesk
from hypothesis import given, settings
from hypothesis import strategies as st

Json = dict[str, Any]
START_MS = parse_instant("2026-11-03T09:00:00Z")
# Few different seconds, so that many records share one.
SECONDS = st.lists(st.integers(0, 6), min_size=0, max_size=30)
SIZES = st.integers(1, 8)
CALM = settings(max_examples=60, deadline=None)


def account_with(seconds: list[int]) -> Zendesk:
    """A Zendesk with an organization and a ticket for each number, changed so many seconds past 08:00."""
    world = World(START_MS, owners=[Owner(0, "Ada", "Abadi", "North", True)])
    for key, second in enumerate(seconds):
        at_ms = START_MS - 3_600_000 + second * 1_000
        world.organisations.append(Organisation(key, f"C-{key}", 0.5, 0, None, Commerce()))
        world.accounts.append(
            Account(key, key, f"Name {key}", None, None, None, None, None, "customer", 0, None, at_ms, at_ms)
        )
        world.tickets.append(Ticket(key, key, f"Ticket {key}", None, 3, 0, at_ms, at_ms))
    zendesk = Zendesk(Clock(START_MS), Options(start_ms=START_MS, has_limits=False, vendors=("zendesk",)))
    zendesk.start(world)
    return zendesk


def get(zendesk: Zendesk, path: str) -> Json:
    target, _, query = path.partition("?")
    headers = {"authorization": f"Bearer {zendesk.credentials()['tokens']['sync']}"}
    reply = zendesk.reply(Request(1, "GET", target, query, headers, b"", ""), zendesk.clock.now_ms)
    assert reply.status == 200, reply.body
    body: Json = orjson.loads(reply.body)
    return body


def pages(zendesk: Zendesk, path: str, link: str, most: int) -> list[Json]:
    """All pages from a path on; fails when the stream does not end within `most` of them."""
    found: list[Json] = []
    while not found or not found[-1]["end_of_stream"]:
        assert len(found) < most, "the export goes on and on"
        found.append(get(zendesk, path))
        path = found[-1][link]
    return found


@CALM
@given(seconds=SECONDS, size=SIZES)
def test_cursor_gives_each_record_once_in_order_and_ends(seconds: list[int], size: int) -> None:
    zendesk = account_with(seconds)
    path = f"/api/v2/incremental/tickets/cursor?start_time=0&per_page={size}"
    found = pages(zendesk, path, "after_url", len(seconds) // size + 2)
    rows = [row for page in found for row in page["tickets"]]
    order = [(row["generated_timestamp"], row["id"]) for row in rows]

    assert order == sorted(order)
    assert len({row["id"] for row in rows}) == len(rows) == len(seconds)


@CALM
@given(seconds=SECONDS, size=SIZES)
def test_time_gives_each_record_at_least_once_where_no_second_fills_a_page(
    seconds: list[int], size: int
) -> None:
    zendesk = account_with(seconds)
    roomy = size + max(Counter(seconds).values(), default=0)
    path = f"/api/v2/incremental/organizations?start_time=0&per_page={roomy}"
    found = pages(zendesk, path, "next_page", len(seconds) + 2)
    rows = [row for page in found for row in page["organizations"]]

    assert {row["name"] for row in rows} == {f"Name {key}" for key in range(len(seconds))}
    assert all(page["next_page"] for page in found)


@CALM
@given(
    seconds=SECONDS.filter(bool),
    size=SIZES,
    edits=st.lists(st.tuples(st.integers(0, 99), st.integers(0, 90)), max_size=12),
)
def test_copy_kept_by_cursor_equals_the_account_whatever_happens_between_pages(
    seconds: list[int], size: int, edits: list[tuple[int, int]]
) -> None:
    zendesk = account_with(seconds)
    copy: dict[int, str] = {}
    path = f"/api/v2/incremental/tickets/cursor?start_time=0&per_page={size}"
    for turn, (which, pause_s) in enumerate(edits):
        page = get(zendesk, path)
        copy.update({row["id"]: row["subject"] for row in page["tickets"]})
        path = page["after_url"]
        number = str(1_001 + which % len(seconds))
        zendesk.edit_record("tickets", number, {"properties": {"subject": f"edit {turn}"}})
        zendesk.clock.move_to(zendesk.clock.now_ms + pause_s * 1_000)
    zendesk.clock.move_to(zendesk.clock.now_ms + 61_000)
    for page in pages(zendesk, path, "after_url", len(seconds) + len(edits) + 2):
        copy.update({row["id"]: row["subject"] for row in page["tickets"]})

    assert copy == {row["id"]: row["subject"] for row in zendesk.list_records("tickets")}
