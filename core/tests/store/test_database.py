"""Transactions are whole, readings are one moment, and a wrong URL is told in words."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from detente.store import database, runs
from detente.store.database import Store
from detente_contracts import ConfigurationError, UnavailableError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_error_inside_a_transaction_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction() as connection:
        runs.open_run(connection, "run-1", NOW, NOW)
        raise ZeroDivisionError

    with store.reading() as connection:
        assert runs.read_run(connection, "run-1") is None


def test_a_fault_of_the_database_does_not_say_what_was_to_be_kept(store: Store) -> None:
    with pytest.raises(DBAPIError) as caught, store.transaction() as connection:
        connection.execute(text("INSERT INTO no_such_table VALUES (:name)"), {"name": "Acme Ltd"})

    assert "Acme" not in str(caught.value)


def test_reading_does_not_see_what_is_written_meanwhile(store: Store) -> None:
    with store.reading() as reading:
        assert runs.last_runs(reading, 5) == []
        with store.transaction() as connection:
            runs.open_run(connection, "run-1", NOW, NOW)

        assert runs.last_runs(reading, 5) == []


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_writer_that_waits_too_long_for_another_is_told_to_try_again(
    store: Store, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.01)
    other = Store.open(store_url)
    with store.transaction(), pytest.raises(UnavailableError, match="another process"), other.transaction():
        pytest.fail("two writers at once")

    with other.transaction() as connection:
        runs.open_run(connection, "run-1", NOW, NOW)
    other.close()


def test_transactions_of_two_stores_on_one_database_see_each_other(store: Store, store_url: str) -> None:
    other = Store.open(store_url)
    with store.transaction() as connection:
        runs.open_run(connection, "run-1", NOW, NOW)

    with other.reading() as connection:
        assert runs.read_run(connection, "run-1") is not None
    other.close()


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from detente.store import database, runs
from detente.store.database import Store
now = datetime(2026, 3, 2, tzinfo=UTC)
store = Store.open(sys.argv[1])
with store.transaction() as connection:
    runs.open_run(connection, "kept", now, now)
with store.transaction() as connection:
    runs.open_run(connection, "lost", now, now)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_process_killed_inside_a_transaction_leaves_what_it_finished_and_no_lock(
    store: Store, store_url: str
) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, store_url], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr

    with store.transaction() as connection:
        runs.open_run(connection, "next", NOW, NOW)
        assert {row.id for row in runs.last_runs(connection, 9)} == {"kept", "next"}


def test_file_of_the_store_is_its_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "state" / "detente.sqlite"
    Store.open(f"sqlite:///{path}").close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("not a url", id="no URL"),
        pytest.param("mysql://host/name", id="a database that is not supported"),
        pytest.param("sqlite://", id="a database without a file"),
        pytest.param("sqlite:////proc/none/detente.sqlite", id="a folder that cannot be made"),
        pytest.param("postgresql://me:s3cret@127.0.0.1:1/none", id="a server that is down"),
    ],
)
def test_database_that_cannot_be_opened_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Store.open(url)

    assert refused.value.hint
    assert "s3cret" not in str(refused.value)
