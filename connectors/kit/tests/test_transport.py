"""The transport against a CRM that misbehaves as told."""

from __future__ import annotations

import logging
import socket
from datetime import timedelta
from typing import Any

import pytest
from detente_connector_kit import (
    BearerToken,
    Bucket,
    Call,
    LocalBudget,
    RefusedCallError,
    Transport,
    UnknownResultError,
    Wire,
    clock_finding,
)
from detente_contracts import AccessError, RateLimitedError, Severity, UnavailableError
from detente_contracts.testing import StandingClock

READ = Call("GET", "/things", "list", ("calls",))
WRITE = Call("POST", "/things", "update", ("calls",), body={"a": 1}, repeatable=False)


def test_a_good_answer_is_decoded_and_counted(crm: Any, transport: Transport) -> None:
    crm.will(200, b'{"results": [1]}')

    assert transport.send(READ).data == {"results": [1]}
    assert transport.calls == {"list": 1}


def test_query_and_body_arrive_as_they_were_given(crm: Any, transport: Transport) -> None:
    crm.will(200)
    transport.send(Call("POST", "/x", "search", query=(("q", "a b&c"),), body={"ü": 1}))

    method, path, headers, body = crm.seen[0]
    assert (method, path, body) == ("POST", "/x?q=a+b%26c", '{"ü":1}'.encode())
    assert headers["Authorization"] == "Bearer not-for-logs-4711"


def test_an_empty_answer_is_none(crm: Any, transport: Transport) -> None:
    crm.will(204, b"")

    assert transport.send(READ).data is None


@pytest.mark.parametrize("status", [401, 403], ids=["unknown token", "missing right"])
def test_a_refused_credential_is_an_access_error_at_once(
    status: int, crm: Any, transport: Transport, clock: StandingClock
) -> None:
    crm.will(status)

    with pytest.raises(AccessError, match="ask the admin"):
        transport.send(READ)
    assert clock.slept_s == 0


@pytest.mark.parametrize("status", [400, 404, 409, 422, 501])
def test_a_refused_call_tells_status_and_body(status: int, crm: Any, transport: Transport) -> None:
    crm.will(status, b'{"category": "X"}')

    with pytest.raises(RefusedCallError) as caught:
        transport.send(READ)
    assert (caught.value.status, caught.value.body) == (status, {"category": "X"})


@pytest.mark.parametrize("status", [408, 423, 500, 502, 503, 504, 521, 524])
def test_a_read_goes_on_after_a_fault(
    status: int, crm: Any, transport: Transport, clock: StandingClock
) -> None:
    crm.will(status, b"<html>").will(status, b"").will(200, b"7")

    assert transport.send(READ).data == 7
    assert clock.slept_s == 1 + 2


@pytest.mark.parametrize("body", [b"<html>busy</html>", b'{"cut": ', b"\xff\xfe"])
def test_an_answer_that_is_not_json_is_a_fault(body: bytes, crm: Any, transport: Transport) -> None:
    crm.will(200, body)

    with pytest.raises(UnavailableError, match="not JSON"):
        transport.send(READ)
    assert len(crm.seen) == 5


@pytest.mark.parametrize("fault", [502, 0], ids=["bad gateway", "dropped connection"])
def test_a_write_whose_answer_is_lost_is_not_sent_twice(fault: int, crm: Any, transport: Transport) -> None:
    crm.will(fault)

    with pytest.raises(UnknownResultError):
        transport.send(WRITE)
    assert len(crm.seen) == 1


def test_a_write_that_was_locked_out_is_sent_again(crm: Any, transport: Transport) -> None:
    crm.will(423).will(200, b"1")

    assert transport.send(WRITE).data == 1


def test_a_dropped_read_is_sent_again(crm: Any, transport: Transport) -> None:
    crm.will_drop().will(200, b"1")

    assert transport.send(READ).data == 1


def test_a_crm_that_cannot_be_reached_has_received_nothing(clock: StandingClock) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        wire = Wire(url, BearerToken(lambda: "t"), user_agent="kit-tests")
        transport = Transport(_Plain(), wire, clock=clock, budget=LocalBudget(clock), buckets=BUCKETS)
        with pytest.raises(UnavailableError) as caught:
            transport.send(WRITE)

    assert not isinstance(caught.value, UnknownResultError)


def test_retry_after_is_honoured_on_the_clock(crm: Any, transport: Transport, clock: StandingClock) -> None:
    crm.will(429, Retry_After="7").will(200, b"1")

    assert transport.send(WRITE).data == 1
    assert clock.slept_s == 7


def test_a_bucket_is_closed_for_no_longer_than_a_day_whatever_the_crm_says(
    crm: Any, transport: Transport, clock: StandingClock
) -> None:
    crm.will(429, Retry_After="999999")

    with pytest.raises(RateLimitedError) as caught:
        transport.send(READ)
    assert caught.value.retry_after_s == 86_400


