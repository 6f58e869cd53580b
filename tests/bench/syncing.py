"""A full sync into the store, beside a bare script and beside the vendor's well-known client."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import bare
from clients import CLIENTS, is_missing
from crms import MANY, FollowedClock, connected
from detente.cli.demo.firm import SimulatedCrm
from detente.engine.opening import silent
from detente.engine.reading import read_batch
from detente.store import checkpoints
from detente.store.database import Store
from detente.store.tables import checkpoint
from detente_contracts import Clock, Connector, Kind
from race import SETUP, Laps, race
from report import Report
from sqlalchemy import delete

FIRST, AGAIN = "first", "again"
OURS, BARE, CLIENT = "ours", "bare", "client"

ROUTES: Mapping[str, Mapping[str, Mapping[str, object]]] = {
    "hubspot": {"hubspot": {}},
    "salesforce": {"salesforce, bulk": {"bulk_from": 0}, "salesforce, query": {"bulk_from": MANY}},
    "zendesk": {"zendesk": {}},
}
"""The ways in which each CRM is read, with the settings that choose one."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most of a bare script's time that a sync may take, of its second pass's, and of a client's.

    Those of HubSpot are promised; the others are ours: what was measured, and a margin.
    """

    bare: float
    again: float
    client: float
    are_ours: bool = True


LIMITS: Mapping[str, Limits] = {
    "hubspot": Limits(1.67, 1.3, 1.0, are_ours=False),
    "salesforce, bulk": Limits(3.5, 3.5, 1.7),
    "salesforce, query": Limits(2.6, 3.5, 4.2),
    "zendesk": Limits(2.3, 3.0, 1.0),
}


class Sync:
    """Our side: read, map, diff, checkpoint, audit. After its laps it knows how many rows each pass wrote."""

    def __init__(self, crm: SimulatedCrm, settings: Mapping[str, object]) -> None:
        self._crm = crm
        self._settings = settings
        self.written: dict[str, int] = {}

    def laps(self) -> Laps:
        """A batch a lap: once into an empty store, then all of it again with nothing changed."""
        clock = FollowedClock(self._crm)
        with (
            tempfile.TemporaryDirectory() as folder,
            connected(self._crm, Path(folder), clock, settings=self._settings) as (store, connector),
        ):
            for measure in (FIRST, AGAIN):
                with store.transaction() as connection:
                    connection.execute(delete(checkpoint))
                yield SETUP
                for _ in batches(store, connector, self._crm.name, clock, run=measure):
                    yield measure
                with store.reading() as connection:
                    told = checkpoints.counts_of(connection, measure)[0]
                self.written[measure] = told.new + told.changed


def batches(store: Store, connector: Connector, name: str, clock: Clock, *, run: str) -> Iterator[None]:
    """Read accounts on from the checkpoint, batch by batch, to the end."""
    done = False
    while not done:
        done = read_batch(store, connector, name, Kind.ACCOUNT, run=run, now=clock.now(), progress=silent)
        yield


def measure(report: Report, crm: SimulatedCrm, rounds: int) -> None:
    """Each way of reading the CRM, as lines of a table of ratios."""
    report.ratios(f"{crm.name}: a full sync of accounts into the store, beside")
    for route, settings in ROUTES[crm.name].items():
        sync = Sync(crm, settings)
        limits = LIMITS[route]
        script = bare.Script(crm, route, (FIRST, AGAIN))
        contenders: dict[str, Callable[[], Laps]] = {OURS: sync.laps, BARE: script.laps}
        client, read = CLIENTS[route]
        missing = is_missing(route)
        if not missing:
            contenders[CLIENT] = partial(read, crm, FIRST)
        found = race(contenders, rounds)
        mine = (OURS, FIRST)
        report.ratio(
            f"{route}: a bare script",
            found.compare(mine, (BARE, FIRST)),
            limits.bare,
            ours=limits.are_ours,
            cpu=True,
        )
        if missing:
            report.note(f"{route}: {client}", missing)
        else:
            report.ratio(
                f"{route}: {client}, only reading",
                found.compare(mine, (CLIENT, FIRST)),
                limits.client,
                ours=limits.are_ours,
            )
        again = found.compare((OURS, AGAIN), (BARE, AGAIN))
        report.ratio(
            f"{route}: unchanged, read again; the bare script's",
            again,
            limits.again,
            ours=limits.are_ours,
            cpu=True,
        )
        kept = sync.written[AGAIN] == 0 and sync.written[FIRST] == script.kept
        name = f"{route}: rows rewritten of {sync.written[FIRST]:,} unchanged"
        report.line(name, f"{sync.written[AGAIN]:,}", *[""] * 4, "0", kept=kept)
