"""Reading tickets with their SLAs over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
import pytest
from detente_connector_kit import restarted_cursor
from detente_contracts import Kind, Record, UnavailableError
from detente_contracts.testing import batches, read_all

HOUR_S = 3600
SLA = {"is_breached", "first_reply_due_at", "resolve_due_at"}


def ids(records: Sequence[Record]) -> list[str]:
    return [record.ref.id for record in records]


def tickets(connector: Any, cursor: str | None = None) -> dict[str, Any]:
    """All tickets from `cursor` on, by id."""
    return {record.ref.id: record for record in read_all(connector, Kind.TICKET, cursor)[0]}


def fresh_cursor(connector: Any, desk: Any) -> str:
    """Where a read stands that has just seen everything."""
    cursor = read_all(connector, Kind.TICKET)[1]
    desk.advance(HOUR_S)
    return read_all(connector, Kind.TICKET, cursor)[1]


def planted(desk: Any, kind: str) -> list[str]:
    """Tickets that were planted to be late, or due soon."""
    return [
        id_ for row in desk.sandbox.get("/_sandbox/truth") if row["kind"] == kind for id_ in row["ticket_ids"]
    ]


def test_a_first_read_brings_every_ticket_archived_ones_too(connector: Any, desk: Any) -> None:
    found = tickets(connector)

    assert len(found) == desk.sandbox.get("/_sandbox/state")["tickets"]["all"]
    assert {ticket.priority for ticket in found.values()} <= {"low", "normal", "high", "urgent", None}


def test_a_ticket_is_what_the_account_holds(connector: Any, desk: Any) -> None:
    for id_, record in list(tickets(connector).items())[-20:]:
        raw = desk.raw("tickets", id_)
        assert (record.subject, record.stage, record.account_id) == (
            raw["subject"],
            raw["status"],
            str(raw["organization_id"]),
        )
        assert record.is_open == (raw["status"] not in ("solved", "closed"))
        assert (record.closed_at is None) == record.is_open
        assert record.modified_at.timestamp() == raw["generated_timestamp"]


def test_tickets_know_their_account_and_their_agent(connector: Any) -> None:
    accounts = {record.ref.id for record in read_all(connector, Kind.ACCOUNT)[0]}
    agents = {record.ref.id for record in read_all(connector, Kind.PERSON)[0]}
    found = tickets(connector).values()

    assert {ticket.account_id for ticket in found} <= accounts
    assert {ticket.owner for ticket in found} - {None} <= agents


def test_a_planted_breach_is_read_as_a_breach(connector: Any, desk: Any) -> None:
    found = tickets(connector)
    late, soon = planted(desk, "sla_breached"), planted(desk, "sla_due_soon")

    assert late
    assert soon
    assert all(found[id_].is_open and found[id_].is_breached for id_ in late)
    assert all(found[id_].is_breached is False for id_ in soon)
    assert all(desk.now < found[id_].resolve_due_at < desk.now + timedelta(hours=12) for id_ in soon)


def test_tickets_whose_sla_matters_are_asked_for_their_events_and_no_others(connect: Any, desk: Any) -> None:
    connector = connect(sla_days=10)
    found = tickets(connector)
    since = desk.now - timedelta(days=10)
    asked = [ticket for ticket in found.values() if ticket.is_open or ticket.opened_at >= since]

    assert 0 < len(asked) < len(found)
    assert desk.counts()["read"] == len(asked)
    assert {True, False} <= {ticket.is_breached for ticket in asked}
    assert {ticket.is_breached for ticket in found.values() if ticket not in asked} == {None}


def test_a_ticket_that_nobody_touches_is_read_again_when_its_time_runs_out(connector: Any, desk: Any) -> None:
    soon = planted(desk, "sla_due_soon")
    cursor = fresh_cursor(connector, desk)
    before = tickets(connector)
    due = max(before[id_].resolve_due_at for id_ in soon)
    desk.advance((due - desk.now).total_seconds() + HOUR_S)
    found = tickets(connector, cursor)

    assert set(soon) <= found.keys()
    assert all(found[id_].is_breached for id_ in soon)
    assert [found[id_].reopened for id_ in soon] == [before[id_].reopened for id_ in soon]


def test_breaches_are_told_once_and_not_again(connector: Any, desk: Any) -> None:
    cursor = fresh_cursor(connector, desk)
    desk.advance(24 * HOUR_S)
    first, cursor = read_all(connector, Kind.TICKET, cursor)
    desk.advance(HOUR_S)
    again, _ = read_all(connector, Kind.TICKET, cursor)

    assert first
    assert again == []


def test_a_higher_priority_brings_the_due_time_of_its_own_target(connector: Any, desk: Any) -> None:
    cursor = fresh_cursor(connector, desk)
    calm = next(
        one
        for one in tickets(connector).values()
        if one.is_open and one.priority != "urgent" and one.is_breached is False
    )
    desk.edit("tickets", calm.ref.id, priority="urgent")
    desk.advance(120)
    found = tickets(connector, cursor)[calm.ref.id]

    assert found.priority == "urgent"
    assert found.resolve_due_at < calm.resolve_due_at


def test_without_sla_policies_due_times_are_hidden_and_nothing_is_asked_for_them(
    connect: Any, desk: Any
) -> None:
    desk.sandbox.put("/_sandbox/limits", {"plan": "team"})
    batch = connect().read(Kind.TICKET, None, 1000)

    assert batch.hidden == SLA
    assert {(record.is_breached, record.resolve_due_at) for record in batch.records} == {(None, None)}
    assert "read" not in desk.counts()


def test_a_plan_that_gains_slas_reads_everything_anew(connect: Any, desk: Any) -> None:
    desk.sandbox.put("/_sandbox/limits", {"plan": "team"})
    connector = connect()
    cursor = read_all(connector, Kind.TICKET)[1]
    desk.sandbox.put("/_sandbox/limits", {"plan": "enterprise"})

    assert any(ticket.is_breached for ticket in tickets(connector, cursor).values())


def test_deleted_tickets_are_gone_and_solved_ones_closed(connector: Any, desk: Any) -> None:
    cursor = fresh_cursor(connector, desk)
    removed, solved = [id_ for id_, one in tickets(connector).items() if one.is_open][:2]
    desk.remove("tickets", removed)
    desk.edit("tickets", solved, status="solved", Region="region_emea")
    desk.advance(120)
    told = list(batches(connector, Kind.TICKET, cursor))
    read: dict[str, Any] = {record.ref.id: record for batch in told for record in batch.records}

    assert [ref.id for batch in told for ref in batch.gone] == [removed]
    assert removed not in read
    assert (read[solved].is_open, read[solved].closed_at is not None) == (False, True)


def test_what_was_deleted_before_everything_is_read_anew_is_still_told(connect: Any, desk: Any) -> None:
    cursor = fresh_cursor(connect(), desk)
    known = tickets(connect())
    removed = next(id_ for id_, one in known.items() if one.is_open)
    desk.remove("tickets", removed)
    desk.advance(120)
    told = list(batches(connect(mapping={"ticket": {"custom": {"region": "Region"}}}), Kind.TICKET, cursor))

    assert {record.ref.id for batch in told for record in batch.records} == known.keys() - {removed}
    assert [ref.id for batch in told for ref in batch.gone] == [removed]


def test_what_was_deleted_before_cursors_changed_their_form_is_still_told(connector: Any, desk: Any) -> None:
    cursor = fresh_cursor(connector, desk)
    removed = next(id_ for id_, one in tickets(connector).items() if one.is_open)
    desk.remove("tickets", removed)
    desk.advance(120)
    told = list(batches(connector, Kind.TICKET, restarted_cursor(cursor)))

    assert [ref.id for batch in told for ref in batch.gone] == [removed]


def test_what_is_deleted_while_everything_is_read_first_is_told_before_its_end(
    connector: Any, desk: Any
) -> None:
    page = desk.api("/incremental/tickets/cursor?start_time=0&include=metric_sets")
    desk.fault(
        "incremental/tickets", body=orjson.dumps({**page, "end_of_stream": False}).decode(), status=200
    )
    first = connector.read(Kind.TICKET, None, 100)
    removed = next(record.ref.id for record in first.records if record.is_open)
    desk.remove("tickets", removed)
    desk.advance(120)
    told = list(batches(connector, Kind.TICKET, first.cursor))

    assert not first.done
    assert [ref.id for batch in told for ref in batch.gone] == [removed]


def test_a_first_read_tells_no_ticket_as_gone(connector: Any, desk: Any) -> None:
    desk.remove("tickets", planted(desk, "sla_due_soon")[0])
    desk.advance(HOUR_S)

    assert [ref for batch in batches(connector, Kind.TICKET) for ref in batch.gone] == []


def test_a_change_by_the_system_alone_is_read_too(connector: Any, desk: Any) -> None:
    cursor = fresh_cursor(connector, desk)
    id_, before = next(iter(tickets(connector).items()))
    desk.act("system_update", ticket=int(id_))
    desk.advance(120)
    found = tickets(connector, cursor)

    assert list(found) == [id_]
    assert found[id_].modified_at > before.modified_at


def test_an_edit_within_the_last_minute_is_left_for_the_next_read(connector: Any, desk: Any) -> None:
    cursor = fresh_cursor(connector, desk)
    id_ = next(id_ for id_, one in tickets(connector).items() if one.is_open)
    desk.edit("tickets", id_, subject="Just now")
    none_yet, cursor = read_all(connector, Kind.TICKET, cursor)
    desk.advance(61)

    assert none_yet == []
    assert list(tickets(connector, cursor)) == [id_]


def test_an_empty_page_that_is_not_the_last_is_passed(connector: Any, desk: Any) -> None:
    desk.act("empty_pages", times=2)

    assert len(tickets(connector)) == desk.sandbox.get("/_sandbox/state")["tickets"]["all"]


def test_an_export_that_brings_nothing_but_empty_pages_is_unavailable(connector: Any, desk: Any) -> None:
    desk.act("empty_pages", times=20)

    with pytest.raises(UnavailableError, match="does not get on"):
        connector.read(Kind.TICKET, None, 1000)


def test_a_cursor_that_is_refused_goes_on_from_the_newest_change(connector: Any, desk: Any) -> None:
    cursor = fresh_cursor(connector, desk)
    id_ = next(id_ for id_, one in tickets(connector).items() if one.is_open)
    desk.edit("tickets", id_, subject="While nobody read")
    desk.advance(120)
    desk.act("expire_cursors")
    desk.counts()
    found = tickets(connector, cursor)

    assert id_ in found
    assert len(found) < 10
    assert desk.counts()["export"] <= 3


def test_reading_on_from_every_place_gives_the_same_end(connect: Any, desk: Any) -> None:
    for id_ in list(tickets(connect()))[-30:]:
        desk.act("system_update", ticket=int(id_))
        desk.advance(1)
    desk.advance(120)
    told = list(batches(connect(sla_days=0), Kind.TICKET, None, limit=10))
    whole = {record.ref: record for batch in told for record in batch.records}
    for place, batch in enumerate(told):
        before = {record.ref: record for one in told[: place + 1] for record in one.records}
        after = {record.ref: record for record in read_all(connect(sla_days=0), Kind.TICKET, batch.cursor)[0]}
        assert {**before, **after} == whole


def test_a_custom_column_goes_by_the_title_of_its_field(connect: Any, desk: Any) -> None:
    mapping = {"ticket": {"custom": {"region": "Region", "mood": "No such field"}}}
    batch = connect(mapping=mapping).read(Kind.TICKET, None, 1000)

    assert batch.hidden == {"custom.mood"}
    assert {record.custom["region"] for record in batch.records} <= {
        "region_emea",
        "region_amer",
        "region_apac",
        None,
    }
    assert {"mood"} & set(batch.records[0].custom) == set()


@pytest.mark.parametrize("days", [0, 730])
def test_how_far_back_closed_tickets_are_asked_for_is_a_setting(connect: Any, days: int) -> None:
    closed = [one for one in tickets(connect(sla_days=days)).values() if not one.is_open]
    told = [one.is_breached is not None for one in closed]

    assert any(told) is (days > 0)
