"""The metric events of one ticket, beside the export of all."""

from collections.abc import Callable
from typing import Any

from detente_sandbox import SandboxProcess

Read = Callable[..., dict[str, Any]]


def test_one_ticket_brings_its_own_metric_events(read: Read, open_ticket: dict[str, Any]) -> None:
    number = open_ticket["id"]
    ticket = read(f"tickets/{number}?include=metric_events")["ticket"]
    all_events = read("incremental/ticket_metric_events?start_time=0")["ticket_metric_events"]

    assert ticket["metric_events"]
    assert ticket["metric_events"] == [row for row in all_events if row["ticket_id"] == number]


def test_a_new_event_is_among_them(zendesk: SandboxProcess, read: Read, open_ticket: dict[str, Any]) -> None:
    path = f"tickets/{open_ticket['id']}?include=metric_events"
    before = read(path)["ticket"]["metric_events"]
    zendesk.patch(f"/_sandbox/objects/tickets/{open_ticket['id']}", {"properties": {"priority": "urgent"}})
    after = read(path)["ticket"]["metric_events"]

    assert len(after) > len(before)
    assert "apply_sla" in {row["type"] for row in after[len(before) :]}


def test_lists_do_not_bring_metric_events(wild: SandboxProcess) -> None:
    assert wild.api("GET", "/api/v2/tickets?include=metric_events&page[size]=5").status_code == 501
