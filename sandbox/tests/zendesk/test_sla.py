"""SLA targets and the events they cause. Section 3.4 of the reference."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from detente_sandbox import SandboxProcess

Json = dict[str, Any]
Read = Callable[..., Json]
HOUR_S = 3_600


def events(zendesk: SandboxProcess, read: Read, ticket: int | None = None, query: str = "") -> list[Json]:
    """All metric events so far, of one ticket if it is named."""
    zendesk.advance(61)
    rows: list[Json] = []
    path = f"incremental/ticket_metric_events?start_time=0{query}"
    while True:
        page = read(path)
        rows += page["ticket_metric_events"]
        if page["end_of_stream"]:
            unique = {row["id"]: row for row in rows}.values()
            return [row for row in unique if ticket in (None, row["ticket_id"])]
        path = page["next_page"].split("/api/v2/")[1]


def due_times(rows: list[Json]) -> dict[int, datetime]:
    """When each ticket's resolution is due: its activation and the target of the latest `apply_sla`."""
    began = {row["ticket_id"]: row["time"] for row in rows if row["type"] == "activate"}
    resolution = [row for row in rows if row["metric"] == "resolution_time" and row["type"] == "apply_sla"]
    return {
        row["ticket_id"]: datetime.fromisoformat(began[row["ticket_id"]])
        + timedelta(seconds=row["sla"]["target_in_seconds"])
        for row in resolution
    }


def breached(rows: list[Json]) -> set[int]:
    return {
        row["ticket_id"]
        for row in rows
        if row["type"] == "breach" and row["metric"] == "resolution_time" and not row["deleted"]
    }


def test_planted_breaches_and_deadlines_are_told(zendesk: SandboxProcess, read: Read) -> None:
    now = zendesk.now()
    truth = zendesk.get("/_sandbox/truth")
    late = {int(number) for row in truth if row["kind"] == "sla_breached" for number in row["ticket_ids"]}
    soon = {int(number) for row in truth if row["kind"] == "sla_due_soon" for number in row["ticket_ids"]}
    rows = events(zendesk, read)
    due = due_times(rows)

    assert late
    assert soon
    assert late <= breached(rows)
    assert not soon & breached(rows)
    assert all(due[number] < now for number in late)
    assert all(now <= due[number] <= now + timedelta(hours=4) for number in soon)


def test_events_agree_with_metrics_of_solved_tickets(zendesk: SandboxProcess, read: Read) -> None:
    rows = events(zendesk, read)
    solved = {
        row["id"]: row["metric_set"]["solved_at"]
        for row in read("incremental/tickets/cursor?start_time=0&include=metric_sets")["tickets"]
        if row["metric_set"]["solved_at"]
    }
    ends = {
        row["ticket_id"]: row["time"]
        for row in rows
        if (row["metric"], row["type"]) == ("resolution_time", "fulfill")
    }
    due = due_times(rows)

    assert ends
    assert all(solved[number] == at for number, at in ends.items())
    assert {n for n, at in ends.items() if datetime.fromisoformat(at) > due[n]} == breached(rows) & set(ends)


def test_events_come_in_order_of_time_and_each_type_is_known(zendesk: SandboxProcess, read: Read) -> None:
    rows = events(zendesk, read)
    times = [row["time"] for row in rows]

    assert times == sorted(times)
    assert {row["type"] for row in rows} == {"activate", "apply_sla", "breach", "fulfill"}
    assert all(("sla" in row) == (row["type"] == "apply_sla") for row in rows)
    assert all(("deleted" in row) == (row["type"] == "breach") for row in rows)


def new_ticket(zendesk: SandboxProcess, priority: str) -> int:
    sent = {"subject": "s", "priority": priority, "comment": {"body": "b"}}
    number: int = zendesk.api("POST", "/api/v2/tickets", {"ticket": sent}).json()["ticket"]["id"]
    return number


def kinds(rows: list[Json], metric: str) -> list[str]:
    return [row["type"] for row in rows if row["metric"] == metric]


