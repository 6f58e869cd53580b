"""Which accounts are proposed as one customer, by which rule, and what is said for and against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import detente_links
import polars as pl
import pytest
from detente_contracts import ACCOUNT_COLUMNS, Frame, LinkProposal, Row, Value
from detente_contracts.testing import PluginConformance

AUTOMATIC = 0.98
SCHEMA: Mapping[str, type[pl.DataType]] = {
    name: pl.Int64 if name == "employees" else pl.String for name in ACCOUNT_COLUMNS
}


class Accounts:
    """Accounts as a Frame over Polars, which takes part in Arrow."""

    def __init__(self, rows: Sequence[Row]) -> None:
        filled = [{name: row.get(name) for name in ACCOUNT_COLUMNS} for row in rows]
        self._frame = pl.DataFrame(filled, schema=SCHEMA)

    @property
    def columns(self) -> Sequence[str]:
        """Column names, `account` first."""
        return self._frame.columns

    @property
    def height(self) -> int:
        """How many accounts there are."""
        return self._frame.height

    def rows(self) -> Iterator[Row]:
        """One mapping an account."""
        return self._frame.iter_rows(named=True)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


class TestLinks(PluginConformance):
    """The promises of every plugin."""

    plugin: ClassVar[object] = detente_links

    def frame(self, rows: Sequence[Row], columns: Sequence[str]) -> Frame:
        return Accounts(rows)


def account(ref: str, name: str | None, domain: str | None = None, **values: Value) -> Row:
    """An account `crm/id`, with what the test says of it."""
    connector, record_id = ref.split("/")
    told: dict[str, Value] = {"account": f"{connector}/account/{record_id}", "connector": connector}
    return {**told, "id": record_id, "name": name, "domain": domain, **values}


def proposed(*rows: Row) -> dict[str, LinkProposal]:
    """Proposals by their two accounts, such as `a/1 = b/1`."""
    found = detente_links.detente_propose_links(Accounts(rows))
    return {f"{item.one} = {item.other}".replace("/account/", "/"): item for item in found}


def only(*rows: Row) -> LinkProposal:
    """The one proposal over these accounts."""
    (found,) = proposed(*rows).values()
    return found


ACME = account("a/1", "Alder Works GmbH", "alder.example", country="Germany")


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        pytest.param(
            account("b/1", "ALDER WORKS", "www.alder.example", country="DE"), "name_and_domain", id="seat"
        ),
        pytest.param(
            account("b/1", "Alder-Works G.m.b.H.", "alder.example"), "name_and_domain", id="legal form"
        ),
        pytest.param(
            account("b/1", "Works, Alder", "alder.example", country="DE"), "name_and_domain", id="order"
        ),
        pytest.param(
            account("b/1", "Alder Wroks", "alder.example", country="DE"), "slip_and_domain", id="slip"
        ),
    ],
)
def test_the_same_firm_is_found_in_other_spellings(other: Row, rule: str) -> None:
    found = only(ACME, other)

    assert found.rule == rule
    assert found.confidence >= AUTOMATIC


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(
            account("b/1", "Alder Works SAS", "alder.example", country="France"), id="sister abroad"
        ),
        pytest.param(
            account("b/1", "Alder Works GmbH", "alder.example", country="Austria"), id="sister of one form"
        ),
        pytest.param(
            account("b/1", "Alder Works AG", "alder.example", country="Germany"), id="parent of one seat"
        ),
        pytest.param(account("b/1", "Alder Works Holding", "alder.example", country="Germany"), id="holding"),
        pytest.param(account("b/1", "Alder Works Nordic", "alder.example", country="Germany"), id="branch"),
        pytest.param(account("b/1", "Alder Works", "alder.example"), id="brand alone"),
        pytest.param(account("b/1", "Alder Wroks", "alder.example"), id="slip in a brand alone"),
        pytest.param(account("b/1", "Alder Foods", "alder.example", country="Germany"), id="another firm"),
        pytest.param(account("b/1", "Alder Works", "gmail.com", country="Germany"), id="free mail"),
        pytest.param(account("b/1", "Alder Works", "other.example", country="Germany"), id="another domain"),
        pytest.param(
            account("b/1", "Alder Works GmbH", "alder.example", country="Germany", customer_key="K2"),
            id="another key",
        ),
    ],
)
def test_a_shared_brand_or_domain_alone_joins_nobody(other: Row) -> None:
    found = proposed({**ACME, "customer_key": "K1"}, other)

    assert all(item.confidence < AUTOMATIC for item in found.values())


def test_a_sister_in_a_third_crm_makes_a_bare_brand_doubtful() -> None:
    sisters = [
        account("c/1", "Alder Works SAS", "alder.example", country="France"),
        account("c/2", "Alder Works Ltd", "alder.example", country="UK"),
    ]
    found = proposed(ACME, account("b/1", "Alder Works", "alder.example"), *sisters)

    assert found["a/1 = b/1"].confidence < AUTOMATIC


def test_one_account_that_fits_two_is_left_to_people() -> None:
    found = proposed(
        account("a/1", "Alder Works", "alder.example", country="DE"),
        account("b/1", "Alder Works", "alder.example", country="DE"),
        account("b/2", "Alder Works", "alder.example", country="DE"),
    )

    assert {item.rule for item in found.values()} == {"one_of_several"}
    assert any("one more account fits as well" in item.said for item in found["a/1 = b/1"].evidence)


def test_doubles_under_one_key_are_one_firm_and_no_rivals() -> None:
    found = proposed(
        account("a/1", "Alder Works", "alder.example", country="DE"),
        account("b/1", "Alder Works", "alder.example", country="DE", customer_key="K1"),
        account("b/2", "Alder Works", "alder.example", country="DE", customer_key="K1"),
    )

    assert {item.rule for item in found.values()} == {"name_and_domain"}


def test_a_brand_is_given_to_the_member_of_its_seat() -> None:
    found = proposed(
        account("a/1", "Alder Works", "alder.example", country="France"),
        account("b/1", "Alder Works Ltd", "alder.example", country="United Kingdom"),
        account("b/2", "Alder Works SAS", "alder.example", country="FR"),
    )

    assert [name for name, item in found.items() if item.confidence >= AUTOMATIC] == ["a/1 = b/2"]


def test_words_that_other_firms_have_in_their_names_are_no_slips() -> None:
    crowd = [
        account(f"b/{n}", f"{word} Mill {n}", f"m{n}.example")
        for n, word in enumerate(["North", "South"] * 3)
    ]
    found = proposed(
        account("a/1", "Alder North", "alder.example", country="DE"),
        account("b/90", "Alder South", "alder.example", country="DE"),
        *crowd,
    )

    assert found["a/1 = b/90"].rule != "slip_and_domain"


def test_numbers_in_names_are_never_slips() -> None:
    found = only(
        account("a/1", "Alder Store 1234567", "alder.example", country="DE"),
        account("b/1", "Alder Store 1234568", "alder.example", country="DE"),
    )

    assert found.confidence < AUTOMATIC


def test_evidence_says_what_agreed_and_what_did_not() -> None:
    found = only(ACME, account("b/1", "Brook Foods GmbH", "alder.example", country="Deutschland"))

    assert [(item.about, item.said) for item in found.evidence] == [
        ("name", "the names differ: alder works, brook foods"),
        ("domain", "both use alder.example"),
        ("country", "both are in DE"),
        ("form", "both are gmbh"),
    ]
    assert [item.weight > 0 for item in found.evidence] == [False, True, True, True]


@pytest.mark.parametrize("against", ["country", "legal form", "parent", "customer key"])
def test_what_something_speaks_against_is_not_even_suggested(against: str) -> None:
    other = account("b/1", "Alder Works", "alder.example", country="DE")
    said: dict[str, Row] = {
        "country": {**other, "country": "France"},
        "legal form": {**other, "name": "Alder Works AG"},
        "parent": {**other, "parent": "b/account/9"},
        "customer key": {**other, "customer_key": "K2"},
    }
    parents = [account("a/9", "North Group", "north.example"), account("b/9", "South Group", "south.example")]
    found = proposed({**ACME, "customer_key": "K1", "parent": "a/account/9"}, said[against], *parents)

    assert "a/1 = b/1" not in found


def test_addresses_of_contacts_speak_where_the_domain_is_missing() -> None:
    found = only(
        account("a/1", "Alder Works", "alder.example", country="DE"),
        account("b/1", "Alder Works", None, country="DE", contact_domains="gmail.com alder.example"),
    )

    assert found.rule == "name_and_contacts"


def test_accounts_of_one_crm_are_never_proposed() -> None:
    assert proposed(ACME, {**ACME, "account": "a/account/2", "id": "2"}) == {}


def test_a_provider_of_mail_that_no_list_knows_is_recognised_by_the_crowd_that_uses_it() -> None:
    crowd = [account(f"b/{n}", f"Firm {n} of many", "post.example") for n in range(10)]
    found = proposed(
        account("a/1", "Alder Works", "post.example", country="DE"),
        account("b/90", "Alder Works", "post.example", country="DE"),
        *crowd,
    )

    assert all(item.confidence < AUTOMATIC for item in found.values())


def test_a_name_or_domain_that_everybody_has_makes_no_pairs() -> None:
    rows = [
        account(f"{crm}/{n}", "Unknown", "agency.example", country="DE") for crm in "ab" for n in range(40)
    ]

    assert proposed(*rows) == {}
