"""Customers' ids last: they follow keys, merges and splits, come back, and are never given twice."""

from __future__ import annotations

from typing import Any

from detente.engine.linking import mint_customer
from detente.store.customers import resolve_customer


def resolved(firm: Any, text: str) -> str | None:
    with firm.store.reading() as connection:
        return resolve_customer(connection, text)


def test_a_customer_is_minted_from_the_account_by_which_it_was_known() -> None:
    first = mint_customer("crm/company/1")

    assert first == mint_customer("crm/company/1") != mint_customer("crm/company/11")
    assert mint_customer("crm/company/1", {first}) not in {first, mint_customer("crm/company/11")}


def test_a_customer_keeps_its_id_when_its_first_account_is_gone(firm: Any) -> None:
    firm.keep(sf_1="K1", hub_1="K1")
    firm.run()
    before = firm.customers()
    firm.lose("hub/1")
    firm.keep(zen_1="K1")
    firm.run()

    assert firm.customers() == {"sf/1": before["sf/1"], "zen/1": before["sf/1"]}


def test_merged_customers_leave_an_alias_and_a_split_brings_back_what_was_there(firm: Any) -> None:
    firm.keep(sf_1=None)
    firm.run()
    firm.keep(hub_1=None, hub_2=None)
    firm.accept("hub/1", "hub/2")
    firm.run()
    before = firm.customers()
    firm.accept("sf/1", "hub/1")
    firm.run()
    assert set(firm.customers().values()) == {before["sf/1"]}
    assert resolved(firm, before["hub/1"]) == before["sf/1"]

    firm.undo("sf/1", "hub/1")
    firm.run()
    assert firm.customers() == before
    assert resolved(firm, before["hub/1"]) == before["hub/1"]


def test_aliases_lead_over_several_merges_to_the_customer_of_today(firm: Any) -> None:
    for account in ("sf_1", "hub_1", "zen_1"):
        firm.keep(**{account: None})
        firm.run()
    before = firm.customers()
    firm.accept("hub/1", "zen/1")
    firm.run()
    firm.accept("sf/1", "zen/1")
    firm.run()

    assert {resolved(firm, old) for old in before.values()} == {before["sf/1"]}


def test_a_key_that_changes_moves_the_account_and_leaves_the_customer_where_it_was(firm: Any) -> None:
    firm.keep(hub_1="K1", sf_1="K1", zen_1="K2")
    firm.run()
    before = firm.customers()
    firm.keep(hub_1="K2")
    firm.run()

    assert firm.customers() == {**before, "hub/1": before["zen/1"]}
    assert firm.successors() == {}


def test_a_key_that_changes_to_a_new_one_founds_a_customer_and_comes_back(firm: Any) -> None:
    firm.keep(hub_1="K1", sf_1="K1")
    firm.run()
    before = firm.customers()
    firm.keep(hub_1="K9")
    firm.run()
    away = firm.customers()
    firm.keep(hub_1="K1")
    firm.run()
    assert away["sf/1"] == before["sf/1"] != away["hub/1"]
    assert firm.customers() == before

    firm.keep(hub_1="K9")
    firm.run()
    assert firm.customers() == away


def test_the_only_account_of_a_customer_takes_it_along_under_an_alias(firm: Any) -> None:
    firm.keep(sf_1="K1")
    firm.run()
    firm.keep(hub_1="K2")
    firm.run()
    before = firm.customers()
    firm.keep(sf_1="K2")
    firm.run()

    assert set(firm.customers().values()) == {before["hub/1"]}
    assert firm.successors() == {before["sf/1"]: before["hub/1"]}


def test_an_account_whose_key_was_filled_in_later_joins_the_key_s_customer(firm: Any) -> None:
    firm.keep(sf_1="K1", hub_1=None)
    firm.run()
    before = firm.customers()
    firm.keep(hub_1="K1")
    firm.run()

    assert set(firm.customers().values()) == {before["sf/1"]}


def test_a_merge_in_a_crm_takes_customer_and_decisions_to_the_record_that_is_left(firm: Any) -> None:
    firm.keep(hub_1=None, hub_2=None, sf_1=None, zen_1=None)
    firm.accept("hub/1", "sf/1")
    firm.refuse("hub/2", "zen/1")
    firm.run()
    before = firm.customers()
    firm.keep(hub_3=None)
    firm.lose("hub/1", "hub/2", into="hub/3")
    firm.propose("hub/3", "zen/1")
    firm.run()

    assert firm.customers() == {"hub/3": before["sf/1"], "sf/1": before["sf/1"], "zen/1": before["zen/1"]}
    assert firm.successors() == {before["hub/2"]: before["sf/1"]}


def test_a_deleted_account_that_is_restored_is_the_customer_that_it_was(firm: Any) -> None:
    firm.keep(sf_1=None)
    firm.run()
    before = firm.customers()
    firm.lose("sf/1")
    firm.run()
    assert firm.customers() == {}

    firm.keep(sf_1=None)
    firm.run()
    assert firm.customers() == before


def test_accounts_of_a_connector_that_is_named_no_more_belong_to_nobody_until_it_is_named_again(
    firm: Any,
) -> None:
    firm.keep(sf_1="K", hub_1="K", hub_2=None)
    firm.run()
    before = firm.customers()
    firm.connectors = ("sf",)
    told = firm.run()

    assert firm.customers() == {"sf/1": before["sf/1"]}
    assert told.counts["ended"] == 2
    firm.connectors = ("hub", "sf")
    firm.run()
    assert firm.customers() == before


def test_an_accept_holds_over_an_account_that_was_deleted(firm: Any) -> None:
    firm.keep(sf_1=None, hub_1=None, zen_1=None)
    firm.accept("sf/1", "hub/1")
    firm.accept("hub/1", "zen/1")
    firm.run()
    firm.lose("hub/1")
    firm.run()

    assert firm.groups() == {frozenset({"sf/1", "zen/1"})}


def test_no_history_is_lost_when_accounts_move(firm: Any) -> None:
    firm.keep(hub_1="K1", sf_1="K1")
    firm.run()
    first = firm.customers()["hub/1"]
    firm.keep(hub_1="K2")
    firm.run()
    second = firm.customers()["hub/1"]
    with firm.store.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT customer, until IS NULL FROM membership WHERE connector = 'hub' ORDER BY since"
        ).all()

    assert [tuple(row) for row in rows] == [(first, 0), (second, 1)]
