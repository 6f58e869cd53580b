"""No planned time is lost or doubled, however the clock jumps and however often the process starts again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from detente.engine.serving.schedule import Cron, Every, Schedule, due_time, schedule_of
from detente_contracts import ConfigurationError, ServeSettings
from hypothesis import example, given
from hypothesis import strategies as st

BERLIN = "Europe/Berlin"
SCHEDULES: dict[str, Schedule] = {
    "every seven minutes": Every(timedelta(minutes=7)),
    "every day": Every(timedelta(days=1)),
    "six on weekdays in Berlin": Cron("0 6 * * mon-fri", BERLIN),
    "half past two in Berlin": Cron("30 2 * * *", BERLIN),
    "each quarter of an hour on Lord Howe": Cron("*/15 * * * *", "Australia/Lord_Howe"),
    "each hour in New York": Cron("0 * * * *", "America/New_York"),
    "first of the month": Cron("0 0 1 * *", "UTC"),
}
SPRING, AUTUMN = datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)


def near(start: datetime) -> st.SearchStrategy[datetime]:
    """Instants of the hours after `start`, to the microsecond."""
    return st.timedeltas(timedelta(0), timedelta(hours=8)).map(lambda passed: start + passed)


schedules = st.sampled_from(sorted(SCHEDULES)).map(SCHEDULES.__getitem__)
instants = st.one_of(
    near(SPRING),
    near(AUTUMN),
    st.timedeltas(timedelta(0), timedelta(days=700)).map(lambda passed: SPRING + passed),
)
jumps = st.lists(st.timedeltas(timedelta(hours=-3), timedelta(days=3)), max_size=12)


@given(schedules, instants)
def test_every_instant_lies_between_two_neighbouring_planned_times(schedule: Schedule, now: datetime) -> None:
    latest, following = schedule.latest(now), schedule.next_one(now)

    assert latest <= now < following
    assert schedule.next_one(latest) == following
    assert schedule.latest(following - timedelta(microseconds=1)) == latest
    assert schedule.latest(latest) == latest


@given(schedules, instants, jumps)
@example(SCHEDULES["half past two in Berlin"], AUTUMN, [timedelta(minutes=20)] * 12)
@example(SCHEDULES["half past two in Berlin"], SPRING, [timedelta(minutes=20)] * 12)
def test_no_due_time_is_lost_or_doubled_when_the_clock_jumps(
    schedule: Schedule, start: datetime, passed: list[timedelta]
) -> None:
    now, begun = start, [start]
    served: list[datetime] = []
    for step in passed:
        now += step
        due = due_time(schedule, now, begun[-1])
        if due is not None:
            served.append(due)
            begun.append(now)

        assert due_time(schedule, now, begun[-1]) is None
        assert schedule.latest(now) <= begun[-1]
    assert all(earlier < later for earlier, later in pairwise(served))
    assert all(start < due <= at for due, at in zip(served, begun[1:], strict=True))


@given(schedules, instants, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_however_many_times_were_missed_one_is_due(
    schedule: Schedule, begun: datetime, away: timedelta
) -> None:
    now = begun + away
    missed = due_time(schedule, now, begun)

    assert (missed is None) == (schedule.next_one(begun) > now)
    assert missed is None or due_time(schedule, now, now) is None


def test_cron_text_follows_the_wall_clock_of_its_zone() -> None:
    six = Cron("0 6 * * *", BERLIN)

    assert six.next_one(datetime(2026, 1, 10, tzinfo=UTC)) == datetime(2026, 1, 10, 5, tzinfo=UTC)
    assert six.next_one(datetime(2026, 7, 10, tzinfo=UTC)) == datetime(2026, 7, 10, 4, tzinfo=UTC)


def test_a_time_that_spring_skips_comes_right_after_the_gap() -> None:
    due = SCHEDULES["half past two in Berlin"].next_one(SPRING)

    assert due.astimezone(ZoneInfo(BERLIN)).isoformat() == "2026-03-29T03:00:00+02:00"


def test_a_time_that_comes_twice_in_autumn_counts_once() -> None:
    daily = SCHEDULES["half past two in Berlin"]
    first = daily.next_one(AUTUMN)

    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert daily.next_one(first) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["* * *", "61 * * * *", "@daily", "0 0 6 * * *", "soon", "0 6 31 2 *"], ids=str
)
def test_text_that_names_no_time_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"serve\.run_at"):
        schedule_of(ServeSettings(run_at=text))


def test_without_a_word_in_the_settings_runs_are_hourly() -> None:
    assert schedule_of(ServeSettings()) == Every(timedelta(hours=1))
    assert schedule_of(ServeSettings(run_every_minutes=90)) == Every(timedelta(minutes=90))
