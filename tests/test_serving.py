"""`detente serve` as a process: it does what is due, survives what happens to it, and ends when asked."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
from detente.cli.main import main
from detente.engine.durable import Worker
from detente.engine.opening import open_store
from detente.engine.serving.hosting import hosted
from detente.engine.working import perform_run
from detente.store import cases, runs, writes
from detente.store.audit import verify as verify_chain
from detente.store.jobs import JobOutcome, JobRow, last_jobs
from detente_contracts import RuleViolationError

HOUR, MINUTE = 3600, 60


def run_rows(home: Path) -> list[JobRow]:
    """The due times of runs that were taken, the oldest first."""
    with open_store(home) as store, store.reading() as connection:
        return last_jobs(connection, 99, name="run")[::-1]


def run_ids(home: Path) -> list[str]:
    """Every run that there ever was, the oldest first."""
    with open_store(home) as store, store.reading() as connection:
        return [row.id for row in runs.last_runs(connection, 99)][::-1]


def planned_left(home: Path, run: str) -> int:
    """How many writes of a run are not settled."""
    with open_store(home) as store, store.reading() as connection:
        return len(writes.planned(connection, run, 99_999))


def test_runs_and_sweeps_happen_when_the_clock_says_so_and_a_signal_ends_it(
    installation: Any, serving: Any
) -> None:
    process = serving(installation.home)
    address = process.started()
    installation.sandbox.advance(HOUR)
    told = process.until("job=run", "outcome=done")
    health = httpx.get(f"{address}/healthz")
    code = process.ended(signal.SIGTERM)
    process.until("stopped")

    fields = dict(item.partition("=")[::2] for item in told.split())
    numbers = {"scored", "written", "failed", "skipped", "problems", "seconds"}
    assert fields.keys() == {"at", "job", "due", "run", "outcome", *numbers}
    assert int(fields["written"]) > 0
    assert any("job=sweep" in line for line in process.said)
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    assert health.json()["last_run"]["id"] == run_ids(installation.home)[0]
    assert code == 0


@pytest.mark.parametrize("point", ["sent:2", pytest.param("after:plan:1", marks=pytest.mark.soak)])
def test_killed_in_the_middle_of_a_run_it_goes_on_with_that_run(
    installation: Any, serving: Any, point: str
) -> None:
    installation.change(lambda data: data.update(serve={"run_every_minutes": 1}))
    process = serving(installation.home, point=point)
    process.started()
    installation.sandbox.advance(MINUTE)
    assert process.ended() == -signal.SIGKILL
    again = serving(installation.home)
    again.started()
    told = again.until("job=run", "outcome=done")
    installation.sandbox.advance(MINUTE)
    after = again.until("job=run", "outcome=done")

    first, second = run_ids(installation.home)
    assert f"run={first} " in told and f"run={second} " in after
    assert planned_left(installation.home, first) == 0
    assert "written=0" in after.split() and "skipped=0" in told.split()
    assert [row.run for row in run_rows(installation.home)] == [first, second]


def test_asked_to_end_in_the_middle_of_a_run_it_ends_between_two_steps_and_goes_on_later(
    installation: Any, serving: Any
) -> None:
    process = serving(installation.home, point="term:sent:1")
    process.started()
    installation.sandbox.advance(HOUR)
    assert process.ended() == 0
    left = planned_left(installation.home, run_ids(installation.home)[0])
    again = serving(installation.home)
    again.started()
    told = again.until("job=run", "outcome=done")

    assert left > 0
    assert f"run={run_ids(installation.home)[0]} " in told
    assert len(run_ids(installation.home)) == len(run_rows(installation.home)) == 1


def test_a_second_service_in_the_folder_is_refused_and_runs_by_hand_are_not(installation: Any) -> None:
    with hosted(installation.home, said=lambda row: None):
        with (
            pytest.raises(RuleViolationError, match="up in this folder"),
            hosted(installation.home, said=lambda row: None),
        ):
            pass

        assert perform_run(installation.home)["degraded"] == []


def test_a_run_that_is_due_waits_for_the_command_that_is_at_work(installation: Any) -> None:
    with hosted(installation.home, said=lambda row: None) as host:
        installation.sandbox.advance(HOUR)
        with Worker(installation.home / "state", {}):
            host.service.look()
            waits = host.service.activity.waiting
        host.service.look()

    assert waits == "another process is at work in this folder"
    assert [row.outcome for row in run_rows(installation.home)] == [JobOutcome.DONE]


def test_a_policy_that_cannot_be_read_fails_runs_until_it_is_mended(installation: Any) -> None:
    broken = installation.home / "policy" / "ours.yaml"
    with hosted(installation.home, said=lambda row: None) as host:
        broken.write_text("rubrics: [{nam: ours}]", encoding="utf-8")
        installation.sandbox.advance(HOUR)
        host.service.look()
        broken.unlink()
        installation.sandbox.advance(HOUR)
        host.service.look()

    failed, done = run_rows(installation.home)
    assert (failed.outcome, done.outcome) == (JobOutcome.FAILED, JobOutcome.DONE)
    assert "ours.yaml" in str(failed.told["message"])


def test_a_crm_that_is_down_fails_the_run_and_the_next_one_catches_up(installation: Any) -> None:
    perform_run(installation.home)
    with hosted(installation.home, said=lambda row: None) as host:
        fault = {"path": "/crm/", "times": 10_000, "action": {"status": 503, "body": "down"}}
        installation.sandbox.post("/_sandbox/faults", fault)
        installation.sandbox.advance(HOUR)
        host.service.look()
        installation.sandbox.delete("/_sandbox/faults")
        installation.sandbox.advance(HOUR)
        host.service.look()

    down, up = run_rows(installation.home)
    assert down.outcome is JobOutcome.PROBLEMS
    assert any(text.startswith("hubspot: ") for text in down.told["problems"])  # type: ignore[attr-defined]
    assert (up.outcome, up.told["failed"]) == (JobOutcome.DONE, 0)


def test_a_case_left_alone_moves_on_between_runs(installation: Any) -> None:
    perform_run(installation.home)
    installation.change(lambda data: data.update(serve={"run_at": "0 0 1 1 *"}))
    with hosted(installation.home, said=lambda row: None) as host:
        installation.sandbox.advance(72 * HOUR)
        host.service.look()
        with host.store.reading() as connection:
            moved = last_jobs(connection, 1, name="sweep")[0].told["moved"]
            due = cases.due_cases(connection, host.clock.now(), 1)
        problems = verify_chain(host.store, installation.home / "state" / "audit.anchor")

    assert moved
    assert (due, problems) == ([], [])
    assert len(run_ids(installation.home)) == 1


@pytest.mark.parametrize(
    ("serve", "said"),
    [
        pytest.param({"host": "0.0.0.0"}, "until sign-in exists", id="an address that others reach"),  # noqa: S104
        pytest.param({"run_at": "at noon"}, "no cron text", id="a time that is none"),
        pytest.param({"run_at": "0 6 * * *", "run_every_minutes": 5}, "not both", id="two times"),
        pytest.param({"zone": "Berlin"}, "Europe/Berlin", id="a zone that is none"),
        pytest.param({"sweep_minutes": 5}, "did you mean", id="a misspelt key"),
    ],
)
def test_settings_that_cannot_be_served_are_refused_before_anything_begins(
    installation: Any, capsys: pytest.CaptureFixture[str], serve: dict[str, object], said: str
) -> None:
    installation.change(lambda data: data.update(serve=serve))
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--home", str(installation.home)])

    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_port_that_is_taken_is_refused(installation: Any, serving: Any) -> None:
    port = serving(installation.home).started().rpartition(":")[2]
    other = installation.home.parent / "other"
    other.mkdir()
    (other / "detente.yaml").write_text((installation.home / "detente.yaml").read_text("utf-8"), "utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--home", str(other), "--port", port])

    assert ended.value.code == 2
