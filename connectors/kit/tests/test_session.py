"""A vendor's own client on our transport, by a session that it is handed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from detente_connector_kit import (
    BearerToken,
    Bucket,
    Call,
    LocalBudget,
    RefusedCallError,
    Transport,
    TransportSession,
    Vendor,
    Wire,
)
from detente_contracts import ConfigurationError, UnavailableError
from detente_contracts.testing import StandingClock


@pytest.fixture
def wire(crm: Any) -> Wire:
    return Wire(crm.url, BearerToken(lambda: "ours"), user_agent="kit-tests", timeouts_s=(2.0, 5.0))


@pytest.fixture
def session(wire: Wire, clock: StandingClock, vendor: Vendor) -> Iterator[TransportSession]:
    budget, buckets = LocalBudget(clock), [Bucket("calls", 100, 10.0)]
    transport = Transport(vendor, wire, clock=clock, budget=budget, buckets=buckets)
    session = TransportSession(transport, wire, lambda method, path: Call(method, path, "client", ("calls",)))
    yield session
    session.close()
    transport.close()


def test_a_clients_request_is_sent_as_it_made_it_but_signed_by_us(
    crm: Any, session: requests.Session
) -> None:
    crm.will(200, b'{"done": true}')
    theirs = {"Authorization": "Bearer theirs", "X-Own": "kept"}
    answer = session.request("POST", f"{crm.url}/q", headers=theirs, params={"q": "a b"}, data=b"body")

    assert (answer.status_code, answer.json(parse_float=str)) == (200, {"done": True})
    method, path, headers, body = crm.seen[0]
    assert (method, path, body) == ("POST", "/q?q=a+b", b"body")
    assert (headers["Authorization"], headers["X-Own"]) == ("Bearer ours", "kept")


def test_a_clients_request_is_tried_again_after_a_fault(crm: Any, session: requests.Session) -> None:
    crm.will(503, b"<html>").will(200, b"<html>").will(200, b"7")

    assert session.get(f"{crm.url}/q").json() == 7


def test_a_refusal_is_raised_before_the_client_sees_it(crm: Any, session: requests.Session) -> None:
    crm.will(400, b'[{"errorCode": "MALFORMED_QUERY"}]')

    with pytest.raises(RefusedCallError):
        session.get(f"{crm.url}/q")


def test_a_client_that_is_told_of_another_host_does_not_follow(crm: Any, session: requests.Session) -> None:
    with pytest.raises(UnavailableError, match="another host"):
        session.get("https://elsewhere.example/q")
    assert crm.seen == []


def test_the_environments_certificates_do_not_beat_the_ones_we_are_given(
    crm: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "theirs.pem"))
    ours = tmp_path / "ours.pem"
    ours.touch()
    wire = Wire(crm.url, None, user_agent="kit-tests", ca_file=ours)

    assert wire.verify == str(ours)


def test_certificates_that_are_not_there_are_a_matter_of_settings(crm: Any, tmp_path: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"missing\.pem.*ca_file"):
        Wire(crm.url, None, user_agent="kit-tests", ca_file=tmp_path / "missing.pem")
