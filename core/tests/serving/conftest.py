"""A clock that a test moves, and a store of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from detente.store.database import Store

START = datetime(2026, 11, 3, 9, 2, tzinfo=UTC)


@dataclass
class HandClock:
    """Stands still unless a test moves it."""

    at: datetime = START

    def now(self) -> datetime:
        """The instant at which it was put."""
        return self.at

    def sleep(self, seconds: float) -> None:
        """Moves."""
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> HandClock:
    """A clock at START."""
    return HandClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    opened = Store.open(f"sqlite:///{tmp_path / 'detente.sqlite'}")
    yield opened
    opened.close()
