"""OAuth tokens, scopes, roles, and the API token with its end. Section 1 of the reference."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest
import requests
from detente_sandbox import SandboxProcess

COUNT = "/api/v2/tickets/count"


def ask(zendesk: SandboxProcess, app: str, **more: object) -> requests.Response:
    body = {"grant_type": "client_credentials", **zendesk.credentials["clients"][app], **more}
    return zendesk.request("POST", "/oauth/tokens", json=body)


def works(zendesk: SandboxProcess, token: str) -> bool:
    answer = zendesk.api("GET", COUNT, app=token)
    assert answer.status_code in (200, 401)
    return answer.status_code == 200


def test_token_lives_thirty_minutes_of_the_simulated_clock(zendesk: SandboxProcess) -> None:
    told = ask(zendesk, "sync").json()
    zendesk.advance(1_790)
    before = works(zendesk, told["access_token"])
    zendesk.advance(20)
    refused = zendesk.api("GET", COUNT, app=told["access_token"])

    assert (told["token_type"], told["expires_in"], before) == ("bearer", 1_800, True)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    assert "error_description" in refused.json()


def test_form_and_json_bodies_are_taken(zendesk: SandboxProcess) -> None:
    body = {"grant_type": "client_credentials", **zendesk.credentials["clients"]["sync"]}
    answer = zendesk.request("POST", "/oauth/tokens", data={**body, "expires_in": 300})

    assert (answer.status_code, answer.json()["expires_in"]) == (200, 300)


def test_longer_life_than_two_days_is_refused(zendesk: SandboxProcess) -> None:
    assert ask(zendesk, "sync", expires_in=172_800).json()["expires_in"] == 172_800
    assert ask(zendesk, "sync", expires_in=172_801).status_code == 400


def test_unknown_scope_narrows_the_token_silently_and_refuses_later(zendesk: SandboxProcess) -> None:
    told = ask(zendesk, "sync", scope="tickets:read ticketz:write").json()
    refused = zendesk.api("GET", "/api/v2/organizations", app=told["access_token"])

    assert told["scope"] == "tickets:read"
    assert works(zendesk, told["access_token"])
    assert refused.status_code == 403
    assert refused.json()["description"] == "Missing the following required scopes: read"


def test_scope_outside_the_clients_ceiling_is_refused_at_once(zendesk: SandboxProcess) -> None:
    answer = ask(zendesk, "sync", scope="read write")

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


def test_wrong_secret_gets_no_token(zendesk: SandboxProcess) -> None:
    answer = ask(zendesk, "sync", client_secret="wrong")

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def consented(zendesk: SandboxProcess, act: Callable[..., Any], **more: object) -> dict[str, Any]:
    code = act("consent", app="sync", redirect_uri="http://localhost/back")["code"]
    client = zendesk.credentials["clients"]["sync"]
    body = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://localhost/back"}
    told: dict[str, Any] = zendesk.request("POST", "/oauth/tokens", json={**body, **client, **more}).json()
    return told


def refresh(zendesk: SandboxProcess, token: str) -> requests.Response:
    body = {"grant_type": "refresh_token", "refresh_token": token}
    return zendesk.request("POST", "/oauth/tokens", json={**body, **zendesk.credentials["clients"]["sync"]})


def test_refresh_ends_the_old_pair_and_works_once(zendesk: SandboxProcess, act: Callable[..., Any]) -> None:
    first = consented(zendesk, act)
    second = refresh(zendesk, first["refresh_token"]).json()
    again = refresh(zendesk, first["refresh_token"])

    assert not works(zendesk, first["access_token"])
    assert works(zendesk, second["access_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert refresh(zendesk, second["refresh_token"]).status_code == 200


def test_refresh_token_ends_after_thirty_days(zendesk: SandboxProcess, act: Callable[..., Any]) -> None:
    told = consented(zendesk, act)
    zendesk.advance(30 * 86_400 + 1)

    assert told["refresh_token_expires_in"] == 30 * 86_400
    assert refresh(zendesk, told["refresh_token"]).status_code == 400


def test_code_lives_two_minutes(zendesk: SandboxProcess, act: Callable[..., Any]) -> None:
    code = act("consent", app="sync", redirect_uri="x")["code"]
    zendesk.advance(121)
    body = {"grant_type": "authorization_code", "code": code, "redirect_uri": "x"}
    answer = zendesk.request("POST", "/oauth/tokens", json={**body, **zendesk.credentials["clients"]["sync"]})

    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize(("verifier", "status"), [("right", 200), ("wrong", 400)])
def test_public_client_proves_itself_with_its_verifier(
    zendesk: SandboxProcess, act: Callable[..., Any], verifier: str, status: int
) -> None:
    digest = hashlib.sha256(b"right").digest()
    challenge = urlsafe_b64encode(digest).decode().rstrip("=")
    code = act("consent", app="sync", redirect_uri="x", code_challenge=challenge)["code"]
    body = {"grant_type": "authorization_code", "code": code, "redirect_uri": "x", "code_verifier": verifier}
    answer = zendesk.request("POST", "/oauth/tokens", json={**body, "client_id": "detente_sync"})

    assert answer.status_code == status


def test_token_tells_its_end_and_ends_itself(zendesk: SandboxProcess) -> None:
    token = ask(zendesk, "sync").json()["access_token"]
    told = zendesk.api("GET", "/api/v2/oauth/tokens/current.json", app=token).json()["token"]
    ended = zendesk.api("DELETE", "/api/v2/oauth/tokens/current.json", app=token)

    assert told["expires_at"] == "2026-11-03T09:30:00Z"
    assert ended.status_code == 204
    assert not works(zendesk, token)


def test_revoked_app_and_shorter_lives_are_an_admins_to_set(zendesk: SandboxProcess) -> None:
    zendesk.put("/_sandbox/tokens/sync", {"ttl_s": 300})
    told = ask(zendesk, "sync").json()
    zendesk.put("/_sandbox/tokens/sync", {"revoked": True})

    assert told["expires_in"] == 300
    assert not works(zendesk, told["access_token"])
    assert ask(zendesk, "sync").status_code == 401


def test_lasting_token_ends_when_the_vendor_ends_them_all(zendesk: SandboxProcess) -> None:
    assert works(zendesk, zendesk.token("sync"))
    zendesk.post("/_sandbox/clock", {"to": "2027-04-01T00:00:00Z"})
    assert not works(zendesk, zendesk.token("sync"))


def test_api_token_ends_on_its_date(zendesk: SandboxProcess) -> None:
    known = zendesk.credentials["api_token"]
    auth = (f"{known['email']}/token", known["token"])
    zendesk.post("/_sandbox/clock", {"to": "2027-04-29T23:59:59Z"})
    before = zendesk.request("GET", COUNT, auth=auth)
    zendesk.advance(2)
    after = zendesk.request("GET", COUNT, auth=auth)

    assert before.status_code == 200
    assert (after.status_code, after.json()) == (401, {"error": "Couldn't authenticate you"})


def test_api_token_can_be_switched_off_before(zendesk: SandboxProcess, act: Callable[..., Any]) -> None:
    known = zendesk.credentials["api_token"]
    act("api_tokens", on=False)

    assert zendesk.request("GET", COUNT, auth=(f"{known['email']}/token", known["token"])).status_code == 401


def test_users_me_greets_nobody_with_200(zendesk: SandboxProcess) -> None:
    answer = zendesk.request("GET", "/api/v2/users/me.json")

    assert (answer.status_code, answer.json()["user"]["id"]) == (200, None)
    assert zendesk.request("GET", COUNT).status_code == 401


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("incremental/organizations?start_time=0", 403),
        ("incremental/tickets/cursor?start_time=0", 403),
        ("slas/policies", 403),
        ("tickets?page[size]=1", 200),
        ("organizations?page[size]=1", 200),
    ],
)
def test_exports_and_policies_need_an_admin(zendesk: SandboxProcess, path: str, status: int) -> None:
    zendesk.put("/_sandbox/tokens/sync", {"role": "agent"})

    assert zendesk.api("GET", f"/api/v2/{path}", app="sync").status_code == status


def test_readonly_app_writes_nothing(zendesk: SandboxProcess) -> None:
    row = zendesk.get("/_sandbox/objects/organizations")[0]
    answer = zendesk.api(
        "PUT", f"/api/v2/organizations/{row['id']}", {"organization": {"notes": "x"}}, "readonly"
    )

    assert answer.status_code == 403
    assert "write" in answer.json()["description"]


def test_scopes_taken_away_narrow_tokens_already_given(zendesk: SandboxProcess) -> None:
    token = ask(zendesk, "sync").json()["access_token"]
    zendesk.put("/_sandbox/tokens/sync", {"scopes": ["tickets:read"]})

    assert works(zendesk, token)
    assert zendesk.api("GET", "/api/v2/organizations", app=token).status_code == 403
    zendesk.put("/_sandbox/tokens/sync", {"scopes": None})
    assert zendesk.api("GET", "/api/v2/organizations", app=token).status_code == 200
