"""`detente reread`: everything is read again, and what was deleted meanwhile is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from detente.engine.opening import open_store
from detente.engine.working import perform_run
from detente.store import checkpoints
from detente_contracts import Kind


def told(installation: Any, *words: str) -> Any:
    """What a command says as JSON."""
    return json.loads(installation.detente(*words, "--json").stdout)


def test_a_connector_is_read_anew_and_what_went_meanwhile_is_told(installation: Any) -> None:
    perform_run(installation.home)
    restarted = told(installation, "reread", "hubspot")
    removed = installation.sandbox.api("GET", "/crm/v3/objects/companies?limit=1").json()["results"][0]["id"]
    installation.sandbox.delete(f"/_sandbox/objects/companies/{removed}")
    summary = told(installation, "run")

    assert {row["kind"] for row in restarted} == {"person", "account", "contact", "deal", "ticket"}
    assert all(row["tells_gone"] for row in restarted)
    with open_store(installation.home) as store, store.reading() as connection:
        rows = {row.kind: row for row in checkpoints.counts_of(connection, summary["run"])}
    assert rows[Kind.ACCOUNT].read > 10
    assert (rows[Kind.ACCOUNT].new, rows[Kind.ACCOUNT].gone) == (0, 1)


def test_a_cursor_that_cannot_be_read_is_left_behind_by_reading_anew(installation: Any) -> None:
    perform_run(installation.home)
    with open_store(installation.home) as store, store.transaction() as connection:
        checkpoints.move_checkpoint(connection, "hubspot", Kind.ACCOUNT, "rubbish")
    broken = installation.detente("run")
    restarted = told(installation, "reread", "hubspot", "account")
    summary = told(installation, "run")

    assert "detente reread" in broken.stdout + broken.stderr
    assert restarted == [{"kind": "account", "tells_gone": False}]
    assert summary["degraded"] == []
    assert summary["records"]["hubspot"]["account"] > 10


@pytest.mark.parametrize("words", [["hubspt"], ["hubspot", "accounts"]])
def test_reading_anew_what_is_unknown_is_refused_with_the_nearest_name(
    installation: Any, words: list[str]
) -> None:
    done = installation.detente("reread", *words)

    assert (done.returncode, "did you mean" in done.stderr) == (2, True)
