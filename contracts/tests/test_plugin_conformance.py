"""The conformance kit passes a plugin that keeps every promise, and fails one that breaks any."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from detente_contracts import (
    CONTRACT_VERSION,
    PROJECT,
    CaseView,
    Conflict,
    ConnectorType,
    ContractModel,
    Criterion,
    Family,
    FieldSpec,
    FieldType,
    Frame,
    Kind,
    LinkEvidence,
    LinkProposal,
    Merge,
    NextStep,
    Playbook,
    PolicyFolder,
    ProposedWrite,
    Role,
    Row,
    Scale,
    Signal,
    SignalCatalogue,
    Stage,
    Step,
    hookimpl,
)
from detente_contracts.testing import PluginConformance

PROMISES = sorted(name for name in vars(PluginConformance) if name.startswith("test_"))
FIELDS = {
    "level": FieldSpec(
        name="level", label="L", help="h", type=FieldType.CHOICE, prefix="acme", options=("a", "b")
    ),
    "days": FieldSpec(name="days", label="D", help="h", type=FieldType.NUMBER, prefix="acme", decimals=1),
    "note": FieldSpec(name="note", label="N", help="h", type=FieldType.TEXT, prefix="acme"),
    "until": FieldSpec(name="until", label="U", help="h", type=FieldType.INSTANT, prefix="acme"),
    "page": FieldSpec(name="page", label="P", help="h", type=FieldType.URL, prefix="acme"),
}
CONNECTOR = ConnectorType(name="acme", settings=ContractModel, build=lambda settings, context: None)  # type: ignore[arg-type, return-value]


def plugin(**hooks: Callable[..., Any]) -> SimpleNamespace:
    """A plugin of these functions, each marked as a hook."""
    return SimpleNamespace(**{name: hookimpl(function) for name, function in hooks.items()})


def conformance(tested: object) -> PluginConformance:
    """The kit as the tests of this plugin would subclass it."""
    kit: PluginConformance = type("Kit", (PluginConformance,), {"plugin": tested})()
    return kit


def judge(tested: object, promise: str) -> None:
    """Check one promise; a check that is skipped has checked nothing."""
    try:
        getattr(conformance(tested), promise)()
    except pytest.skip.Exception as skipped:
        pytest.fail(f"{promise} was skipped: {skipped}")


# Plugins that answer one hook with what the test says.


def connectors(*answer: object) -> SimpleNamespace:
    return plugin(detente_provide_connectors=lambda: answer)


def declared(answer: object) -> SimpleNamespace:
    return plugin(detente_declare_fields=lambda: answer)


def policy(*paths: Path) -> SimpleNamespace:
    return plugin(detente_provide_policy=lambda: [PolicyFolder(path=path) for path in paths])


def signals(answer: object) -> SimpleNamespace:
    return plugin(detente_add_signals=lambda: answer)


def criteria(*answer: object) -> SimpleNamespace:
    return plugin(detente_add_criteria=lambda: answer)


def scored(function: Callable[[Row], Any]) -> SimpleNamespace:
    return criteria(Criterion(name="odd", title="Odd", function=function))


def scored_at_once(function: Callable[[Frame], Any]) -> SimpleNamespace:
    return criteria(Criterion(name="odd", title="Odd", frame_function=function))


def conflicts(find: Callable[[Frame], object]) -> SimpleNamespace:
    return plugin(detente_detect_conflicts=lambda portfolio: find(portfolio))


def steps(choose: Callable[[CaseView], object]) -> SimpleNamespace:
    return plugin(detente_choose_step=lambda case: choose(case))


def links(propose: Callable[[Frame], object]) -> SimpleNamespace:
    return plugin(detente_propose_links=lambda accounts: propose(accounts))


def writes(propose: Callable[[Frame], object]) -> SimpleNamespace:
    return plugin(
        detente_propose_writes=lambda portfolio: propose(portfolio),
        detente_declare_fields=lambda: list(FIELDS.values()),
    )


def written(field: str, value: str | None) -> SimpleNamespace:
    """A plugin that proposes this value for every customer."""
    return writes(lambda frame: [write(row, field, value) for row in frame.rows()])


# What they answer.


def signal(name: str) -> Signal:
    return Signal(name=name, title=name, unit="EUR", kind=Kind.ACCOUNT, value="1", merge=Merge.MAX)


def odd_connector(**changes: Any) -> ConnectorType:
    return replace(CONNECTOR, **changes)


def criterion(name: str, signal_name: str = "arr") -> Criterion:
    return Criterion(name=name, title=name, signal=signal_name, scale=Scale(bands=(Step(points=10),)))


def conflict(customer: object, **changes: Any) -> Conflict:
    values = {"kind": "odd", "family": Family.INTERNAL, "customer": customer, "title": "Odd", **changes}
    return Conflict.model_validate(values)


def link(one: object, other: object, **changes: Any) -> LinkProposal:
    evidence = (LinkEvidence("name", "same name", 1.0),)
    values = {"one": one, "other": other, "rule": "name", "confidence": 0.9, "evidence": evidence, **changes}
    return LinkProposal.model_validate(values)


def unkeyed(frame: Frame) -> list[LinkProposal]:
    """The first two accounts without a key, if there are as many."""
    found = [row["account"] for row in frame.rows() if row["customer_key"] is None]
    return [link(*found[:2])] if len(found) > 1 else []


def turned(proposals: list[LinkProposal]) -> list[LinkProposal]:
    """The same pairs the other way round."""
    return [item.model_copy(update={"one": item.other, "other": item.one}) for item in proposals]


def same_key(frame: Frame) -> list[LinkProposal]:
    """Two accounts with one key."""
    seen: dict[object, object] = {}
    for row in frame.rows():
        if row["customer_key"] is not None and row["customer_key"] in seen:
            return [link(seen[row["customer_key"]], row["account"])]
        seen[row["customer_key"]] = row["account"]
    return []


def write(row: Row, field: str = "acme_days", value: str | None = "4.5") -> ProposedWrite:
    return ProposedWrite(customer=str(row["customer"]), field=field, value=value)


def step(stage: Stage = Stage.RULING, owner: str = "Lena Vogt") -> NextStep:
    return NextStep(stage=stage, owner=owner, hours=8)


def per_call(answer: Callable[[int], object]) -> Callable[[Frame], object]:
    """An answer for each call, numbered from 0: something between calls is remembered."""
    numbers = itertools.count()
    return lambda frame: answer(next(numbers))


class Sound:
    """A plugin that implements every hook and keeps every promise."""

    detente_contract = (1, 0)

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @hookimpl
    def detente_provide_connectors(self) -> list[ConnectorType]:
        return [CONNECTOR]

    @hookimpl
    def detente_propose_links(self, accounts: Frame) -> list[LinkProposal]:
        return unkeyed(accounts)

    @hookimpl
    def detente_declare_fields(self) -> list[FieldSpec]:
        return list(FIELDS.values())

    @hookimpl
    def detente_provide_policy(self) -> list[PolicyFolder]:
        return [PolicyFolder(path=self._folder)]

    @hookimpl(specname="detente_add_signals")
    def detente_signals_of_acme(self) -> Iterator[Signal]:
        yield signal("acme_seats")

    @hookimpl
    def detente_add_criteria(self, signals: SignalCatalogue) -> list[Criterion]:
        known = sorted(signals.names() & {"acme_seats", "acme_visits"})
        return [
            *(criterion(f"scaled_{name}", name) for name in known),
            Criterion(name="each", title="Each", function=lambda row: None if row["arr"] is None else 100),
            Criterion(name="all", title="All", frame_function=lambda frame: [-100.0] * frame.height),
        ]

    @hookimpl
    def detente_detect_conflicts(self, portfolio: Frame, as_of: datetime) -> list[Conflict]:
        found = [row for row in portfolio.rows() if row["acme_seats"] is None]
        return [conflict(row["customer"], evidence={"score": row["score"]}) for row in found]

    @hookimpl
    def detente_choose_step(
        self, case: CaseView, playbook: Playbook, roles: tuple[Role, ...]
    ) -> NextStep | None:
        return None if case.stage is Stage.RULING else step(owner=case.account_owner or roles[0].holders[0])

    @hookimpl
    def detente_propose_writes(self, portfolio: Frame, as_of: datetime) -> list[ProposedWrite]:
        return [write(row) for row in portfolio.rows()]


def careless(row: Any) -> float:
    """Points that forget that a value may be unknown."""
    return float(max(-100, min(100, row["arr"])))


def with_default(portfolio: Frame, as_of: datetime | None = None) -> list[Conflict]:
    """A hook that can be called without one of its arguments."""
    return []


def with_anything(*arguments: object, **named: object) -> list[Conflict]:
    """A hook whose arguments have no names."""
    return []


HERE = Path(__file__).parent
WITHOUT_ZONE = "2026-11-03T09:00:00"

BROKEN: dict[str, list[tuple[str, object, str]]] = {
    "test_every_hook_is_known_and_takes_known_arguments": [
        ("no hook", plugin(), "implements no hook"),
        ("unknown hook", plugin(detente_add_criterions=lambda: ()), "unknown hook 'detente_add_criterions'"),
        (
            "unknown hook marked optional",
            SimpleNamespace(detente_add_signal=hookimpl(lambda: (), optionalhook=True)),
            "did you mean 'detente_add_signals'",
        ),
        ("unknown argument", plugin(detente_add_signals=lambda rubric: []), "rubric"),
    ],
    "test_hook_arguments_are_named_and_have_no_default": [
        ("default", plugin(detente_detect_conflicts=with_default), "as_of has a default value"),
        ("any arguments", plugin(detente_detect_conflicts=with_anything), r"\*arguments takes anything"),
        ("any named arguments", plugin(detente_detect_conflicts=with_anything), r"\*named takes anything"),
    ],
    "test_no_hook_is_a_wrapper": [
        ("wrapper", SimpleNamespace(detente_add_signals=hookimpl(lambda: (yield), wrapper=True)), "wrappers"),
        (
            "old wrapper",
            SimpleNamespace(detente_add_signals=hookimpl(lambda: (yield), hookwrapper=True)),
            "wrappers",
        ),
    ],
    "test_every_function_named_like_a_hook_is_marked_as_one": [
        ("forgotten marker", SimpleNamespace(detente_add_signals=lambda: ()), "detente_add_signals"),
        ("misspelt and not marked", SimpleNamespace(detente_add_signal=lambda: ()), "detente_add_signal'"),
    ],
    "test_the_contract_is_declared_and_is_one_that_exists": [
        ("none", SimpleNamespace(), "declare it"),
        ("next major", SimpleNamespace(detente_contract=(2, 0)), "assert 2 == 1"),
        ("later minor", SimpleNamespace(detente_contract=(1, 99)), f"assert 99 <= {CONTRACT_VERSION[1]}"),
        ("a list", SimpleNamespace(detente_contract=[1, 0]), "two whole numbers"),
        ("three numbers", SimpleNamespace(detente_contract=(1, 0, 0)), "two whole numbers"),
        ("text", SimpleNamespace(detente_contract="1.0"), "two whole numbers"),
    ],
    "test_connectors_have_a_name_and_a_settings_model": [
        ("something else", connectors("acme"), "returned a str where ConnectorType is wanted"),
        ("no name", connectors(odd_connector(name="")), "has no name"),
        ("settings of another kind", connectors(odd_connector(settings=dict)), "no ContractModel"),
        ("nothing to build with", connectors(odd_connector(build=None)), "build cannot be called"),
        ("one name twice", connectors(CONNECTOR, CONNECTOR), "double: \\['acme'"),
    ],
    "test_fields_stand_under_one_prefix_of_the_plugins_own": [
        ("None", declared(None), "returned None; return a list of FieldSpec"),
        ("one instead of a list", declared(FIELDS["note"]), "returned a FieldSpec; return a list"),
        ("core's prefix", declared([FIELDS["note"].model_copy(update={"prefix": PROJECT})]), "not in"),
        (
            "two prefixes",
            declared([FIELDS["note"], FIELDS["page"].model_copy(update={"prefix": "other"})]),
            "assert 2 <= 1",
        ),
        ("one key twice", declared([FIELDS["note"], FIELDS["note"]]), "double: \\['acme_note'"),
        ("around its rules", declared([FIELDS["note"].model_copy(update={"decimals": 99})]), "decimals"),
    ],
    "test_policy_folders_exist_and_their_files_are_policy": [
        ("no such folder", policy(HERE / "nowhere"), "nowhere is not a folder"),
        ("no policy in the folder", policy(HERE), "no \\*.yaml file"),
    ],
    "test_signals_are_signals_with_names_of_their_own": [
        ("None", signals(None), "returned None; return a list of Signal"),
        ("text", signals("arr"), "returned a str; return a list of Signal"),
        ("a mapping", signals({"arr": "1"}), "returned a dict; return a list of Signal"),
        ("a number", signals(3), "returned a int; return a list of Signal"),
        ("plain data", signals([{"name": "arr"}]), "returned a dict where Signal is wanted"),
        ("one name twice", signals([signal("seats"), signal("seats")]), "double: \\['seats'"),
        (
            "a number that JSON does not know",
            signals([signal("seats").model_copy(update={"empty": math.inf})]),
            "does not survive JSON",
        ),
    ],
    "test_proposed_links_are_pairs_of_accounts_in_the_frame": [
        ("None", links(lambda frame: None), "returned None; return a list of LinkProposal"),
        ("something else", links(lambda frame: [step()]), "returned a NextStep where LinkProposal is wanted"),
        ("account of nobody", links(lambda frame: [link("crm/account/0", "nobody")]), "nobody"),
        ("one pair twice", links(lambda frame: [*unkeyed(frame), *turned(unkeyed(frame))]), "double"),
        (
            "as certain as a person",
            links(lambda frame: [item.model_copy(update={"confidence": 1.0}) for item in unkeyed(frame)]),
            "confidence",
        ),
    ],
    "test_accounts_that_share_a_customer_key_are_left_to_core": [
        ("a pair with one key", links(same_key), " = "),
    ],
    "test_the_same_accounts_bring_the_same_proposed_links": [
        ("remembers", links(per_call(lambda n: [link("a", f"b{n}")])), "b1"),
    ],
    "test_no_account_brings_no_proposed_link": [
        ("None", links(lambda frame: None), "returned None; return a list of LinkProposal"),
        ("always one", links(lambda frame: [link("a", "b")]), "LinkProposal"),
    ],
    "test_criteria_are_criteria_with_names_of_their_own": [
        ("something else", criteria(signal("arr")), "returned a Signal where Criterion is wanted"),
        ("one name twice", criteria(criterion("odd"), criterion("odd")), "double: \\['odd'"),
        (
            "python without a function",
            criteria(Criterion(name="odd", title="Odd", python=True)),
            "odd: python without a function",
        ),
        (
            "a weight that JSON does not know",
            criteria(Criterion(name="odd", title="Odd", weight=math.nan, function=lambda row: 1)),
            "weight",
        ),
    ],
    "test_criteria_read_signals_that_are_known": [
        ("misspelt signal", criteria(criterion("odd", "days_to_renewl")), "did you mean 'days_to_renewal'"),
    ],
    "test_points_are_finite_and_between_minus_100_and_100": [
        ("above 100", scored(lambda row: 100.1), "odd gave 100.1: points lie between -100 and 100"),
        ("below -100", scored(lambda row: -101), "'open_tickets': None"),
        ("infinite", scored(lambda row: math.inf), "odd"),
        ("not a number", scored_at_once(lambda frame: [math.nan] * frame.height), "odd"),
        ("true and false", scored(lambda row: True), "odd"),
        ("text", scored(lambda row: "10"), "odd"),
        ("an unknown value raises", scored(careless), "NoneType"),
    ],
    "test_a_criterion_in_python_answers_once_for_each_customer": [
        ("one too few", scored_at_once(lambda frame: [1.0] * (frame.height - 1)), "odd"),
        ("one without a customer", scored_at_once(lambda frame: [1.0] * max(1, frame.height)), "odd"),
        ("nothing", scored_at_once(lambda frame: None), "NoneType"),
    ],
    "test_a_criterion_in_python_gives_the_same_points_again": [
        ("remembers", scored_at_once(per_call(lambda n: [float(n)])), "odd: other points"),
    ],
    "test_conflicts_are_conflicts_of_customers_in_the_portfolio": [
        ("None", conflicts(lambda frame: None), "returned None; return a list of Conflict"),
        ("something else", conflicts(lambda frame: [step()]), "returned a NextStep where Conflict is wanted"),
        ("customer of nobody", conflicts(lambda frame: [conflict("nobody")]), "nobody"),
        ("one twice", conflicts(lambda frame: [conflict("c1"), conflict("c1")]), "double: \\['odd:c1:'"),
        (
            "evidence that JSON does not know",
            conflicts(lambda frame: [conflict("c1", evidence={"gap": math.nan})]),
            "does not survive JSON",
        ),
    ],
    "test_the_same_portfolio_holds_the_same_conflicts": [
        ("remembers", conflicts(per_call(lambda n: [conflict("c1", subject=str(n))])), "subject"),
    ],
    "test_an_empty_portfolio_holds_no_conflict": [
        ("None", conflicts(lambda frame: None), "returned None; return a list of Conflict"),
        ("always one", conflicts(lambda frame: [conflict("c1")]), "c1"),
        (
            "raises",
            conflicts(lambda frame: [conflict(max(str(row["customer"]) for row in frame.rows()))]),
            "empty",
        ),
    ],
    "test_a_chosen_step_is_one_of_the_playbook_with_an_owner": [
        ("a list", steps(lambda case: [step()]), "returned a list"),
        ("another playbook's stage", steps(lambda case: step(Stage.APPEAL)), "not in the playbook"),
        ("a role as owner", steps(lambda case: step(owner="mediator")), "'mediator' is not a person's name"),
        ("a blank owner", steps(lambda case: step(owner=" ")), "is not a person's name"),
        ("nobody", steps(lambda case: step(owner=case.account_owner or "")), "at least 1 character"),
        ("endless", steps(lambda case: step().model_copy(update={"hours": math.inf})), "hours"),
    ],
    "test_proposed_writes_fill_fields_of_the_plugins_own": [
        ("None", writes(lambda frame: None), "returned None; return a list of ProposedWrite"),
        ("core's field", written("detente_score", "1"), "detente_score"),
        ("customer of nobody", writes(lambda frame: [write({"customer": "nobody"})]), "nobody"),
        ("one twice", writes(lambda frame: [write({"customer": "c1"})] * 2), "double"),
        ("no option", written("acme_level", "c"), "cannot hold 'c'"),
        ("no number", written("acme_days", "soon"), "cannot hold 'soon'"),
        ("a number with a comma", written("acme_days", "4,5"), "cannot hold '4,5'"),
        ("an infinite number", written("acme_days", "inf"), "cannot hold 'inf'"),
        ("a number in other digits", written("acme_days", "٤"), "cannot hold"),
        ("more decimals than the field has", written("acme_days", "4.25"), "cannot hold '4.25'"),
        ("an empty text", written("acme_note", ""), "cannot hold ''"),
        ("a text too long for CRMs", written("acme_note", "x" * 256), "cannot hold 'xxx"),
        ("no instant", written("acme_until", "tomorrowZ"), "cannot hold 'tomorrowZ'"),
        ("an instant without zone", written("acme_until", WITHOUT_ZONE), "cannot hold"),
        ("an instant in another zone", written("acme_until", f"{WITHOUT_ZONE}+01:00"), "cannot hold"),
        ("no address", written("acme_page", "javascript:alert(1)"), "cannot hold 'javascript"),
    ],
    "test_the_same_portfolio_brings_the_same_proposed_writes": [
        ("remembers", writes(per_call(lambda n: [write({"customer": f"c{n}"})])), "c0"),
    ],
    "test_an_empty_portfolio_brings_no_proposed_write": [
        ("None", writes(lambda frame: None), "returned None; return a list of ProposedWrite"),
        ("always one", writes(lambda frame: [write({"customer": "c1"})]), "c1"),
    ],
}
"""For each promise what a plugin does that breaks it, the plugin, and what the kit then says."""


@pytest.fixture
def sound(tmp_path: Path) -> Sound:
    """A plugin that keeps every promise, with a policy of its own."""
    (tmp_path / "signals.yaml").write_text(
        "signals: [{name: acme_visits, title: V, unit: visits, kind: ticket, value: '1', merge: count}]\n"
    )
    return Sound(tmp_path)


@pytest.mark.parametrize("promise", PROMISES)
def test_a_sound_plugin_keeps_every_promise(sound: Sound, promise: str) -> None:
    judge(sound, promise)


@pytest.mark.parametrize(
    ("promise", "tested", "said"),
    [
        pytest.param(promise, tested, said, id=f"{promise.removeprefix('test_')}: {fault}")
        for promise, cases in BROKEN.items()
        for fault, tested, said in cases
    ],
)
def test_a_plugin_that_breaks_a_promise_fails_it(promise: str, tested: object, said: str) -> None:
    # Any error: what a plugin itself raises fails its test too.
    with pytest.raises(Exception, match=said):
        judge(tested, promise)


def test_every_promise_is_among_those_shown_broken() -> None:
    assert sorted(BROKEN) == PROMISES


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("acme_level", "b", id="option"),
        pytest.param("acme_days", "-4", id="whole number"),
        pytest.param("acme_days", "0.5", id="number with a dot"),
        pytest.param("acme_note", "Zürich <b>", id="text"),
        pytest.param("acme_until", f"{WITHOUT_ZONE}Z", id="instant in UTC"),
        pytest.param("acme_page", "https://acme.example/1", id="address"),
        pytest.param("acme_days", None, id="cleared"),
    ],
)
def test_canonical_text_of_every_type_may_be_proposed(field: str, value: str | None) -> None:
    judge(written(field, value), "test_proposed_writes_fill_fields_of_the_plugins_own")
