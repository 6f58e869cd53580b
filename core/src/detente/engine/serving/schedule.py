"""When jobs are due: a pure function of the present and of when a job was last begun."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from croniter import CroniterError, croniter
from detente_contracts import ConfigurationError, ServeSettings

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RUN_EVERY_MINUTES = 60
"""Between two runs where the settings do not say when."""


class Schedule(Protocol):
    """Planned times, aware UTC, the same after every restart: `latest(at) <= at < next_one(at)`."""

    def latest(self, now: datetime) -> datetime:
        """The last planned time up to and including `now`."""
        ...

    def next_one(self, now: datetime) -> datetime:
        """The first planned time after `now`."""
        ...


def due_time(schedule: Schedule, now: datetime, begun_at: datetime) -> datetime | None:
    """The planned time that is due at `now` for a job that was last begun at `begun_at`; None when none is.

    Work serves every planned time up to its beginning, so however many were missed, one is due.
    """
    latest = schedule.latest(now)
    return latest if latest > begun_at else None


@dataclass(frozen=True, slots=True)
class Every:
    """Every `step`, counted from 1970 UTC: whenever the process was started, the times are the same."""

    step: timedelta

    def latest(self, now: datetime) -> datetime:
        """The last planned time up to and including `now`."""
        return _EPOCH + (now - _EPOCH) // self.step * self.step

    def next_one(self, now: datetime) -> datetime:
        """The first planned time after `now`."""
        return self.latest(now) + self.step


class Cron:
    """Cron text on the wall clock of a zone.

    What falls into the hour that is skipped in spring happens right after it; a time of day that comes twice
    in autumn counts the first time only.
    """

    def __init__(self, text: str, zone: str) -> None:
        """Raises: ConfigurationError when the text is no cron text of five fields or names no day ever."""
        self._text = text
        self._zone = ZoneInfo(zone)
        if len(text.split()) != 5 or not croniter.is_valid(text):
            raise ConfigurationError(
                f"detente.yaml, serve.run_at: {text!r} is no cron text",
                hint="Write minute, hour, day, month and weekday, such as `0 6 * * mon-fri`",
            )
        try:
            self.next_one(_EPOCH)
        except CroniterError:
            raise ConfigurationError(
                f"detente.yaml, serve.run_at: {text!r} names a day that never comes",
                hint="Correct day and month",
            ) from None

    def latest(self, now: datetime) -> datetime:
        """The last planned time up to and including `now`."""
        return self._once(self._times(now.replace(microsecond=0) + timedelta(seconds=1)).get_prev)

    def next_one(self, now: datetime) -> datetime:
        """The first planned time after `now`."""
        return self._once(self._times(now).get_next)

    def _times(self, start: datetime) -> croniter:
        return croniter(self._text, start.astimezone(self._zone))

    def _once(self, step: Callable[[type[datetime]], datetime]) -> datetime:
        """The first time, step by step, that does not come on the wall clock for the second time."""
        while True:
            at = step(datetime).astimezone(UTC)
            if not at.astimezone(self._zone).fold:
                return at


def schedule_of(settings: ServeSettings) -> Schedule:
    """When runs are due.

    Raises: ConfigurationError when `run_at` cannot be used.
    """
    if settings.run_at is not None:
        return Cron(settings.run_at, settings.zone)
    return Every(timedelta(minutes=settings.run_every_minutes or _RUN_EVERY_MINUTES))
