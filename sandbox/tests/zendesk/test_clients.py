"""Foreign clients as judges: as they come, each in an environment and a process of its own."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from detente_sandbox import SandboxProcess

JUDGES = Path(__file__).parents[3] / ".build" / "judges"
PYTHON, MODULES = JUDGES / "bin" / "python", JUDGES / "node" / "node_modules"
FIRST = 5_100_000_001


def verdict(script: str, *arguments: str, **environment: str) -> dict[str, Any]:
    """What a judge tells as JSON."""
    program = str(PYTHON) if script.endswith(".py") else "node"
    done = subprocess.run(
        [program, str(Path(__file__).with_name(script)), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def changeable(zendesk: SandboxProcess) -> list[str]:
    """Ids of three tickets that are not closed, and of one that is not there."""
    tickets = [row for row in zendesk.get("/_sandbox/objects/tickets") if row["status"] != "closed"]
    return [str(row["id"]) for row in tickets[:3]] + ["999999"]


@pytest.mark.skipif(not PYTHON.exists(), reason="zenpy is not there; `make judges` installs it")
def test_zenpy_reads_writes_waits_and_is_refused(zendesk: SandboxProcess) -> None:
    busy = {"status": 429, "body": {"error": "APIRateLimitExceeded"}, "headers": {"Retry-After": "1"}}
    zendesk.post("/_sandbox/faults", {"method": "GET", "path": "slas/policies", "action": busy})
    zendesk.put("/_sandbox/limits", {"incremental-exports": None})
    zendesk.advance(1_800)
    numbers, host = changeable(zendesk), urlsplit(zendesk.url).netloc
    pointed = {"ZENPY_FORCE_SCHEME": "http", "ZENPY_FORCE_NETLOC": host}
    told = verdict("judge_zenpy.py", zendesk.token("sync"), ",".join(numbers), **pointed)

    assert len(told["by_cursor"]) == len(set(told["by_cursor"])) == 240
    assert set(told["by_time"]) == set(told["by_cursor"]) > set(told["listed"])
    assert len(set(told["organizations"])) == len(told["arr"]) == 60
    assert told["policies"] == ["Firm"]
    assert (told["job"], told["one"], told["many"]) == ("completed", "by zenpy", "completed")
    assert [error for _, error in told["rows"]] == [None, None, None, "TicketNotFound"]
    refusals = (told["missing"], told["too_many"], told["expired"])
    assert refusals == ("RecordNotFoundException", "TooManyValuesException", "APIException")
    changed = [zendesk.get(f"/_sandbox/objects/tickets/{number}")["priority"] for number in numbers[:3]]
    assert changed == ["urgent"] * 3


@pytest.mark.skipif(
    not MODULES.exists() or shutil.which("node") is None,
    reason="node-zendesk is not there; `make judges` installs it where npm is",
)
def test_node_zendesk_reads_writes_and_is_refused(zendesk: SandboxProcess) -> None:
    zendesk.advance(1_800)
    numbers, organizations = changeable(zendesk), f"{FIRST},{FIRST + 1}"
    given = (zendesk.url, zendesk.token("sync"), organizations, ",".join(numbers))
    told = verdict("judge_node_zendesk.js", *given, NODE_PATH=str(MODULES))

    assert sorted(told["exported"]) == told["listed"] == list(range(FIRST, FIRST + 60))
    assert "renewal_date" in told["fields"]
    assert [row["status"] for row in told["many"]["results"]] == ["Updated", "Updated"]
    assert [row["success"] for row in told["batch"]["results"]] == [True, True, True, False]
    assert "Item not found" in told["missing"]
    assert zendesk.get(f"/_sandbox/objects/organizations/{FIRST}")["notes"] == "by node-zendesk"
