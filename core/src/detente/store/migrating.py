"""Bring a database to the newest revision, under a lock, with the migrations that ship with the store."""

from __future__ import annotations

from pathlib import Path

from detente_contracts import ConfigurationError
from sqlalchemy import Connection, Engine, inspect, text

from detente.store.locks import Lock, hold

NEWEST = "0004"
"""The revision that this code works with; a test holds it to the newest migration."""

FOLDER = Path(__file__).parent / "migrations"


def revision_of(connection: Connection) -> str | None:
    """The revision that the database is at; None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def bring_up_to_date(engine: Engine) -> None:
    """Make or migrate the tables; nothing when they are at the newest revision.

    Raises: ConfigurationError when the database is at a revision that this code does not know.
    """
    with engine.connect() as connection:
        if revision_of(connection) == NEWEST:
            return
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
