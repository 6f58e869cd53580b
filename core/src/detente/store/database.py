"""Open the store: one SQLite file, or a PostgreSQL database by URL; brought to the newest revision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from detente_contracts import ConfigurationError, UnavailableError
from sqlalchemy import URL, Connection, Engine, Transaction, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from detente.private_folder import make_private_file
from detente.store.migrating import bring_up_to_date

CACHE_KIB = 65_536
"""Pages that one SQLite connection keeps: without them, keys in no order cost a read each."""

BUSY_TIMEOUT_S = 30
"""How long a transaction waits for another process's before it gives up."""


class Store:
    """What Detente keeps. Ask a CRM nothing inside a transaction: SQLite has one writer at a time."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str, *, upgrade: bool = True) -> Store:
        """The store at `url`, such as `sqlite:////srv/detente.sqlite` or `postgresql://host/name`.

        Makes the file and its folder, readable by their owner only, and the tables. One of an older Detente
        is upgraded, or with `upgrade` false refused and left as it is.

        Raises: ConfigurationError when it cannot be reached, or was made by a newer Detente; OlderStoreError.
        """
        parsed = _parsed(url)
        engine = _sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed)
        try:
            bring_up_to_date(engine, upgrade=upgrade)
        except DatabaseError as error:
            engine.dispose()
            raise ConfigurationError(
                f"the database {parsed.render_as_string()} cannot be opened: {_said(error)}",
                hint="Check `database` or `state` in the settings, and that the database is up",
            ) from None
        except ConfigurationError:
            engine.dispose()
            raise
        return cls(engine)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection that may write: all of it is kept, or nothing when an error leaves the block.

        Raises: UnavailableError when another process writes for longer than BUSY_TIMEOUT_S.
        """
        with self.engine.connect() as connection:
            connection.execution_options(detente_begin="BEGIN IMMEDIATE")
            with _begun(connection):
                yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the store from its first question to its last."""
        with self.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def _begun(connection: Connection) -> Transaction:
    try:
        return connection.begin()
    except OperationalError:
        raise UnavailableError(
            "another process has been writing to the store for too long", hint="Try again when it is done"
        ) from None


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigurationError(
            "the database URL cannot be read", hint="Write postgresql://user:password@host/name"
        ) from None
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        return parsed
    raise ConfigurationError(
        f"no store can be kept at {parsed.render_as_string()}", hint="Use a SQLite file or PostgreSQL"
    )


def _postgresql(url: URL) -> Engine:
    try:
        return create_engine(url, hide_parameters=True)
    except ImportError:
        raise ConfigurationError(
            "the driver for PostgreSQL is not installed", hint="Install psycopg[binary], or use SQLite"
        ) from None


def _sqlite(url: URL) -> Engine:
    _make_private_file(Path(str(url.database)))
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S}, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _make_private_file(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        make_private_file(path)
    except OSError as error:
        raise ConfigurationError(
            f"the database file {path} cannot be opened: {error.strerror}",
            hint="Check `state` in the settings",
        ) from None


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own notion of transactions is off: it would begin too late for a consistent read.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"cache_size=-{CACHE_KIB}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("detente_begin", "BEGIN"))


def _said(error: DatabaseError) -> str:
    return str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "no reason given"
