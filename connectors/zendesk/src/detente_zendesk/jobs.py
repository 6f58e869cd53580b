"""Update jobs under way: a few at a time, asked about together until each has ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from detente_contracts import Clock

from detente_zendesk.client import Json, ZendeskClient

_PAUSES_S = (0.5, 1.0, 2.0, 4.0)
_LONG_PAUSE_S = 5.0
"""Seconds between looks, the last one for all that follow."""

_ENDED = frozenset({"completed", "failed", "killed"})


@dataclass(frozen=True, slots=True)
class _Underway:
    places: Sequence[int]
    until: datetime


class UpdateJobs:
    """Jobs that were queued and have not ended. `wait_s` is how long each of them is waited for."""

    def __init__(self, client: ZendeskClient, clock: Clock, wait_s: float) -> None:
        self._client = client
        self._clock = clock
        self._wait = timedelta(seconds=wait_s)
        self._underway: dict[str, _Underway] = {}
        self._looks = 0

    def __len__(self) -> int:
        return len(self._underway)

    def add(self, job: Json, places: Sequence[int]) -> None:
        """Wait for a job; `places` are those of its rows, in the order of the request."""
        self._underway[str(job["id"])] = _Underway(places, self._clock.now() + self._wait)
        self._looks = 0

    def places(self) -> Iterator[int]:
        """The places of all rows whose fate is open."""
        return (place for job in self._underway.values() for place in job.places)

    def forget(self) -> None:
        """Wait no longer."""
        self._underway.clear()

    def ended(self) -> list[tuple[Sequence[int], Json]]:
        """Wait a little, then those that have ended; one that took too long comes as it stands.

        Raises: what a reading call raises; nothing is forgotten then.
        """
        pause_s = _PAUSES_S[self._looks] if self._looks < len(_PAUSES_S) else _LONG_PAUSE_S
        self._clock.sleep(pause_s)
        self._looks += 1
        told = self._client.jobs(list(self._underway))
        now = self._clock.now()
        over: list[tuple[Sequence[int], Json]] = []
        for id_, job in list(self._underway.items()):
            # under load a look-up may tell nothing of a job; it is asked for again
            standing = told.get(id_, {})
            if standing.get("status") in _ENDED or now >= job.until:
                over.append((job.places, standing))
                del self._underway[id_]
        return over
