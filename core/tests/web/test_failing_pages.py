"""A page that fails in a way nobody thought of says so, guarded like any other, and tells nothing more."""

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
from detente.web.guarding import HEADERS
from detente.web.server import served
from detente_contracts import Settings
from sqlalchemy import text


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    """The pages over a store whose cases cannot be read."""
    settings = Settings(organisation="Example Ltd", connectors={}, rubric="b2b")
    clock = StandingClock(datetime(2026, 11, 3, 9, tzinfo=UTC))
    with closing(Store.open(f"sqlite:///{tmp_path / 'detente.sqlite'}")) as store:
        with store.transaction() as connection:
            connection.execute(text("DROP TABLE conflict_case"))
        service = Service(store, clock, [], said=lambda row: None)
        app = create_app(Console(Hosted(tmp_path, settings, store, clock, service)))
        with served(app, "127.0.0.1", 0) as url, httpx.Client(base_url=url) as found:
            yield found


@pytest.mark.parametrize("path", ["/cases", "/api/cases"])
def test_a_failure_is_a_guarded_answer_that_tells_nothing_of_the_inside(
    client: httpx.Client, path: str
) -> None:
    answer = client.get(path)

    assert answer.status_code == 500
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "log" in answer.text
    assert "conflict_case" not in answer.text
