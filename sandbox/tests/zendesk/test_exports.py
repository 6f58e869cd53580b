"""Incremental exports. Sections 3.1 and 11 of the reference."""

from collections.abc import Callable
from typing import Any

import pytest
from detente_sandbox import SandboxProcess

Json = dict[str, Any]
Read = Callable[..., Json]
HOUR_S = 3_600


def unix(zendesk: SandboxProcess) -> int:
    return int(zendesk.now().timestamp())


def by_cursor(zendesk: SandboxProcess, read: Read, query: str) -> tuple[list[Json], str]:
    """Everything of the ticket export from a start or cursor on, and where it ended."""
    rows: list[Json] = []
    while True:
        page = read(f"incremental/tickets/cursor?{query}")
        rows += page["tickets"]
        if page["end_of_stream"]:
            return rows, page["after_cursor"]
        query = f"cursor={page['after_cursor']}&per_page=50"
        zendesk.advance(6)


def test_ticket_cursor_gives_every_ticket_once_and_then_only_what_is_new(
    zendesk: SandboxProcess, read: Read, open_ticket: Json
) -> None:
    zendesk.advance(60)
    rows, end = by_cursor(zendesk, read, "start_time=0&per_page=50")
    zendesk.patch(f"/_sandbox/objects/tickets/{open_ticket['id']}", {"properties": {"priority": "urgent"}})
    zendesk.advance(120)
    news, _ = by_cursor(zendesk, read, f"cursor={end}")

    assert len(rows) == len({row["id"] for row in rows}) == 240
    assert [(row["id"], row["priority"]) for row in news] == [(open_ticket["id"], "urgent")]


def test_change_of_the_last_minute_is_withheld(
    zendesk: SandboxProcess, read: Read, open_ticket: Json
) -> None:
    zendesk.advance(60)
    _, end = by_cursor(zendesk, read, "start_time=0")
    zendesk.patch(f"/_sandbox/objects/tickets/{open_ticket['id']}", {"properties": {"priority": "urgent"}})
    zendesk.advance(55)
    too_soon, same = by_cursor(zendesk, read, f"cursor={end}")
    zendesk.advance(10)
    later, _ = by_cursor(zendesk, read, f"cursor={same}")

    assert ([row["id"] for row in too_soon], same) == ([], end)
    assert [row["id"] for row in later] == [open_ticket["id"]]


def test_organizations_by_time_repeat_the_boundary_second_and_never_end_with_null(read: Read) -> None:
    first = read("incremental/organizations.json?start_time=0&per_page=40")
    query = first["next_page"].split("?")[1]
    second = read(f"incremental/organizations.json?{query}")
    ids = [row["id"] for row in first["organizations"]]

    assert (len(ids), first["count"], first["end_of_stream"]) == (40, 40, False)
    assert f"start_time={first['end_time']}" in query
    assert "per_page=40" in query
    assert second["organizations"][0]["id"] == ids[-1]
    assert second["end_of_stream"] is True
    assert second["next_page"] is not None
    assert len({*ids, *(row["id"] for row in second["organizations"])}) == 60


def test_second_that_fills_a_page_holds_a_time_export_in_place(zendesk: SandboxProcess, read: Read) -> None:
    zendesk.post("/_sandbox/clock", {"to": "2026-11-03T10:00:00Z"})
    for row in zendesk.get("/_sandbox/objects/organizations")[:5]:
        zendesk.patch(f"/_sandbox/objects/organizations/{row['id']}", {"properties": {"notes": "x"}})
    zendesk.advance(120)
    start = unix(zendesk) - 120
    stuck = read(f"incremental/organizations?start_time={start}&per_page=3")
    roomy = read(f"incremental/organizations?start_time={start}&per_page=6")

    assert (stuck["end_time"], stuck["end_of_stream"], stuck["count"]) == (start, False, 3)
    assert (roomy["end_of_stream"], roomy["count"]) == (True, 5)


