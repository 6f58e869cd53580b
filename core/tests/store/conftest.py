"""A store of the test's own, once on SQLite and once on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from detente.store.database import Store
from detente.store.tables import metadata

DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store that has no tables yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'detente.sqlite'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with tables and no rows."""
    path = tmp_path_factory.mktemp("template") / "detente.sqlite"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Path) -> str:
    """The URL of a database with tables and no rows, which each test leaves behind like that."""
    with psycopg.connect(f"host={postgres_server} user=postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE store")
    url = f"postgresql://postgres@/store?host={postgres_server}"
    Store.open(url).close()
    return url


@pytest.fixture(params=DATABASES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty store."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "detente.sqlite")
        yield f"sqlite:///{path}"
        return
    url = str(request.getfixturevalue("postgres_template"))
    yield url
    # A test leaves a few rows: DELETE is done with them before TRUNCATE has made new files for all tables.
    emptied = "; ".join(str(table.delete()) for table in reversed(metadata.sorted_tables))
    with psycopg.connect(url) as connection:
        connection.execute(emptied.encode())


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store."""
    opened = Store.open(store_url)
    yield opened
    opened.close()
