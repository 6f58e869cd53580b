"""A folder of small files, and the connector over it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from detente_connector_kit import LocalBudget
from detente_contracts import STANDARD_FIELDS, Batch, Connector, ConnectorContext, Kind, Record
from detente_contracts.testing import StandingClock
from detente_files import FilesSettings
from detente_files.connector import build_connector

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)


class Desk:
    """A home folder with `exports` in it; connectors over it are closed by the fixture."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.exports = home / "exports"
        self.exports.mkdir()
        self.opened: list[Connector] = []

    def put(self, name: str, rows: Sequence[Sequence[str]], *, delimiter: str = ",", encoding: str = "utf-8") -> None:
        """Write a CSV file in the way of an export, by rename."""
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter).writerows(rows)
        self.put_bytes(name, text.getvalue().encode(encoding))

    def put_bytes(self, name: str, content: bytes) -> None:
        """Put a file in place by rename."""
        path = self.exports / name
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(content)
        unfinished.replace(path)

    def connect(self, *sources: Mapping[str, object], **settings: object) -> Connector:
        """A connector named `crm` over the sources."""
        data = {"folder": "exports", "sources": sources, **settings}
        model = FilesSettings.read(data, where="test")
        clock = StandingClock(NOW)
        context = ConnectorContext("crm", clock, LocalBudget(clock), STANDARD_FIELDS, str(self.home))
        self.opened.append(build_connector(model, context))
        return self.opened[-1]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk in a folder of its own."""
    made = Desk(tmp_path)
    yield made
    for connector in made.opened:
        connector.close()


ReadAll = Callable[..., tuple[list[Record], list[Batch], str]]


@pytest.fixture
def read_all() -> ReadAll:
    """Reads one kind to its end: records, batches, and the cursor after them."""

    def read(
        connector: Connector, kind: Kind, cursor: str | None = None, limit: int = 500
    ) -> tuple[list[Record], list[Batch], str]:
        batches = []
        for _ in range(1000):
            batches.append(connector.read(kind, cursor, limit))
            cursor = batches[-1].cursor
            if batches[-1].done:
                return [record for batch in batches for record in batch.records], batches, cursor
        raise AssertionError("reading does not end")

    return read