def test_cursor_passes_a_second_that_fills_a_page(zendesk: SandboxProcess, read: Read) -> None:
    zendesk.post("/_sandbox/clock", {"to": "2026-11-03T10:00:00Z"})
    tickets = [row for row in zendesk.get("/_sandbox/objects/tickets") if row["status"] == "open"][:5]
    for row in tickets:
        zendesk.patch(f"/_sandbox/objects/tickets/{row['id']}", {"properties": {"subject": "x"}})
    zendesk.advance(120)
    rows, _ = by_cursor(zendesk, read, f"start_time={unix(zendesk) - 120}&per_page=2")

    assert {row["id"] for row in rows} == {row["id"] for row in tickets}


def test_empty_page_in_the_middle_of_a_stream_is_not_its_end(
    zendesk: SandboxProcess, read: Read, act: Callable[..., Any]
) -> None:
    zendesk.advance(60)
    act("empty_pages", times=1)
    empty = read("incremental/tickets/cursor?start_time=0")
    full = read(f"incremental/tickets/cursor?cursor={empty['after_cursor']}")

    assert (empty["tickets"], empty["end_of_stream"]) == ([], False)
    assert len(full["tickets"]) == 240


def test_system_update_moves_the_generated_timestamp_alone(
    zendesk: SandboxProcess, read: Read, act: Callable[..., Any], open_ticket: Json
) -> None:
    zendesk.advance(HOUR_S)
    act("system_update", ticket=open_ticket["id"])
    zendesk.advance(120)
    rows, _ = by_cursor(zendesk, read, f"start_time={unix(zendesk) - 600}")

    assert [row["id"] for row in rows] == [open_ticket["id"]]
    assert rows[0]["updated_at"] == open_ticket["updated_at"]
    assert rows[0]["generated_timestamp"] > open_ticket["generated_timestamp"]


def test_deleted_ticket_comes_as_deleted_and_has_no_audits(
    zendesk: SandboxProcess, read: Read, open_ticket: Json
) -> None:
    number = open_ticket["id"]
    zendesk.delete(f"/_sandbox/objects/tickets/{number}")
    zendesk.advance(120)
    rows, _ = by_cursor(zendesk, read, f"start_time={unix(zendesk) - 180}")

    assert [row["status"] for row in rows if row["id"] == number] == ["deleted"]
    assert zendesk.api("GET", f"/api/v2/tickets/{number}").status_code == 404
    assert zendesk.api("GET", f"/api/v2/tickets/{number}/audits").status_code == 404


def test_archived_tickets_are_in_exports_and_by_id_but_not_in_lists(
    zendesk: SandboxProcess, read: Read
) -> None:
    exported, _ = by_cursor(zendesk, read, "start_time=0")
    first = read("tickets?page[size]=100")
    second = read(f"tickets?page[size]=100&page[after]={first['meta']['after_cursor']}")
    listed = {row["id"] for row in first["tickets"] + second["tickets"]}
    archived = [row["id"] for row in exported if row["id"] not in listed]

    assert archived
    assert {row["status"] for row in exported if row["id"] in archived} == {"closed"}
    assert read(f"tickets/{archived[0]}")["ticket"]["id"] == archived[0]
    assert read(f"tickets/{archived[0]}/audits")["audits"]


def test_closed_ticket_can_be_archived(zendesk: SandboxProcess, read: Read, act: Callable[..., Any]) -> None:
    closed = next(row for row in zendesk.get("/_sandbox/objects/tickets") if row["status"] == "closed")
    act("archive", ticket=closed["id"])

    assert closed["id"] not in {row["id"] for row in zendesk.get("/_sandbox/objects/tickets")}


def test_start_inside_the_last_minute_is_refused_except_on_metric_events(
    zendesk: SandboxProcess, read: Read
) -> None:
    now = unix(zendesk)
    answer = zendesk.api("GET", f"/api/v2/incremental/organizations?start_time={now - 30}")

    assert (answer.status_code, answer.json()["error"]) == (422, "StartTimeTooRecent")
    assert read(f"incremental/ticket_metric_events?start_time={now}")["ticket_metric_events"] == []


