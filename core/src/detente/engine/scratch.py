"""Copies of the store that may be written to and are thrown away."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from detente_contracts import ConfigurationError, Settings

from detente.settings import database_url, read_settings
from detente.store.database import Store


@contextmanager
def scratch_store(home: Path) -> Iterator[Store]:
    """A copy of the store of the folder `home`; an empty store when nothing was kept there yet.

    Raises: ConfigurationError on PostgreSQL, where a dry run on a copy is not offered yet.
    """
    with scratch_copy(embedded_store(read_settings(home), home)) as store:
        yield store


@contextmanager
def scratch_copy(source: Path | None) -> Iterator[Store]:
    """A copy of the SQLite file `source`, which may be in use; an empty store without one."""
    with tempfile.TemporaryDirectory(prefix="detente-scratch-") as folder:
        copy = Path(folder) / "detente.sqlite"
        if source is not None and source.exists():
            with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(copy)) as new:
                old.backup(new)
        with closing(Store.open(f"sqlite:///{copy}")) as store:
            yield store


def embedded_store(settings: Settings, home: Path) -> Path:
    """The SQLite file that the settings name.

    Raises: ConfigurationError when they name a PostgreSQL database.
    """
    if settings.database:
        raise ConfigurationError("dry runs work on the embedded store only", hint="Use `run` on PostgreSQL")
    return Path(database_url(settings, home).removeprefix("sqlite:///"))
