"""Accounts are linked to lasting customers by explicit id, and by nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from detente.engine.linking import link_accounts, mint_customer
from detente.store import customers, records
from detente.store.database import Store
from detente_contracts import Account, Kind, Ref
from hypothesis import given, settings
from hypothesis import strategies as st

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)


def account(number: int, key: str | None = None, connector: str = "crm") -> Account:
    return Account(Ref(connector, "company", str(number)), NOW, name=f"Customer {number}", customer_key=key)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(f"sqlite:///{tmp_path}/detente.sqlite")) as opened:
        yield opened


def linked(store: Store, *accounts: Account) -> dict[str, str]:
    """Keep the accounts, link, and say which customer each account belongs to."""
    with store.transaction() as connection:
        records.upsert_records(connection, Kind.ACCOUNT, accounts)
        link_accounts(connection, now=NOW)
        rows = customers.memberships(connection).select("connector", "id", "customer").rows()
    return {f"{connector}/{number}": customer for connector, number, customer in rows}


def test_accounts_that_share_a_customer_key_are_one_customer(store: Store) -> None:
    found = linked(store, account(1, "K1"), account(2, "K1"), account(3, "K2"))

    assert found["crm/1"] == found["crm/2"] != found["crm/3"]


def test_accounts_of_two_crms_are_one_customer_by_key_alone(store: Store) -> None:
    found = linked(store, account(1, "K1"), account(1, "K1", "other"), account(2, None, "other"))

    assert found["crm/1"] == found["other/1"] != found["other/2"]


def test_accounts_without_a_key_are_customers_of_their_own(store: Store) -> None:
    found = linked(store, account(1), account(2))

    assert found["crm/1"] != found["crm/2"]


def test_a_customer_keeps_its_id_when_its_first_account_is_gone(store: Store) -> None:
    first = linked(store, account(1, "K1"), account(2, "K1"))
    with store.transaction() as connection:
        records.mark_gone(connection, [Ref("crm", "company", "1")], NOW)
    later = linked(store, account(3, "K1"))

    assert later == {"crm/2": first["crm/2"], "crm/3": first["crm/2"]}


def test_linking_again_changes_nothing(store: Store) -> None:
    first = linked(store, account(1, "K1"), account(2))

    assert linked(store) == first


def test_a_customer_is_minted_from_the_account_by_which_it_was_known() -> None:
    assert mint_customer(Ref("crm", "company", "1")) == mint_customer(Ref("crm", "company", "1"))
    assert mint_customer(Ref("crm", "company", "1")) != mint_customer(Ref("crm", "company", "11"))


keys = st.lists(st.sampled_from([None, "A", "B", "C"]), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None)
@given(keys=keys, cut=st.integers(0, 12))
def test_the_order_in_which_accounts_come_joins_the_same_ones(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str | None], cut: int
) -> None:
    accounts = [account(number, key) for number, key in enumerate(keys)]
    folder = tmp_path_factory.mktemp("linking")
    with closing(Store.open(f"sqlite:///{folder}/detente.sqlite")) as store:
        linked(store, *accounts[:cut])
        found = linked(store, *accounts[cut:])

    for one, key in enumerate(keys):
        for other, other_key in enumerate(keys):
            together = one == other or (key is not None and key == other_key)
            assert (found[f"crm/{one}"] == found[f"crm/{other}"]) == together
