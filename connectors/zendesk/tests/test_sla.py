"""What metric events say of a ticket's SLAs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from detente_zendesk.settings import RESOLUTION_METRICS
from detente_zendesk.sla import SlaTimes, breached_tickets, sla_times
from hypothesis import given
from hypothesis import strategies as st

START = datetime(2026, 11, 2, 8, tzinfo=UTC)
NOW = START + timedelta(hours=10)
HOUR = timedelta(hours=1)


def event(
    type_: str, hours: float, metric: str = "requester_wait_time", instance: int = 1, **more: Any
) -> dict[str, Any]:
    at = (START + hours * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "id": int(hours * 100),
        "ticket_id": 7,
        "metric": metric,
        "instance_id": instance,
        "type": type_,
        "time": at,
        **more,
    }


def apply(
    target_h: float, hours: float = 0, metric: str = "requester_wait_time", **more: Any
) -> dict[str, Any]:
    sla = {"target": target_h * 60, "target_in_seconds": target_h * 3600, "business_hours": False, **more}
    return event("apply_sla", hours, metric, sla=sla)


def times(*events: dict[str, Any], now: datetime = NOW) -> SlaTimes:
    return sla_times(events, RESOLUTION_METRICS, now)


def test_a_ticket_without_events_has_no_sla() -> None:
    assert times() == SlaTimes()


def test_a_target_runs_out_after_its_time_from_the_activation() -> None:
    told = times(event("activate", 1), apply(24, 1))

    assert (told.resolve_due_at, told.is_breached) == (START + 25 * HOUR, False)


def test_the_last_target_applied_is_in_force() -> None:
    assert times(event("activate", 0), apply(24, 0), apply(48, 2)).resolve_due_at == START + 48 * HOUR


def test_time_that_the_clock_stood_still_is_added() -> None:
    told = times(event("activate", 0), apply(24), event("pause", 2), event("activate", 5))

    assert told.resolve_due_at == START + 27 * HOUR


def test_a_clock_that_stands_still_has_no_due_time_and_is_not_breached() -> None:
    assert times(event("activate", 0), apply(1), event("pause", 0.5)) == SlaTimes(None, None, False)


def test_a_due_time_that_has_passed_is_a_breach_before_the_event_tells() -> None:
    assert times(event("activate", 0), apply(9)).is_breached


def test_a_promise_kept_stays_kept_and_one_that_came_late_is_a_breach() -> None:
    kept = times(event("activate", 0), apply(5), event("fulfill", 4))
    late = times(event("activate", 0), apply(5), event("fulfill", 6))

    assert (kept.resolve_due_at, kept.is_breached) == (START + 5 * HOUR, False)
    assert (late.resolve_due_at, late.is_breached) == (START + 5 * HOUR, True)


def test_a_breach_that_was_deleted_never_was() -> None:
    base = [event("activate", 0), apply(1), event("breach", 1, deleted=True), apply(48, 2)]

    assert times(*base).is_breached is False
    assert times(*base, event("breach", 3, deleted=False)).is_breached is True


def test_a_breach_that_is_still_to_come_is_none_yet() -> None:
    assert times(event("activate", 0), apply(24), event("breach", 24)).is_breached is False


def test_of_a_target_in_business_hours_only_the_breach_is_known() -> None:
    running = [event("activate", 0), apply(1, business_hours=True)]

    assert times(*running) == SlaTimes(None, None, False)
    assert times(*running, event("breach", 8)) == SlaTimes(None, None, True)


def test_the_first_reply_is_the_first_instance_and_no_resolution() -> None:
    first = [event("activate", 0, "reply_time"), apply(1, 0, "reply_time")]
    second = event("activate", 3, "reply_time", instance=2)
    told = times(*first, event("breach", 1, "reply_time"), second)

    assert (told.first_reply_due_at, told.resolve_due_at, told.is_breached) == (START + HOUR, None, None)


def test_of_several_resolution_clocks_the_first_to_run_out_counts() -> None:
    told = times(
        event("activate", 0),
        apply(24),
        event("activate", 0, "agent_work_time"),
        apply(12, 0, "agent_work_time"),
    )

    assert told.resolve_due_at == START + 12 * HOUR


def test_a_metric_that_the_settings_leave_out_does_not_count() -> None:
    events = [event("activate", 0, "agent_work_time"), apply(1, 0, "agent_work_time")]

    assert sla_times(events, ["requester_wait_time"], NOW) == SlaTimes()


def test_a_target_in_minutes_alone_is_read_too() -> None:
    applied = event("apply_sla", 0, sla={"target": 90, "business_hours": False})

    assert times(event("activate", 0), applied).resolve_due_at == START + 1.5 * HOUR


def test_a_policy_that_was_taken_away_demands_nothing() -> None:
    assert times(event("activate", 0), apply(1), event("apply_sla", 2, sla=None)) == SlaTimes()


def test_types_of_events_that_nobody_knows_are_let_pass() -> None:
    told = times(event("activate", 0), apply(24), event("update_status", 1), event("measured_anew", 2))

    assert told.resolve_due_at == START + 24 * HOUR


@given(
    st.permutations(
        [event("activate", 0), apply(24, 0.1), event("pause", 2), event("activate", 5), apply(12, 6)]
    )
)
def test_the_order_in_which_events_come_does_not_matter(events: list[dict[str, Any]]) -> None:
    assert times(*events).resolve_due_at == START + 15 * HOUR


EVENTS = [event("activate", 0), apply(24), event("pause", 2), event("activate", 5), event("fulfill", 30)]


@given(st.lists(st.sampled_from(EVENTS), max_size=4))
def test_an_event_that_comes_twice_changes_nothing(again: list[dict[str, Any]]) -> None:
    assert times(*EVENTS, *again) == times(*EVENTS)


def test_breached_tickets_are_named_once() -> None:
    events = [event("breach", 1), event("activate", 1), event("breach", 2, deleted=True)]

    assert breached_tickets(events) == ["7"]
