"""From an open engine to a plan: settings, plugins, cases and scores come together."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from detente.clock import SystemClock
from detente.engine.opening import Engine
from detente.engine.plugins import Plugins
from detente.engine.portfolio import Portfolio
from detente.engine.rubric.receipts import encode
from detente.engine.writing.briefing import brief_for
from detente.engine.writing.plan import keep_plan, plan_rows_of
from detente.store import runs, scores
from detente.store.database import Store
from detente_contracts import STANDARD_FIELDS, PluginSettings, Settings
from sqlalchemy import Connection

if TYPE_CHECKING:
    from core.tests.writing.conftest import FakeCrm, Scoring

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)

PLUGIN = """
from detente_contracts import FieldSpec, FieldType, ProposedWrite, hookimpl

@hookimpl
def detente_declare_fields():
    about = {"label": "Size", "help": "How large.", "type": FieldType.CHOICE, "options": ("large", "small")}
    return [FieldSpec(prefix="acme", name="size", **about)]

@hookimpl
def detente_propose_writes(portfolio):
    values = {"c-1": "large", "c-2": "huge"}
    for row in portfolio.rows():
        if row["customer"] in values:
            yield ProposedWrite(customer=row["customer"], field="acme_size", value=values[row["customer"]])
"""


def plan_all(connection: Connection, engine: Engine, out: Collection[str] = ()) -> int:
    """Brief and plan in one: how many records are to be written."""
    portfolio = Portfolio(engine)
    return keep_plan(
        connection, brief_for(connection, engine=engine, run="run-1", portfolio=portfolio, out=out)
    )


@pytest.fixture
def acme(tmp_path: Path) -> None:
    """A dropped plugin, one of whose proposals cannot be written."""
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "acme.py").write_text(PLUGIN)


@pytest.fixture
def plugins(tmp_path: Path) -> Iterator[Plugins]:
    with Plugins.load(PluginSettings(), tmp_path) as loaded:
        yield loaded


@pytest.fixture
def engine(tmp_path: Path, store: Store, crm: FakeCrm, plugins: Plugins, scoring: Scoring) -> Engine:
    entries = {"crm": {"type": "fake"}}
    settings = Settings.model_validate({"organisation": "x", "connectors": entries, "rubric": "tiny"})
    scored = scoring.scored({"c-1": 90.0, "c-2": 60.0, "c-3": 55.0})
    with store.transaction() as connection:
        runs.open_run(connection, "run-1", NOW, NOW)
        receipt = encode(scoring.bundle.hash, scored)
        scores.save_scoring(
            connection, run="run-1", seq=0, bundle="b", as_of=NOW, receipt=receipt, scores=scored
        )
    fields = (*STANDARD_FIELDS, *plugins.fields())
    return Engine(tmp_path, settings, SystemClock(), store, plugins, scoring.rules, fields, {"crm": crm})


@pytest.mark.usefixtures("acme")
def test_scores_and_plugins_proposals_become_planned_writes(engine: Engine) -> None:
    with engine.store.transaction() as connection:
        planned = plan_all(connection, engine)
        rows = plan_rows_of(connection, "run-1")

    assert planned == 3
    told = {(row["id"], row["field"]): row["new"] for row in rows}
    assert told["1", "acme_size"] == "large"
    assert told["1", "detente_priority"] == "P1"
    assert told["3", "detente_scored_at"] == "2026-11-03T09:00:00Z"


@pytest.mark.usefixtures("acme")
def test_a_proposal_that_its_field_cannot_hold_is_a_failure_of_its_plugin(engine: Engine) -> None:
    with engine.store.transaction() as connection:
        plan_all(connection, engine)
        rows = plan_rows_of(connection, "run-1")

    assert ("2", "acme_size") not in {(row["id"], row["field"]) for row in rows}
    (failure,) = [item for item in engine.plugins.failures if item.plugin == "acme"]
    assert "none of its options (large, small)" in failure.message


@pytest.mark.parametrize("forbidden", ["out", "settings"])
def test_a_connector_that_is_down_or_read_only_is_not_planned_for(engine: Engine, forbidden: str) -> None:
    entry = engine.settings.connectors["crm"].model_copy(update={"writes": forbidden != "settings"})
    settings = engine.settings.model_copy(update={"connectors": {"crm": entry}})
    out = {"crm"} if forbidden == "out" else set()
    engine = replace(engine, settings=settings)
    with engine.store.transaction() as connection:
        assert plan_all(connection, engine, out) == 0


def test_the_policys_lease_and_the_rubrics_step_hold_for_the_plan(engine: Engine) -> None:
    with engine.store.reading() as connection:
        brief = brief_for(connection, engine=engine, run="run-1", portfolio=Portfolio(engine), out=())

    assert (brief.lease_days, brief.step) == (30, engine.rules.rubric.step)
