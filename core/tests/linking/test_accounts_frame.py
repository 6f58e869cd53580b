"""Plugins see accounts of all CRMs, with parents, keys and the domains of contacts."""

from __future__ import annotations

from typing import Any

from detente.engine.linking.accounts import accounts_frame
from detente.store import records
from detente_contracts import ACCOUNT_COLUMNS, Account, Contact, Kind, Ref


def test_accounts_come_in_order_with_parent_filled_key_and_contact_domains(firm: Any) -> None:
    def contact(number: int, email: str) -> Contact:
        return Contact(Ref("sf", "contact", str(number)), firm.now, account_id="2", email=email)

    child = Account(Ref("sf", "account", "2"), firm.now, name="Child", parent_id="1", customer_key=" K1 ")
    parent = Account(Ref("sf", "account", "1"), firm.now, name="Parent", customer_key="  ")
    people = [
        contact(1, "a@b.example"),
        contact(2, "c@A.example"),
        contact(3, "d@a.example"),
        contact(4, "no"),
    ]
    with firm.store.transaction() as connection:
        records.upsert_records(connection, Kind.ACCOUNT, [child, parent])
        records.upsert_records(connection, Kind.CONTACT, people)
        frame = accounts_frame(connection, firm.connectors)

    assert tuple(frame.columns) == ACCOUNT_COLUMNS
    told = frame.select("account", "parent", "customer_key", "contact_domains").rows()
    assert told == [
        ("sf/account/1", None, None, None),
        ("sf/account/2", "sf/account/1", "K1", "a.example b.example"),
    ]


def test_accounts_that_are_gone_are_not_seen(firm: Any) -> None:
    firm.keep(sf_1=None, sf_2=None)
    firm.lose("sf/1")
    with firm.store.reading() as connection:
        assert accounts_frame(connection, firm.connectors)["account"].to_list() == ["sf/account/2"]
