"""What only looks leaves the store of an older Detente as it is, and says what upgrades it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from detente.cli.main import main
from detente.engine.doctor import examine
from detente.engine.starting import start_fixture
from detente.engine.working import perform_run
from detente.store.migrating import FOLDER
from sqlalchemy import create_engine, text

FIRST = "0001"
UPGRADES = "`detente run` upgrades it"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An installation whose store was made by the first Detente there was, which ran once."""
    start_fixture(tmp_path / "home")
    path = tmp_path / "home" / "state" / "detente.sqlite"
    path.parent.mkdir()
    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, FIRST)
        at = int(datetime(2026, 11, 3, 9, tzinfo=UTC).timestamp() * 1_000_000)
        row = {"id": "run-1", "at": at, "status": "done", "summary": "{}"}
        connection.execute(text("INSERT INTO run VALUES (:id, :at, :status, :summary, :at, :at)"), row)
    engine.dispose()
    return tmp_path / "home"


def stored(home: Path) -> bytes:
    return (home / "state" / "detente.sqlite").read_bytes()


def exit_code(*words: str) -> object:
    with pytest.raises(SystemExit) as ended:
        main(words)
    return ended.value.code


def test_doctor_says_that_a_run_will_upgrade_the_store(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = stored(home)
    code = exit_code("doctor", "--json", "--home", str(home))
    said = capsys.readouterr().out

    assert (code, stored(home)) == (0, before)
    assert UPGRADES in said
    assert "never read" not in said


def test_a_plan_is_refused_and_says_what_upgrades_the_store(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = stored(home)
    code = exit_code("plan", "--home", str(home))

    assert (code, stored(home)) == (2, before)
    assert UPGRADES in capsys.readouterr().err


def test_rules_are_tried_on_a_copy_and_only_the_copy_is_upgraded(home: Path) -> None:
    before = stored(home)
    code = exit_code("dev", "--own", "--once", "--home", str(home))

    assert (code, stored(home)) == (0, before)


def test_a_run_upgrades_the_store_and_doctor_sees_it_again(home: Path) -> None:
    perform_run(home)
    found = [item for part in examine(home) for item in part.findings]

    assert UPGRADES not in [item.hint for item in found]
    assert "reading" in [item.subject for item in found]
