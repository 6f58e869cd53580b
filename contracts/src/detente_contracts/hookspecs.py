"""Detente's hooks, in the order in which a run calls them. Each docstring is the hook's documentation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import pluggy

from detente_contracts.cases import CaseView, NextStep, Playbook
from detente_contracts.conflicts import Conflict
from detente_contracts.connector import ConnectorType
from detente_contracts.criteria import Criterion, Frame
from detente_contracts.fields import FieldSpec
from detente_contracts.links import LinkProposal
from detente_contracts.policy import PolicyFolder, Role
from detente_contracts.signals import Signal, SignalCatalogue
from detente_contracts.writes import ProposedWrite

PROJECT = "detente"
CONTRACT_VERSION = (1, 1)
"""Major and minor version of this contract; a plugin may demand one with `detente_contract = (1, 1)`."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def detente_provide_connectors() -> Iterable[ConnectorType]:  # type: ignore[empty-body]
    """Offer kinds of connectors that settings may name.

    Called: once when Detente starts, in Detente's own process only.
    Returns: connector types with a name, a settings model and a way to build one.
    Combined: names must be unique over all plugins; a clash refuses the later plugin.
    On error: connectors of this plugin cannot be named in settings; the message says which plugin failed.
    Since: contract 1.0.
    """


@hookspec
def detente_propose_links(accounts: Frame) -> Iterable[LinkProposal]:  # type: ignore[empty-body]
    """Propose which accounts are one customer, each pair with a confidence and the evidence.

    Called: in a run after reading, when accounts, contacts, decisions of people or plugins have changed.
    Args:
        accounts: one row an account, ordered by it: `account` (connector/object/id), `connector`, `object`,
            `id`, `name`, `domain`, `customer_key`, `parent` (an `account` of the same CRM), `country`,
            `industry`, `employees`, and `contact_domains`, the domains of its contacts' addresses, the most
            frequent first, with a space between. What a CRM does not hold is null.
    Returns: pairs of accounts. Those that share a customer key are left out: core joins them itself.
    Combined: all are taken; of two proposals for one pair the more confident stands. From the policy's
        `link_automatic_from` on a pair is joined, unless both have keys that differ, a person refused it, or
        two accounts of one CRM would meet; below that it is a suggestion, and people decide.
    On error: what this plugin proposed last stands, and the run is marked degraded.
    Since: contract 1.1.
    """


@hookspec
def detente_declare_fields() -> Iterable[FieldSpec]:  # type: ignore[empty-body]
    """Declare CRM fields of the plugin's own, under its own prefix.

    Called: once when Detente starts, so that `provision` can make the fields and runs can read them.
    Returns: field specifications; the prefix `detente` is core's.
    Combined: field keys must be unique over all plugins; a clash refuses the later plugin.
    On error: this plugin's fields are neither read nor written.
    Since: contract 1.0.
    """


@hookspec
def detente_provide_policy() -> Iterable[PolicyFolder]:  # type: ignore[empty-body]
    """Ship rubrics, signals, triggers, playbooks, calendars, roles and exchange rates as YAML.

    Called: once when a policy bundle is loaded, before anything is scored.
    Returns: folders whose `*.yaml` files follow `PolicyFile`.
    Combined: names must be unique over all plugins; the organisation's own folder replaces by name.
    On error: this plugin's policy is missing; what needs it is named and refused.
    Since: contract 1.0.
    """


@hookspec
def detente_add_signals() -> Iterable[Signal]:  # type: ignore[empty-body]
    """Offer signals that rubrics, triggers and reasons may use by name.

    Called: once when a policy bundle is loaded.
    Returns: declared signals, each with unit, source, merge rule and emptiness.
    Combined: names must be unique over all plugins; a clash refuses the later plugin.
    On error: this plugin's signals are unknown; criteria that need them are named.
    Since: contract 1.0.
    """


@hookspec
def detente_add_criteria(signals: SignalCatalogue) -> Iterable[Criterion]:  # type: ignore[empty-body]
    """Offer criteria that rubrics may use by name, and take with their suggested weight.

    Called: once when a policy bundle is loaded, before any customer is scored.
    Args:
        signals: what is known about a customer, with unit, source and emptiness of each.
    Returns: criteria whose points, -100 to 100, come from a scale, a row-wise expression or a function.
    Combined: names must be unique over all plugins; a clash refuses the later plugin.
    On error: this plugin's criteria are missing and the run is marked degraded.
    Since: contract 1.0.
    """


@hookspec
def detente_detect_conflicts(portfolio: Frame, as_of: datetime) -> Iterable[Conflict]:  # type: ignore[empty-body]
    """Find conflicts that a declared trigger cannot express.

    Called: once a run with every customer, after scoring.
    Args:
        portfolio: one row a customer: `customer`, `name`, every signal, `score`, `band`, and for each lens
            `score_<lens>` and `band_<lens>`, with `lens_gap` in bands.
        as_of: the instant for which the portfolio was scored.
    Returns: conflicts; the same conflict carries the same kind, customer and subject each time.
    Combined: all are taken; the same fingerprint from two plugins updates one case.
    On error: this plugin's conflicts are neither opened nor closed in this run, which is marked degraded.
    Since: contract 1.0.
    """


@hookspec(firstresult=True)
def detente_choose_step(case: CaseView, playbook: Playbook, roles: tuple[Role, ...]) -> NextStep | None:
    """Choose the next step of a case that was just opened, or whose time in a stage ran out.

    Called: for each such case, in a run and in a sweep.
    Args:
        case: the case as it stands; `stage` is None before its first.
        playbook: the playbook frozen at opening.
        roles: roles of the policy, with the people who hold them.
    Returns: stage, one named owner and working hours; None leaves the choice to the next plugin.
    Combined: the first answer that is not None and goes forward in the playbook is taken.
    On error: the next plugin is asked; if none answers, the case stays due and is named, and is tried again.
    Since: contract 1.0.
    """


@hookspec
def detente_propose_writes(portfolio: Frame, as_of: datetime) -> Iterable[ProposedWrite]:  # type: ignore[empty-body]
    """Fill fields that the plugin declared with `detente_declare_fields`.

    Called: once a run with every customer, after cases were brought up to date.
    Args:
        portfolio: as in `detente_detect_conflicts`.
        as_of: the instant for which the portfolio was scored.
    Returns: values by customer and field; core writes only what differs from what the CRM holds.
    Combined: all are taken; a field of another plugin is refused.
    On error: the CRM keeps what it holds in this plugin's fields, and the run is marked degraded.
    Since: contract 1.0.
    """
