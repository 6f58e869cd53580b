"""The whole line over a real helpdesk trail, by the settings that stand in the files connector's README.

Data: "Incident management process enriched event log", UCI data set 498, by C. Amaral, M. Fantinato and
S. Peres (2018), CC BY 4.0. It is not part of the project; without it these tests are skipped.
"""

from __future__ import annotations

import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import yaml
from detente.engine.opening import open_store
from detente.engine.starting import start_installation
from detente.engine.verifying import verify_receipts
from detente.engine.working import perform_run
from detente.store import cases, records
from detente_contracts import Kind

ROOT = Path(__file__).parent.parent
ARCHIVE = ROOT.parent / "shared/reference/data/zendesk/incident_log/incident_event_log.zip"
AS_OF = datetime(2016, 5, 13, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation whose only connector reads the trail; what it would write goes to `out`."""
    if not ARCHIVE.is_file():
        pytest.skip("the helpdesk trail is not at ../shared/reference/data")
    home = tmp_path_factory.mktemp("trail")
    start_installation(home, organisation="Helpdesk", sources=["files"])
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(home)
    page = (ROOT / "connectors" / "files" / "README.md").read_text(encoding="utf-8")
    [example] = [
        block for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "incident_event" in block
    ]
    settings = yaml.safe_load((home / "detente.yaml").read_text(encoding="utf-8"))
    settings["connectors"] = yaml.safe_load(example)["connectors"]
    settings["connectors"]["helpdesk"]["with"]["writes"] = True
    (home / "detente.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return home


def test_the_whole_line_runs_over_the_trail_as_of_a_busy_morning(trail: Path) -> None:
    summary = perform_run(trail, as_of=AS_OF)
    with open_store(trail) as store:
        checked = verify_receipts(store, everything=True, progress=lambda *_: None)
        with store.reading() as connection:
            tickets = records.records_frame(connection, Kind.TICKET, ["helpdesk"])
            found = cases.list_cases(connection)
    written = pl.read_csv(trail / "out" / "account.csv", infer_schema=False)

    assert summary["records"] == {"helpdesk": {"person": 234, "account": 202, "ticket": 20_686}}
    assert (summary["scored"], checked.scores, checked.wrong) == (202, 202, ())
    assert tickets.filter(pl.col("is_open")).height == 1_216
    assert {row.kind for row in found} >= {"sla_breached"}
    assert written.height == 202
    assert set(written["detente_priority"]) <= {"P1", "P2", "P3", "P4"}
    assert summary["degraded"] == []


def test_a_second_run_over_the_trail_reads_and_writes_nothing(trail: Path) -> None:
    perform_run(trail, as_of=AS_OF)
    summary = perform_run(trail, as_of=AS_OF)

    assert summary["changed"] == 0
    assert summary["writes"] == {"planned": 0, "applied": 0, "failed": 0, "skipped": 0}
