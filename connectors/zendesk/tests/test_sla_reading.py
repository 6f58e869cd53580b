"""The metric events of many tickets, from the stream of all events or one by one."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from detente_zendesk import sla_reading
from detente_zendesk.client import ZendeskClient
from detente_zendesk.settings import RESOLUTION_METRICS
from detente_zendesk.sla_reading import SINGLY, SlaReading, metric_events


@pytest.fixture
def reading(connector: Any, desk: Any) -> SlaReading:
    return SlaReading(ZendeskClient(connector.transport), RESOLUTION_METRICS, desk.now)


@pytest.fixture
def rows(desk: Any) -> list[Any]:
    """Every ticket of the account as the export has it."""
    exported: list[Any] = desk.api("/incremental/tickets/cursor?start_time=0")["tickets"]
    desk.counts()
    return exported


def one_by_one(reading: SlaReading, rows: list[Any]) -> dict[str, Any]:
    return {id_: times for row in rows for id_, times in reading.of([row]).items()}


def test_few_tickets_are_asked_for_one_by_one(reading: SlaReading, rows: list[Any], desk: Any) -> None:
    reading.of(rows[:10])

    assert desk.counts() == {"token": 1, "read": 10}


def test_of_many_the_oldest_alone_are_and_the_stream_tells_of_the_others(
    reading: SlaReading, rows: list[Any], desk: Any
) -> None:
    told = reading.of(rows)

    assert len(told) == len(rows)
    assert desk.counts() == {"token": 1, "read": SINGLY, "export": 1}


@pytest.mark.parametrize("size", [1000, 100, 60], ids=["one page", "some pages", "many pages"])
def test_both_ways_tell_the_same(
    size: int, reading: SlaReading, rows: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sla_reading, "EXPORT_PAGE", size)
    monkeypatch.setattr(sla_reading, "TICKETS_A_PAGE", 3)
    streamed = reading.of(rows)

    assert streamed == one_by_one(reading, rows)
    assert {times.is_breached for times in streamed.values()} == {True, False, None}


def test_a_stream_that_is_too_long_for_the_tickets_is_given_up(
    reading: SlaReading, rows: list[Any], desk: Any
) -> None:
    page = {"ticket_metric_events": [], "end_time": 1_700_000_000, "end_of_stream": False}
    desk.fault("ticket_metric_events", status=200, body=orjson.dumps(page).decode())
    told = reading.of(rows)

    assert len(told) == len(rows)
    assert desk.counts() == {"token": 1, "read": len(rows), "export": 1}


def test_a_stream_that_would_take_too_long_is_left_after_a_page_and_not_tried_again(
    reading: SlaReading, rows: list[Any], desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sla_reading, "EXPORT_PAGE", 10)
    monkeypatch.setattr(sla_reading, "TICKETS_A_PAGE", 20)
    told = reading.of(rows)

    assert len(rows) // 20 > 2
    assert desk.counts() == {"token": 1, "read": len(rows), "export": 1}
    assert reading.of(rows) == told
    assert desk.counts() == {"read": len(rows)}


def test_a_ticket_that_was_deleted_meanwhile_has_no_sla(
    reading: SlaReading, rows: list[Any], desk: Any
) -> None:
    row = next(row for row in rows if row["status"] == "open")
    desk.remove("tickets", str(row["id"]))

    assert one_by_one(reading, [row])[str(row["id"])].is_breached is None


def test_events_are_read_as_a_list_or_by_metric() -> None:
    one, other = {"id": 1, "metric": "reply_time"}, {"id": 2, "metric": "resolution_time"}

    assert metric_events({"metric_events": [one, other]}) == [one, other]
    assert metric_events({"metric_events": {"reply_time": [one], "resolution_time": [other]}}) == [one, other]
    assert metric_events({}) == []
