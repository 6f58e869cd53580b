"""Which proposals of plugins can be written."""

from __future__ import annotations

import pytest
from detente.engine.writing.desired import Proposal
from detente.engine.writing.proposals import Taken, take_proposals
from detente_contracts import FieldSpec, FieldType, ProposedWrite

WATCH = FieldSpec(
    prefix="renewal",
    name="watch",
    label="Watch",
    help="x",
    type=FieldType.CHOICE,
    options=("later", "lapsed"),
)


def take(*proposals: ProposedWrite) -> Taken:
    return take_proposals([("watch", proposals)], [WATCH], {"c-1", "c-2"})


def propose(value: str | None, *, customer: str = "c-1", field: str = "renewal_watch") -> ProposedWrite:
    return ProposedWrite(customer=customer, field=field, value=value, reason="so")


def test_proposals_that_fit_their_field_are_taken() -> None:
    taken = take(propose("later"), propose(None, customer="c-2"))

    assert taken.proposed == {
        "c-1": {"renewal_watch": Proposal("later", "so")},
        "c-2": {"renewal_watch": Proposal(None, "so")},
    }
    assert taken.problems == ()


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        pytest.param(propose("soon"), "none of its options (later, lapsed)", id="no option"),
        pytest.param(propose("later", field="renewal_wacht"), "did you mean 'renewal_watch'", id="misspelt"),
        pytest.param(propose("later", customer="Acme"), "customer that does not exist", id="no customer"),
        pytest.param(propose("P1", field="detente_priority"), "unknown field", id="a field of core's"),
    ],
)
def test_a_proposal_that_does_not_fit_is_named_and_the_others_are_taken(
    bad: ProposedWrite, words: str
) -> None:
    taken = take(bad, bad, propose("lapsed"))

    assert taken.proposed == {"c-1": {"renewal_watch": Proposal("lapsed", "so")}}
    ((plugin, problem),) = taken.problems
    assert plugin == "watch"
    assert words in problem
    assert "(2 times)" in problem
    assert "Acme" not in problem


def test_of_two_values_for_one_field_the_first_stands() -> None:
    taken = take(propose("later"), propose("lapsed"))

    assert taken.proposed["c-1"]["renewal_watch"].value == "later"
    assert [problem for _, problem in taken.problems] == [
        "proposed renewal_watch twice for one customer (1 times)"
    ]
