"""Rate limits, their headers and their refusals. Section 7 of the reference."""

from collections.abc import Callable
from typing import Any

import pytest
from detente_sandbox import SandboxProcess
from detente_sandbox.clock import Clock
from detente_sandbox.options import Options
from detente_sandbox.vendor import Request
from detente_sandbox.world import World
from detente_sandbox.zendesk.vendor import Zendesk

Json = dict[str, Any]
COUNT = "/api/v2/tickets/count"
EXPORT = "/api/v2/incremental/organizations?start_time=0"


def test_headers_count_down_in_every_form(zendesk: SandboxProcess) -> None:
    zendesk.advance(19)
    zendesk.api("GET", EXPORT)
    headers = zendesk.api("GET", EXPORT).headers

    assert (headers["X-Rate-Limit"], headers["X-Rate-Limit-Remaining"]) == ("700", "698")
    assert (headers["ratelimit-limit"], headers["ratelimit-remaining"]) == ("700", "698")
    assert headers["ratelimit-reset"] == "41"
    assert headers["Zendesk-RateLimit-incremental-exports"] == "total=10; remaining=8; resets=41"


def test_eleventh_export_in_a_minute_is_refused_far_from_the_accounts_limit(zendesk: SandboxProcess) -> None:
    paths = [EXPORT, "/api/v2/incremental/tickets/cursor?start_time=0"]
    answers = [zendesk.api("GET", paths[turn % 2]) for turn in range(11)]
    refused = answers[10]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert refused.json()["errors"][0]["code"] == "TooManyRequests"
    assert (refused.headers["Retry-After"], refused.headers["X-Rate-Limit-Remaining"]) == ("60", "689")
    assert zendesk.api("GET", COUNT).status_code == 200
    zendesk.advance(60)
    assert zendesk.api("GET", EXPORT).status_code == 200


def test_account_has_a_minute_of_its_own_and_every_app_uses_it(zendesk: SandboxProcess) -> None:
    zendesk.put("/_sandbox/limits", {"account": 2})
    answers = [zendesk.api("GET", COUNT, app=app) for app in ("admin", "sync", "readonly")]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["error"] == "APIRateLimitExceeded"


def test_plan_sets_the_accounts_limit_and_what_it_holds(zendesk: SandboxProcess) -> None:
    zendesk.put("/_sandbox/limits", {"plan": "team"})
    headers = zendesk.api("GET", COUNT).headers
    answer = zendesk.api("GET", "/api/v2/slas/policies")

    assert headers["X-Rate-Limit"] == "200"
    assert (answer.status_code, answer.json()["error"]["title"]) == (403, "Forbidden")


def test_hundred_and_first_ticket_update_in_a_minute_is_refused(
    zendesk: SandboxProcess, open_ticket: Json
) -> None:
    zendesk.put("/_sandbox/limits", {"tickets-update": 3})
    path = f"/api/v2/tickets/{open_ticket['id']}"
    codes = [zendesk.api("PUT", path, {"ticket": {"priority": "low"}}).status_code for _ in range(3)]
    many = zendesk.api("PUT", "/api/v2/tickets/update_many", {"tickets": [{"id": open_ticket["id"]}]})

    assert (codes, many.status_code) == ([200, 200, 200], 429)


def test_one_user_changes_one_ticket_thirty_times_in_ten_minutes(
    zendesk: SandboxProcess, open_ticket: Json
) -> None:
    path, body = f"/api/v2/tickets/{open_ticket['id']}", {"ticket": {"priority": "low"}}
    codes = [zendesk.api("PUT", path, body, "sync").status_code for _ in range(31)]
    other = zendesk.api("PUT", path, body, "admin").status_code
    zendesk.advance(60)
    too_soon = zendesk.api("PUT", path, body, "sync").status_code
    zendesk.advance(540)

    assert codes == [200] * 30 + [429]
    assert (other, too_soon) == (200, 429)
    assert zendesk.api("PUT", path, body, "sync").status_code == 200


def test_refusal_can_come_without_retry_after(zendesk: SandboxProcess) -> None:
    zendesk.put("/_sandbox/limits", {"account": 1, "retry_after": False})
    zendesk.api("GET", COUNT)
    refused = zendesk.api("GET", COUNT)

    assert (refused.status_code, "Retry-After" in refused.headers) == (429, False)


def test_protection_in_front_refuses_in_words_of_its_own(zendesk: SandboxProcess) -> None:
    zendesk.put("/_sandbox/limits", {"edge_refusals": 1})
    refused = zendesk.api("GET", COUNT)

    assert (refused.status_code, refused.json()["status"]) == (429, "429")
    assert "Retry-After" not in refused.headers
    assert zendesk.api("GET", COUNT).status_code == 200


@pytest.mark.parametrize(("apply", "kept"), [(True, "late"), (False, None)], ids=["after", "before"])
def test_503_can_come_before_or_after_a_write(zendesk: SandboxProcess, apply: bool, kept: str | None) -> None:
    number = zendesk.get("/_sandbox/objects/organizations")[0]["id"]
    action = {"status": 503, "body": "<html>busy</html>", "headers": {"Retry-After": "5"}, "apply": apply}
    zendesk.post("/_sandbox/faults", {"method": "PUT", "path": str(number), "action": action})
    answer = zendesk.api("PUT", f"/api/v2/organizations/{number}", {"organization": {"notes": "late"}})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert zendesk.get(f"/_sandbox/objects/organizations/{number}")["notes"] == kept


def test_search_by_number_ends_at_a_thousand_and_has_no_cursor(zendesk: SandboxProcess) -> None:
    deep = zendesk.api("GET", "/api/v2/search?query=type:ticket&page=11")
    cursor = zendesk.api("GET", "/api/v2/search?query=type:ticket&page[size]=5")

    assert (deep.status_code, cursor.status_code) == (422, 400)


def test_search_export_gives_one_type_by_a_cursor_that_lives_an_hour(
    zendesk: SandboxProcess, read: Callable[..., Json]
) -> None:
    first = read("search/export?filter[type]=organization&page[size]=40")
    after = (
        f"search/export?filter[type]=organization&page[size]=40&page[after]={first['meta']['after_cursor']}"
    )
    second = read(after)
    zendesk.advance(3_601)

    assert len({row["id"] for row in first["results"] + second["results"]}) == 60
    assert (second["meta"]["has_more"], second["links"]["next"]) == (False, None)
    assert zendesk.api("GET", f"/api/v2/{after}").status_code == 400


def test_unknown_limit_is_named(zendesk: SandboxProcess) -> None:
    with pytest.raises(RuntimeError, match="unknown limits"):
        zendesk.put("/_sandbox/limits", {"speed": 1})


def test_without_limits_no_header_promises_one() -> None:
    zendesk = Zendesk(Clock(0), Options(has_limits=False))
    zendesk.start(World(0))
    headers = {"authorization": f"Bearer {zendesk.credentials()['tokens']['sync']}"}
    path, query = EXPORT.split("?")
    replies = [zendesk.reply(Request(1, "GET", path, query, headers, b"", ""), 100_000) for _ in range(12)]

    assert {reply.status for reply in replies} == {200}
    assert not [name for name in replies[0].headers if "rate" in name.lower()]
