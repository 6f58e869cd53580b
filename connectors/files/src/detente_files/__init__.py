"""Reads people, accounts, contacts, deals and tickets from CSV and Parquet; writes our fields as CSV."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from detente_contracts import ConnectorType, hookimpl

from detente_files.connector import build_connector
from detente_files.settings import FilesSettings

__all__ = ["FilesSettings", "detente_contract", "detente_provide_connectors"]

detente_contract = (1, 0)


@hookimpl
def detente_provide_connectors() -> Iterable[ConnectorType]:
    """Offer the connector type `files`."""
    return [
        ConnectorType(
            name="files",
            settings=FilesSettings,
            build=build_connector,
            help="Exports in CSV or Parquet, by a mapping of columns",
            starter=Path(__file__).with_name("starter"),
        )
    ]
