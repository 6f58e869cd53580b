"""Conflicts in a scored portfolio: by declared triggers, by plugins, and what cannot be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest
from detente.engine.cases.detect import Detected, detect
from detente.engine.cases.placeholders import filled
from detente.engine.policy import Policy
from detente_contracts import Conflict, Family, Kind, Merge, Signal, SignalState, SignalType, Trigger
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from core.tests.cases.conftest import Firm

NOW = datetime(2026, 1, 12, 9, tzinfo=UTC)
LATE = Trigger(
    kind="late",
    family=Family.INTERNAL,
    when="late_tickets > 0 AND score >= 50",
    title="{name}: late tickets: {late_tickets}",
    contested="support asks for it first",
    parties=("support",),
    evidence=("late_tickets", "arr"),
    severity=4,
    playbook="quarrel",
)
ROWS = {
    "customer": ["c-1", "c-2", "c-3", "c-4"],
    "name": ["Acme", "Borg", "{score}", "Delta\nInc"],
    "late_tickets": [2.0, 0.0, 1.0, None],
    "late_tickets__state": [0, 0, 0, 1],
    "arr": [1234567.0, 5.5, None, 0.0],
    "reference": [1.0, 1.0, 0.0, None],
    "score": [87.5, 90.0, 60.0, 70.0],
    "score_micro": [87_500_000, 90_000_000, 60_000_000, 70_000_000],
    "band": ["P1", "P1", "P2", "P2"],
    "part__arr": [1, 2, 3, 4],
}
PORTFOLIO = pl.DataFrame(ROWS, schema_overrides={"late_tickets__state": pl.UInt8})


def _signal(name: str, type_: SignalType = SignalType.NUMBER, decimals: int = 0) -> Signal:
    return Signal(
        name=name,
        title=name,
        unit="",
        type=type_,
        kind=Kind.ACCOUNT,
        value="1",
        merge=Merge.MAX,
        decimals=decimals,
    )


def _detect(firm: Firm, *triggers: Trigger, frame: pl.DataFrame = PORTFOLIO, **parts: object) -> Detected:
    signals = {name: _signal(name) for name in ("late_tickets", "arr")}
    signals["reference"] = _signal("reference", SignalType.FLAG)
    policy = replace(firm.bundles["b1"], triggers={item.kind: item for item in triggers}, signals=signals)
    assert isinstance(policy, Policy)
    return detect(replace(policy, **parts), frame, firm.plugins, NOW)  # type: ignore[arg-type]


def _customers(detected: Detected) -> list[str]:
    return [found.conflict.customer for found in detected.conflicts]


def _quarrels(*customers: str, kind: str = "quarrel") -> list[Conflict]:
    return [
        Conflict(kind=kind, family=Family.CHANNEL, customer=customer, title="A\tquarrel")
        for customer in customers
    ]


def test_a_trigger_finds_the_customers_for_whom_its_condition_holds(firm: Firm) -> None:
    detected = _detect(firm, LATE)
    first = detected.conflicts[0]

    assert _customers(detected) == ["c-1", "c-3"]
    assert (first.playbook, first.finder) == ("quarrel", "trigger:late")
    assert first.conflict.evidence == {"late_tickets": 2.0, "arr": 1234567.0}
    assert (first.conflict.severity, first.conflict.parties) == (4, ("support",))
    assert first.conflict.title == "Acme: late tickets: 2"


def test_what_a_crm_says_is_shown_and_never_taken_for_a_placeholder(firm: Firm) -> None:
    detected = _detect(firm, LATE.model_copy(update={"title": "{name} has {arr}, {band.__class__} {0} {}"}))

    titles = [found.conflict.title for found in detected.conflicts]
    assert titles == [
        "Acme has 1,234,567, {band.__class__} {0} {}",
        "{score} has unknown, {band.__class__} {0} {}",
    ]


def test_a_title_is_one_line_that_fits(firm: Firm) -> None:
    trigger = LATE.model_copy(update={"when": "score = 70", "title": "{name}" + " {name}" * 16})
    (found,) = _detect(firm, trigger).conflicts

    assert found.conflict.title.startswith("Delta Inc Delta Inc")
    assert len(found.conflict.title) == 160
    assert found.conflict.title.endswith("…")


@pytest.mark.parametrize(
    ("state", "undecided"),
    [
        (SignalState.KNOWN, []),
        (SignalState.ABSENT, []),
        (SignalState.HIDDEN, ["c-1"]),
        (SignalState.STALE, ["c-1"]),
    ],
)
def test_nothing_is_said_about_a_customer_whose_value_is_hidden_or_stale(
    firm: Firm, state: SignalState, undecided: list[str]
) -> None:
    states = pl.Series("late_tickets__state", [state, 0, 0, 0], dtype=pl.UInt8)
    detected = _detect(firm, LATE, frame=PORTFOLIO.with_columns(states))

    assert ("c-1" in _customers(detected)) == (not undecided)
    assert detected.looked_at(["c-1", "c-2"]) == {"trigger:late": frozenset(undecided)}


def test_a_flag_is_a_condition_of_its_own(firm: Firm) -> None:
    trigger = LATE.model_copy(update={"when": "reference AND NOT (score > 88)"})
    as_boolean = PORTFOLIO.with_columns(pl.col("reference") == 1)

    assert _customers(_detect(firm, trigger)) == ["c-1"]
    assert _customers(_detect(firm, trigger, frame=as_boolean)) == ["c-1"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"when": "late_ticket > 0"}, "did you mean 'late_tickets'"),
        ({"when": "score > (SELECT 1)"}, "trigger late, when"),
        ({"when": "score__state > 1"}, "unknown column"),
        ({"title": "{nam}"}, "did you mean 'name'"),
        ({"evidence": ("scor",)}, "did you mean 'score'"),
    ],
    ids=["unknown column", "a query", "an inner column", "unknown placeholder", "unknown evidence"],
)
def test_a_trigger_that_cannot_be_judged_is_named_and_the_others_stand(
    firm: Firm, change: dict[str, object], reason: str
) -> None:
    other = LATE.model_copy(update={"kind": "rich", "when": "arr > 5", "title": "Rich"})
    detected = _detect(firm, LATE.model_copy(update=change), other)

    assert _customers(detected) == ["c-1", "c-2"]
    assert detected.finders == {"trigger:rich"}
    assert reason in detected.problems[0]


def test_plugins_conflicts_are_taken_with_the_playbook_of_their_name_or_the_default(firm: Firm) -> None:
    firm.plugins.detectors = {"one": lambda frame: [*_quarrels("c-2"), *_quarrels("c-1", kind="noise")]}
    detected = _detect(firm)

    found = [(item.conflict.kind, item.playbook, item.finder) for item in detected.conflicts]
    assert found == [("noise", "quarrel", "plugin:one"), ("quarrel", "quarrel", "plugin:one")]
    assert detected.conflicts[0].conflict.title == "A quarrel"
    assert detected.finders == {"plugin:one"}


def test_a_conflict_without_a_playbook_is_named(firm: Firm) -> None:
    firm.plugins.detectors = {"one": lambda frame: _quarrels("c-1", "c-2", kind="quarel")}
    detected = _detect(firm, default_playbook=None)

    assert detected.conflicts == ()
    assert "did you mean 'quarrel'?; 2 conflicts have no case" in detected.problems[0]


def test_a_plugin_that_failed_has_not_looked(firm: Firm) -> None:
    firm.plugins.detectors = {"good": lambda frame: [], "bad": None}

    assert _detect(firm).finders == {"plugin:good"}


def test_a_plugins_conflict_of_nobody_is_left_out_and_named(firm: Firm) -> None:
    firm.plugins.detectors = {"one": lambda frame: _quarrels("c-1", "nobody")}
    detected = _detect(firm)

    assert _customers(detected) == ["c-1"]
    assert "1 conflicts of customers that do not exist" in detected.problems[0]


def test_one_conflict_found_twice_is_one(firm: Firm) -> None:
    firm.plugins.detectors = {"one": lambda frame: _quarrels("c-1"), "two": lambda frame: _quarrels("c-1")}
    detected = _detect(firm)

    assert [found.finder for found in detected.conflicts] == ["plugin:one"]
    assert detected.finders == {"plugin:one", "plugin:two"}


def test_nobody_is_in_conflict_in_an_empty_portfolio(firm: Firm) -> None:
    detected = _detect(firm, LATE, frame=PORTFOLIO.clear())

    assert (detected.conflicts, detected.problems) == ((), ())


_pieces = st.lists(st.sampled_from(["{a}", "{b}", "{", "}", "{{", "x", "{a.b}", "{!r}"]), max_size=8)


@given(pieces=_pieces, values=st.lists(st.text(max_size=6), min_size=2, max_size=2))
def test_only_whole_names_in_braces_are_replaced_and_each_once(
    pieces: Sequence[str], values: list[str]
) -> None:
    row = dict(zip(("a", "b"), values, strict=True))
    text = "|".join(pieces)

    whole = {"{a}": values[0], "{b}": values[1]}
    assert filled(text, row, {}) == "|".join(whole.get(piece, piece) for piece in pieces)
