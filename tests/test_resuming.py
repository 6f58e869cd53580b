"""Work that was cut short or failed: what the next command makes of it when something changed meanwhile."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from detente.engine import stages
from detente.engine.durable import Worker
from detente.engine.opening import open_store
from detente.engine.verifying import verify_receipts
from detente.engine.working import perform_plan, perform_run, perform_undo
from detente.store import runs, writes
from detente_contracts import DetenteError, UnavailableError

DRIVER = Path(__file__).parent / "kills" / "driver.py"

POINTS_THAT_FAIL = """
from detente_contracts import Criterion, hookimpl


def points(customer):
    raise ValueError("boom")


@hookimpl
def detente_add_criteria(signals):
    return [Criterion(name="failing", title="Failing", weight=10, function=points)]
"""


def killed(home: Path, point: str) -> None:
    """A run that dies at `point`."""
    code = subprocess.run([sys.executable, str(DRIVER), str(home), point]).returncode
    assert code == -signal.SIGKILL


def connect_files(installation: Any, name: str) -> None:
    """A second connector, over one file of accounts."""
    folder = installation.home / "export"
    folder.mkdir(exist_ok=True)
    (folder / "accounts.csv").write_text("id,name\n1,Duneton\n2,Dunestead\n", encoding="utf-8")
    source = {"kind": "account", "file": "accounts.csv", "id": "id", "columns": {"name": "name"}}
    entry = {"type": "files", "with": {"folder": "export", "sources": [source]}}
    installation.change(lambda data: data["connectors"].update({name: entry}))


def fail_once(monkeypatch: pytest.MonkeyPatch, name: str, error: Exception) -> None:
    """Let a function of the stages fail at its first call."""
    real, left = getattr(stages, name), [error]

    def failing(*arguments: Any, **named: Any) -> Any:
        if left:
            raise left.pop()
        return real(*arguments, **named)

    monkeypatch.setattr(stages, name, failing)


def test_an_undo_that_failed_can_be_asked_for_again(
    installation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = perform_run(installation.home)
    fail_once(monkeypatch, "plan_undo", UnavailableError("the store was busy"))
    with pytest.raises(DetenteError, match="the store was busy"):
        perform_undo(installation.home, str(first["run"]))
    summary = perform_undo(installation.home, str(first["run"]))

    assert summary["writes"]["applied"] == first["writes"]["applied"]


def test_a_run_that_failed_at_once_can_be_asked_for_in_the_same_second(
    installation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_once(monkeypatch, "abandon_leftovers", UnavailableError("the store was busy"))
    with pytest.raises(DetenteError, match="the store was busy"):
        perform_run(installation.home)

    assert perform_run(installation.home)["scored"] > 0


def test_a_connector_added_after_a_kill_is_read_by_the_run_after(installation: Any) -> None:
    killed(installation.home, "after:read:3")
    connect_files(installation, "erp")
    resumed = perform_run(installation.home)
    after = perform_run(installation.home)

    assert "erp" not in resumed["records"]
    assert resumed["degraded"] == []
    assert after["records"]["erp"] == {"account": 2}


@pytest.mark.parametrize("point", ["after:read:1", "after:read:3"])
def test_a_connector_added_before_the_others_does_not_shift_what_was_read(
    installation: Any, point: str
) -> None:
    killed(installation.home, point)
    connect_files(installation, "aaa")
    installation.change(lambda data: data.update(connectors=dict(sorted(data["connectors"].items()))))
    perform_run(installation.home)

    assert perform_run(installation.home)["records"]["aaa"] == {"account": 2}


def test_a_connector_removed_after_a_kill_is_named_and_the_run_goes_on(installation: Any) -> None:
    connect_files(installation, "zzz")
    killed(installation.home, "after:read:2")
    installation.change(lambda data: data["connectors"].pop("zzz"))
    summary = perform_run(installation.home)

    assert [text for text in summary["degraded"] if text.startswith("zzz: ")]
    assert summary["writes"]["applied"] > 0


@pytest.mark.parametrize("point", ["after:score:1", "sent:1"])
def test_a_rubric_changed_after_a_kill_leaves_receipts_that_replay(installation: Any, point: str) -> None:
    killed(installation.home, point)
    rubric = {
        "name": "ours",
        "title": "Ours",
        "criteria": [
            {
                "name": "size",
                "title": "Size",
                "signal": "arr",
                "weight": 1,
                "scale": {"ramp": {"from": 0, "to": 900000, "from_points": 0, "to_points": 100}},
            }
        ],
        "bands": [{"name": "P3", "up_to": 60}, {"name": "P1"}],
    }
    (installation.home / "policy" / "ours.yaml").write_text(yaml.safe_dump({"rubrics": [rubric]}), "utf-8")
    installation.change(lambda data: data.update(rubric="ours"))
    perform_run(installation.home)
    perform_run(installation.home)
    with open_store(installation.home) as store:
        checked = verify_receipts(store, everything=True, progress=lambda *_: None)

    assert checked.wrong == ()
    rows, _ = perform_plan(installation.home)
    assert rows == []


def test_an_unfinished_undo_does_not_stand_in_for_the_one_asked_for(
    installation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = perform_run(installation.home)
    record = next(iter(installation.sandbox.get("/_sandbox/objects/companies")))["id"]
    installation.sandbox.advance(86_400 * 30)
    second = perform_run(installation.home)
    assert second["writes"]["applied"] > 0, record
    leave_undo_unfinished(installation.home, str(second["run"]))
    summary = perform_undo(installation.home, str(first["run"]))

    with open_store(installation.home) as store, store.reading() as connection:
        undone = [row.id for row in runs.last_runs(connection, 9) if row.id.startswith("undo-")]
    assert len(undone) == 2
    assert summary["run"] == f"undo-{str(first['run']).removeprefix('run-')}"


def leave_undo_unfinished(home: Path, run: str) -> None:
    """An undo that dies before its first write."""
    text = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom detente.engine import stages\n"
        "from detente.engine.working import perform_undo\n"
        "stages.apply_batch = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)\n"
        "perform_undo(Path(sys.argv[1]), sys.argv[2])\n"
    )
    code = subprocess.run([sys.executable, "-c", text, str(home), run]).returncode
    assert code == -signal.SIGKILL


def test_what_a_plugin_did_wrong_before_a_kill_is_named_at_the_end(installation: Any) -> None:
    (installation.home / "plugins" / "failing.py").write_text(POINTS_THAT_FAIL, encoding="utf-8")
    killed(installation.home, "before:finish:1")
    summary = perform_run(installation.home)

    assert [text for text in summary["degraded"] if "failing" in text and "ValueError" in text]


def test_a_plan_names_what_plugins_did_wrong(installation: Any) -> None:
    (installation.home / "plugins" / "failing.py").write_text(POINTS_THAT_FAIL, encoding="utf-8")
    _, problems = perform_plan(installation.home)

    assert len([text for text in problems if "failing" in text]) == 1


def test_a_connector_that_fails_unexpectedly_is_named_and_the_others_go_on(
    installation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_files(installation, "erp")
    missing: dict[str, str] = {"another": ""}
    monkeypatch.setattr("detente_files.connector.FilesConnector.read", lambda *_: missing["no such key"])
    summary = perform_run(installation.home)

    assert [text for text in summary["degraded"] if text.startswith("erp: ") and "KeyError" in text]
    assert summary["writes"]["applied"] > 0


def test_an_undo_writes_nothing_to_a_connector_that_may_not_be_written(installation: Any) -> None:
    first = perform_run(installation.home)
    installation.change(lambda data: data["connectors"]["hubspot"].update(writes=False))
    before = installation.sandbox.get("/_sandbox/state")
    summary = perform_undo(installation.home, str(first["run"]))

    assert installation.sandbox.get("/_sandbox/state") == before
    assert summary["writes"]["failed"] == first["writes"]["applied"]
    assert "writes" in summary["degraded"][0]


def test_work_of_another_version_is_left_and_a_new_run_takes_over(
    installation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(installation.home, "sent:1")
    monkeypatch.setattr("detente.engine.durable.WORK_VERSION", "next")
    summary = perform_run(installation.home)

    assert summary["degraded"] == []
    with Worker(installation.home / "state", {}) as worker:
        assert worker.open_work("run") is None


def test_an_installation_without_one_account_runs(installation: Any) -> None:
    connect_files(installation, "erp")
    (installation.home / "export" / "accounts.csv").write_text("id,name\n", encoding="utf-8")
    installation.change(lambda data: data["connectors"].pop("hubspot"))
    summary = perform_run(installation.home)

    assert (summary["scored"], summary["degraded"]) == (0, [])


INTERRUPTED = """
import os, signal, sys, time
from detente.cli.main import main
from detente.engine import stages

apply_batch, calls = stages.apply_batch, []

def interrupted(*arguments, **named):
    calls.append(None)
    if len(calls) == 2:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.2)
    return apply_batch(*arguments, **named)

stages.apply_batch = interrupted
main(["run", "--home", sys.argv[1]])
"""


def test_an_interrupted_run_stops_after_the_step_under_way_and_goes_on_later(installation: Any) -> None:
    command = [sys.executable, "-c", INTERRUPTED, str(installation.home)]
    done = subprocess.run(command, capture_output=True, text=True)
    with open_store(installation.home) as store, store.reading() as connection:
        left = runs.unfinished_run(connection)
        counts = writes.write_counts(connection, left.id if left else "")
    summary = perform_run(installation.home)

    assert (done.returncode, left is None) == (130, False), done.stderr
    assert "Traceback" not in done.stderr
    assert 0 < counts["applied"] < counts["planned"]
    assert left is not None and summary["run"] == left.id
    assert summary["writes"]["applied"] == summary["writes"]["planned"]
