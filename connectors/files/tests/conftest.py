"""A folder `exports` of small files, connectors over it, and a way to read to the end."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from detente_connector_kit import LocalBudget
from detente_contracts import STANDARD_FIELDS, Batch, Connector, ConnectorContext, Kind
from detente_contracts.testing import StandingClock
from detente_files import FilesSettings
from detente_files.connector import build_connector

_NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """The folder that sources read, below the home folder `tmp_path`."""
    folder = tmp_path / "exports"
    folder.mkdir()
    return folder


@pytest.fixture
def put(exports: Path) -> Callable[..., None]:
    """Puts a CSV file into `exports` by rename, from rows or from bytes."""

    def put_file(name: str, content: Sequence[Sequence[str]] | bytes, *, delimiter: str = ",") -> None:
        if not isinstance(content, bytes):
            text = io.StringIO()
            csv.writer(text, delimiter=delimiter).writerows(content)
            content = text.getvalue().encode()
        (exports / ".part").write_bytes(content)
        (exports / ".part").replace(exports / name)

    return put_file


@pytest.fixture
def connect(tmp_path: Path, exports: Path) -> Iterator[Callable[..., Connector]]:
    """Opens connectors named `crm` over sources, as a new process would; all are closed at the end."""
    opened: list[Connector] = []

    def open_connector(*sources: Mapping[str, object], **settings: object) -> Connector:
        data = {"folder": exports.name, "sources": sources, **settings}
        clock = StandingClock(_NOW)
        context = ConnectorContext("crm", clock, LocalBudget(clock), STANDARD_FIELDS, str(tmp_path))
        opened.append(build_connector(FilesSettings.read(data, where="test"), context))
        return opened[-1]

    yield open_connector
    for connector in opened:
        connector.close()


@pytest.fixture(scope="session")
def read() -> Callable[..., list[Batch]]:
    """Reads one kind to its end; the last batch holds the cursor to read on from."""

    def read_on(connector: Connector, kind: Kind, cursor: str | None = None, limit: int = 500) -> list[Batch]:
        batches = [connector.read(kind, cursor, limit)]
        while not batches[-1].done:
            batches.append(connector.read(kind, batches[-1].cursor, limit))
            assert len(batches) < 1000, "reading does not end"
        return batches

    return read_on
