"""People decide while a run links: no decision is lost, on either database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest
from detente.store.database import Store
from detente.store.locks import Lock, hold
from sqlalchemy import text

if TYPE_CHECKING:
    from core.tests.linking.conftest import Firm

WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


class Interrupted:
    """A store on which something happens right before the next transaction."""

    def __init__(self, store: Store, happens: Callable[[], object]) -> None:
        self._store = store
        self._happens: Callable[[], object] | None = happens

    def reading(self) -> Any:
        return self._store.reading()

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        happens, self._happens = self._happens, None
        if happens is not None:
            happens()
        with self._store.transaction() as connection:
            yield connection


def test_a_decision_that_falls_into_a_pass_without_news_is_followed_by_the_next(firm: Firm) -> None:
    firm.keep(sf_1=None, hs_1=None)
    firm.propose("sf/1", "hs/1", confidence=0.9)
    firm.run()
    store = firm.store
    firm.store = Interrupted(store, lambda: decide_on(firm, store))  # type: ignore[assignment]
    firm.run()
    firm.store = store
    firm.run()

    assert firm.groups() == {frozenset({"sf/1", "hs/1"})}


def decide_on(firm: Firm, store: Store) -> None:
    """A person accepts the suggestion, on the real store."""
    interrupted, firm.store = firm.store, store
    firm.accept("sf/1", "hs/1")
    firm.store = interrupted


@pytest.mark.postgres
def test_links_are_decided_one_at_a_time_on_postgres(firm: Firm, postgres_url: str, tmp_path: Path) -> None:
    with closing(Store.open(postgres_url)) as store:
        one = type(firm)(store, tmp_path)
        one.keep(sf_1=None, hs_1=None)
        one.propose("sf/1", "hs/1", confidence=0.9)
        one.run()
        with store.transaction() as connection:
            hold(connection, Lock.LINKS)
            person = Thread(target=one.accept, args=("sf/1", "hs/1"))
            person.start()
            wait_until(store, WAITING)
            waiting = len(one.suggested())
        person.join(timeout=30)
        one.run()

        assert waiting == 1
        assert one.groups() == {frozenset({"sf/1", "hs/1"})}


@pytest.mark.postgres
def test_customers_meet_and_part_on_postgres_too(firm: Firm, postgres_url: str, tmp_path: Path) -> None:
    with closing(Store.open(postgres_url)) as store:
        one = type(firm)(store, tmp_path)
        one.keep(sf_1="K1", hs_1="K1", zd_1=None)
        one.propose("sf/1", "zd/1", confidence=0.9)
        one.run()
        one.accept("sf/1", "zd/1")
        one.run()
        met = one.groups()
        one.undo("sf/1", "zd/1")
        one.run()

        assert met == {frozenset({"sf/1", "hs/1", "zd/1"})}
        assert one.groups() == {frozenset({"sf/1", "hs/1"}), frozenset({"zd/1"})}
        assert one.problems() == []


def wait_until(store: Store, query: str) -> None:
    """Look again until the query counts one."""
    pause = Event()
    for _ in range(1000):
        with store.reading() as connection:
            if connection.scalar(text(query)):
                return
        pause.wait(0.01)
    raise AssertionError("nobody waits for the lock")
