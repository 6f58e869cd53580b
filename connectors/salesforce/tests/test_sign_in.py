"""Signing in to an org, and what becomes of a session that ends."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from detente_contracts import AccessError, ConfigurationError, FieldWrite, Kind, Result, UnavailableError
from detente_contracts.testing import batches, read_all

CREDENTIAL = "SALESFORCE_TEST_KEY"


@pytest.fixture
def by_key(connect: Any, org: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Builds connectors that sign in by a signed assertion."""

    def build(app: str = "sync", key: str = "", **given: object) -> Any:
        monkeypatch.setenv(CREDENTIAL, key or org.sandbox.credentials["private_key"])
        username = org.sandbox.credentials["apps"][app]["username"]
        signing = {"username": username, "private_key": {"env": CREDENTIAL}, "client_secret": None}
        return connect(app, **{**signing, **given})

    yield build


def test_a_signed_assertion_signs_in(by_key: Any, org: Any) -> None:
    assert len(read_all(by_key(), Kind.ACCOUNT)[0]) == len(org.rows("Account"))


def test_a_user_that_no_admin_has_approved_is_told_so(by_key: Any, org: Any) -> None:
    org.app("sync", approved=False)

    with pytest.raises(AccessError, match="hasn't approved this consumer") as caught:
        by_key().read(Kind.ACCOUNT, None, 10)
    assert "Pre-authorise" in caught.value.hint


def test_a_user_whom_nobody_knows_is_refused(by_key: Any) -> None:
    with pytest.raises(AccessError):
        by_key(username="nobody@firm.example").read(Kind.ACCOUNT, None, 10)


def test_a_key_that_cannot_sign_is_a_matter_of_settings(by_key: Any) -> None:
    broken = "-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----"

    with pytest.raises(ConfigurationError, match=CREDENTIAL) as caught:
        by_key(key=broken).read(Kind.ACCOUNT, None, 10)
    assert "bm90" not in str(caught.value)


def test_a_session_that_expires_in_mid_read_is_renewed_and_nothing_is_lost(connector: Any, org: Any) -> None:
    seen: list[str] = []
    for batch in batches(connector, Kind.ACCOUNT, limit=30):
        seen += [record.ref.id for record in batch.records]
        org.act("expire_sessions")

    assert sorted(seen) == sorted(org.ids("Account", count=1000))


def test_a_write_whose_session_has_expired_is_done_once_under_a_new_one(writable: Any, org: Any) -> None:
    ref = writable.read(Kind.ACCOUNT, None, 1).records[0].ref
    org.act("expire_sessions")
    told = writable.write([FieldWrite(ref, {"detente_score": "12.5"})])

    assert [outcome.result for outcome in told] == [Result.APPLIED]
    assert org.raw("Account", ref.id)["Detente_Score__c"] == 12.5


def test_a_session_that_is_refused_for_ever_is_an_access_error_after_two_calls(
    connector: Any, org: Any
) -> None:
    connector.read(Kind.ACCOUNT, None, 10)
    body = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
    org.fault("Account/describe", times=50, status=401, body=body)
    calls = connector.connection.open().transport.calls
    calls.clear()

    with pytest.raises(AccessError, match="session"):
        connector.read(Kind.ACCOUNT, None, 10)
    assert calls["describe"] == 2


def test_an_app_that_is_revoked_is_an_access_error(connect: Any, org: Any) -> None:
    connector = connect("sync")
    connector.read(Kind.ACCOUNT, None, 10)
    org.app("sync", revoked=True)

    with pytest.raises(AccessError) as caught:
        connector.read(Kind.ACCOUNT, None, 10)
    assert caught.value.hint


def test_a_token_endpoint_that_answers_with_a_page_is_asked_again(connector: Any, org: Any) -> None:
    org.fault("oauth2/token", status=503, body="<html>Maintenance</html>")
    org.fault("oauth2/token", status=200, body="<html>Hello</html>")

    assert connector.read(Kind.ACCOUNT, None, 10).records


def test_a_token_that_does_not_come_is_unavailable_and_no_refusal(connector: Any, org: Any) -> None:
    org.fault("oauth2/token", times=50, status=200, body={})

    with pytest.raises(UnavailableError, match="without a token"):
        connector.read(Kind.ACCOUNT, None, 10)


@pytest.mark.parametrize("answer", ["https://acme.lightning.force.com", "https://https://localhost"])
def test_a_wrong_instance_url_gives_way_to_my_domain(answer: str, connector: Any, org: Any) -> None:
    granted = org.token()
    org.fault("oauth2/token", status=200, body={**granted, "instance_url": answer})

    assert connector.read(Kind.ACCOUNT, None, 10).records


def test_an_org_that_moved_is_called_where_its_newest_grant_says(connector: Any, org: Any) -> None:
    first = connector.read(Kind.ACCOUNT, None, 10)
    moved = org.url.replace("localhost", "127.0.0.1")
    org.act("expire_sessions")
    org.fault("oauth2/token", status=200, body={**org.token(), "instance_url": moved})
    second = connector.read(Kind.ACCOUNT, first.cursor, 10)

    assert second.records
    assert connector.connection.open().background.base_url.startswith(moved)


def test_certificates_of_an_unknown_authority_are_not_trusted(connect: Any) -> None:
    with pytest.raises(UnavailableError, match="SSLError"):
        connect(ca_file=None).read(Kind.ACCOUNT, None, 10)


def test_logs_hold_no_secret_no_token_and_no_customer_text(
    connect: Any, org: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        records, _ = read_all(connect(bulk_from=0), Kind.CONTACT)
    named = [str(getattr(record, "email", "") or "@@") for record in records]
    secret = org.sandbox.credentials["apps"]["admin"]["client_secret"]

    assert caplog.records
    assert secret not in caplog.text
    assert "Bearer" not in caplog.text
    assert not [name for name in named if name in caplog.text]


def test_nothing_is_ever_logged_out(connect: Any, org: Any, tmp_path: Path) -> None:
    connector = connect()
    connector.read(Kind.ACCOUNT, None, 10)
    connector.close()

    assert not {"revoke", "logout"} & set(org.counts())
