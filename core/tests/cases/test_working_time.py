"""Working time against dated golden vectors, and against an oracle that counts minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from detente.engine.cases.working_time import WEEKDAYS, WorkingTime
from detente_contracts import Calendar, ConfigurationError
from hypothesis import given, settings
from hypothesis import strategies as st

MONDAY_TO_FRIDAY = WEEKDAYS[:5]


def _calendar(
    zone: str,
    days: tuple[str, ...],
    *intervals: str,
    country: str | None = None,
    days_off: tuple[date, ...] = (),
) -> Calendar:
    week = dict.fromkeys(days, intervals)
    return Calendar(name="golden", zone=zone, week=week, country=country, days_off=days_off)


ALWAYS = "00:00-24:00"
CALENDARS = {
    "berlin": _calendar("Europe/Berlin", MONDAY_TO_FRIDAY, "09:00-17:00", country="DE"),
    "munich": _calendar("Europe/Berlin", MONDAY_TO_FRIDAY, "09:00-17:00", country="DE-BY"),
    "newyork": _calendar("America/New_York", MONDAY_TO_FRIDAY, "09:00-17:00", country="US"),
    "london": _calendar("Europe/London", MONDAY_TO_FRIDAY, "08:30-12:30", "13:30-17:00"),
    "sydney": _calendar("Australia/Sydney", MONDAY_TO_FRIDAY, "09:00-17:30", country="AU-NSW"),
    "kolkata": _calendar("Asia/Kolkata", WEEKDAYS[:6], "10:00-19:00"),
    "riyadh": _calendar(
        "Asia/Riyadh", ("sun", "mon", "tue", "wed", "thu"), "08:00-16:00", days_off=(date(2026, 3, 22),)
    ),
    "thursdays": _calendar("Europe/Berlin", ("thu",), "09:00-10:00"),
    "nights": _calendar("Europe/Berlin", WEEKDAYS, "22:00-24:00", "00:00-06:00"),
    "sunday small hours": _calendar("Europe/Berlin", ("sun",), "02:00-03:00"),
    "saturday nights": _calendar("America/Santiago", ("sat",), "22:00-24:00"),
    "always berlin": _calendar("Europe/Berlin", WEEKDAYS, ALWAYS),
    "always newyork": _calendar("America/New_York", WEEKDAYS, ALWAYS),
    "always london": _calendar("Europe/London", WEEKDAYS, ALWAYS),
    "always sydney": _calendar("Australia/Sydney", WEEKDAYS, ALWAYS),
    "always santiago": _calendar("America/Santiago", WEEKDAYS, ALWAYS),
    "always lord howe": _calendar("Australia/Lord_Howe", WEEKDAYS, ALWAYS),
}

GOLDEN = [
    ("within a morning", "berlin", "2026-01-12T09:00+01:00", 2, "2026-01-12T11:00+01:00"),
    ("a full day ends at closing", "berlin", "2026-01-12T09:00+01:00", 8, "2026-01-12T17:00+01:00"),
    ("a day from the afternoon", "berlin", "2026-01-12T15:00+01:00", 8, "2026-01-13T15:00+01:00"),
    ("before opening", "berlin", "2026-01-12T06:00+01:00", 1, "2026-01-12T10:00+01:00"),
    ("after closing", "berlin", "2026-01-12T18:00+01:00", 1, "2026-01-13T10:00+01:00"),
    ("at closing", "berlin", "2026-01-12T17:00+01:00", 1, "2026-01-13T10:00+01:00"),
    ("over a weekend", "berlin", "2026-01-16T16:00+01:00", 2, "2026-01-19T10:00+01:00"),
    ("from a Saturday", "berlin", "2026-01-17T12:00+01:00", 8, "2026-01-19T17:00+01:00"),
    ("from a Sunday night", "berlin", "2026-01-18T23:59+01:00", 0.5, "2026-01-19T09:30+01:00"),
    ("a quarter of an hour", "berlin", "2026-01-12T09:00+01:00", 0.25, "2026-01-12T09:15+01:00"),
    ("two weeks", "berlin", "2026-01-12T09:00+01:00", 80, "2026-01-23T17:00+01:00"),
    ("no hours at a weekend", "berlin", "2026-01-17T12:00+01:00", 0, "2026-01-17T12:00+01:00"),
    ("start told in another zone", "berlin", "2026-01-12T10:00-05:00", 2, "2026-01-13T10:00+01:00"),
    ("start told in UTC", "berlin", "2026-07-13T14:30+00:00", 1, "2026-07-14T09:30+02:00"),
    ("Christmas", "berlin", "2025-12-24T16:00+01:00", 2, "2025-12-29T10:00+01:00"),
    ("New Year", "berlin", "2025-12-31T16:00+01:00", 2, "2026-01-02T10:00+01:00"),
    ("Easter", "berlin", "2026-04-02T16:00+02:00", 2, "2026-04-07T10:00+02:00"),
    ("May Day on a Friday", "berlin", "2026-04-30T16:00+02:00", 2, "2026-05-04T10:00+02:00"),
    ("Ascension Day", "berlin", "2026-05-13T16:00+02:00", 2, "2026-05-15T10:00+02:00"),
    ("Whit Monday", "berlin", "2026-05-22T16:00+02:00", 9, "2026-05-26T17:00+02:00"),
    ("started on a holiday", "berlin", "2025-10-03T10:00+02:00", 1, "2025-10-06T10:00+02:00"),
    ("Epiphany is off in Bavaria", "munich", "2026-01-05T16:00+01:00", 2, "2026-01-07T10:00+01:00"),
    ("Epiphany is not elsewhere", "berlin", "2026-01-05T16:00+01:00", 2, "2026-01-06T10:00+01:00"),
    ("leap day at work", "berlin", "2024-02-28T16:00+01:00", 10, "2024-03-01T10:00+01:00"),
    ("due on a leap day", "berlin", "2028-02-28T09:00+01:00", 16, "2028-02-29T17:00+01:00"),
    ("leap day round the clock", "always berlin", "2028-02-28T12:00+01:00", 24, "2028-02-29T12:00+01:00"),
    ("February without", "always berlin", "2026-02-28T12:00+01:00", 24, "2026-03-01T12:00+01:00"),
    ("spring in the office", "berlin", "2026-03-27T16:00+01:00", 2, "2026-03-30T10:00+02:00"),
    ("autumn in the office", "berlin", "2026-10-23T16:00+02:00", 2, "2026-10-26T10:00+01:00"),
    ("spring in Berlin", "always berlin", "2026-03-28T12:00+01:00", 24, "2026-03-29T13:00+02:00"),
    ("autumn in Berlin", "always berlin", "2026-10-24T12:00+02:00", 24, "2026-10-25T11:00+01:00"),
    ("spring in New York", "always newyork", "2026-03-07T12:00-05:00", 24, "2026-03-08T13:00-04:00"),
    ("autumn in New York", "always newyork", "2026-10-31T12:00-04:00", 24, "2026-11-01T11:00-05:00"),
    ("spring in London", "always london", "2026-03-28T12:00+00:00", 24, "2026-03-29T13:00+01:00"),
    ("autumn in London", "always london", "2026-10-24T12:00+01:00", 24, "2026-10-25T11:00+00:00"),
    ("autumn in Sydney", "always sydney", "2026-04-04T12:00+11:00", 24, "2026-04-05T11:00+10:00"),
    ("spring in Sydney", "always sydney", "2026-10-03T12:00+10:00", 24, "2026-10-04T13:00+11:00"),
    ("half an hour back", "always lord howe", "2026-04-04T12:00+11:00", 24, "2026-04-05T11:30+10:30"),
    ("change at midnight", "always santiago", "2026-04-04T12:00-03:00", 24, "2026-04-05T11:00-04:00"),
    ("hour before midnight twice", "saturday nights", "2026-04-04T22:00-03:00", 3, "2026-04-05T00:00-04:00"),
    ("a night", "nights", "2026-01-12T22:00+01:00", 8, "2026-01-13T06:00+01:00"),
    ("a night with an hour less", "nights", "2026-03-28T22:00+01:00", 8, "2026-03-29T23:00+02:00"),
    ("a night with an hour more", "nights", "2026-10-24T22:00+02:00", 8, "2026-10-25T05:00+01:00"),
    ("the hour shown twice", "sunday small hours", "2026-10-25T00:00+02:00", 2, "2026-10-25T03:00+01:00"),
    ("the hour never shown", "sunday small hours", "2026-03-29T00:00+01:00", 1, "2026-04-05T03:00+02:00"),
    ("over lunch", "london", "2026-01-12T12:00+00:00", 1, "2026-01-12T14:00+00:00"),
    ("a morning ends at lunch", "london", "2026-01-12T08:30+00:00", 4, "2026-01-12T12:30+00:00"),
    ("from lunch", "london", "2026-01-12T12:45+00:00", 1, "2026-01-12T14:30+00:00"),
    ("both shifts", "london", "2026-01-12T08:30+00:00", 7.5, "2026-01-12T17:00+00:00"),
    ("into the next morning", "london", "2026-01-12T08:30+00:00", 8, "2026-01-13T09:00+00:00"),
    ("split shifts in spring", "london", "2026-03-27T16:30+00:00", 1, "2026-03-30T09:00+01:00"),
    ("split shifts in autumn", "london", "2026-10-23T16:30+01:00", 1, "2026-10-26T09:00+00:00"),
    ("American spring", "newyork", "2026-03-06T16:00-05:00", 2, "2026-03-09T10:00-04:00"),
    ("American autumn", "newyork", "2026-10-30T16:00-04:00", 2, "2026-11-02T10:00-05:00"),
    ("Thanksgiving", "newyork", "2026-11-25T16:00-05:00", 2, "2026-11-27T10:00-05:00"),
    ("a holiday observed early", "newyork", "2026-07-02T16:00-04:00", 2, "2026-07-06T10:00-04:00"),
    ("Easter as summer ends", "sydney", "2026-04-02T16:30+11:00", 2, "2026-04-07T10:00+10:00"),
    ("Labour Day as summer begins", "sydney", "2026-10-02T16:30+10:00", 2, "2026-10-06T10:00+11:00"),
    ("six days a week", "kolkata", "2026-01-17T18:00+05:30", 2, "2026-01-19T11:00+05:30"),
    ("a week from Sunday", "riyadh", "2026-01-15T15:00+03:00", 2, "2026-01-18T09:00+03:00"),
    ("a day off of the firm", "riyadh", "2026-03-19T15:00+03:00", 2, "2026-03-23T09:00+03:00"),
    ("an hour a week", "thursdays", "2026-01-15T09:30+01:00", 2, "2026-01-29T09:30+01:00"),
]


@pytest.mark.parametrize(
    ("name", "start", "hours", "due"), [case[1:] for case in GOLDEN], ids=[case[0] for case in GOLDEN]
)
def test_work_is_due_when_its_hours_have_passed(name: str, start: str, hours: float, due: str) -> None:
    working = WorkingTime.of(CALENDARS[name])

    found = working.add(datetime.fromisoformat(start), hours)

    assert found == datetime.fromisoformat(due)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("name", "start", "hours", "due"), [case[1:] for case in GOLDEN], ids=[case[0] for case in GOLDEN]
)
def test_the_time_between_start_and_due_is_the_hours(name: str, start: str, hours: float, due: str) -> None:
    working = WorkingTime.of(CALENDARS[name])

    found = working.between(datetime.fromisoformat(start), datetime.fromisoformat(due))

    assert found == timedelta(hours=hours)


REFUSED: list[tuple[str, dict[str, object], str]] = [
    ("no days", {"week": {}}, "no working time"),
    ("days without intervals", {"week": {"mon": ()}}, "no working time"),
    ("a misspelt zone", {"zone": "Europe/Berln"}, "did you mean 'Europe/Berlin'"),
    ("a path as zone", {"zone": "../../etc/passwd"}, "unknown zone"),
    ("an unknown day", {"week": {"monday": ("09:00-17:00",)}}, "unknown day 'monday'"),
    ("an unknown country", {"country": "QQ"}, "unknown country 'QQ'"),
    ("an unknown part of a country", {"country": "DE-QQ"}, "unknown country 'DE-QQ'"),
    ("no interval", {"week": {"mon": ("9 to 5",)}}, "no interval in '9 to 5' on mon"),
    ("an interval that ends before it begins", {"week": {"mon": ("22:00-06:00",)}}, "impossible interval"),
    ("an interval of nothing", {"week": {"mon": ("09:00-09:00",)}}, "impossible interval"),
    ("an hour that no day has", {"week": {"mon": ("09:00-24:30",)}}, "impossible interval"),
    ("a minute that no hour has", {"week": {"mon": ("09:00-10:75",)}}, "impossible interval"),
    ("overlapping intervals", {"week": {"mon": ("13:00-17:00", "09:00-13:01")}}, "overlapping intervals"),
]


@pytest.mark.parametrize(
    ("change", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_a_calendar_that_cannot_be_kept_is_refused(change: dict[str, object], message: str) -> None:
    calendar = CALENDARS["berlin"].model_copy(update=change)

    with pytest.raises(ConfigurationError, match=message):
        WorkingTime.of(calendar)


def test_intervals_that_touch_are_one_stretch_of_work() -> None:
    working = WorkingTime.of(_calendar("Europe/Berlin", ("mon",), "12:00-17:00", "09:00-12:00"))

    assert working.add(datetime(2026, 1, 12, tzinfo=UTC), 8) == datetime(2026, 1, 12, 16, tzinfo=UTC)


def test_a_calendar_with_too_little_time_is_refused_and_not_searched_for_ever() -> None:
    working = WorkingTime.of(_calendar("Europe/Berlin", ("mon",), "09:00-09:01"))

    with pytest.raises(ConfigurationError, match="less than 2000 hours of working time"):
        working.add(datetime(2026, 1, 12, tzinfo=UTC), 2000)


@pytest.mark.parametrize("hours", [-1, float("nan"), float("inf")])
def test_hours_that_cannot_pass_are_refused(hours: float) -> None:
    working = WorkingTime.of(CALENDARS["berlin"])

    with pytest.raises(ValueError, match="hours must be 0 or more"):
        working.add(datetime(2026, 1, 12, tzinfo=UTC), hours)


def test_a_time_without_zone_is_refused() -> None:
    working = WorkingTime.of(CALENDARS["berlin"])

    with pytest.raises(ValueError, match="a time needs a zone"):
        working.add(datetime(2026, 1, 12), 1)  # noqa: DTZ001


def test_no_time_lies_between_an_instant_and_an_earlier_one() -> None:
    working = WorkingTime.of(CALENDARS["berlin"])
    noon = datetime(2026, 1, 12, 12, tzinfo=UTC)

    assert working.between(noon, noon - timedelta(days=3)) == timedelta()


MINUTE = timedelta(minutes=1)


def _is_work(calendar: Calendar, at: datetime) -> bool:
    """Whether the minute that begins at `at` is working time, by looking at the wall clock."""
    wall = at.astimezone(ZoneInfo(calendar.zone))
    shown = f"{wall:%H:%M}"
    intervals = calendar.week.get(WEEKDAYS[wall.weekday()], ())
    return wall.date() not in calendar.days_off and any(
        start <= shown < end for start, end in (text.split("-") for text in intervals)
    )


def _due_by_counting(calendar: Calendar, start: datetime, minutes: int) -> datetime:
    """The first instant at which so many working minutes have passed, counted one by one."""
    at, left = start, minutes
    while left:
        left -= _is_work(calendar, at)
        at += MINUTE
    return at


# Days in whose neighbourhood the clock changes, in the zones below.
CHANGES = [
    date(2026, 3, 8),
    date(2026, 3, 29),
    date(2026, 4, 5),
    date(2026, 9, 6),
    date(2026, 10, 4),
    date(2026, 10, 25),
    date(2026, 11, 1),
    date(2028, 2, 29),
]
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu"]


@st.composite
def _intervals(draw: st.DrawFn) -> tuple[str, ...]:
    """Up to two intervals of half an hour or more that do not overlap."""
    edges = draw(st.lists(st.integers(0, 48), unique=True, max_size=4).map(sorted))
    times = [f"{edge // 2:02}:{edge % 2 * 30:02}" for edge in edges]
    return tuple(f"{start}-{end}" for start, end in zip(times[::2], times[1::2], strict=False))


@st.composite
def _calendars(draw: st.DrawFn) -> Calendar:
    week = {day: draw(_intervals()) for day in WEEKDAYS}
    week[draw(st.sampled_from(WEEKDAYS))] = ("00:30-04:00", "20:00-24:00")
    days_off = tuple(draw(st.lists(st.sampled_from(CHANGES), max_size=2)))
    return Calendar(name="drawn", zone=draw(st.sampled_from(ZONES)), week=week, days_off=days_off)


@st.composite
def _starts(draw: st.DrawFn) -> datetime:
    near = draw(st.sampled_from(CHANGES))
    midnight = datetime(near.year, near.month, near.day, tzinfo=UTC)
    return midnight + timedelta(minutes=draw(st.integers(-2 * 1440, 2 * 1440)))


@settings(max_examples=80, deadline=None)
@given(calendar=_calendars(), start=_starts(), minutes=st.integers(1, 600))
def test_due_time_is_the_one_found_by_counting_minutes(
    calendar: Calendar, start: datetime, minutes: int
) -> None:
    found = WorkingTime.of(calendar).add(start, minutes / 60)

    assert abs(found - _due_by_counting(calendar, start, minutes)) < timedelta(milliseconds=1)


@settings(max_examples=80, deadline=None)
@given(calendar=_calendars(), start=_starts(), first=st.integers(0, 600), second=st.integers(1, 600))
def test_working_time_adds_up_and_never_goes_back(
    calendar: Calendar, start: datetime, first: int, second: int
) -> None:
    working = WorkingTime.of(calendar)
    middle = working.add(start, first / 4)
    end = working.add(middle, second / 4)

    assert start <= middle < end
    assert working.between(start, end) == timedelta(minutes=15 * (first + second))
    assert end == working.add(start, (first + second) / 4)


@settings(max_examples=20, deadline=None)
@given(calendar=_calendars(), start=_starts(), minutes=st.integers(0, 3 * 1440))
def test_time_between_is_the_one_found_by_counting_minutes(
    calendar: Calendar, start: datetime, minutes: int
) -> None:
    counted = sum(_is_work(calendar, start + minute * MINUTE) for minute in range(minutes))

    assert WorkingTime.of(calendar).between(start, start + minutes * MINUTE) == counted * MINUTE
