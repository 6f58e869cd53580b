"""What jobs and limits promise, whatever is asked of them and when."""

from collections import Counter
from typing import Any

import orjson
import pytest
from detente_sandbox.clock import Clock, parse_instant
from detente_sandbox.options import Options
from detente_sandbox.vendor import Request
from detente_sandbox.world import World, generate_world
from detente_sandbox.zendesk.facts import ApiError
from detente_sandbox.zendesk.limits import RULES, Limits
from detente_sandbox.zendesk.vendor import Zendesk
from hypothesis import given, settings
from hypothesis import strategies as st

Json = dict[str, Any]
START_MS = parse_instant("2026-11-03T09:00:00Z")
FIRST = 5_100_000_001
CALM = settings(max_examples=50, deadline=None)
HELD = 10
# What a row names, some of which is not there, and what it sends, some of which is refused.
PLACES = st.sampled_from([*range(HELD), 50, 51])
SENT: dict[str, Json] = {
    "good": {"notes": "kept"},
    "unsuitable": {"notes": "lost", "organization_fields": {"arr": "much"}},
    "taken": {"notes": "lost", "name": "Everybody's"},
}
ROWS = st.dictionaries(PLACES, st.sampled_from(sorted(SENT)), min_size=1, max_size=12)
PAUSES = st.lists(st.integers(0, 900), max_size=8)


@pytest.fixture(scope="module")
def firm() -> World:
    return generate_world(companies=HELD, tickets=0, seed=7, start_ms=START_MS)


def account_of(firm: World) -> Zendesk:
    zendesk = Zendesk(Clock(START_MS), Options(start_ms=START_MS, vendors=("zendesk",)))
    zendesk.start(firm)
    return zendesk


def ask(zendesk: Zendesk, method: str, path: str, body: object = None) -> Json:
    headers = {"authorization": f"Bearer {zendesk.credentials()['tokens']['sync']}"}
    request = Request(1, method, path, "", headers, orjson.dumps(body), "")
    reply = zendesk.reply(request, zendesk.clock.tick())
    assert reply.status == 200, reply.body
    answer: Json = orjson.loads(reply.body)
    return answer


@CALM
@given(rows=ROWS, pauses=PAUSES)
def test_every_row_of_a_job_has_one_true_outcome(
    firm: World, rows: dict[int, str], pauses: list[int]
) -> None:
    zendesk = account_of(firm)
    zendesk.create_record("organizations", {"properties": {"name": "everybody's"}})
    body = {"organizations": [{"id": FIRST + place, **SENT[kind]} for place, kind in rows.items()]}
    job = ask(zendesk, "PUT", "/api/v2/organizations/update_many", body)["job_status"]
    for pause_ms in [*pauses, 5_000]:
        before = job["progress"] or 0
        zendesk.clock.move_to(zendesk.clock.now_ms + pause_ms)
        job = ask(zendesk, "GET", f"/api/v2/job_statuses/{job['id']}")["job_status"]
        assert (job["progress"] or 0) >= before
    outcome = {row["id"]: row["success"] for row in job["results"]}
    kept = {row["id"] for row in zendesk.list_records("organizations") if row["notes"]}

    assert [row["id"] for row in job["results"]] == [row["id"] for row in body["organizations"]]
    assert outcome == {FIRST + place: kind == "good" and place < HELD for place, kind in rows.items()}
    assert kept == {number for number, success in outcome.items() if success}
    assert job["status"] == ("completed" if kept else "failed")


@CALM
@given(steps=st.lists(st.integers(0, 30_000), max_size=60), total=st.integers(1, 5))
def test_no_minute_lets_more_through_than_its_limit_and_none_less(steps: list[int], total: int) -> None:
    limits, now_ms = Limits(), START_MS
    limits.set({"incremental-exports": total})
    asked: Counter[int] = Counter()
    passed: Counter[int] = Counter()
    for step_ms in steps:
        now_ms += step_ms
        minute = now_ms // 60_000
        asked[minute] += 1
        try:
            limits.take("incremental-exports", now_ms)
            passed[minute] += 1
        except ApiError as error:
            assert int(error.headers["Retry-After"]) <= RULES["incremental-exports"].window_s

    assert passed == {minute: min(count, total) for minute, count in asked.items()}