@pytest.mark.parametrize("start", ["1795166100.75", "2026-11-01T00:00:00Z"])
def test_fraction_or_iso_text_as_start_counts_up_to_its_first_other_letter(
    zendesk: SandboxProcess, read: Read, start: str
) -> None:
    zendesk.post("/_sandbox/clock", {"to": "2026-12-01T00:00:00Z"})
    page = read(f"incremental/organizations?start_time={start}")

    assert (page["count"] == 0) == start.startswith("1795166100")


def test_outlived_and_foreign_cursors_are_refused(
    zendesk: SandboxProcess, read: Read, act: Callable[..., Any]
) -> None:
    cursor = read("incremental/tickets/cursor?start_time=0")["after_cursor"]
    act("expire_cursors")

    for text in (cursor, "bm90aGluZw=="):
        answer = zendesk.api("GET", f"/api/v2/incremental/tickets/cursor?cursor={text}")
        assert (answer.status_code, answer.json()["error"]) == (400, "InvalidCursor")


def test_sideloads_come_beside_the_tickets_and_metric_sets_inside(read: Read) -> None:
    page = read(
        "incremental/tickets/cursor?start_time=0&per_page=5&include=users,groups,organizations,metric_sets"
    )
    ticket = page["tickets"][0]

    assert ticket["requester_id"] in {row["id"] for row in page["users"]}
    assert ticket["organization_id"] in {row["id"] for row in page["organizations"]}
    assert ticket["group_id"] in {row["id"] for row in page["groups"]}
    assert ticket["metric_set"]["ticket_id"] == ticket["id"]
    assert ticket["fields"] == ticket["custom_fields"]


def test_audits_sideload_is_not_guessed(wild: SandboxProcess) -> None:
    path = "/api/v2/incremental/tickets/cursor?start_time=0&include=last_audits"

    assert wild.api("GET", path).status_code == 501
    assert len(wild.get("/_sandbox/unknown")) == 1


def test_users_export_holds_agents_people_and_apps(read: Read) -> None:
    rows = read("incremental/users/cursor?start_time=0")["users"]
    by_time = read("incremental/users?start_time=0")["users"]

    assert {row["role"] for row in rows} == {"end-user", "agent", "admin"}
    assert {row["id"] for row in by_time} == {row["id"] for row in rows}
    assert "owner3@firm.example" in {row["email"] for row in rows}


def test_links_go_back_to_the_host_that_was_asked(zendesk: SandboxProcess) -> None:
    headers = {"Authorization": f"Bearer {zendesk.token('sync')}", "Host": "acme.zendesk.test"}
    path = "/api/v2/incremental/tickets/cursor?start_time=0&per_page=1"
    page = zendesk.request("GET", path, headers=headers).json()

    assert page["after_url"].startswith("http://acme.zendesk.test/api/v2/incremental/tickets/cursor?")
    assert page["tickets"][0]["url"].startswith("http://acme.zendesk.test/api/v2/tickets/")


def test_merged_organization_is_told_by_no_export_and_its_tickets_move(
    zendesk: SandboxProcess, read: Read, act: Callable[..., Any], open_ticket: Json
) -> None:
    rows = zendesk.get("/_sandbox/objects/organizations")
    winner = next(row["id"] for row in rows if row["id"] != open_ticket["organization_id"])
    act("merge", winner=winner, loser=open_ticket["organization_id"])
    page = read("incremental/organizations?start_time=0")

    assert len(page["organizations"]) == 59
    assert read(f"tickets/{open_ticket['id']}")["ticket"]["organization_id"] == winner
    assert zendesk.api("GET", f"/api/v2/organizations/{open_ticket['organization_id']}").status_code == 404
