"""Links, their evidence, log and passes, aliases of customers and merged records, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from detente.store import customers, links, merges
from detente.store.audit_chain import chain_length
from detente.store.database import Store
from detente.store.link_passes import LinkPass, keep_pass, last_pass, pass_of
from detente.store.links import Decision, LinkEvent, LinkEventKind, LinkRow, Standing
from detente_contracts import LinkEvidence, Ref

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
SEEN = (
    LinkEvidence("name", "both names read alder works", 6.0),
    LinkEvidence("country", "both are in DE", 1.0),
)


def a_link(one: str, other: str, confidence: float = 0.9) -> LinkRow:
    digest = links.evidence_digest(SEEN)
    source = ("name", "plugin:links", confidence, digest, Standing.SUGGESTED, "")
    return LinkRow(links.link_id(one, other), one, other, *source, None, "", "", NOW)


def test_links_come_back_by_state_the_surest_first(store: Store) -> None:
    weak, sure = a_link("a/x/1", "b/x/1", 0.6), a_link("a/x/2", "b/x/2")
    refused = replace(
        a_link("a/x/3", "b/x/3"), decision=Decision.REFUSED, actor="local:ann", why="another firm"
    )
    with store.transaction() as connection:
        links.save_links(connection, [weak, sure, refused])

        assert links.links_of(connection, Standing.SUGGESTED) == [sure, weak]
        assert links.links_of(connection, Decision.REFUSED) == [refused]
        assert {row.id: row for row in links.all_links(connection)} == {
            row.id: row for row in (weak, sure, refused)
        }
        assert links.links_by_id(connection, [weak.id, "l-none"]) == {weak.id: weak}
        assert links.links_touching(connection, ["b/x/2", "a/x/3"]) == [sure, refused]


def test_evidence_is_kept_once_under_its_digest(store: Store) -> None:
    with store.transaction() as connection:
        links.save_evidence(connection, [SEEN, SEEN, ()])
        digest = links.evidence_digest(SEEN)

        assert links.evidence_of(connection, [digest, "", "none"]) == {digest: SEEN}


def test_events_of_a_batch_stand_under_one_audit_link(store: Store) -> None:
    events = [
        LinkEvent(
            f"l-{number}", 1, NOW, LinkEventKind.JOINED, "plugin:links", {"rule": "name", "confidence": 0.9}
        )
        for number in range(3)
    ]
    with store.transaction() as connection:
        assert links.unused_batch(connection, "run-1") == "run-1"
        links.append_link_events(connection, events, "run-1", NOW)

        assert links.link_events_of(connection, "l-1") == [events[1]]
        assert links.last_seqs(connection, ["l-0", "l-9"]) == {"l-0": 1}
        assert links.unused_batch(connection, "run-1") == "run-1-2"
        assert chain_length(connection) == 1


def test_passes_are_found_by_run_and_the_latest_is_known(store: Store) -> None:
    first = LinkPass("run-a", "d1", {"automatic": 3}, ("a problem",), NOW)
    second = LinkPass("run-b", "d2", {"automatic": 0}, (), NOW)
    with store.transaction() as connection:
        assert last_pass(connection) is None
        keep_pass(connection, first)
        keep_pass(connection, second)

        assert (pass_of(connection, "run-a"), last_pass(connection)) == (first, second)


def test_an_alias_leads_to_its_successor_until_it_is_closed(store: Store) -> None:
    with store.transaction() as connection:
        customers.add_customers(connection, [("c-1", "A"), ("c-2", "B"), ("c-3", "C")], NOW)
        customers.open_aliases(connection, [("c-1", "c-2")], NOW)
        customers.open_aliases(connection, [("c-2", "c-3")], LATER)
        assert customers.successors(connection) == {"c-1": "c-3", "c-2": "c-3"}
        assert customers.resolve_customer(connection, "c-1") == "c-3"

        customers.close_aliases(connection, ["c-2"], LATER + timedelta(days=1))
        assert customers.successors(connection) == {"c-1": "c-2"}


def test_a_customer_is_known_by_the_key_that_was_noted_last(store: Store) -> None:
    with store.transaction() as connection:
        customers.add_customers(connection, [("c-1", "A")], NOW)
        customers.save_customer_keys(connection, [("c-1", "K1")])
        customers.save_customer_keys(connection, [("c-1", "K2")])

        assert [(row[0], row[2]) for row in customers.known_customers(connection)] == [("c-1", "K2")]


def test_accounts_remember_the_customers_that_nobody_belongs_to_any_more(store: Store) -> None:
    one, other = Ref("hub", "company", "1"), Ref("sf", "Account", "2")
    with store.transaction() as connection:
        customers.add_customers(connection, [("c-1", "A"), ("c-2", "B")], NOW)
        customers.add_memberships(connection, [("c-1", one, "x"), ("c-2", other, "x")], NOW)
        customers.end_memberships(connection, [other], LATER)
        customers.add_memberships(connection, [("c-1", other, "y")], LATER)

        assert customers.former_memberships(connection) == [("sf/Account/2", "c-2")]
        assert customers.members_of(connection, "c-1") == [(one, NOW, "x"), (other, LATER, "y")]
        assert customers.customers_of(connection, [one, other]) == {one: "c-1", other: "c-1"}


def test_of_two_words_about_a_merged_record_the_last_counts(store: Store) -> None:
    old = Ref("hub", "company", "1")
    with store.transaction() as connection:
        merges.note_merges(connection, {old: Ref("hub", "company", "2")}, NOW)
        merges.note_merges(connection, {old: Ref("hub", "company", "3")}, LATER)

        assert merges.merges(connection) == {"hub/company/1": "hub/company/3"}


@pytest.mark.parametrize("confidence", [0.0, 0.98, 1.0])
def test_confidence_is_kept_to_the_last_bit(store: Store, confidence: float) -> None:
    row = a_link("a/x/1", "b/x/1", confidence)
    with store.transaction() as connection:
        links.save_links(connection, [row])

        assert links.all_links(connection) == [row]
