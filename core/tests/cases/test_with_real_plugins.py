"""Detection and escalation with plugins as they are found on disk, and bundles as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from detente.engine.cases.detect import detect
from detente.engine.cases.escalate import CaseCounts, escalate, sweep
from detente.engine.plugins import Plugins
from detente.engine.policy import Bundle, Policy
from detente.engine.rubric.compile import compile_rubric
from detente.store import bundles
from detente_contracts import (
    Band,
    Conflict,
    Criterion,
    Kind,
    Merge,
    PluginSettings,
    Rubric,
    Scale,
    Signal,
    SignalCatalogue,
    Stage,
)

if TYPE_CHECKING:
    from core.tests.cases.conftest import Firm

NOW = datetime(2026, 1, 12, 9, tzinfo=UTC)
PORTFOLIO = pl.DataFrame({"customer": ["c-1", "c-2"], "name": ["Acme", "Borg"], "lens_gap": [3, 0]})
DETECTOR = """
from detente_contracts import Conflict, Family, hookimpl

@hookimpl
def detente_detect_conflicts(portfolio):
    far = [row for row in portfolio.rows() if row["lens_gap"] >= 2]
    return [
        Conflict(kind="far", family=Family.INTERNAL, customer=row["customer"], title=row["name"])
        for row in far
    ]
"""
STEPPER = """
from detente_contracts import NextStep, hookimpl

@hookimpl
def detente_choose_step(case, playbook, roles):
    here = playbook.stage(case.stage) if case.stage else None
    stage = here.then if here else playbook.stages[0].stage
    return stage and NextStep(stage=stage, owner=case.account_owner or roles[0].holders[0], hours=8)
"""
BROKEN = """
from detente_contracts import hookimpl

@hookimpl
def detente_detect_conflicts(portfolio):
    raise ValueError("no")

@hookimpl
def detente_choose_step(case):
    raise ValueError("no")
