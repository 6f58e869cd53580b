"""Refusals in every envelope that one and the same API uses, and the limits that headers tell."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from detente_connector_kit import Reply
from detente_zendesk.envelopes import Said, said_in
from detente_zendesk.manners import ACCOUNT, EXPORTS, JOBS, ZendeskManners
from hypothesis import example, given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
INVALID = {
    "error": "RecordInvalid",
    "description": "Record validation errors",
    "details": {
        "base": [{"description": "Region: is required when solving a ticket", "ticket_field_id": 360001}],
        "status": [{"description": "closed prevents ticket update"}],
    },
}
MANNERS = ZendeskManners()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param(
            {"error": "RecordNotFound", "description": "Not found"},
            Said("RecordNotFound", "Not found"),
            id="text",
        ),
        pytest.param(
            {"error": {"title": "Forbidden", "message": "your plan lacks this"}},
            Said("Forbidden", "your plan lacks this"),
            id="object",
        ),
        pytest.param(
            {"errors": [{"code": "TooManyRequests", "title": "slow down", "detail": "5 a minute"}]},
            Said("TooManyRequests", "5 a minute"),
            id="list",
        ),
        pytest.param({"error": "Couldn't authenticate you"}, Said("Couldn't authenticate you"), id="bare"),
        pytest.param(
            {"error": "invalid_token", "error_description": "expired"},
            Said("invalid_token", "expired"),
            id="OAuth",
        ),
        pytest.param(
            {"status": "429", "title": "Automated response", "detail": "Rate limited"},
            Said("Automated response", "Rate limited"),
            id="edge",
        ),
        pytest.param({}, Said(""), id="nothing"),
    ],
)
def test_every_envelope_says_what_to_act_on_and_what_to_tell(body: Any, said: Said) -> None:
    assert said_in(body) == said


def test_the_details_of_an_invalid_record_are_what_people_are_told() -> None:
    told = "Region: is required when solving a ticket; status: closed prevents ticket update"

    assert said_in(INVALID).for_people() == told
    assert MANNERS.explain(422, INVALID)[0] == f"Zendesk refused a call (422 RecordInvalid): {told}"


def test_a_very_long_refusal_is_cut() -> None:
    assert len(said_in({"error": "X", "description": "y" * 5000}).for_people()) == 300


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["error", "errors", "description", "details", "title", "detail", "status"])


@example(body={"error": "\x1f"})
@given(st.dictionaries(KEYS, JSON))
def test_whatever_a_refusal_holds_it_is_read_without_a_fault(body: dict[str, Any]) -> None:
    for status in (400, 401, 403, 404, 409, 422):
        message, _ = MANNERS.explain(status, body)
        assert message.startswith("Zendesk")
        assert message.isprintable()


def test_a_missing_scope_is_told_with_what_to_do() -> None:
    body = {"error": "Forbidden", "description": "Missing the following required scopes: read"}
    message, hint = MANNERS.explain(403, body)

    assert "required scopes: read" in message
    assert "client.scope" in hint


def reply(status: int = 200, **headers: str) -> Reply:
    return Reply(
        status, CaseInsensitiveDict({name.replace("_", "-"): text for name, text in headers.items()}), b""
    )


def test_limits_of_account_and_exports_are_learnt_from_headers_of_any_case() -> None:
    told = reply(
        x_rate_limit="700", zendesk_ratelimit_incremental_exports="total=30; remaining=29; resets=41"
    )

    assert MANNERS.limits(told.headers) == {ACCOUNT: (700, 60.0), EXPORTS: (30, 60.0)}
    assert MANNERS.limits(reply().headers) == {}


def test_a_limit_of_which_nothing_remains_is_left_alone_until_it_is_reset() -> None:
    told = reply(
        X_Rate_Limit_Remaining="0",
        ratelimit_reset="17",
        Zendesk_RateLimit_incremental_exports="total=10; remaining=0; resets=41",
    )

    assert MANNERS.spent(told.headers) == {ACCOUNT: 17.0, EXPORTS: 41.0}


@pytest.mark.parametrize(
    ("status", "headers", "body", "closed"),
    [
        pytest.param(429, {}, {}, (ACCOUNT, 60.0), id="edge protection tells nothing"),
        pytest.param(
            429,
            {"Zendesk_RateLimit_incremental_exports": "total=10; remaining=0; resets=41"},
            {"error": "APIRateLimitExceeded"},
            (EXPORTS, 41.0),
            id="exports",
        ),
        pytest.param(429, {}, {"error": "TooManyJobs"}, (JOBS, 10.0), id="job queue full"),
        pytest.param(
            422, {}, {"error": "TooManyJobs"}, (JOBS, 10.0), id="job queue full with another status"
        ),
        pytest.param(422, {}, INVALID, None, id="no limit at all"),
    ],
)
def test_a_refusal_closes_the_bucket_that_it_is_about(
    status: int, headers: dict[str, str], body: Any, closed: object
) -> None:
    assert MANNERS.limited(reply(status, **headers), body, NOW) == closed