def test_target_that_passes_on_the_clock_is_breached(zendesk: SandboxProcess, read: Read) -> None:
    number = new_ticket(zendesk, "urgent")
    zendesk.advance(8 * HOUR_S)
    rows = events(zendesk, read, number)
    breach = next(row for row in rows if row["type"] == "breach" and row["metric"] == "resolution_time")

    assert kinds(rows, "resolution_time") == ["activate", "apply_sla", "breach"]
    assert (breach["time"], breach["deleted"]) == ("2026-11-03T17:00:00Z", False)


def test_reply_and_solving_fulfil_their_targets(zendesk: SandboxProcess, read: Read) -> None:
    number = new_ticket(zendesk, "urgent")
    zendesk.advance(60)
    zendesk.api("PUT", f"/api/v2/tickets/{number}", {"ticket": {"comment": {"body": "Hello."}}})
    zendesk.api("PUT", f"/api/v2/tickets/{number}", {"ticket": {"status": "solved"}})
    rows = events(zendesk, read, number)

    assert kinds(rows, "reply_time") == ["activate", "apply_sla", "fulfill"]
    assert kinds(rows, "resolution_time") == ["activate", "apply_sla", "fulfill"]


def test_lower_priority_takes_a_breach_back_and_a_later_one_follows(
    zendesk: SandboxProcess, read: Read
) -> None:
    number = new_ticket(zendesk, "urgent")
    zendesk.advance(9 * HOUR_S)
    zendesk.api("PUT", f"/api/v2/tickets/{number}", {"ticket": {"priority": "high"}})
    taken_back = [row for row in events(zendesk, read, number) if row["metric"] == "resolution_time"]
    zendesk.advance(24 * HOUR_S)
    later = [row for row in events(zendesk, read, number) if row["metric"] == "resolution_time"]

    assert [(row["type"], row.get("deleted")) for row in taken_back] == [
        ("activate", None), ("apply_sla", None), ("breach", True), ("apply_sla", None),
    ]  # fmt: skip
    assert (later[-1]["type"], later[-1]["deleted"]) == ("breach", False)
    assert later[-1]["time"] == "2026-11-04T09:00:00Z"


def test_higher_priority_can_breach_at_once(zendesk: SandboxProcess, read: Read) -> None:
    number = new_ticket(zendesk, "low")
    zendesk.advance(20 * HOUR_S)
    zendesk.api("PUT", f"/api/v2/tickets/{number}", {"ticket": {"priority": "urgent"}})
    rows = events(zendesk, read, number)

    assert kinds(rows, "resolution_time") == ["activate", "apply_sla", "apply_sla", "breach"]


def test_changed_event_comes_again_with_include_changes(zendesk: SandboxProcess, read: Read) -> None:
    number = new_ticket(zendesk, "urgent")
    zendesk.advance(9 * HOUR_S)
    zendesk.api("PUT", f"/api/v2/tickets/{number}", {"ticket": {"priority": "high"}})
    zendesk.advance(61)
    start = int(zendesk.now().timestamp()) - 120
    path = f"incremental/ticket_metric_events?start_time={start}"
    plain = {row["type"] for row in read(path)["ticket_metric_events"]}
    changes = {row["type"] for row in read(f"{path}&include_changes=true")["ticket_metric_events"]}

    assert (plain, changes) == ({"apply_sla"}, {"apply_sla", "breach"})


def test_metric_events_can_be_listed_by_cursor(zendesk: SandboxProcess, read: Read) -> None:
    zendesk.advance(61)
    ids, path = [], "incremental/ticket_metric_events?start_time=0&page[size]=100"
    while path:
        page = read(path)
        ids += [row["id"] for row in page["ticket_metric_events"]]
        path = page["links"]["next"].split("/api/v2/")[1] if page["meta"]["has_more"] else ""
        zendesk.advance(6)

    assert len(ids) == len(set(ids)) > 100


def test_policies_name_targets_by_priority(read: Read) -> None:
    policy = read("slas/policies")["sla_policies"][0]
    targets = {(row["metric"], row["priority"]): row["target"] for row in policy["policy_metrics"]}

    assert targets["first_reply_time", "urgent"] == 60
    assert all(row["target_in_seconds"] == row["target"] * 60 for row in policy["policy_metrics"])
