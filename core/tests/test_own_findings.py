"""What `doctor` finds about an installation itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from detente.clock import StandingClock
from detente.engine.own_findings import (
    clock_findings,
    forgotten_findings,
    public_url_findings,
    reading_finding,
    settings_finding,
)
from detente.engine.policy import Policy
from detente.engine.scratch import scratch_copy
from detente.store import checkpoints, records, runs
from detente.store.database import Store
from detente.store.records import Upserted
from detente_contracts import Account, Batch, Kind, Ref, Settings, Severity

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)


@pytest.fixture
def store() -> Iterator[Store]:
    with scratch_copy(None) as store:
        yield store


def settings(**values: object) -> Settings:
    return Settings.model_validate({"organisation": "Acme", "rubric": "b2b", "connectors": {}, **values})


@pytest.mark.parametrize(
    ("url", "severity"),
    [
        pytest.param(None, Severity.OK, id="not set"),
        pytest.param("https://detente.example.com/at/", Severity.OK, id="https"),
        pytest.param("http://detente.example.com", Severity.WARNING, id="not encrypted"),
        pytest.param("https://127.0.0.1:8000", Severity.WARNING, id="a machine's own address"),
        pytest.param("https://[::1]", Severity.WARNING, id="the same, newer"),
        pytest.param("http://localhost:8000", Severity.WARNING, id="the same by name"),
        pytest.param("detente.example.com", Severity.ERROR, id="no scheme"),
        pytest.param("javascript:alert(1)", Severity.ERROR, id="a script"),
        pytest.param("https://[", Severity.ERROR, id="no address at all"),
    ],
)
def test_a_public_address_is_one_that_reps_can_follow(url: str | None, severity: Severity) -> None:
    (finding,) = public_url_findings(settings(public_url=url))

    assert finding.severity is severity
    assert finding.hint or severity is Severity.OK


def test_a_clock_that_went_back_behind_the_latest_run_is_an_error(store: Store) -> None:
    with store.transaction() as connection:
        runs.open_run(connection, "run-1", NOW, NOW)
    (before,) = clock_findings(store, StandingClock(NOW - timedelta(minutes=1)))

    assert before.severity is Severity.ERROR
    assert "before the latest run" in before.message


def test_a_simulated_clock_is_a_warning(store: Store) -> None:
    (finding,) = clock_findings(store, StandingClock(NOW))

    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("hours", "severity"),
    [pytest.param(47, Severity.OK, id="lately"), pytest.param(49, Severity.WARNING, id="too long ago")],
)
def test_a_crm_that_was_read_too_long_ago_is_a_warning(store: Store, hours: int, severity: Severity) -> None:
    with store.transaction() as connection:
        checkpoints.save_batch(
            connection,
            run="run-1",
            connector="hubspot",
            kind=Kind.ACCOUNT,
            batch=Batch([], "", True),
            upserted=Upserted(0, 0, 0),
            at=NOW - timedelta(hours=hours),
        )

    assert reading_finding(store, "hubspot", clock=StandingClock(NOW), policy=Policy()).severity is severity


def test_a_crm_that_was_never_read_to_its_end_is_a_warning_however_lately_it_was_read(store: Store) -> None:
    with store.transaction() as connection:
        checkpoints.save_batch(
            connection,
            run="run-1",
            connector="hubspot",
            kind=Kind.ACCOUNT,
            batch=Batch([], "", False),
            upserted=Upserted(0, 0, 0),
            at=NOW,
        )

    found = reading_finding(store, "hubspot", clock=StandingClock(NOW), policy=Policy())
    assert (found.severity, found.message) == (Severity.WARNING, "was never read to its end")


def test_records_of_a_connector_that_the_settings_name_no_more_are_a_warning(store: Store) -> None:
    with store.transaction() as connection:
        records.upsert_records(
            connection, Kind.ACCOUNT, [Account(Ref("hub", "company", id_), NOW) for id_ in "12"]
        )

    (found,) = forgotten_findings(store, settings())
    assert (found.severity, found.subject) == (Severity.WARNING, "connector hub")
    assert found.message == "is in the settings no more: 2 of its records are left out"


def test_settings_without_a_connector_are_a_warning() -> None:
    assert settings_finding(settings()).severity is Severity.WARNING
