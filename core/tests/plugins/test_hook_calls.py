"""Each hook, asked of a plugin in Detente's own process and of one in the plugin host."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import polars as pl
import pytest
from detente.engine.plugins import Plugins, PortfolioFrame
from detente_contracts import (
    CaseView,
    Family,
    Kind,
    Merge,
    Playbook,
    PlaybookStage,
    Role,
    Signal,
    SignalCatalogue,
    Stage,
)

AS_OF = datetime(2026, 11, 3, 9, tzinfo=UTC)
PORTFOLIO = pl.DataFrame(
    {
        "name": ["Ash", "Birch", "Cedar"],
        "customer": ["c1", "c2", "c3"],
        "arr": [10.0, 20.0, 30.0],
        "arr__state": pl.Series([0, 0, 3], dtype=pl.UInt8),
        "score": [50.0, 70.5, 88.0],
    }
)
ARR = Signal(name="arr", title="Revenue", unit="EUR", kind=Kind.ACCOUNT, value="arr", merge=Merge.SUM)
CATALOGUE = SignalCatalogue(signals=(ARR,))
ROLES = (Role(id="desk", title="Desk", department="sales", holders=("Kim Lee",)),)
PLAYBOOK = Playbook(
    name="short",
    title="Short",
    calendar="office",
    default_owner="desk",
    stages=(PlaybookStage(stage=Stage.INFORMAL, owner="desk", hours=8),),
)
CASE = CaseView(
    id="case-1",
    kind="two_owners",
    family=Family.INTERNAL,
    customer="c1",
    title="Two owners",
    severity=3,
    opened_at=AS_OF,
)

Load = Callable[[str], Plugins]


@pytest.fixture(params=["in process", "host"])
def load(installation: Any, request: pytest.FixtureRequest) -> Load:
    """Load one plugin with this code, in the place that the parameter says."""

    def loaded(code: str) -> Plugins:
        if request.param == "host":
            installation.file("acme", code)
        else:
            installation.install("detente-acme", "acme", code)
        plugins: Plugins = installation.load()
        assert [info.where for info in plugins.listing()] == [request.param]
        return plugins

    return loaded


def test_detente_provide_connectors_offers_types_from_detentes_own_process_only(installation: Any) -> None:
    code = """
        class Sheet(ContractModel):
            path: str
        @hookimpl
        def detente_provide_connectors():
            return [ConnectorType(name=NAME, settings=Sheet, build=lambda settings, context: None)]
    """
    installation.install("detente-sheet", "sheet", f"NAME = 'sheet'\n{dedent(code)}")
    installation.file("dropped", f"NAME = 'dropped'\n{dedent(code)}")
    plugins = installation.load()

    assert [item.name for item in plugins.connector_types()] == ["sheet"]
    (failure,) = plugins.failures
    assert (failure.plugin, failure.hook) == ("dropped", "detente_provide_connectors")
    assert "plugins.in_process" in failure.message


def test_detente_propose_links_sees_accounts_and_gives_pairs_with_evidence(load: Load) -> None:
    plugins = load("""
        @hookimpl
        def detente_propose_links(accounts):
            one, other = (row["account"] for row in accounts.rows())
            said = LinkEvidence("name", f"both of {accounts.height} are called Ash", 6)
            return [LinkProposal(one=one, other=other, rule="name", confidence=0.9, evidence=(said,))]
    """)
    accounts = pl.DataFrame({"account": ["crm/company/1", "desk/organization/2"], "name": ["Ash", "Ash"]})
    (result,) = plugins.call("detente_propose_links", accounts=accounts)

    (proposal,) = result.value
    assert (proposal.one, proposal.other) == ("crm/company/1", "desk/organization/2")
    assert [item.said for item in proposal.evidence] == ["both of 2 are called Ash"]
    assert plugins.failures == []


def test_detente_declare_fields_brings_fields_under_the_plugins_prefix(load: Load) -> None:
    plugins = load("""
        @hookimpl
        def detente_declare_fields():
            yield FieldSpec(name="tier", label="Tier", help="Which tier", type=FieldType.TEXT, prefix="acme")
    """)

    assert [field.key for field in plugins.fields()] == ["acme_tier"]
    assert plugins.failures == []


def test_detente_provide_policy_names_folders_that_exist(load: Load, tmp_path: Path) -> None:
    plugins = load(f"""
        @hookimpl
        def detente_provide_policy():
            return [PolicyFolder(path={str(tmp_path)!r})]
    """)

    assert plugins.policy_folders() == [("acme", tmp_path)]


def test_detente_add_signals_brings_declared_signals(load: Load) -> None:
    plugins = load("""
        @hookimpl
        def detente_add_signals():
            return [Signal(name="arr", title="Revenue", unit="EUR", kind="account", value="arr", merge="sum")]
    """)

    assert plugins.signals() == (ARR,)


def test_detente_add_criteria_gives_points_by_scale_by_customer_and_by_frame(load: Load) -> None:
    plugins = load("""
        import polars as pl

        @hookimpl
        def detente_add_criteria(signals):
            assert signals.names() == {"arr"}
            ramp = Ramp(**{"from": 0, "to": 100, "from_points": 0, "to_points": 100})
            return [
                Criterion(name="ramped", title="R", signal="arr", scale=Scale(ramp=ramp)),
                Criterion(name="by_row", title="Row", function=lambda row: row["arr"]),
                Criterion(name="by_frame", title="Frame", frame_function=doubled),
            ]

        def doubled(frame):
            return pl.DataFrame(frame)["arr"] * 2
    """)

    offered = {item.name: item for item in plugins.criteria(CATALOGUE)}
    assert {name: item.python for name, item in offered.items()} == {
        "ramped": False,
        "by_row": True,
        "by_frame": True,
    }
    assert offered["ramped"].scale.ramp is not None
    assert _points(plugins, "by_row") == [10.0, 20.0, None]
    assert _points(plugins, "by_frame") == [20.0, 40.0, None]
    assert _points(plugins, "ramped") is None
    assert plugins.failures == []


def test_detente_detect_conflicts_sees_every_customer_and_the_instant(load: Load) -> None:
    plugins = load("""
        @hookimpl
        def detente_detect_conflicts(as_of, portfolio):
            for row in portfolio.rows():
                yield Conflict(
                    kind="k", family=Family.INTERNAL, customer=row["customer"], title=row["name"],
                    evidence={"at": as_of.isoformat(), "arr": row["arr"],
                              "columns": ",".join(portfolio.columns), "height": portfolio.height},
                )
    """)

    (result,) = plugins.call("detente_detect_conflicts", portfolio=PORTFOLIO, as_of=AS_OF)

    assert result.plugin == "acme"
    assert [item.title for item in result.value] == ["Ash", "Birch", "Cedar"]
    assert [item.evidence["arr"] for item in result.value] == [10.0, 20.0, None]
    told = {"at": AS_OF.isoformat(), "arr": 10.0, "columns": "customer,name,arr,score", "height": 3}
    assert result.value[0].evidence == told


def test_detente_choose_step_takes_the_first_answer_that_is_not_none(installation: Any) -> None:
    step = "return NextStep(stage=playbook.stages[0].stage, owner=roles[0].holders[0], hours=4, why={!r})"
    head = "@hookimpl\ndef detente_choose_step(case, playbook, roles):\n    "
    installation.install("detente-a", "a", head + "return None")
    installation.file("b", head + "return None if case.id == 'case-1' else 7")
    installation.file("c", head + step.format("c"))
    installation.file("d", head + step.format("d"))
    plugins = installation.load()

    (result,) = plugins.call("detente_choose_step", case=CASE, playbook=PLAYBOOK, roles=ROLES)

    assert (result.plugin, result.value.why) == ("c", "c")
    assert (result.value.stage, result.value.owner) == (Stage.INFORMAL, "Kim Lee")
    assert plugins.failures == []


def test_detente_propose_writes_reaches_only_fields_that_the_plugin_declared(load: Load) -> None:
    plugins = load("""
        @hookimpl
        def detente_declare_fields():
            return [FieldSpec(name="tier", label="T", help="Tier", type=FieldType.TEXT, prefix="acme")]

        @hookimpl
        def detente_propose_writes(portfolio, as_of):
            customers = [row["customer"] for row in portfolio.rows()]
            own = [ProposedWrite(customer=name, field="acme_tier", value="gold") for name in customers]
            return [*own, ProposedWrite(customer="c1", field="detente_score", value="100")]
    """)

    (result,) = plugins.call("detente_propose_writes", portfolio=PORTFOLIO, as_of=AS_OF)

    assert {item.field for item in result.value} == {"acme_tier"}
    assert [item.customer for item in result.value] == ["c1", "c2", "c3"]
    assert ["detente_score" in failure.message for failure in plugins.failures] == [True]


def _points(plugins: Plugins, criterion: str) -> list[float | None] | None:
    series = plugins.points(criterion, PortfolioFrame(PORTFOLIO))
    return None if series is None else series.to_list()
