"""Bring a database to the newest revision, under a lock, with the migrations that ship with the store."""

from __future__ import annotations

from pathlib import Path

from detente_contracts import ConfigurationError
from sqlalchemy import Connection, Engine, inspect, text

from detente.store.locks import Lock, hold

NEWEST = "0006"
"""The revision that this code works with; a test holds it to the newest migration."""

FOLDER = Path(__file__).parent / "migrations"


def revision_of(connection: Connection) -> str | None:
    """The revision that the database is at; None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


class OlderStoreError(ConfigurationError):
    """The store is of an older Detente, and whoever asked only looks."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"the store is of an older version of Detente ({revision}, this one has {NEWEST})",
            hint="`detente run` upgrades it",
        )


def bring_up_to_date(engine: Engine, *, upgrade: bool = True) -> None:
    """Make or migrate the tables; nothing when they are at the newest revision.

    Raises: ConfigurationError when the database is at a revision that this code does not know; with `upgrade`
    false OlderStoreError when it is at an older one.
    """
    with engine.connect() as connection:
        revision = revision_of(connection)
    if revision == NEWEST:
        return
    if revision is not None and not upgrade and next(FOLDER.glob(f"versions/r{revision}_*.py"), None):
        raise OlderStoreError(revision)
    with engine.connect() as connection:
        connection.execution_options(detente_begin="BEGIN IMMEDIATE")
        with connection.begin():
            hold(connection, Lock.MIGRATE)
            _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    # Alembic is read only when there is something to do: it costs every command's start otherwise.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util.exc import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise ConfigurationError(
            f"the database is at revision {revision_of(connection)}, which this Detente does not know",
            hint="Use the newer Detente that made it; nothing was changed",
        ) from None
