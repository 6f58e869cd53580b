"""What an account refuses, limits and breaks, and what becomes of it."""

from __future__ import annotations

import logging
from typing import Any

import orjson
import pytest
from detente_contracts import (
    AccessError,
    ConfigurationError,
    Kind,
    RateLimitedError,
    Severity,
    UnavailableError,
)
from detente_contracts.testing import read_all

ORGANIZATIONS = "incremental/organizations"


def refused(desk: Any) -> list[Any]:
    """Calls that were answered 429."""
    asked = desk.sandbox.get("/_sandbox/requests?since=0")["requests"]
    return [row for row in asked if row["status"] == 429]


def test_all_exports_share_ten_calls_a_minute_and_hardly_ever_meet_them(
    connect: Any, desk: Any, clock: Any
) -> None:
    connector = connect()
    cursors: dict[Kind, str | None] = dict.fromkeys((Kind.ACCOUNT, Kind.CONTACT, Kind.TICKET))
    for _ in range(6):
        for kind, cursor in cursors.items():
            cursors[kind] = read_all(connector, kind, cursor)[1]

    assert clock.slept_s >= 60
    assert refused(desk) == []


def test_the_accounts_limit_is_learnt_from_the_headers(connect: Any, desk: Any, clock: Any) -> None:
    desk.sandbox.put("/_sandbox/limits", {"account": 12})
    records, _ = read_all(connect(), Kind.TICKET)

    assert len(records) == desk.sandbox.get("/_sandbox/state")["tickets"]["all"]
    assert clock.slept_s >= 60
    assert refused(desk) == []


@pytest.mark.parametrize("told", [True, False], ids=["with Retry-After", "without"])
def test_a_429_on_an_export_is_waited_for(told: bool, connect: Any, desk: Any, clock: Any) -> None:
    connector = connect()
    read_all(connector, Kind.ACCOUNT)
    # others have used the limit up meanwhile
    desk.sandbox.put("/_sandbox/limits", {"incremental-exports": 1, "retry_after": told})
    records, _ = read_all(connector, Kind.ACCOUNT)

    assert len(records) == desk.held("organizations")
    assert len(refused(desk)) == 1
    assert clock.slept_s >= 30


def test_a_refusal_by_the_protection_in_front_of_the_api_is_waited_for(
    connect: Any, desk: Any, clock: Any
) -> None:
    desk.sandbox.put("/_sandbox/limits", {"edge_refusals": 2})
    records, _ = read_all(connect(), Kind.ACCOUNT)

    assert len(records) == desk.held("organizations")
    assert clock.slept_s > 0


def test_a_wait_of_eleven_days_is_not_believed(connect: Any, desk: Any) -> None:
    desk.fault(ORGANIZATIONS, status=429, headers={"Retry-After": "999999"}, body="{}")

    with pytest.raises(RateLimitedError) as caught:
        connect().read(Kind.ACCOUNT, None, 100)
    assert caught.value.retry_after_s == 3600


@pytest.mark.parametrize(
    "action",
    [
        {"status": 503, "body": "", "headers": {"Retry-After": "20"}},
        {"status": 502, "body": "<html>Bad gateway</html>"},
        {"status": 504, "body": ""},
        {"status": 200, "body": "<html>Hello</html>"},
        {"drop": True},
    ],
    ids=["503", "HTML 502", "504", "HTML in a 200", "dropped"],
)
def test_a_fault_in_a_read_is_asked_for_again(action: dict[str, object], connect: Any, desk: Any) -> None:
    connector = connect()
    desk.fault(ORGANIZATIONS, **action)
    records, _ = read_all(connector, Kind.ACCOUNT)

    assert len(records) == desk.held("organizations")


def test_an_account_that_stays_down_is_unavailable(connect: Any, desk: Any) -> None:
    desk.fault(".*", times=1000, status=503, body="")

    with pytest.raises(UnavailableError):
        connect().read(Kind.ACCOUNT, None, 100)


def test_an_account_that_gives_no_token_for_a_while_is_unavailable_and_not_forbidden(
    connect: Any, desk: Any
) -> None:
    desk.fault("oauth/tokens", method="POST", times=1000, status=503, body="")

    with pytest.raises(UnavailableError):
        connect().read(Kind.ACCOUNT, None, 100)


