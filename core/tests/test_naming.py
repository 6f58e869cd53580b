"""A name that fits nobody is answered with names that do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from detente.engine.naming import customer_named
from detente.store.customers import add_customers, add_memberships
from detente.store.database import Store
from detente.store.records import upsert_records
from detente_contracts import Account, ConfigurationError, Kind, Ref

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NAMES = {"c-1": "Acme Ltd", "c-2": "Acme Holding 100% GmbH", "c-3": "Zeta", "c-4": "Zeta"}


@pytest.fixture
def named(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'detente.sqlite'}")
    refs = {customer: Ref("hub", "company", customer) for customer in NAMES}
    with store.transaction() as connection:
        accounts = [Account(refs[customer], NOW, name=name) for customer, name in NAMES.items()]
        upsert_records(connection, Kind.ACCOUNT, accounts)
        add_customers(connection, NAMES.items(), NOW)
        add_memberships(connection, [(customer, refs[customer], "only account") for customer in NAMES], NOW)
    yield store
    store.close()


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        pytest.param("acme ltd", "There is 'Acme Ltd'", id="other letters"),
        pytest.param("Acme", "There is 'Acme Ltd', 'Acme Holding 100% GmbH'", id="part of two names"),
        pytest.param("zet", "There is 'Zeta'", id="part of a name that two have"),
        pytest.param("0%", "There is 'Acme Holding 100% GmbH'", id="a sign that a query would take for any"),
        pytest.param("_", "Give an id, connector/object/id, or a name", id="likewise, in no name"),
        pytest.param("", "Give an id, connector/object/id, or a name", id="nothing"),
    ],
)
def test_a_name_that_nobody_has_is_answered_with_those_that_contain_it(
    named: Store, text: str, hint: str
) -> None:
    with named.reading() as connection, pytest.raises(ConfigurationError, match="no customer") as refused:
        customer_named(connection, text)

    assert refused.value.hint == hint


def test_a_name_that_two_have_is_answered_with_their_ids(named: Store) -> None:
    with named.reading() as connection, pytest.raises(ConfigurationError, match="2 customers") as refused:
        customer_named(connection, "Zeta")

    assert refused.value.hint == "Give the id of one: c-3, c-4"


def test_a_name_that_one_has_is_found(named: Store) -> None:
    with named.reading() as connection:
        assert customer_named(connection, "Acme Ltd") == "c-1"
