"""The conformance kit over a folder of CSV files."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import detente_files
import pytest
from detente_contracts import Connector, FieldText, Kind, Ref
from detente_contracts.testing import ConnectorConformance, CrmSide, PluginConformance

FILES = {
    "person": [["key", "full name"], *([str(n), f"Agent {n}"] for n in range(4))],
    "account": [["key", "name"], *([f"a{n}", f"Customer {n}"] for n in range(12))],
    "contact": [["key", "account"], *([f"c{n}", f"a{n % 12}"] for n in range(9))],
    "deal": [["key", "account", "sum"], *([f"d{n}", f"a{n % 12}", f"{n}.50"] for n in range(9))],
    "ticket": [["key", "account", "opened"], *([f"t{n}", "a1", f"2026-10-0{n + 1}"] for n in range(9))],
}
COLUMNS: dict[str, dict[str, object]] = {
    "person": {"name": "full name"},
    "account": {"name": "name"},
    "contact": {"account_id": "account"},
    "deal": {"account_id": "account", "amount": "sum", "amount_currency": {"default": "EUR"}},
    "ticket": {"account_id": "account", "opened_at": "opened"},
}
SOURCES = [
    {"kind": kind, "file": f"{kind}.csv", "id": "key", "columns": columns}
    for kind, columns in COLUMNS.items()
]


class FolderSide(CrmSide):
    """A person with a spreadsheet: edits a row of an export, deletes one, looks into `out`."""

    def __init__(self, exports: Path, out: Path) -> None:
        self._exports, self._out = exports, out
        self._removed: dict[Ref, list[str]] = {}

    def edit(self, ref: Ref) -> None:
        """Change the last cell of the row."""
        self._rewrite(ref, lambda row: [[*row[:-1], f"{row[-1]} changed"]])

    def remove(self, ref: Ref) -> None:
        """Delete the row."""

        def taken(row: list[str]) -> list[list[str]]:
            self._removed[ref] = row
            return []

        self._rewrite(ref, taken)

    def restore(self, ref: Ref) -> None:
        """Put the row back, at the end."""
        with (self._exports / f"{ref.object}.csv").open("a", newline="") as stream:
            csv.writer(stream).writerow(self._removed.pop(ref))

    def shown(self, ref: Ref, key: str) -> FieldText:
        """The cell as it stands in the file, without the apostrophe."""
        with (self._out / f"{ref.object}.csv").open(encoding="utf-8-sig", newline="") as stream:
            cell = next(row[key] for row in csv.DictReader(stream) if row["id"] == ref.id)
        return cell.removeprefix("'") or None

    def advance(self, seconds: float) -> None:
        """Files know no waiting."""

    def _rewrite(self, ref: Ref, change: Callable[[list[str]], list[list[str]]]) -> None:
        path = self._exports / f"{ref.object}.csv"
        with path.open(newline="") as stream:
            head, *rows = list(csv.reader(stream))
        changed = [new for row in rows for new in (change(row) if row[0] == ref.id else [row])]
        with path.with_suffix(".part").open("w", newline="") as stream:
            csv.writer(stream).writerows([head, *changed])
        path.with_suffix(".part").replace(path)


class TestFilesConnector(ConnectorConformance):
    """Everything that the kit promises of a connector."""

    @pytest.fixture
    def connector(self, put: Callable[..., None], connect: Callable[..., Connector]) -> Connector:
        """A connector over a file of every kind."""
        for kind, rows in FILES.items():
            put(f"{kind}.csv", rows)
        return connect(*SOURCES, writes=True)

    @pytest.fixture
    def reopen(self, connector: Connector, connect: Callable[..., Connector]) -> Callable[[], Connector]:
        """Another connector over the same files."""
        return lambda: connect(*SOURCES, writes=True)

    @pytest.fixture
    def stranger(self, connect: Callable[..., Connector]) -> Connector:
        """A connector over a folder that it cannot enter."""
        return connect(*SOURCES, folder="not-mounted")

    @pytest.fixture
    def crm(self, exports: Path, tmp_path: Path) -> CrmSide:
        """A person with a spreadsheet."""
        return FolderSide(exports, tmp_path / "out")


class TestFilesPlugin(PluginConformance):
    """Everything that the kit promises of a plugin."""

    plugin: ClassVar[object] = detente_files


def test_every_kind_of_record_can_be_read_from_files() -> None:
    assert {source["kind"] for source in SOURCES} == {kind.value for kind in Kind}
