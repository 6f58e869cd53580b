"""Tokens that are fetched when needed, and again when they are refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from detente_connector_kit import (
    Bucket,
    Call,
    ExpiringToken,
    LocalBudget,
    RenewedToken,
    Reply,
    Transport,
    Vendor,
    Wire,
)
from detente_contracts import AccessError
from detente_contracts.testing import StandingClock

READ = Call("GET", "/things", "list", ("calls",))
WRITE = Call("POST", "/things", "update", ("calls",), body={"a": 1}, repeatable=False)


class Desk:
    """Hands out tokens and counts them."""

    def __init__(self) -> None:
        self.handed = 0

    def fetch(self) -> str:
        self.handed += 1
        return f"token-{self.handed}"


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def signed(crm: Any, clock: StandingClock, desk: Desk, vendor: Vendor) -> Iterator[Transport]:
    token = RenewedToken(desk.fetch)
    wire = Wire(crm.url, token, user_agent="kit-tests", timeouts_s=(2.0, 5.0))
    budget, buckets = LocalBudget(clock), [Bucket("calls", 100, 10.0)]
    transport = Transport(vendor, wire, clock=clock, budget=budget, buckets=buckets, token=token)
    yield transport
    transport.close()


def used(crm: Any) -> list[str]:
    """The tokens that calls were signed with."""
    return [headers["Authorization"] for _, _, headers, _ in crm.seen]


def test_a_token_is_fetched_once_for_many_calls(crm: Any, signed: Transport, desk: Desk) -> None:
    crm.will(200)
    for _ in range(3):
        signed.send(READ)

    assert used(crm) == ["Bearer token-1"] * 3
    assert desk.handed == 1


@pytest.mark.parametrize("call", [READ, WRITE], ids=["read", "write that is never sent twice"])
def test_a_refused_token_is_renewed_and_the_call_made_once_more(
    call: Call, crm: Any, signed: Transport, clock: StandingClock
) -> None:
    crm.will(401).will(200, b"7")

    assert signed.send(call).data == 7
    assert used(crm) == ["Bearer token-1", "Bearer token-2"]
    assert clock.slept_s == 0


def test_a_new_token_that_is_refused_too_is_an_access_error(crm: Any, signed: Transport, desk: Desk) -> None:
    crm.will(401)

    with pytest.raises(AccessError):
        signed.send(READ)
    assert (len(crm.seen), desk.handed) == (2, 2)


def test_many_threads_whose_token_is_refused_fetch_one_between_them() -> None:
    fetched: list[float] = []

    def fetch() -> str:
        fetched.append(time.monotonic())
        return "token"

    token = RenewedToken(fetch)
    token.token()
    threads = [threading.Thread(target=token.renew, args=(1,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(fetched) == 2


def test_a_token_that_expires_is_renewed_before_its_end(clock: StandingClock, desk: Desk) -> None:
    token = ExpiringToken(lambda: (desk.fetch(), 600.0), clock)

    assert token.token() == "token-1"
    clock.sleep(539)
    assert token.token() == "token-1"
    clock.sleep(1)
    assert (token.token(), token.token(), desk.handed) == ("token-2", "token-2", 2)


def test_a_long_lived_token_is_renewed_two_minutes_before_its_end(clock: StandingClock, desk: Desk) -> None:
    token = ExpiringToken(lambda: (desk.fetch(), 172_800.0), clock)
    token.token()
    clock.sleep(172_800 - 121)
    before = token.token()
    clock.sleep(1)

    assert (before, token.token()) == ("token-1", "token-2")


def test_a_token_without_an_end_is_kept(clock: StandingClock, desk: Desk) -> None:
    token = ExpiringToken(lambda: (desk.fetch(), None), clock)
    token.token()
    clock.sleep(10**8)

    assert (token.token(), desk.handed) == ("token-1", 1)


class ToldByName(RenewedToken):
    """Of a CRM that answers 401 for other reasons too."""

    def is_refused(self, reply: Reply) -> bool:
        return b"invalid_token" in reply.body


def test_a_token_says_itself_by_which_answer_it_is_refused(
    crm: Any, clock: StandingClock, desk: Desk, vendor: Vendor
) -> None:
    token = ToldByName(desk.fetch)
    wire = Wire(crm.url, token, user_agent="kit-tests", timeouts_s=(2.0, 5.0))
    buckets = [Bucket("calls", 100, 10.0)]
    transport = Transport(vendor, wire, clock=clock, budget=LocalBudget(clock), buckets=buckets, token=token)
    crm.will(401, b'{"error": "invalid_token"}').will(401, b'{"error": "no such user"}')

    with pytest.raises(AccessError):
        transport.send(READ)
    transport.close()
    assert (used(crm), desk.handed) == (["Bearer token-1", "Bearer token-2"], 2)
