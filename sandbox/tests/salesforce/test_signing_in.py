"""The token endpoint, sessions, versions and the quota of calls."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from detente_sandbox.salesforce.apps import key_text, make_key

if TYPE_CHECKING:
    import requests
    from detente_sandbox import SandboxProcess

    from sandbox.tests.salesforce.conftest import Caller

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
NOW_S = int(datetime(2026, 11, 3, 9, tzinfo=UTC).timestamp())


def ask(org: SandboxProcess, form: dict[str, Any], **given: Any) -> requests.Response:
    return org.request("POST", "/services/oauth2/token", data=form, **given)


def assertion(org: SandboxProcess, *, key: str = "", **claims: Any) -> str:
    app = org.credentials["apps"]["sync"]
    known = {
        "iss": app["client_id"],
        "sub": app["username"],
        "aud": org.credentials["my_domain"],
        "exp": NOW_S + 180,
    }
    return jwt.encode({**known, **claims}, key or org.credentials["private_key"], algorithm="RS256")


def refused(answer: requests.Response) -> tuple[int, str, str]:
    body = answer.json()
    return answer.status_code, body["error"], body["error_description"]


def test_client_credentials_come_as_basic_or_in_the_form(org: SandboxProcess) -> None:
    app = org.credentials["apps"]["sync"]
    pair = (app["client_id"], app["client_secret"])
    basic = ask(org, {"grant_type": "client_credentials"}, auth=pair).json()
    form = {"grant_type": "client_credentials", "client_id": pair[0], "client_secret": pair[1]}

    assert basic.keys() == {
        *("access_token", "instance_url", "id", "token_type", "issued_at", "signature", "scope"),
        "api_instance_url",
    }
    assert ask(org, form).json()["token_type"] == "Bearer"
    assert basic["instance_url"] == org.url
    assert basic["id"] == f"{org.url}/id/{org.credentials['org_id']}/{app['user_id']}"


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({}, id="as a number"),
        pytest.param({"exp": str(NOW_S + 180)}, id="as text"),
        pytest.param({"aud": "https://login.salesforce.com"}, id="for the general login host"),
    ],
)
def test_signed_assertion_gives_a_token_and_no_word_of_its_life(
    org: SandboxProcess, monkeypatch: pytest.MonkeyPatch, claims: dict[str, Any]
) -> None:
    answer = ask(org, {"grant_type": JWT_GRANT, "assertion": assertion(org, **claims)})

    assert answer.status_code == 200
    assert answer.json().keys() == {"access_token", "scope", "instance_url", "id", "token_type"}


@pytest.mark.parametrize(
    ("claims", "description"),
    [
        ({"aud": "https://test.salesforce.com"}, "audience is invalid"),
        ({"sub": "somebody@firm.example"}, "user hasn't approved this consumer"),
        ({"exp": NOW_S - 1}, "expired authorization code"),
        ({"exp": NOW_S + 3_600}, "expired authorization code"),
        ({"exp": "soon"}, "expired authorization code"),
        ({"iss": "nobody"}, "client identifier invalid"),
    ],
)
def test_assertion_with_a_wrong_claim_is_refused(
    org: SandboxProcess, claims: dict[str, Any], description: str
) -> None:
    answer = ask(org, {"grant_type": JWT_GRANT, "assertion": assertion(org, **claims)})

    assert refused(answer)[0] == 400
    assert refused(answer)[2] == description


def test_assertion_by_another_key_or_none_is_refused(org: SandboxProcess) -> None:
    for text in (assertion(org, key=key_text(make_key())), "no.assertion.at-all", ""):
        assert refused(ask(org, {"grant_type": JWT_GRANT, "assertion": text}))[1] == "invalid_grant"


def test_refresh_token_gives_a_new_session(org: SandboxProcess) -> None:
    app = org.credentials["apps"]["sync"]
    form = {
        "grant_type": "refresh_token",
        "client_id": app["client_id"],
        "refresh_token": app["refresh_token"],
    }
    wrong = ask(org, {**form, "refresh_token": "5Aep-other"})

    assert ask(org, form).json()["access_token"]
    assert refused(wrong) == (400, "invalid_grant", "expired access/refresh token")


def test_wrong_secret_unknown_client_and_unknown_grant_are_told_apart(org: SandboxProcess) -> None:
    app = org.credentials["apps"]["sync"]
    grant = {"grant_type": "client_credentials"}

    assert refused(ask(org, grant, auth=(app["client_id"], "x")))[1] == "invalid_client"
    assert refused(ask(org, grant, auth=("x", "x")))[1] == "invalid_client_id"
    assert refused(ask(org, {"grant_type": "password"}))[1] == "unsupported_grant_type"


def test_app_that_the_admin_did_not_approve_is_refused(org: SandboxProcess) -> None:
    app = org.credentials["apps"]["sync"]
    org.put("/_sandbox/tokens/sync", {"approved": False})
    answer = ask(org, {"grant_type": "client_credentials"}, auth=(app["client_id"], app["client_secret"]))

    assert refused(answer) == (400, "invalid_grant", "user hasn't approved this consumer")


def test_session_ends_after_its_time_and_the_answer_says_so(org: SandboxProcess, sync: Caller) -> None:
    org.put("/_sandbox/tokens/sync", {"session_s": 30})
    sync.sign_in()
    org.advance(29)
    before = sync.ask("GET", "limits")
    org.advance(2)
    after = sync.ask("GET", "limits")

    assert before.status_code == 200
    assert after.status_code == 401
    assert after.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


@pytest.mark.parametrize("how", ["act", "app", "token"])
def test_sessions_end_when_told(org: SandboxProcess, sync: Caller, admin: Caller, how: str) -> None:
    if how == "act":
        org.post("/_sandbox/act/expire_sessions", {"app": "sync"})
    elif how == "app":
        org.put("/_sandbox/tokens/sync", {"revoked": True})
    else:
        org.request("POST", "/services/oauth2/revoke", data={"token": sync.token})

    assert sync.ask("GET", "limits").status_code == 401
    assert admin.ask("GET", "limits").status_code == 200


def test_versions_are_listed_without_a_session_and_dead_ones_are_gone(
    org: SandboxProcess, sync: Caller
) -> None:
    rows = org.request("GET", "/services/data/").json()
    statuses = [
        sync.ask("GET", f"/services/data/v{number}.0/limits").status_code for number in (30, 31, 68, 69)
    ]

    assert (rows[0]["version"], rows[-1]["version"], len(rows)) == ("31.0", "68.0", 38)
    assert rows[-2] == {"label": "Summer '26", "url": "/services/data/v67.0", "version": "67.0"}
    assert statuses == [410, 200, 200, 410]


def test_every_answer_counts_in_the_header(org: SandboxProcess, sync: Caller) -> None:
    def used(answer: requests.Response) -> int:
        text = answer.headers["Sforce-Limit-Info"].removeprefix("api-usage=")
        return int(text.split("/")[0])

    first = sync.ask("GET", "limits")
    wrong = sync.ask("GET", "query", params={"q": "SELECT"})
    told = sync.done("GET", "limits")["DailyApiRequests"]

    assert used(wrong) == used(first) + 1
    assert told["Remaining"] == told["Max"] - used(wrong) - 1
    assert first.headers["Sforce-Limit-Info"].endswith(f"/{told['Max']}")


def test_used_up_quota_refuses_until_the_calls_are_a_day_old(org: SandboxProcess, sync: Caller) -> None:
    org.put("/_sandbox/tokens/sync", {"session_s": 400_000})
    sync.sign_in()
    org.put("/_sandbox/limits", {"daily": 50})
    org.post("/_sandbox/act/use_calls", {"calls": 50})
    refused_one = sync.ask("GET", "sobjects")
    org.advance(86_400 + 60)

    assert refused_one.status_code == 403 and "Retry-After" not in refused_one.headers
    assert refused_one.json() == [
        {"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}
    ]
    assert sync.ask("GET", "sobjects").status_code == 200


def test_too_many_calls_at_once_are_refused_as_often_as_told(org: SandboxProcess, sync: Caller) -> None:
    org.post("/_sandbox/act/refuse_calls", {"times": 2})
    answers = [sync.ask("GET", "limits") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [403, 403, 200]
    assert "ConcurrentRequests" in answers[0].json()[0]["message"]


def test_lightning_host_is_as_foreign_as_any_path_outside_the_api(wild_org: SandboxProcess) -> None:
    assert wild_org.request("GET", "/lightning/page/home").status_code == 501
    assert len(wild_org.get("/_sandbox/unknown")) == 1
