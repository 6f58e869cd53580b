"""The sandbox as a process: how it starts and that it always ends."""

import json
import os
import subprocess
import sys

import pytest
import requests
from detente_sandbox import SandboxProcess

COMMAND = [sys.executable, "-m", "detente_sandbox", "--companies", "5", "--tickets", "5"]


def test_one_json_line_says_where_it_is_and_a_signal_ends_it_cleanly() -> None:
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        answer = requests.get(ready["vendors"]["hubspot"]["url"] + "/_sandbox/clock", timeout=10)
        process.terminate()
        rest = process.stdout.read()

    assert set(ready["vendors"]["hubspot"]["tokens"]) == {"admin", "sync", "readonly"}
    assert answer.json() == {"now": "2026-11-03T09:00:00Z"}
    assert (process.returncode, rest) == (0, "")


def test_it_ends_when_the_process_it_was_started_for_is_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        command = [*COMMAND, f"--parent-pid={other.pid}"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        other.communicate(b"\n")
    with process:
        assert process.wait(timeout=20) == 0


@pytest.mark.parametrize("hash_seed", ["1", "77"])
def test_two_processes_with_one_seed_hold_the_same_portal(
    sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch, hash_seed: str
) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", hash_seed)
    with SandboxProcess(companies=60, tickets=240, seed=7) as other:
        assert other.get("/_sandbox/state") == sandbox.get("/_sandbox/state")
        assert other.get("/_sandbox/truth") == sandbox.get("/_sandbox/truth")


def test_start_and_limits_can_be_chosen() -> None:
    with SandboxProcess(companies=5, tickets=5, start="2027-03-01T12:00:00+01:00", no_limits=True) as other:
        codes = {other.api("POST", "/crm/v3/objects/companies/search", {}).status_code for _ in range(8)}
        assert codes == {200}
        assert other.now().isoformat() == "2027-03-01T11:00:00.008000+00:00"


def test_real_clock_cannot_be_moved_and_goes_on_by_itself() -> None:
    with SandboxProcess(companies=5, tickets=5, real_clock=True) as other:
        with pytest.raises(RuntimeError, match="409"):
            other.advance(60)
        assert other.now() <= other.now()


@pytest.mark.parametrize(
    "arguments", [["--companies", "0"], ["--start", "yesterday"], ["--start", "2026-01-01"]]
)
def test_bad_arguments_end_it_before_it_serves(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "detente_sandbox", *arguments],
        capture_output=True,
        check=False,
        env=dict(os.environ),
    )

    assert (done.returncode, done.stdout) == (2, b"")
