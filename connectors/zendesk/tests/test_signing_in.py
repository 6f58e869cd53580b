"""Signing in with an OAuth client, and with an API token while there are any."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
from detente_contracts import AccessError, ConfigurationError, Kind, Severity
from detente_contracts.testing import batches, read_all
from detente_zendesk.sign_in import lacking_scopes

LONG_S = 30 * 60


def tokens(desk: Any) -> int:
    """Tokens asked for since the last look."""
    count: int = desk.counts().get("token", 0)
    return count


def errors(connector: Any) -> list[Any]:
    return [item for item in connector.check() if item.severity is Severity.ERROR]


def test_one_token_serves_until_it_is_about_to_expire(connector: Any, desk: Any) -> None:
    read_all(connector, Kind.PERSON)
    desk.advance(LONG_S - 121)
    read_all(connector, Kind.PERSON)
    before = tokens(desk)
    desk.advance(2)
    read_all(connector, Kind.PERSON)

    assert (before, tokens(desk)) == (1, 1)


def test_a_token_that_ends_in_mid_read_is_asked_for_again_and_nothing_is_lost(
    connector: Any, desk: Any
) -> None:
    told = batches(connector, Kind.ACCOUNT, None, limit=100)
    found = list(next(told).records)
    before = tokens(desk)
    # the account's time goes by, and the connector's own clock does not know of it
    desk.sandbox.advance(LONG_S)
    found += [record for batch in told for record in batch.records]

    assert (before, tokens(desk)) == (1, 1)
    assert len({record.ref for record in found}) == len(found) == desk.held("organizations")


def test_a_call_is_made_once_more_on_an_invalid_token_alone(connector: Any, desk: Any) -> None:
    connector.check()
    desk.counts()
    body = '{"error": "invalid_token", "error_description": "expired"}'
    desk.fault("/groups", status=401, body=body)
    read_all(connector, Kind.PERSON)
    once = tokens(desk)
    desk.fault("/groups", status=401, body='{"error": "Couldn\'t authenticate you"}')

    assert once == 1
    with pytest.raises(AccessError, match="does not accept"):
        connector.read(Kind.PERSON, None, 100)
    assert tokens(desk) == 0


def test_a_credential_that_was_revoked_is_an_access_error_with_what_to_do(connector: Any, desk: Any) -> None:
    read_all(connector, Kind.PERSON)
    desk.sandbox.put("/_sandbox/tokens/admin", {"revoked": True})

    with pytest.raises(AccessError) as caught:
        connector.read(Kind.ACCOUNT, None, 100)
    assert caught.value.hint == "Check client, secret and account in the settings"


def test_many_calls_that_meet_an_expired_token_ask_for_one_between_them(connector: Any, desk: Any) -> None:
    read_all(connector, Kind.PERSON)
    desk.counts()
    desk.advance(LONG_S)
    threads = [threading.Thread(target=connector.read, args=(Kind.PERSON, None, 100)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert tokens(desk) == 1


def test_a_client_that_may_not_have_a_scope_is_told_so(connect: Any) -> None:
    with pytest.raises(AccessError, match=r"gives no token.*organizations:write"):
        connect("readonly").read(Kind.ACCOUNT, None, 100)


def test_a_run_that_writes_is_refused_without_the_scopes_and_one_that_reads_is_not(connect: Any) -> None:
    connector = connect(scope="read tickets:write")
    connector.require_rights(writing=False)

    with pytest.raises(AccessError, match=r"did not grant the scopes: organizations:write"):
        connector.require_rights(writing=True)


def test_a_scope_that_zendesk_does_not_know_is_found_missing(connect: Any) -> None:
    found = errors(connect(scope="read tickets:write organisations:write"))

    assert "scope organizations:write" in {item.subject for item in found}


def test_an_agent_who_is_no_admin_is_refused_before_anything_is_read(connect: Any, desk: Any) -> None:
    desk.sandbox.put("/_sandbox/tokens/admin", {"role": "agent"})
    connector = connect()

    with pytest.raises(AccessError, match="no exports") as caught:
        connector.require_rights(writing=True)
    assert "must be an admin" in caught.value.hint
    assert "role" in {item.subject for item in errors(connector)}


@pytest.mark.parametrize(
    ("granted", "lacking"),
    [
        ("read write", []),
        ("read tickets:write organizations:write", []),
        ("read tickets:write", ["organizations:write"]),
        ("tickets:read write", ["read"]),
        ("", ["read", "tickets:write", "organizations:write"]),
    ],
)
def test_a_broad_scope_covers_that_of_each_resource(granted: str, lacking: list[str]) -> None:
    needed = ["read", "tickets:write", "organizations:write"]

    assert lacking_scopes(granted.split(), needed) == lacking


@pytest.fixture
def by_api_token(connect: Any, desk: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A connector that signs in with the account's old API token."""
    known = desk.sandbox.credentials["api_token"]
    monkeypatch.setenv("ZENDESK_TEST_API_TOKEN", known["token"])
    given = {"email": known["email"], "token": {"env": "ZENDESK_TEST_API_TOKEN"}}
    return connect(client=None, api_token=given)


def test_an_api_token_still_reads_and_writes_and_doctor_warns_of_its_end(
    by_api_token: Any, desk: Any
) -> None:
    by_api_token.provision(apply=True)
    found = by_api_token.check()
    (warning,) = [item for item in found if item.subject == "API token"]

    assert (warning.severity, errors(by_api_token)) == (Severity.WARNING, [])
    days = (date(2027, 4, 30) - desk.now.date()).days
    assert f"2027-04-30, in {days} days" in warning.message
    assert read_all(by_api_token, Kind.ACCOUNT)[0]
    assert tokens(desk) == 0


def test_an_api_token_that_has_ended_is_an_access_error(by_api_token: Any, desk: Any) -> None:
    desk.act("api_tokens", on=False)

    with pytest.raises(AccessError):
        by_api_token.read(Kind.ACCOUNT, None, 100)


def test_a_secret_that_is_not_there_is_told_before_anything_is_asked(
    connect: Any, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = connect()
    monkeypatch.delenv("ZENDESK_TEST_SECRET")

    with pytest.raises(ConfigurationError, match="ZENDESK_TEST_SECRET is not set"):
        connector.read(Kind.ACCOUNT, None, 100)
    assert desk.counts() == {}