def test_a_start_that_is_too_recent_brings_nothing_yet(connector: Any, desk: Any) -> None:
    desk.fault(ORGANIZATIONS, status=422, body='{"error": "StartTimeTooRecent", "description": "wait"}')
    batch = connector.read(Kind.ACCOUNT, None, 100)

    assert (batch.records, batch.done) == ([], True)


def test_an_address_without_this_api_is_a_matter_of_settings(connect: Any, desk: Any) -> None:
    desk.fault(ORGANIZATIONS, status=404, body='{"error": "InvalidEndpoint", "description": "Not found"}')

    with pytest.raises(ConfigurationError, match="InvalidEndpoint"):
        connect().read(Kind.ACCOUNT, None, 100)


def test_check_names_what_an_account_lacks_and_goes_on(connect: Any, desk: Any) -> None:
    desk.sandbox.put("/_sandbox/limits", {"plan": "team"})
    mapping = {"account": {"employees": "nowhere"}, "ticket": {"custom": {"mood": "Customer mood"}}}
    found = connect(mapping=mapping).check()
    warnings = {item.subject for item in found if item.severity is Severity.WARNING}

    assert warnings == {"organizations.nowhere", "tickets.Customer mood", "SLA policies"}
    assert {item.subject for item in found if item.severity is Severity.OK} >= {"agents", "users", "tickets"}


def test_check_names_each_field_that_is_missing(connector: Any) -> None:
    errors = [item for item in connector.check() if item.severity is Severity.ERROR]

    assert len(errors) == 12
    assert all("detente provision" in item.hint for item in errors)


def test_check_names_the_clicks_that_no_api_does_for_us(connector: Any, desk: Any) -> None:
    connector.provision(apply=True)
    before = {item.subject: item for item in connector.check() if item.severity is Severity.CLICK}
    ours = [field["id"] for field in desk.api("/ticket_fields")["ticket_fields"]]
    form = desk.api("/ticket_forms")["ticket_forms"][0]
    desk.api(f"/ticket_forms/{form['id']}", "PUT", {"ticket_form": {"ticket_field_ids": ours}})
    after = {item.subject for item in connector.check() if item.severity is Severity.CLICK}

    assert set(before) == {"a ticket form", "ticket views"}
    assert all("Admin Center" in item.hint for item in before.values())
    assert after == {"ticket views"}


def test_check_changes_nothing(connector: Any, desk: Any) -> None:
    before = desk.sandbox.get("/_sandbox/state")
    connector.check()

    assert desk.sandbox.get("/_sandbox/state") == before


def test_check_asks_nobody_who_he_is(connector: Any, desk: Any) -> None:
    """`users/me` answers 200 to a caller without any credential."""
    connector.check()
    asked = [row["path"] for row in desk.sandbox.get("/_sandbox/requests?since=0")["requests"]]

    assert asked
    assert not [path for path in asked if "users/me" in path]


@pytest.mark.parametrize(
    ("status", "body", "error", "said"),
    [
        (
            403,
            {"error": {"title": "Forbidden", "message": "your plan lacks this"}},
            AccessError,
            "your plan lacks this",
        ),
        (
            403,
            {"error": "Forbidden", "description": "Missing the following required scopes: read"},
            AccessError,
            "required scopes: read",
        ),
        (404, {"error": "RecordNotFound", "description": "Not found"}, ConfigurationError, "Not found"),
        (
            400,
            {"errors": [{"code": "InvalidValue", "detail": "no such include"}]},
            ConfigurationError,
            "no such include",
        ),
        (
            422,
            {"error": "RecordInvalid", "details": {"base": [{"description": "not like that"}]}},
            ConfigurationError,
            "not like that",
        ),
    ],
)
def test_a_refusal_in_any_envelope_is_told_with_its_reason(
    status: int, body: Any, error: type[Exception], said: str, connect: Any, desk: Any
) -> None:
    desk.fault(ORGANIZATIONS, status=status, body=orjson.dumps(body).decode())

    with pytest.raises(error) as caught:
        connect().read(Kind.ACCOUNT, None, 100)
    assert said in str(caught.value)


def test_logs_hold_no_secret_and_no_customer_text(
    connector: Any, desk: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        records, _ = read_all(connector, Kind.CONTACT)
        read_all(connector, Kind.TICKET)
    named = [str(getattr(record, "email", "") or "@@") for record in records]
    secret = desk.sandbox.credentials["clients"]["admin"]["client_secret"]

    assert caplog.records
    assert secret not in caplog.text
    assert not [name for name in named if name in caplog.text]
