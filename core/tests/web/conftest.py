"""The pages of a service without jobs, over a store of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from detente.clock import StandingClock
from detente.engine.serving.hosting import Hosted
from detente.engine.serving.service import Service
from detente.store.database import Store
from detente.web.app import create_app
from detente.web.console import Console
from detente.web.server import served
from detente_contracts import Settings


@pytest.fixture
def bare_store(tmp_path: Path) -> Iterator[Store]:
    """A store with tables and no rows."""
    with closing(Store.open(f"sqlite:///{tmp_path / 'detente.sqlite'}")) as opened:
        yield opened


@pytest.fixture
def client(tmp_path: Path, bare_store: Store) -> Iterator[httpx.Client]:
    """Asks for pages over that store."""
    settings = Settings(organisation="Example Ltd", connectors={}, rubric="b2b")
    clock = StandingClock(datetime(2026, 11, 3, 9, tzinfo=UTC))
    service = Service(bare_store, clock, [], said=lambda row: None)
    app = create_app(Console(Hosted(tmp_path, settings, bare_store, clock, service)))
    with served(app, "127.0.0.1", 0) as url, httpx.Client(base_url=url) as found:
        yield found
