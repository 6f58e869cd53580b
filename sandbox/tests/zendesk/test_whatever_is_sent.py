"""Whatever a client sends, it is answered: done, refused in one of the vendor's envelopes, or not known."""

import orjson
import pytest
from detente_sandbox.clock import Clock, parse_instant
from detente_sandbox.options import Options
from detente_sandbox.vendor import Request
from detente_sandbox.world import World, generate_world
from detente_sandbox.zendesk.routes import ROUTES
from detente_sandbox.zendesk.vendor import Zendesk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Asked = tuple[tuple[str, str], dict[str, str], bytes]
START_MS = parse_instant("2026-11-03T09:00:00Z")
NAMES = (
    "id", "name", "title", "type", "key", "tag", "value", "priority", "status", "tags", "comment", "body",
    "custom_fields", "organization_fields", "arr", "renewal_date", "safe_update", "updated_stamp", "subject",
    "external_id", "domain_names", "requester_id", "assignee_id", "custom_field_options", "ticket_field_ids",
)  # fmt: skip
ONE = ("ticket", "organization", "ticket_field", "organization_field", "ticket_form", "custom_field_option")
MANY = ("tickets", "organizations")
WORDS = ("1", "1001", "5100000001", "5700000008", "arr", "x", "5900000002")
TEXTS = ("urgent", "solved", "tagger", "dropdown", "text", "2026-11-03T09:00:00Z", "client_credentials")
NUMBERS = (5_100_000_001, 5_300_000_001, 1_001, -1, 0.5)
LEAVES = st.none() | st.booleans() | st.text(max_size=6) | st.sampled_from((*TEXTS, *NUMBERS))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)
# What is sent stands under the key of every route, so that each has something to read.
OBJECTS = st.dictionaries(st.sampled_from(NAMES), VALUES, min_size=1, max_size=5)
BODIES = (OBJECTS | VALUES).map(
    lambda sent: orjson.dumps({**dict.fromkeys(ONE, sent), **{key: [sent] for key in MANY}})
)
PARAMETERS = (
    "start_time", "cursor", "page", "per_page", "page[size]", "page[after]", "page[before]", "sort", "ids",
    "external_ids", "external_id", "name", "include", "query", "filter[type]", "role",
)  # fmt: skip
# The last three are cursors that hold a number, an object and an empty list.
GIVEN = ("", "0", "-1", "1", "1793696400", "x", "users", "status:open", "ticket", "MQ==", "e30=", "W10=")
QUERIES = st.dictionaries(st.sampled_from(PARAMETERS), st.sampled_from(GIVEN), max_size=4)
PATHS = st.sampled_from(ROUTES).flatmap(
    lambda route: st.tuples(
        st.just(route.method),
        st.tuples(*(st.sampled_from(WORDS) if part == "*" else st.just(part) for part in route.pattern)).map(
            "/".join
        ),
    )
)
ASKED = st.lists(st.tuples(PATHS, QUERIES, BODIES | st.binary(max_size=8)), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def firm() -> World:
    return generate_world(companies=4, tickets=8, seed=7, start_ms=START_MS)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(asked=ASKED)
def test_whatever_is_sent_is_answered(firm: World, asked: list[Asked]) -> None:
    zendesk = Zendesk(Clock(START_MS), Options(start_ms=START_MS, has_limits=False, vendors=("zendesk",)))
    zendesk.start(firm)
    headers = {"authorization": f"Bearer {zendesk.credentials()['tokens']['admin']}"}
    for (method, path), query, raw in asked:
        text = "&".join(f"{name}={value}" for name, value in query.items())
        request = Request(1, method, f"/api/v2/{path}", text, headers, raw, "")
        reply = zendesk.reply(request, zendesk.clock.tick())
        body = orjson.loads(reply.body) if reply.body else {}

        assert 200 <= reply.status < 300 or "error" in body or "errors" in body
        zendesk.clock.move_to(zendesk.clock.now_ms + 2_000)
    assert zendesk.state()
