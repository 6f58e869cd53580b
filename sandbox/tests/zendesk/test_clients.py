"""A foreign client as judge: zenpy as it comes, in an environment and a process of its own."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from detente_sandbox import SandboxProcess

PYTHON = Path(__file__).parents[3] / ".build" / "judges" / "bin" / "python"
SCRIPT = Path(__file__).with_name("judge_zenpy.py")


@pytest.fixture
def told(zendesk: SandboxProcess) -> dict[str, Any]:
    """What zenpy saw and did, half an hour after the start; it is told to wait a second once."""
    if not PYTHON.exists():
        pytest.skip("zenpy is not there; `make judges` installs it")
    zendesk.put("/_sandbox/limits", {"incremental-exports": None})
    busy = {"status": 429, "body": {"error": "APIRateLimitExceeded"}, "headers": {"Retry-After": "1"}}
    zendesk.post("/_sandbox/faults", {"method": "GET", "path": "slas/policies", "action": busy})
    zendesk.advance(1_800)
    tickets = [row for row in zendesk.get("/_sandbox/objects/tickets") if row["status"] != "closed"]
    numbers = ",".join([str(row["id"]) for row in tickets[:3]] + ["999999"])
    host = urlsplit(zendesk.url).netloc
    done = subprocess.run(
        [str(PYTHON), str(SCRIPT), zendesk.token("sync"), numbers],
        env={**os.environ, "ZENPY_FORCE_SCHEME": "http", "ZENPY_FORCE_NETLOC": host},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def test_zenpy_reads_writes_and_is_refused(zendesk: SandboxProcess, told: dict[str, Any]) -> None:
    assert len(told["by_cursor"]) == len(set(told["by_cursor"])) == 240
    assert set(told["by_time"]) == set(told["by_cursor"])
    assert len(set(told["organizations"])) == len(told["arr"]) == 60
    assert set(told["listed"]) < set(told["by_cursor"])
    assert told["policies"] == ["Firm"]
    assert (told["job"], told["one"], told["many"]) == ("completed", "by zenpy", "completed")
    assert [error for _, error in told["rows"]] == [None, None, None, "TicketNotFound"]
    assert (told["missing"], told["too_many"], told["expired"]) == (
        "RecordNotFoundException", "TooManyValuesException", "APIException",
    )  # fmt: skip
    changed = [zendesk.get(f"/_sandbox/objects/tickets/{number}") for number, _ in told["rows"][:3]]
    assert {row["priority"] for row in changed} == {"urgent"}
