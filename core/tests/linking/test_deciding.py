"""What people decide about links holds, can be undone, and never contradicts itself."""

from __future__ import annotations

from typing import Any

import pytest
from detente.engine.linking.deciding import local_actor
from detente.store.links import Decision, link_id
from detente_contracts import ConfigurationError, RuleViolationError


def test_what_a_person_accepts_is_joined_with_the_next_run_although_keys_differ(firm: Any) -> None:
    firm.keep(sf_1="K1", hub_1="K2", zen_1="K2")
    firm.run()
    firm.accept("sf/1", "hub/1")
    assert len(firm.groups()) == 2
    firm.run()

    assert firm.groups() == {frozenset({"sf/1", "hub/1", "zen/1"})}


def test_an_account_that_is_restored_after_a_merge_can_be_kept_apart_from_its_heir(firm: Any) -> None:
    firm.keep(sf_1="K", sf_2="K")
    firm.lose("sf/2", into="sf/1")
    firm.run()
    firm.keep(sf_2="K")
    firm.refuse("sf/1", "sf/2")
    firm.run()

    assert firm.groups() == {frozenset({"sf/1"}), frozenset({"sf/2"})}


@pytest.mark.parametrize("key", ["K1", None], ids=["shared key", "evidence"])
def test_what_a_person_refuses_is_parted_and_never_comes_back_by_itself(firm: Any, key: str | None) -> None:
    firm.keep(sf_1=key, hub_1=key)
    firm.propose("sf/1", "hub/1")
    firm.run()
    firm.refuse("sf/1", "hub/1")
    for number in range(2):
        firm.keep(**{f"zen_{number}": None})
        firm.run()

    assert frozenset({"sf/1"}) in firm.groups()
    assert firm.suggested() == []


def test_a_refused_pair_does_not_meet_over_a_third_account(firm: Any) -> None:
    firm.keep(sf_1=None, hub_1=None, zen_1=None)
    firm.propose("sf/1", "zen/1")
    firm.propose("hub/1", "zen/1", 0.985)
    firm.refuse("sf/1", "hub/1")
    firm.run()

    assert firm.groups() == {frozenset({"sf/1", "zen/1"}), frozenset({"hub/1"})}


def test_people_are_not_asked_about_other_accounts_of_customers_that_they_keep_apart(firm: Any) -> None:
    firm.keep(sf_1="K1", sf_2="K1", hub_1=None)
    firm.refuse("sf/1", "hub/1")
    firm.propose("sf/2", "hub/1", 0.9)
    firm.run()

    assert firm.suggested() == []


def test_an_undone_refusal_lets_the_evidence_speak_again(firm: Any) -> None:
    firm.keep(sf_1=None, hub_1=None)
    firm.propose("sf/1", "hub/1")
    firm.run()
    firm.refuse("sf/1", "hub/1")
    firm.run()
    firm.undo("sf/1", "hub/1")
    firm.run()

    assert len(firm.groups()) == 1


def test_an_automatic_link_that_is_undone_counts_as_refused(firm: Any) -> None:
    firm.keep(sf_1="K1", hub_1="K1")
    firm.run()
    row = firm.undo("sf/1", "hub/1")
    firm.run()

    assert row.decision is Decision.REFUSED
    assert len(firm.groups()) == 2


def test_a_suggestion_about_which_nothing_was_decided_cannot_be_undone(firm: Any) -> None:
    firm.keep(sf_1=None, hub_1=None)
    firm.propose("sf/1", "hub/1", 0.6)
    firm.run()

    with pytest.raises(RuleViolationError, match="nothing was done"):
        firm.undo("sf/1", "hub/1")


def test_an_accept_that_a_refusal_rules_out_is_refused_with_its_name(firm: Any) -> None:
    firm.keep(sf_1=None, hub_1=None, zen_1=None)
    firm.accept("sf/1", "hub/1")
    refused = firm.refuse("sf/1", "zen/1")

    with pytest.raises(RuleViolationError, match=rf"{refused.id} \(refused by local:ann\)"):
        firm.accept("hub/1", "zen/1")


def test_a_refusal_that_accepts_rule_out_is_refused_with_their_names(firm: Any) -> None:
    firm.keep(sf_1=None, hub_1=None, zen_1=None)
    first, second = firm.accept("sf/1", "hub/1"), firm.accept("hub/1", "zen/1")

    with pytest.raises(RuleViolationError, match="are one by") as caught:
        firm.refuse("sf/1", "zen/1")
    assert first.id in caught.value.message
    assert second.id in caught.value.message


def test_several_decisions_of_one_act_are_all_made_or_none(firm: Any) -> None:
    firm.keep(sf_1=None, hub_1=None, zen_1=None)
    firm.refuse("sf/1", "zen/1")
    pairs = ["sf/account/1=hub/account/1", "hub/account/1=zen/account/1"]
    with pytest.raises(RuleViolationError):
        firm.decide(Decision.ACCEPTED, *pairs)
    firm.run()

    assert len(firm.groups()) == 3


@pytest.mark.parametrize(
    ("target", "said"),
    [
        pytest.param("l-0000000000", "no link 'l-0000000000'", id="unknown link"),
        pytest.param("sf/account/1=hub/account/9", "no account 'hub/account/9'", id="unknown account"),
        pytest.param("sf/account/1=hub", "no account 'hub'", id="no account at all"),
        pytest.param("sf/account/1=sf/account/1", "is one account", id="one account"),
    ],
)
def test_a_decision_about_what_there_is_not_is_refused(firm: Any, target: str, said: str) -> None:
    firm.keep(sf_1=None)

    with pytest.raises(ConfigurationError, match=said):
        firm.decide(Decision.ACCEPTED, target)


def test_a_decision_made_twice_is_logged_once(firm: Any) -> None:
    firm.keep(sf_1=None, hub_1=None)
    first = firm.accept("sf/1", "hub/1")

    assert firm.accept("sf/1", "hub/1") == first
    assert firm.problems() == []


def test_a_link_has_one_id_whichever_account_comes_first() -> None:
    assert link_id("a/b/1", "c/d/2") == link_id("c/d/2", "a/b/1")


def test_who_acts_is_named_as_a_local_user() -> None:
    assert local_actor().startswith("local:")