def test_a_limit_without_retry_after_waits_as_the_vendor_does(
    crm: Any, transport: Transport, clock: StandingClock
) -> None:
    crm.will(429).will(200, b"1")
    transport.send(READ)

    assert clock.slept_s == 10


def test_a_limit_that_lasts_for_hours_is_told_at_once(
    crm: Any, transport: Transport, clock: StandingClock
) -> None:
    crm.will(429, Retry_After="7200")

    with pytest.raises(RateLimitedError) as caught:
        transport.send(READ)
    assert caught.value.retry_after_s == 7200
    with pytest.raises(RateLimitedError):
        transport.send(READ)
    assert (len(crm.seen), clock.slept_s) == (1, 0)


def test_calls_wait_for_the_budget(crm: Any, transport: Transport, clock: StandingClock) -> None:
    crm.will(200, X_Limit="10")
    for _ in range(19):
        transport.send(READ)

    assert clock.slept_s >= 20


def test_a_bucket_that_headers_tell_is_used_up_is_left_alone(
    crm: Any, transport: Transport, clock: StandingClock
) -> None:
    crm.will(200, X_Left="0").will(200)
    transport.send(READ)
    transport.send(READ)

    assert clock.slept_s == 60


def test_a_form_is_sent_as_a_form(crm: Any, transport: Transport) -> None:
    crm.will(200)
    transport.send(Call("POST", "/token", "token", form=(("grant_type", "a b"), ("ü", "1"))))

    _, _, headers, body = crm.seen[0]
    assert (headers["Content-Type"], body) == (
        "application/x-www-form-urlencoded",
        b"grant_type=a+b&%C3%BC=1",
    )


def test_a_limit_told_by_headers_replaces_the_assumed_one(
    crm: Any, transport: Transport, clock: StandingClock
) -> None:
    crm.will(200, X_Limit="1000")
    for _ in range(150):
        transport.send(READ)

    assert clock.slept_s == 0


def test_a_crm_that_is_down_is_left_alone_and_tried_again_later(
    crm: Any, transport: Transport, clock: StandingClock
) -> None:
    crm.will(503)
    for _ in range(2):
        with pytest.raises(UnavailableError):
            transport.send(READ)
    asked = len(crm.seen)
    with pytest.raises(UnavailableError, match="left alone"):
        transport.send(READ)
    assert len(crm.seen) == asked
    crm.answers[:] = [(200, {}, b"1")]
    clock.sleep(31)

    assert transport.send(READ).data == 1


def test_a_redirect_is_not_followed(crm: Any, transport: Transport) -> None:
    crm.will(302, Location="http://localhost:9/steal")

    with pytest.raises(UnavailableError, match="redirects"):
        transport.send(READ)
    assert len(crm.seen) == 1


def test_the_crms_own_clock_is_learnt_from_its_answers(
    crm: Any, transport: Transport, clock: StandingClock
) -> None:
    crm.will(200, Date="Tue, 03 Nov 2026 10:00:00 GMT")
    transport.send(READ)

    assert transport.vendor_now() - clock.now() == timedelta(hours=1)


@pytest.mark.parametrize(
    ("date", "severity", "said"),
    [
        pytest.param("Tue, 03 Nov 2026 09:00:30 GMT", Severity.OK, "agrees", id="half a minute"),
        pytest.param("Tue, 03 Nov 2026 09:02:00 GMT", Severity.WARNING, "120 s ahead of ours", id="ahead"),
        pytest.param("Tue, 03 Nov 2026 08:00:00 GMT", Severity.WARNING, "3,600 s behind ours", id="behind"),
    ],
)
def test_clocks_that_differ_by_more_than_a_minute_are_a_warning(
    crm: Any, transport: Transport, date: str, severity: Severity, said: str
) -> None:
    crm.will(200, Date=date)
    transport.send(READ)
    finding = clock_finding(transport)

    assert finding.severity is severity
    assert said in finding.message


def test_no_secret_and_no_body_is_logged(
    crm: Any, transport: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    crm.will(200, b'{"name": "Ms Private"}')
    with caplog.at_level(logging.DEBUG):
        transport.send(Call("POST", "/x", "search", body={"name": "Ms Private"}))

    assert caplog.records
    assert "4711" not in caplog.text
    assert "Private" not in caplog.text


BUCKETS = [Bucket("calls", 100, 10.0)]


class _Plain:
    name = "Plain CRM"

    def explain(self, status: int, body: object) -> tuple[str, str]:
        return "refused", ""

    def limited(self, reply: object, body: object, now: object) -> tuple[str, float] | None:
        return None

    def spent(self, headers: object) -> dict[str, float]:
        return {}

    def limits(self, headers: object) -> dict[str, tuple[int, float]]:
        return {}