"""


def test_cases_for_which_no_step_can_be_chosen_hold_up_no_other_and_are_tried_again(
    firm: Firm, tmp_path: Path, quarrel: Conflict
) -> None:
    """Their playbook leads back, which an older Detente accepted; the plugin follows it and is refused."""
    three = [quarrel.model_copy(update={"customer": f"c-{number}"}) for number in range(3)]
    others = [quarrel.model_copy(update={"customer": f"c-{number}"}) for number in range(3, 8)]
    firm.bundles["b0"] = _leading_back(firm.bundles["b1"])
    firm.run("r1", NOW, *three, bundle="b0")
    firm.run("r2", NOW + timedelta(hours=1), *three, *others)
    first = _sweep(firm, tmp_path, NOW + timedelta(days=2), steps=STEPPER)
    firm.bundles["b0"] = firm.bundles["b1"]
    second = _sweep(firm, tmp_path, NOW + timedelta(days=2, hours=1), steps=STEPPER)

    assert (first.moved, first.overdue) == (5, 0)
    assert "3 cases could not be worked on" in first.problems[0]
    assert "chose informal after informal" in first.problems[0]
    assert (second.moved, second.problems) == (3, ())


def _leading_back(policy: Policy) -> Policy:
    (playbook,) = policy.playbooks.values()
    first, *rest = playbook.stages
    back = first.model_copy(update={"then": Stage.INFORMAL})
    return replace(policy, playbooks={"quarrel": playbook.model_copy(update={"stages": (back, *rest)})})


def _sweep(firm: Firm, folder: Path, now: datetime, **files: str) -> CaseCounts:
    """One sweep with these plugin files and no others."""
    with _plugins(folder, files) as plugins:
        swept = sweep(firm.store, now=now, plugins=plugins, frozen=lambda hash: firm.bundles[hash])
        return sum(swept, start=CaseCounts())


def _plugins(folder: Path, files: Mapping[str, str]) -> Plugins:
    (folder / "plugins").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "plugins" / f"{name}.py").write_text(text, "utf-8")
    installed = tuple(sorted({point.name for point in entry_points(group="detente")}))
    return Plugins.load(PluginSettings(disabled=installed), folder)


def _run(firm: Firm, folder: Path, run: str, **files: str) -> CaseCounts:
    """One run with these plugin files and no others."""
    policy = firm.bundles["b1"]
    with _plugins(folder, files) as plugins:
        detected = detect(policy, PORTFOLIO, plugins, NOW)
        with firm.store.transaction() as connection:
            return escalate(
                connection,
                run=run,
                detected=detected,
                policy=policy,
                bundle_hash="b1",
                owners=firm.owners,
                plugins=plugins,
                now=NOW,
                frozen=lambda hash: firm.bundles[hash],
            )


def test_dropped_plugins_find_a_conflict_and_bring_its_case_on_its_way(firm: Firm, tmp_path: Path) -> None:
    counts = _run(firm, tmp_path, "r1", far=DETECTOR, steps=STEPPER)
    (row,) = firm.rows()

    assert (counts.opened, counts.problems) == (1, ())
    assert (row.customer, row.title, row.owner) == ("c-1", "Acme", "Kim Lee")
    assert [event.actor for event in firm.log(row.id)] == ["plugin:far", "plugin:steps"]


def test_a_broken_plugin_costs_the_others_nothing(firm: Firm, tmp_path: Path) -> None:
    counts = _run(firm, tmp_path, "r1", a_broken=BROKEN, far=DETECTOR, steps=STEPPER)

    assert (counts.opened, firm.rows()[0].owner) == (1, "Kim Lee")


@pytest.mark.parametrize(
    "text", [BROKEN, "import nothing_of_this_name", "def"], ids=["raises", "import", "text"]
)
def test_the_cases_of_a_plugin_that_broke_are_neither_opened_nor_closed(
    firm: Firm, tmp_path: Path, text: str
) -> None:
    _run(firm, tmp_path, "r1", far=DETECTOR, steps=STEPPER)
    counts = _run(firm, tmp_path, "r2", far=text)

    assert (counts.opened, counts.subsided) == (0, 0)
    assert firm.rows()[0].closed_at is None
    assert "plugin:far did not look" in counts.problems[0]


def _bundle(policy: Policy) -> Bundle:
    """The policy in a bundle with the smallest rubric that scores."""
    arr = Signal(name="arr", title="ARR", unit="EUR", kind=Kind.ACCOUNT, value="arr", merge=Merge.SUM)
    criterion = Criterion(name="size", title="Size", scale=Scale(expression="arr / 1000"), weight=1)
    rubric = Rubric(name="small", title="Small", criteria=(criterion,), bands=(Band(name="P1"),))
    plan = compile_rubric(rubric, (), SignalCatalogue(signals=(arr,)))
    return Bundle.build(policy, rubric, plan, {})


def test_rules_of_an_older_bundle_are_read_from_the_store(
    firm: Firm, quarrel: Conflict, monday: datetime
) -> None:
    old = _bundle(firm.bundles["b1"])
    firm.bundles = {old.hash: old.policy}
    firm.run("r1", monday, quarrel, bundle=old.hash)
    with firm.store.transaction() as connection:
        bundles.save_bundle(connection, old.hash, old.content, monday)
    (counts,) = sweep(firm.store, now=monday + timedelta(days=1), plugins=firm.plugins)

    assert (counts.moved, counts.problems) == (1, ())
    assert (firm.rows()[0].stage, firm.rows()[0].owner) == (Stage.MEDIATION, "Nia Okoye")


def test_a_case_whose_bundle_is_lost_is_named_and_stays(
    firm: Firm, quarrel: Conflict, monday: datetime
) -> None:
    firm.run("r1", monday, quarrel)
    (counts,) = sweep(firm.store, now=monday + timedelta(days=1), plugins=firm.plugins)

    assert counts.moved == 0
    assert "no policy bundle b1 is kept" in counts.problems[0]
