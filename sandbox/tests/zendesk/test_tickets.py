"""Tickets: lists, single writes, safe updates, audits, metrics, creation. Sections 2.2, 3.3, 4.1 and 4.4."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from detente_sandbox import SandboxProcess

Json = dict[str, Any]
Read = Callable[..., Json]


def put(zendesk: SandboxProcess, number: int, app: str = "sync", **sent: Any) -> Any:
    return zendesk.api("PUT", f"/api/v2/tickets/{number}.json", {"ticket": sent}, app)


def test_only_what_is_sent_changes_and_the_audit_names_it(
    zendesk: SandboxProcess, read: Read, open_ticket: Json
) -> None:
    before = read(f"tickets/{open_ticket['id']}")["ticket"]
    answer = put(zendesk, open_ticket["id"], priority="urgent").json()
    moved = {name for name, value in answer["ticket"].items() if before[name] != value}
    event = answer["audit"]["events"][0]

    assert moved == {"priority", "updated_at", "generated_timestamp"}
    assert (event["type"], event["field_name"], event["value"]) == ("Change", "priority", "urgent")
    assert event["previous_value"] == before["priority"]


def test_change_to_what_stands_already_is_none(zendesk: SandboxProcess, open_ticket: Json) -> None:
    answer = put(zendesk, open_ticket["id"], priority=open_ticket["priority"]).json()

    assert answer["ticket"]["updated_at"] == open_ticket["updated_at"]
    assert "audit" not in answer


def test_safe_update_is_refused_once_somebody_else_wrote(zendesk: SandboxProcess, open_ticket: Json) -> None:
    number, stamp = open_ticket["id"], open_ticket["updated_at"]
    first = put(zendesk, number, priority="high", safe_update=True, updated_stamp=stamp)
    zendesk.advance(2)
    second = put(zendesk, number, priority="low", safe_update=True, updated_stamp=stamp)

    assert first.status_code == 200
    assert (second.status_code, second.json()["error"]) == (409, "UpdateConflict")
    assert zendesk.get(f"/_sandbox/objects/tickets/{number}")["priority"] == "high"


def test_stamp_in_another_zone_is_the_same_instant(zendesk: SandboxProcess, open_ticket: Json) -> None:
    put(zendesk, open_ticket["id"], subject="moved")
    stamp = "2026-11-03T10:00:00+01:00"

    assert (
        put(zendesk, open_ticket["id"], priority="low", safe_update=True, updated_stamp=stamp).status_code
        == 200
    )


def test_two_changes_within_one_second_bear_one_stamp(zendesk: SandboxProcess, open_ticket: Json) -> None:
    first = put(zendesk, open_ticket["id"], subject="one").json()["ticket"]["updated_at"]
    put(zendesk, open_ticket["id"], subject="two")
    late = put(zendesk, open_ticket["id"], priority="low", safe_update=True, updated_stamp=first)

    assert late.status_code == 200


def test_closed_ticket_cannot_be_changed(zendesk: SandboxProcess) -> None:
    closed = next(row for row in zendesk.get("/_sandbox/objects/tickets") if row["status"] == "closed")
    answer = put(zendesk, closed["id"], priority="low")

    assert (answer.status_code, list(answer.json()["details"])) == (422, ["status"])


@pytest.mark.parametrize(
    "sent",
    [{"priority": "P1"}, {"status": "done"}, {"assignee_id": 5_300_000_001}, {"group_id": 1}, {"tags": "a"}],
    ids=lambda sent: str(sent),
)
def test_unsuitable_value_is_named(zendesk: SandboxProcess, open_ticket: Json, sent: Json) -> None:
    answer = put(zendesk, open_ticket["id"], **sent)

    assert (answer.status_code, list(answer.json()["details"])) == (422, list(sent))


def test_tags_are_replaced_by_an_update_and_edited_by_their_own_path(
    zendesk: SandboxProcess, open_ticket: Json
) -> None:
    path = f"/api/v2/tickets/{open_ticket['id']}/tags"
    put(zendesk, open_ticket["id"], tags=["a", "b"])
    added = zendesk.api("PUT", path, {"tags": ["c"]}).json()["tags"]
    removed = zendesk.api("DELETE", path, {"tags": ["a"]}).json()["tags"]
    replaced = zendesk.api("POST", path, {"tags": ["z"]}).json()["tags"]

    assert (added, removed, replaced) == (["a", "b", "c"], ["b", "c"], ["z"])


@pytest.mark.parametrize("sort", ["id", "-id", "status", "-status", "updated_at", "-updated_at"])
def test_cursor_list_is_sorted_over_all_its_pages(read: Read, sort: str) -> None:
    rows, path = [], f"tickets?page[size]=40&sort={sort}"
    while path:
        page = read(path)
        rows += page["tickets"]
        path = page["links"]["next"].split("/api/v2/")[1] if page["meta"]["has_more"] else ""
    name = sort.removeprefix("-")
    keys = [(row[name], row["id"]) for row in rows]

    assert keys == sorted(keys, reverse=sort.startswith("-"))
    assert len({row["id"] for row in rows}) == len(rows) > 80


def test_other_sorts_are_refused(zendesk: SandboxProcess) -> None:
    answer = zendesk.api("GET", "/api/v2/tickets?page[size]=1&sort=created_at")

    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidPaginationParameter")


def test_cursor_and_number_together_drop_the_sort(read: Read) -> None:
    page = read("tickets?page[size]=5&per_page=5&sort=-id")
    ids = [row["id"] for row in page["tickets"]]

    assert ids == sorted(ids)
    assert "meta" in page


def test_tickets_of_an_organization_are_listed(read: Read, open_ticket: Json) -> None:
    rows = read(f"organizations/{open_ticket['organization_id']}/tickets")["tickets"]

    assert open_ticket["id"] in {row["id"] for row in rows}
    assert {row["organization_id"] for row in rows} == {open_ticket["organization_id"]}


def test_audits_tell_the_life_of_a_ticket_before_the_start(read: Read) -> None:
    exported = read("incremental/tickets/cursor?start_time=0&include=metric_sets")["tickets"]
    reopened = next(row for row in exported if row["metric_set"]["reopens"])
    audits = read(f"tickets/{reopened['id']}/audits?page[size]=100")["audits"]
    steps = [
        (event["previous_value"], event["value"])
        for audit in audits
        for event in audit["events"]
        if event["type"] == "Change" and event["field_name"] == "status"
    ]

    assert steps.count(("solved", "open")) == reopened["metric_set"]["reopens"]
    assert all(before == after for (_, before), (after, _) in pairwise(steps))
    assert audits[0]["author_id"] == reopened["requester_id"]
    assert [row["created_at"] for row in audits] == sorted(row["created_at"] for row in audits)


def test_audits_tell_apps_people_and_rules_apart(
    zendesk: SandboxProcess, read: Read, act: Callable[..., Any], open_ticket: Json
) -> None:
    number = open_ticket["id"]
    put(zendesk, number, priority="low")
    zendesk.patch(f"/_sandbox/objects/tickets/{number}", {"properties": {"priority": "high"}})
    act("trigger", ticket=number, properties={"priority": "urgent"})
    last = read(f"tickets/{number}/audits?page[size]=100")["audits"][-3:]

    assert [(row["via"]["channel"], row["via"]["source"]["rel"]) for row in last] == [
        ("api", None), ("web", None), ("rule", "trigger"),
    ]  # fmt: skip
    assert read(f"users/{last[0]['author_id']}")["user"]["email"] == "app-sync@firm.example"
    assert read(f"users/{last[1]['author_id']}")["user"]["role"] == "agent"
    assert last[2]["via"]["source"]["from"]["id"]


def test_ticket_events_repeat_the_audits_and_bring_comments_only_when_asked(
    zendesk: SandboxProcess, read: Read, open_ticket: Json
) -> None:
    put(zendesk, open_ticket["id"], priority="low", comment={"body": "Looking into it."})
    zendesk.advance(120)
    start = int(zendesk.now().timestamp()) - 120
    plain = read(f"incremental/ticket_events?start_time={start}")["ticket_events"][-1]
    whole = read(f"incremental/ticket_events?start_time={start}&include=comment_events")["ticket_events"][-1]

    assert [row["event_type"] for row in plain["child_events"]] == ["Change"]
    assert [row["event_type"] for row in whole["child_events"]] == ["Change", "Comment"]
    assert plain["ticket_id"] == open_ticket["id"]


def test_metrics_follow_replies_solving_and_reopening(
    zendesk: SandboxProcess, read: Read, open_ticket: Json
) -> None:
    number = open_ticket["id"]
    before = read(f"tickets/{number}/metrics")["ticket_metric"]
    zendesk.advance(60)
    put(zendesk, number, status="solved", comment={"body": "Done."})
    solved = read(f"tickets/{number}/metrics")["ticket_metric"]
    put(zendesk, number, status="open")
    reopened = read(f"tickets/{number}/metrics")["ticket_metric"]

    assert (before["solved_at"], solved["solved_at"]) == (None, "2026-11-03T09:01:00Z")
    assert solved["replies"] == before["replies"] + 1
    assert (reopened["solved_at"], reopened["reopens"]) == (None, before["reopens"] + 1)


def test_creating_needs_a_comment_and_tells_the_address(zendesk: SandboxProcess) -> None:
    refused = zendesk.api("POST", "/api/v2/tickets", {"ticket": {"subject": "s"}})
    made = zendesk.api("POST", "/api/v2/tickets", {"ticket": {"subject": "s", "comment": {"body": "b"}}})

    assert refused.status_code == 422
    assert made.status_code == 201
    assert made.headers["Location"] == made.json()["ticket"]["url"]


def create(zendesk: SandboxProcess, key: str, subject: str) -> Any:
    body = {"ticket": {"subject": subject, "comment": {"body": "b"}}}
    headers = {"Authorization": f"Bearer {zendesk.token('sync')}", "Idempotency-Key": key}
    return zendesk.request("POST", "/api/v2/tickets", json=body, headers=headers)


def test_idempotency_key_makes_one_ticket_within_two_hours(zendesk: SandboxProcess) -> None:
    first, again = create(zendesk, "k", "s"), create(zendesk, "k", "s")
    other = create(zendesk, "k", "another")
    zendesk.advance(2 * 3_600 + 1)
    later = create(zendesk, "k", "s")

    assert [row.headers["x-idempotency-lookup"] for row in (first, again, later)] == ["miss", "hit", "miss"]
    assert first.json()["ticket"]["id"] == again.json()["ticket"]["id"] != later.json()["ticket"]["id"]
    assert (other.status_code, other.json()["error"]) == (400, "IdempotentRequestError")


def test_one_safe_update_without_a_stamp_is_not_guessed(wild: SandboxProcess, open_ticket: Json) -> None:
    assert put(wild, open_ticket["id"], safe_update=True).status_code == 501
