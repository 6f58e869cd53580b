"""Which accounts become one customer: by key, by evidence, and never against a key, a person or a CRM."""

from __future__ import annotations

from typing import Any

import pytest
from detente.store.links import link_events_of, link_id


def test_accounts_that_share_a_customer_key_are_one_customer(firm: Any) -> None:
    firm.keep(sf_1="K1", hub_1="K1", hub_2="K1", zen_1="K2", zen_2=None)
    told = firm.run()

    assert firm.groups() == {
        frozenset({"sf/1", "hub/1", "hub/2"}),
        frozenset({"zen/1"}),
        frozenset({"zen/2"}),
    }
    assert (told.counts["by_key"], told.counts["suggested"]) == (2, 0)


def test_evidence_that_reaches_the_bar_joins_and_less_is_asked(firm: Any) -> None:
    firm.keep(sf_1=None, hub_1=None, zen_1=None)
    firm.propose("sf/1", "hub/1", 0.98)
    firm.propose("sf/1", "zen/1", 0.979)
    told = firm.run()

    assert frozenset({"sf/1", "hub/1"}) in firm.groups()
    assert [(row.one, row.other) for row in firm.suggested()] == [("sf/account/1", "zen/account/1")]
    assert (told.counts["by_evidence"], told.counts["suggested"]) == (1, 1)


def test_a_key_that_differs_vetoes_whatever_the_evidence_says(firm: Any) -> None:
    firm.keep(sf_1="K1", hub_1="K2")
    firm.propose("sf/1", "hub/1", 0.999)
    firm.run()

    assert len(firm.groups()) == 2
    assert [row.held_back for row in firm.suggested()] == ["their customer keys differ"]


def test_two_keys_do_not_meet_over_a_third_account_without_one(firm: Any) -> None:
    firm.keep(sf_1="K1", zen_1=None, hub_1="K2")
    firm.propose("sf/1", "zen/1", 0.995)
    firm.propose("hub/1", "zen/1", 0.99)
    firm.run()

    assert firm.groups() == {frozenset({"sf/1", "zen/1"}), frozenset({"hub/1"})}


def test_evidence_alone_brings_no_two_accounts_of_one_crm_together(firm: Any) -> None:
    """A parent and its subsidiary would meet so, over an account of another CRM that looks like both."""
    firm.keep(sf_1=None, sf_2=None, hub_1=None)
    firm.propose("sf/1", "hub/1", 0.995)
    firm.propose("sf/2", "hub/1", 0.99)
    firm.run()

    assert firm.groups() == {frozenset({"sf/1", "hub/1"}), frozenset({"sf/2"})}
    assert [row.held_back for row in firm.suggested()] == ["two accounts of one CRM would meet"]


def test_people_are_asked_once_about_two_customers(firm: Any) -> None:
    firm.keep(sf_1="K1", sf_2="K1", hub_1="K2", hub_2="K2")
    for one, other, confidence in [("sf/1", "hub/1", 0.6), ("sf/2", "hub/2", 0.9), ("sf/1", "hub/2", 0.7)]:
        firm.propose(one, other, confidence)
    firm.run()

    assert [row.confidence for row in firm.suggested()] == [0.9]


def test_below_the_policy_s_bar_nobody_is_asked(firm: Any) -> None:
    firm.keep(sf_1=None, hub_1=None)
    firm.propose("sf/1", "hub/1", 0.49)

    assert firm.run().counts["suggested"] == 0


def test_the_more_confident_of_two_plugins_is_heard(firm: Any) -> None:
    firm.keep(sf_1=None, hub_1=None)
    firm.propose("sf/1", "hub/1", 0.7)
    firm.plugins.answers["other"] = [firm.plugins.answers["links"][0].model_copy(update={"confidence": 0.8})]
    firm.run()

    assert [(row.source, row.confidence) for row in firm.suggested()] == [("plugin:other", 0.8)]


def test_a_pass_over_the_same_accounts_asks_no_plugin_and_changes_nothing(firm: Any) -> None:
    firm.keep(sf_1="K1", hub_1="K1", zen_1=None)
    firm.propose("sf/1", "zen/1", 0.7)
    firm.run()
    before, asked = firm.customers(), firm.plugins.asked
    told = firm.run()

    assert (firm.customers(), firm.plugins.asked) == (before, asked)
    assert (told.counts["automatic"], told.counts["suggested"]) == (0, 1)


def test_the_same_run_taken_up_again_tells_the_same_counts(firm: Any) -> None:
    firm.keep(sf_1="K1", hub_1="K1")
    first = firm.run("run-a")

    assert firm.run("run-a").counts == first.counts


def test_what_a_plugin_said_stands_while_it_fails_and_ends_when_it_is_gone(firm: Any) -> None:
    firm.keep(sf_1=None, hub_1=None)
    firm.propose("sf/1", "hub/1")
    firm.run()
    told, firm.plugins.answers["links"] = firm.plugins.answers["links"], None
    firm.run()
    assert len(firm.groups()) == 1

    firm.plugins.answers["links"] = told
    firm.run()
    firm.plugins.answers = {}
    firm.run()
    assert len(firm.groups()) == 2


def test_a_plugin_that_failed_is_asked_again_though_nothing_changed(firm: Any) -> None:
    firm.keep(sf_1=None)
    firm.plugins.answers["links"] = None
    firm.run()
    firm.run()

    assert firm.plugins.asked == 2


def test_evidence_that_no_longer_holds_joins_nobody_any_more(firm: Any) -> None:
    firm.keep(sf_1=None, hub_1=None)
    firm.propose("sf/1", "hub/1")
    firm.run()
    joined = firm.customers()
    firm.plugins.answers["links"] = []
    firm.keep(sf_1=None, hub_1=None, zen_9=None)
    firm.run()

    assert len(firm.groups()) == 3
    assert joined["sf/1"] in firm.customers().values()


def test_every_change_of_a_link_is_in_its_log_and_under_the_audit_chain(firm: Any) -> None:
    firm.keep(sf_1=None, hub_1=None)
    firm.propose("sf/1", "hub/1")
    firm.run()
    firm.undo("sf/1", "hub/1")
    firm.run()
    with firm.store.reading() as connection:
        log = link_events_of(connection, link_id("sf/account/1", "hub/account/1"))

    assert [(event.seq, event.kind, event.actor) for event in log] == [
        (1, "joined", "plugin:links"),
        (2, "undone", "local:ann"),
        (3, "withdrawn", "plugin:links"),
    ]
    assert firm.problems() == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        pytest.param(
            "UPDATE link_event SET actor = 'local:eve' WHERE seq = 2", "links undone", id="who decided"
        ),
        pytest.param("DELETE FROM link_event WHERE seq = 2", "links undone", id="that somebody decided"),
        pytest.param("UPDATE link_evidence SET content = '[]'", "evidence", id="what was seen"),
    ],
)
def test_the_audit_trail_finds_what_somebody_changed(firm: Any, statement: str, said: str) -> None:
    firm.keep(sf_1=None, hub_1=None)
    firm.propose("sf/1", "hub/1")
    firm.run()
    firm.undo("sf/1", "hub/1")
    with firm.store.transaction() as connection:
        connection.exec_driver_sql(statement)

    assert [problem for problem in firm.problems() if problem.startswith(said)]


def test_evidence_can_be_erased_and_the_audit_trail_stays_whole(firm: Any) -> None:
    firm.keep(sf_1=None, hub_1=None)
    firm.propose("sf/1", "hub/1")
    firm.run()
    with firm.store.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM link_evidence")

    assert firm.problems() == []
