"""Make the brief of a run's plan from the open engine."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache

import polars as pl
from sqlalchemy import Connection

from detente.engine.opening import Engine
from detente.engine.policy import Bundle, Policy
from detente.engine.portfolio import Portfolio
from detente.engine.writing.brief import Brief
from detente.engine.writing.case_lines import ZoneOf, case_lines
from detente.engine.writing.proposals import Proposed, take_proposals
from detente.engine.writing.targets import Writable
from detente.store import bundles, cases
from detente.store.cases import CaseRow

HOOK = "detente_propose_writes"


def brief_for(
    connection: Connection, *, engine: Engine, run: str, portfolio: Portfolio, out: Collection[str]
) -> Brief:
    """Everything that the plan of `run` is made from; connectors in `out` are not written to."""
    scored, as_of = portfolio.scored(run), portfolio.as_of(run)
    rules = engine.rules
    return Brief(
        run=run,
        scored=scored,
        bundle=rules.bundle,
        fields=engine.fields,
        writable=writable(engine, out),
        as_of=as_of,
        now=engine.clock.now(),
        step=rules.rubric.step,
        lease_days=rules.policy.lease_days,
        public_url=engine.settings.public_url,
        cases=case_lines(cases.open_cases(connection), _frozen_zones(connection, rules.bundle), as_of),
        proposed=proposed_by_plugins(engine, scored, as_of),
    )


def writable(engine: Engine, out: Collection[str]) -> Writable:
    """The kinds that each connector may write: none where the settings forbid it, or it is out of action."""
    allowed = [name for name, entry in engine.settings.connectors.items() if entry.writes and name not in out]
    return {
        name: frozenset(connector.writes) for name, connector in engine.connectors.items() if name in allowed
    }


def proposed_by_plugins(engine: Engine, scored: pl.DataFrame, as_of: datetime) -> Proposed:
    """What plugins propose and their fields can hold; what cannot be written is a failure of its plugin."""
    results = engine.plugins.call(HOOK, portfolio=scored, as_of=as_of)
    answers = [(result.plugin, result.value) for result in results]
    taken = take_proposals(answers, engine.plugins.fields(), set(scored["customer"]) if answers else ())
    for plugin, problem in taken.problems:
        engine.plugins.record_failure(plugin, HOOK, problem)
    return taken.proposed


def _frozen_zones(connection: Connection, current: Bundle) -> ZoneOf:
    """Zones of the calendars that cases were opened under."""

    @cache
    def policy_of(bundle: str) -> Policy:
        if bundle == current.hash:
            return current.policy
        return Bundle.of(bundles.read_bundle(connection, bundle)).policy

    def zone_of(row: CaseRow) -> str:
        policy = policy_of(row.bundle)
        return policy.calendars[policy.playbooks[row.playbook].calendar].zone

    return zone_of
