"""Working time of a calendar: when it is, how much lies between two instants, when so much has passed.

An instant is working time when the clock on the wall of the calendar's zone shows a time inside one of that
day's intervals and the day is not off. So an hour that the clock shows twice counts twice, and an hour that
it skips does not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from math import isfinite
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import holidays
from detente_contracts import Calendar, ConfigurationError, unknown_name

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON_DAYS = 3_660
"""How far ahead working time is looked for: ten years."""

_CLOCK = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")
_DAY = timedelta(days=1)
_REACH = timedelta(hours=26)
"""More than any zone lies from UTC."""


class Span(NamedTuple):
    """From `start` up to, not with, `end`; both aware UTC."""

    start: datetime
    end: datetime


class _Interval(NamedTuple):
    """Time since midnight on the wall clock, from `start` up to, not with, `end`."""

    start: timedelta
    end: timedelta


class _Dates(Protocol):
    """Whether a day is in it; `holidays` fills in each year when it is first asked for."""

    def __contains__(self, day: date, /) -> bool: ...


class WorkingTime:
    """The working time of one calendar. Days are computed once and kept."""

    __slots__ = ("_days", "_holidays", "_name", "_off", "_spans", "_zone")

    def __init__(
        self,
        name: str,
        zone: ZoneInfo,
        days: tuple[tuple[_Interval, ...], ...],
        off: frozenset[date],
        public: _Dates,
    ) -> None:
        self._name = name
        self._zone = zone
        self._days = days
        self._off = off
        self._holidays = public
        self._spans: dict[date, tuple[Span, ...]] = {}

    @classmethod
    def of(cls, calendar: Calendar) -> WorkingTime:
        """The working time that `calendar` describes.

        Raises: ConfigurationError without working time, or for an unknown zone, day or country, or for
            intervals that overlap or are no intervals.
        """
        days = _week(calendar)
        if not any(days):
            raise _refusal(calendar.name, "has no working time", "Give at least one interval under `week`")
        off = frozenset(calendar.days_off)
        return cls(calendar.name, _zone(calendar), days, off, _public_holidays(calendar))

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose wall clock counts."""
        return self._zone

    def add(self, start: datetime, hours: float) -> datetime:
        """The first instant, aware UTC, at which `hours` (0 or more) of working time have passed.

        The end of an interval belongs to it: work that fills a day is due when the day ends.
        Raises: ConfigurationError when ten years hold less; ValueError for a time without zone or bad hours.
        """
        if not isfinite(hours) or hours < 0:
            raise ValueError(f"hours must be 0 or more, not {hours}")
        at, left = _utc(start), timedelta(hours=hours)
        if not left:
            return at
        for span in self._from(at, at + HORIZON_DAYS * _DAY):
            worth = span.end - span.start
            if worth >= left:
                return span.start + left
            left -= worth
        reason = f"has less than {hours:g} hours of working time in the ten years after {at.date()}"
        raise _refusal(self._name, reason, "Give it more working time, or the stage fewer hours")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between two instants; none when `end` is not after `start`.

        Raises: ValueError for a time without zone.
        """
        spans = self._from(_utc(start), _utc(end))
        return sum((span.end - span.start for span in spans), timedelta())

    def _from(self, start: datetime, end: datetime) -> Iterator[Span]:
        """Working spans that lie between `start` and `end`, in order, cut to them."""
        day, last = (start - _REACH).date(), (end + _REACH).date()
        while day <= last:
            for span in self._of_day(day):
                low, high = max(span.start, start), min(span.end, end)
                if low < high:
                    yield Span(low, high)
            day += _DAY

    def _of_day(self, day: date) -> tuple[Span, ...]:
        if day not in self._spans:
            self._spans[day] = tuple(self._compute(day))
        return self._spans[day]

    def _compute(self, day: date) -> Iterator[Span]:
        """Spans of the day that the wall clock shows as `day`, in order."""
        if day in self._off or day in self._holidays:
            return
        midnight = datetime.combine(day, time(), tzinfo=UTC)
        for offset, valid in _offsets(self._zone, midnight - _REACH, midnight + _DAY + _REACH):
            for interval in self._days[day.weekday()]:
                low = max(midnight + interval.start - offset, valid.start)
                high = min(midnight + interval.end - offset, valid.end)
                if low < high:
                    yield Span(low, high)


def _offsets(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[tuple[timedelta, Span]]:
    """The zone's distance from UTC in a stretch of some days in which it changes once at most."""
    first, last = _offset(zone, start), _offset(zone, end)
    if first == last:
        yield first, Span(start, end)
        return
    low, high = start, end
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        low, high = (middle, high) if _offset(zone, middle) == first else (low, middle)
    yield first, Span(start, high)
    yield last, Span(high, end)


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"a time needs a zone: {at.isoformat()}")
    return at.astimezone(UTC)


def _zone(calendar: Calendar) -> ZoneInfo:
    try:
        return ZoneInfo(calendar.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = unknown_name("zone", calendar.zone, available_timezones())
        # All zones together are too many to list.
        said = near if "did you mean" in near else f"unknown zone {calendar.zone!r}"
        raise _refusal(calendar.name, f"has an {said}", "Give a zone such as `Europe/Berlin`") from None


def _public_holidays(calendar: Calendar) -> _Dates:
    """Days off of the country, or of a part of it when the code names one, such as `DE-BY`."""
    if calendar.country is None:
        return frozenset()
    country, _, part = calendar.country.partition("-")
    try:
        found: _Dates = holidays.country_holidays(country, subdiv=part or None)
    except NotImplementedError:
        reason = f"has an unknown country {calendar.country!r}"
        hint = "Give an ISO 3166 code such as `DE`, `DE-BY` or `US`, or leave it out and list `days_off`"
        raise _refusal(calendar.name, reason, hint) from None
    return found


def _week(calendar: Calendar) -> tuple[tuple[_Interval, ...], ...]:
    for day in calendar.week:
        if day not in WEEKDAYS:
            raise _refusal(
                calendar.name, f"has an {unknown_name('day', day, WEEKDAYS)}", "Days are `mon` to `sun`"
            )
    week: Mapping[str, tuple[str, ...]] = calendar.week
    return tuple(_intervals(calendar.name, day, week.get(day, ())) for day in WEEKDAYS)


def _intervals(name: str, day: str, texts: tuple[str, ...]) -> tuple[_Interval, ...]:
    """The day's intervals in order of their start."""
    found = sorted(_interval(name, day, text) for text in texts)
    for earlier, later in pairwise(found):
        if later.start < earlier.end:
            raise _refusal(name, f"has overlapping intervals on {day}", "Join or part them")
    return tuple(found)


def _interval(name: str, day: str, text: str) -> _Interval:
    match = _CLOCK.fullmatch(text.strip())
    hint = "Write it like `09:00-12:30`; a night is two intervals, up to 24:00 and from 00:00"
    if match is None:
        raise _refusal(name, f"has no interval in {text!r} on {day}", hint)
    from_hour, from_minute, to_hour, to_minute = map(int, match.groups())
    start = timedelta(hours=from_hour, minutes=from_minute)
    end = timedelta(hours=to_hour, minutes=to_minute)
    if not start < end <= _DAY or from_minute > 59 or to_minute > 59:
        raise _refusal(name, f"has an impossible interval {text!r} on {day}", hint)
    return _Interval(start, end)


def _refusal(calendar: str, reason: str, hint: str) -> ConfigurationError:
    return ConfigurationError(f"calendar {calendar!r} {reason}", hint=hint)
