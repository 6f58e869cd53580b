"""Health says whether a person is needed, and why, without a word that came from a CRM."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from detente.clock import StandingClock
from detente.engine.serving.schedule import Every
from detente.engine.serving.service import Activity, Job, Service
from detente.store import checkpoints, jobs, runs
from detente.store.database import Store
from detente.store.jobs import JobOutcome
from detente.store.records import Upserted
from detente.web.views.health import STALE_S, Health, Status, health_of
from detente_contracts import Batch, Kind
from sqlalchemy import Connection, text

NOW = datetime(2026, 11, 3, 9, 2, tzinfo=UTC)
SECRET = "Acme <b>Ltd</b>"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    opened = Store.open(f"sqlite:///{tmp_path / 'detente.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def service(store: Store) -> Service:
    """A service that looked at its schedule just now."""
    periods = {"sweep": timedelta(minutes=5), "run": timedelta(hours=1)}
    plan = [Job(name, Every(period), lambda turn: {}) for name, period in periods.items()]
    found = Service(store, StandingClock(NOW), plan, said=lambda row: None)
    found.begin()
    return found


def health(store: Store, service: Service, now: datetime | None = NOW) -> Health:
    return health_of(store, service, ["hub", "sf"], now)


def finish(connection: Connection, **summary: object) -> None:
    """A run that read from one connector and ended with this summary."""
    runs.open_run(connection, "run-1", NOW, NOW)
    runs.finish_run(connection, "run-1", "done", summary, NOW)
    batch = Batch([], "1", True)
    checkpoints.save_batch(
        connection, run="run-1", connector="hub", kind=Kind.DEAL, batch=batch, upserted=Upserted(), at=NOW
    )


def end(connection: Connection, name: str, outcome: JobOutcome, told: Mapping[str, object]) -> None:
    """A due time of a job that ended like this."""
    row = jobs.begin_job(connection, name, NOW + timedelta(minutes=10), NOW)
    jobs.end_job(connection, row, outcome, told, NOW)


def test_before_the_first_run_all_is_well_and_the_next_times_are_told(store: Store, service: Service) -> None:
    told = health(store, service)

    assert (told.status, told.reasons, told.database, told.last_run) == (Status.OK, (), "ok", None)
    assert told.next_due == {
        "sweep": NOW.replace(minute=5),
        "run": NOW.replace(hour=10, minute=0),
    }
    assert {name: item.state for name, item in told.connectors.items()} == {
        "hub": "never read",
        "sf": "never read",
    }


def test_a_connector_that_is_down_degrades_and_is_named(store: Store, service: Service) -> None:
    with store.transaction() as connection:
        finish(connection, down=["sf"], degraded=[f"sf: {SECRET}"])
    told = health(store, service)

    assert told.status is Status.DEGRADED
    assert {name: item.state for name, item in told.connectors.items()} == {"hub": "up", "sf": "down"}
    assert told.connectors["hub"].read_at == NOW
    assert [reason.split()[0] for reason in told.reasons] == ["sf", "run-1"]
    assert "Acme" not in str(told)


def test_a_connector_that_is_read_no_further_but_written_to_is_behind(store: Store, service: Service) -> None:
    with store.transaction() as connection:
        finish(connection, behind=["hub"], degraded=[f"hub: {SECRET}"])
    told = health(store, service)

    assert (told.status, told.connectors["hub"].state) == (Status.DEGRADED, "behind")
    assert "hub was written to" in told.reasons[0]


def test_a_run_that_failed_needs_a_person(store: Store, service: Service) -> None:
    with store.transaction() as connection:
        finish(connection)
        end(connection, "run", JobOutcome.FAILED, {"message": SECRET, "hint": SECRET})
    told = health(store, service)

    assert told.status is Status.UNHEALTHY
    assert "/runs says why" in told.reasons[0]
    assert "Acme" not in str(told)


def test_a_failed_run_is_forgiven_once_a_later_one_ends_well(store: Store, service: Service) -> None:
    with store.transaction() as connection:
        finish(connection)
        end(connection, "run", JobOutcome.FAILED, {})
        later = jobs.begin_job(connection, "run", NOW + timedelta(minutes=20), NOW)
        jobs.end_job(connection, later, JobOutcome.DONE, {}, NOW)

    assert health(store, service).status is Status.OK


def test_a_sweep_with_problems_degrades(store: Store, service: Service) -> None:
    with store.transaction() as connection:
        end(connection, "sweep", JobOutcome.PROBLEMS, {"problems": [SECRET]})
    told = health(store, service)

    assert told.status is Status.DEGRADED
    assert told.reasons[0].endswith("done with problems")


def test_a_schedule_that_nobody_looks_at_needs_a_person(store: Store, service: Service) -> None:
    service.activity = Activity(looked=time.monotonic() - STALE_S - 1)
    assert health(store, service).status is Status.UNHEALTHY

    service.activity = Activity(looked=time.monotonic() - STALE_S - 1, job="run")
    assert health(store, service).status is Status.OK


@pytest.mark.parametrize(
    ("activity", "status", "said"),
    [
        pytest.param(Activity(0, fault="OSError"), Status.UNHEALTHY, "OSError", id="the last look failed"),
        pytest.param(Activity(0, waiting="at work"), Status.DEGRADED, "at work", id="a run waits"),
    ],
)
def test_what_holds_the_schedule_up_is_told(
    store: Store, service: Service, activity: Activity, status: Status, said: str
) -> None:
    service.activity = replace(activity, looked=time.monotonic())
    told = health(store, service)

    assert told.status is status
    assert told.reasons[0].endswith(said)


def test_a_job_that_is_dated_ahead_of_the_clock_needs_a_person(store: Store, service: Service) -> None:
    with store.transaction() as connection:
        jobs.begin_job(connection, "run", NOW + timedelta(days=365), NOW + timedelta(days=365))
    told = health(store, service)

    assert told.status is Status.UNHEALTHY
    assert told.reasons == (
        "the last run is dated 2027-11-03T09:02:00+00:00, and the clock says 2026-11-03T09:02:00+00:00: put "
        "the clock right; if it is right now, the run due at 2026-11-03T10:00:00+00:00 comes and ends this",
    )


def test_a_job_of_which_none_has_ended_for_two_periods_needs_a_person(store: Store, service: Service) -> None:
    service.activity = Activity(looked=time.monotonic())
    well, late = (health(store, service, NOW.replace(minute=minute)) for minute in (9, 10))
    service.activity = Activity(looked=time.monotonic(), job="run")
    at_work = health(store, service, NOW.replace(minute=10))

    assert (well.status, late.status, at_work.status) == (Status.OK, Status.UNHEALTHY, Status.OK)
    assert late.reasons == (
        "no sweep has ended since 2026-11-03T09:02:00+00:00, and two were due; restart the service, and "
        "look at its log",
    )


def test_what_was_due_before_the_service_began_is_not_held_against_it(store: Store, service: Service) -> None:
    later = NOW + timedelta(days=7)
    again = Service(store, StandingClock(later), service.jobs, said=lambda row: None)
    again.begin()

    assert health(store, again, later).status is Status.OK


def test_a_database_that_cannot_be_read_needs_a_person(store: Store, service: Service) -> None:
    with store.transaction() as connection:
        connection.execute(text("DROP TABLE run"))
    told = health(store, service)

    assert told.status is Status.UNHEALTHY
    assert told.database == "cannot be read: OperationalError"


def test_a_clock_that_cannot_be_read_needs_a_person(store: Store, service: Service) -> None:
    told = health(store, service, now=None)

    assert told.status is Status.UNHEALTHY
    assert told.next_due == {}
