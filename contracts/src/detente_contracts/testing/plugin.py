"""What every plugin promises: subclass PluginConformance and name the plugin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import product
from typing import Any, ClassVar

import pluggy
import pytest

from detente_contracts import hookspecs
from detente_contracts.cases import NextStep, Stage
from detente_contracts.conflicts import Conflict
from detente_contracts.connector import ConnectorType
from detente_contracts.criteria import Criterion, Frame, Row
from detente_contracts.errors import unknown_name
from detente_contracts.fields import FieldSpec
from detente_contracts.hookspecs import CONTRACT_VERSION, PROJECT
from detente_contracts.links import ACCOUNT_COLUMNS, LinkProposal
from detente_contracts.models import ContractModel
from detente_contracts.policy import PolicyFolder
from detente_contracts.signals import Signal, SignalCatalogue
from detente_contracts.testing.account_rows import account_rows
from detente_contracts.testing.frames import FrameOfRows
from detente_contracts.testing.promises import (
    RETURNS,
    assert_unique,
    has_code,
    is_canonical,
    is_contract,
    is_points,
    listed,
    loose_arguments,
    points_of,
    policy_files,
    survives_json,
)
from detente_contracts.testing.rows import SAMPLE_SIGNALS, customer_rows
from detente_contracts.testing.sample_cases import (
    SAMPLE_PLAYBOOK,
    SAMPLE_ROLES,
    names_a_person,
    sample_case,
)
from detente_contracts.writes import ProposedWrite

_AS_OF = datetime(2026, 11, 3, 9, tzinfo=UTC)


class PluginConformance:
    """Promises of a plugin. Set `plugin` to the module or object; what it does not implement is skipped.

    `signals` are known besides the plugin's own; `examples` are rows that the plugin cares about, added to
    the generated ones. A plugin that takes frames through Arrow overrides `frame`.
    """

    plugin: ClassVar[object]
    signals: ClassVar[Sequence[Signal]] = SAMPLE_SIGNALS
    lenses: ClassVar[Sequence[str]] = ("sales", "support", "product")
    examples: ClassVar[Sequence[Row]] = ()

    def frame(self, rows: Sequence[Row], columns: Sequence[str]) -> Frame:
        """`rows` as the Frame that the plugin's hooks receive; `columns` hold when there are no rows."""
        return FrameOfRows(rows, columns)

    # What the checks below are made of.

    def manager(self) -> pluggy.PluginManager:
        """A plugin manager that knows the hooks and this plugin only."""
        manager = pluggy.PluginManager(PROJECT)
        manager.add_hookspecs(hookspecs)
        manager.register(self.plugin, name="plugin")
        return manager

    def answers(self, hook: str, **arguments: object) -> list[Any]:
        """What the plugin answers to `hook`, as a list; the test is skipped when it does not implement it."""
        if not getattr(self.manager().hook, hook).get_hookimpls():
            pytest.skip(f"the plugin does not implement {hook}")
        return self.offered(hook, **arguments)

    def offered(self, hook: str, **arguments: object) -> list[Any]:
        """As `answers`, and empty when the plugin does not implement `hook`."""
        # Called one by one: pluggy drops an answer of None without a word.
        return [
            item
            for implementation in getattr(self.manager().hook, hook).get_hookimpls()
            for item in listed(hook, implementation.function(*map(arguments.get, implementation.argnames)))
        ]

    def catalogue(self) -> SignalCatalogue:
        """`signals`, those the plugin adds and those of its policy; a later one replaces by name."""
        own: list[Signal] = self.offered("detente_add_signals")
        for file in policy_files(self.offered("detente_provide_policy")).values():
            own.extend(file.signals)
        return SignalCatalogue(signals=tuple({s.name: s for s in (*self.signals, *own)}.values()))

    def portfolio(self) -> Frame:
        """Generated customers and the plugin's own examples."""
        rows = customer_rows(self.catalogue().signals, lenses=self.lenses)
        named = [{"customer": f"example{place}", **row} for place, row in enumerate(self.examples)]
        return self.frame([*rows, *named], list(rows[0]))

    def empty(self) -> Frame:
        """The portfolio's columns without a customer."""
        return self.frame([], list(self.portfolio().columns))

    def accounts(self) -> Frame:
        """Generated accounts of three CRMs."""
        return self.frame(account_rows(), ACCOUNT_COLUMNS)

    # Hooks as such.

    def test_every_hook_is_known_and_takes_known_arguments(self) -> None:
        implementations = self._implementations()

        assert implementations, "the plugin implements no hook"
        for hook, _ in implementations:
            assert hook in RETURNS, unknown_name("hook", hook, RETURNS)

    def test_hook_arguments_are_named_and_have_no_default(self) -> None:
        for hook, implementation in self._implementations():
            loose = loose_arguments(implementation.function)
            assert not loose, f"{hook}: {', '.join(loose)}"

    def test_no_hook_is_a_wrapper(self) -> None:
        for hook, implementation in self._implementations():
            is_wrapper = implementation.wrapper or implementation.hookwrapper
            assert not is_wrapper, f"{hook}: wrappers are not called, every plugin answers alone"

    def test_every_function_named_like_a_hook_is_marked_as_one(self) -> None:
        manager = self.manager()
        named = {name for name in dir(self.plugin) if name.startswith(f"{PROJECT}_")}
        unmarked = {name for name in named if manager.parse_hookimpl_opts(self.plugin, name) is None}

        assert not [name for name in sorted(unmarked) if callable(getattr(self.plugin, name))], "unmarked"

    def test_the_contract_is_declared_and_is_one_that_exists(self) -> None:
        wanted = getattr(self.plugin, "detente_contract", None)

        assert wanted is not None, f"declare it: detente_contract = {CONTRACT_VERSION}"
        assert is_contract(wanted), f"detente_contract must be two whole numbers, such as {CONTRACT_VERSION}"
        assert wanted[0] == CONTRACT_VERSION[0]
        assert wanted[1] <= CONTRACT_VERSION[1]

    # What is offered when Detente starts.

    def test_connectors_have_a_name_and_a_settings_model(self) -> None:
        types: list[ConnectorType] = self.answers("detente_provide_connectors")

        for item in types:
            assert isinstance(item.name, str) and item.name, "a connector type has no name"
            assert issubclass(item.settings, ContractModel), f"{item.name}: settings are no ContractModel"
            assert callable(item.build), f"{item.name}: build cannot be called"
        assert_unique(item.name for item in types)

    def test_fields_stand_under_one_prefix_of_the_plugins_own(self) -> None:
        fields = self._models("detente_declare_fields")

        assert len({field.prefix for field in fields}) <= 1
        assert "detente" not in {field.prefix for field in fields}
        assert_unique(field.key for field in fields)

    def test_policy_folders_exist_and_their_files_are_policy(self) -> None:
        folders: list[PolicyFolder] = self._models("detente_provide_policy")

        for folder in folders:
            assert folder.path.is_dir(), f"{folder.path} is not a folder"
            assert policy_files([folder]), f"no *.yaml file in {folder.path}"

    def test_signals_are_signals_with_names_of_their_own(self) -> None:
        assert_unique(signal.name for signal in self._models("detente_add_signals"))

    # Links.

    def test_proposed_links_are_pairs_of_accounts_in_the_frame(self) -> None:
        frame = self.accounts()
        proposed: list[LinkProposal] = self._models("detente_propose_links", accounts=frame)

        known = {row["account"] for row in frame.rows()}
        assert {end for item in proposed for end in (item.one, item.other)} <= known
        assert_unique(" = ".join(sorted((item.one, item.other))) for item in proposed)

    def test_accounts_that_share_a_customer_key_are_left_to_core(self) -> None:
        frame = self.accounts()
        keys = {row["account"]: row["customer_key"] for row in frame.rows()}

        for item in self.answers("detente_propose_links", accounts=frame):
            assert keys[item.one] is None or keys[item.one] != keys[item.other], f"{item.one} = {item.other}"

    def test_the_same_accounts_bring_the_same_proposed_links(self) -> None:
        first = self.answers("detente_propose_links", accounts=self.accounts())

        assert first == self.answers("detente_propose_links", accounts=self.accounts())

    def test_no_account_brings_no_proposed_link(self) -> None:
        assert self.answers("detente_propose_links", accounts=self.frame([], ACCOUNT_COLUMNS)) == []

    # Criteria.

    def test_criteria_are_criteria_with_names_of_their_own(self) -> None:
        criteria = self._models("detente_add_criteria", signals=self.catalogue())

        assert_unique(criterion.name for criterion in criteria)
        for criterion in criteria:
            assert has_code(criterion) or not criterion.python, f"{criterion.name}: python without a function"

    def test_criteria_read_signals_that_are_known(self) -> None:
        known = self.catalogue().names()
        criteria: list[Criterion] = self.answers("detente_add_criteria", signals=self.catalogue())

        for signal in [item.signal for item in criteria if item.signal is not None]:
            assert signal in known, unknown_name("signal", signal, known)

    def test_points_are_finite_and_between_minus_100_and_100(self) -> None:
        frame, known = self.portfolio(), sorted(self.catalogue().names())
        for criterion in self.answers("detente_add_criteria", signals=self.catalogue()):
            for row, value in zip(frame.rows(), points_of(criterion, frame), strict=False):
                asked = {name: row[name] for name in known}
                fault = f"{criterion.name} gave {value!r}: points lie between -100 and 100. Asked for {asked}"
                assert is_points(value), fault

    def test_a_criterion_in_python_answers_once_for_each_customer(self) -> None:
        for criterion in self._criteria_in_python():
            assert len(points_of(criterion, self.portfolio())) == self.portfolio().height, criterion.name
            assert len(points_of(criterion, self.empty())) == 0, criterion.name

    def test_a_criterion_in_python_gives_the_same_points_again(self) -> None:
        for criterion in self._criteria_in_python():
            first = points_of(criterion, self.portfolio())
            assert first == points_of(criterion, self.portfolio()), f"{criterion.name}: other points"

    # Conflicts.

    def test_conflicts_are_conflicts_of_customers_in_the_portfolio(self) -> None:
        frame = self.portfolio()
        found: list[Conflict] = self._models("detente_detect_conflicts", portfolio=frame, as_of=_AS_OF)

        assert {conflict.customer for conflict in found} <= {row["customer"] for row in frame.rows()}
        assert_unique(conflict.fingerprint for conflict in found)

    def test_the_same_portfolio_holds_the_same_conflicts(self) -> None:
        first = self.answers("detente_detect_conflicts", portfolio=self.portfolio(), as_of=_AS_OF)

        assert first == self.answers("detente_detect_conflicts", portfolio=self.portfolio(), as_of=_AS_OF)

    def test_an_empty_portfolio_holds_no_conflict(self) -> None:
        assert self.answers("detente_detect_conflicts", portfolio=self.empty(), as_of=_AS_OF) == []

    # Steps.

    def test_a_chosen_step_is_one_of_the_playbook_with_an_owner(self) -> None:
        caller = self.manager().hook.detente_choose_step
        if not caller.get_hookimpls():
            pytest.skip("the plugin does not implement detente_choose_step")

        for stage, owner in product(
            (None, *(item.stage for item in SAMPLE_PLAYBOOK.stages)), ("Kim Lee", None)
        ):
            step = caller(case=sample_case(stage, owner), playbook=SAMPLE_PLAYBOOK, roles=SAMPLE_ROLES)
            if step is not None:
                assert isinstance(step, NextStep), f"returned a {type(step).__name__}"
                assert step.stage is Stage.CLOSED or SAMPLE_PLAYBOOK.stage(step.stage), "not in the playbook"
                assert names_a_person(step.owner), f"{step.owner!r} is not a person's name"
                assert survives_json(step), f"{step!r} does not survive JSON"

    # Proposed writes.

    def test_proposed_writes_fill_fields_of_the_plugins_own(self) -> None:
        frame = self.portfolio()
        fields: dict[str, FieldSpec] = {field.key: field for field in self.offered("detente_declare_fields")}
        writes: list[ProposedWrite] = self._models("detente_propose_writes", portfolio=frame, as_of=_AS_OF)

        assert {write.field for write in writes} <= set(fields)
        assert {write.customer for write in writes} <= {row["customer"] for row in frame.rows()}
        for write in writes:
            assert is_canonical(write.value, fields[write.field]), (
                f"{write.field} cannot hold {write.value!r}"
            )
        assert_unique((write.customer, write.field) for write in writes)

    def test_the_same_portfolio_brings_the_same_proposed_writes(self) -> None:
        first = self.answers("detente_propose_writes", portfolio=self.portfolio(), as_of=_AS_OF)

        assert first == self.answers("detente_propose_writes", portfolio=self.portfolio(), as_of=_AS_OF)

    def test_an_empty_portfolio_brings_no_proposed_write(self) -> None:
        assert self.answers("detente_propose_writes", portfolio=self.empty(), as_of=_AS_OF) == []

    def _models(self, hook: str, **arguments: object) -> list[Any]:
        models = self.answers(hook, **arguments)
        for model in models:
            assert survives_json(model), f"{hook}: {model!r} does not survive JSON"
        return models

    def _implementations(self) -> list[tuple[str, pluggy.HookImpl]]:
        callers = self.manager().get_hookcallers(self.plugin) or []
        return [(caller.name, found) for caller in callers for found in caller.get_hookimpls()]

    def _criteria_in_python(self) -> list[Criterion]:
        criteria: list[Criterion] = self.answers("detente_add_criteria", signals=self.catalogue())
        return [item for item in criteria if has_code(item)]
