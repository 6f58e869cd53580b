"""Rate limits, sign-in and rights."""

from detente_sandbox import SandboxProcess

LIST = "/crm/objects/2026-03/companies?limit=1"
SEARCH = "/crm/objects/2026-03/companies/search"


def test_call_over_the_rolling_window_is_refused_until_the_window_has_moved(sandbox: SandboxProcess) -> None:
    sandbox.put("/_sandbox/limits", {"ten_secondly": 3})
    answers = [sandbox.api("GET", LIST) for _ in range(4)]
    refused = answers[3].json()

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert (refused["policyName"], refused["errorType"]) == ("TEN_SECONDLY_ROLLING", "RATE_LIMIT")
    assert "ten_secondly" in refused["message"]
    assert "Retry-After" not in answers[3].headers
    sandbox.advance(10)
    assert sandbox.api("GET", LIST).status_code == 200


def test_headers_count_down_what_is_left(sandbox: SandboxProcess) -> None:
    sandbox.api("GET", LIST)
    headers = sandbox.api("GET", LIST).headers

    assert headers["X-HubSpot-RateLimit-Max"] == "190"
    assert headers["X-HubSpot-RateLimit-Remaining"] == "188"
    assert headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"
    assert headers["X-HubSpot-RateLimit-Daily-Remaining"] == "624998"


def test_each_app_has_a_window_of_its_own(sandbox: SandboxProcess) -> None:
    sandbox.put("/_sandbox/limits", {"ten_secondly": 1})
    codes = [sandbox.api("GET", LIST, app=app).status_code for app in ("sync", "admin", "sync")]

    assert codes == [200, 200, 429]


def test_sixth_search_in_a_second_is_refused_for_the_whole_account(sandbox: SandboxProcess) -> None:
    answers = [sandbox.api("POST", SEARCH, {}, app) for app in ("sync", "admin") * 3]
    refused = answers[5].json()

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert (refused["category"], "policyName" in refused) == ("RATE_LIMITS", False)
    assert "X-HubSpot-RateLimit-Max" not in answers[0].headers
    sandbox.advance(1)
    assert sandbox.api("POST", SEARCH, {}).status_code == 200


def test_daily_limit_ends_at_midnight_of_the_accounts_own_zone(sandbox: SandboxProcess) -> None:
    sandbox.put("/_sandbox/limits", {"daily": 1})
    codes = [sandbox.api("GET", LIST).status_code for _ in range(2)]
    sandbox.post("/_sandbox/clock", {"to": "2026-11-03T22:59:58+00:00"})
    before = sandbox.api("GET", LIST)
    sandbox.post("/_sandbox/clock", {"to": "2026-11-03T23:00:00+00:00"})

    assert codes == [200, 429]
    assert (before.status_code, before.json()["policyName"]) == (429, "DAILY")
    assert sandbox.api("GET", LIST).status_code == 200


def test_unknown_and_revoked_tokens_are_refused(sandbox: SandboxProcess) -> None:
    sandbox.put("/_sandbox/tokens/sync", {"revoked": True})

    for app in ("sync", "pat-nobody"):
        answer = sandbox.api("GET", LIST, app=app)
        assert (answer.status_code, answer.json()["category"]) == (401, "INVALID_AUTHENTICATION")


def test_missing_right_names_the_scope(sandbox: SandboxProcess) -> None:
    body = {"properties": {"arr": "1"}}
    answer = sandbox.api("PATCH", "/crm/objects/2026-03/companies/20000001", body, "readonly")
    scopes = answer.json()["errors"][0]["context"]["requiredGranularScopes"]

    assert (answer.status_code, answer.json()["category"]) == (403, "MISSING_SCOPES")
    assert scopes == ["crm.objects.companies.write"]


def test_app_for_the_sync_may_write_values_but_not_definitions(sandbox: SandboxProcess) -> None:
    group = {"name": "detente", "label": "Detente"}

    assert sandbox.api("POST", "/crm/properties/2026-03/companies/groups", group, "sync").status_code == 403
    body = {"properties": {"arr": "1"}}
    assert sandbox.api("PATCH", "/crm/objects/2026-03/companies/20000001", body, "sync").status_code == 200


def test_scopes_can_be_taken_away_and_given_back(sandbox: SandboxProcess) -> None:
    sandbox.put("/_sandbox/tokens/sync", {"scopes": ["tickets"]})

    assert sandbox.api("GET", LIST, app="sync").status_code == 403
    assert sandbox.api("GET", "/crm/objects/2026-03/tickets", app="sync").status_code == 200
    sandbox.put("/_sandbox/tokens/sync", {"scopes": None})
    assert sandbox.api("GET", LIST, app="sync").status_code == 200
