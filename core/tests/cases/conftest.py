"""A small firm with a store, a policy and plugins that answer as a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from detente.engine.cases.detect import Detected, Found
from detente.engine.cases.escalate import CaseCounts, escalate, sweep
from detente.engine.plugins import HookResult
from detente.engine.policy import Policy
from detente.store import cases
from detente.store.audit import Problem, verify
from detente.store.cases import CaseRow
from detente.store.database import Store
from detente_contracts import (
    Calendar,
    CaseEvent,
    CaseView,
    Conflict,
    Family,
    NextStep,
    Playbook,
    PlaybookStage,
    Role,
    Signal,
    Stage,
)

OFFICE = Calendar(
    name="office", zone="UTC", week=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("09:00-17:00",))
)
PLAYBOOK = Playbook(
    name="quarrel",
    title="A quarrel",
    calendar="office",
    default_owner="committee",
    stages=(
        PlaybookStage(stage=Stage.INFORMAL, owner="account_owner", hours=8, then=Stage.MEDIATION),
        PlaybookStage(stage=Stage.MEDIATION, owner="facilitator", hours=16, then=Stage.RULING),
        PlaybookStage(stage=Stage.RULING, owner="committee", hours=8),
    ),
)
ROLES = {
    "facilitator": Role(id="facilitator", title="F", department="d", holders=("Nia Okoye",)),
    "committee": Role(id="committee", title="C", department="d", holders=("Ada Brandt",)),
}
POLICY = Policy(
    playbooks={"quarrel": PLAYBOOK}, calendars={"office": OFFICE}, roles=ROLES, default_playbook="quarrel"
)
FINDER = "plugin:finder"

Step = Callable[[CaseView, Playbook, Sequence[Role]], NextStep | None]


def by_the_playbook(case: CaseView, playbook: Playbook, roles: Sequence[Role]) -> NextStep | None:
    """The stage that the playbook puts next."""
    here = playbook.stage(case.stage) if case.stage else None
    wanted = playbook.stages[0].stage if case.stage is None else here and here.then
    stage = playbook.stage(wanted) if wanted else None
    if stage is None:
        return None
    holder = next((role.holders[0] for role in roles if role.id == stage.owner), None)
    return NextStep(stage=stage.stage, owner=holder or case.account_owner or "Ada Brandt", hours=stage.hours)


@dataclass
class FakePlugins:
    """Plugins as core asks them. A plugin whose detector or step is None failed and gives no answer."""

    detectors: dict[str, Callable[[pl.DataFrame], Sequence[Conflict]] | None] = field(default_factory=dict)
    step: Step | None = by_the_playbook
    failures: list[str] = field(default_factory=list)

    def call(self, hook: str, **arguments: object) -> list[HookResult]:
        """The answer of each plugin that did not fail."""
        if hook == "detente_detect_conflicts":
            frame = arguments["portfolio"]
            assert isinstance(frame, pl.DataFrame)
            found = [(name, detect(frame)) for name, detect in self.detectors.items() if detect]
            return [HookResult(name, tuple(conflicts)) for name, conflicts in found]
        raise AssertionError(hook)

    def first(
        self, hook: str, objection: Callable[[HookResult], str], **arguments: object
    ) -> HookResult | None:
        """The one plugin's step, unless core objects to it."""
        assert hook == "detente_choose_step"
        case, playbook, roles = arguments["case"], arguments["playbook"], arguments["roles"]
        assert isinstance(case, CaseView)
        assert isinstance(playbook, Playbook)
        assert isinstance(roles, tuple)
        answer = self.step(case, playbook, roles) if self.step else None
        if answer is None:
            return None
        result = HookResult("stepper", answer)
        fault = objection(result)
        self.failures += [f"stepper: {fault}"] if fault else []
        return None if fault else result

    def signals(self) -> tuple[Signal, ...]:
        """None in code."""
        return ()


@dataclass
class Firm:
    """Runs and sweeps over one store; `bundles` are the policies that cases are opened under."""

    store: Store
    anchor: Path
    plugins: FakePlugins = field(default_factory=FakePlugins)
    bundles: dict[str, Policy] = field(default_factory=lambda: {"b1": POLICY})
    owners: Mapping[str, str] = field(default_factory=lambda: {"c-1": "Kim Lee", "c-2": "Lea Roth"})

    def run(
        self,
        name: str,
        now: datetime,
        *conflicts: Conflict,
        finders: tuple[str, ...] = (FINDER,),
        unsure: tuple[str, ...] = (),
        bundle: str = "b1",
    ) -> CaseCounts:
        """One run that saw `conflicts`; the detectors in `finders` could say nothing about `unsure`."""
        found = tuple(Found(item, "quarrel", FINDER) for item in conflicts)
        undecided = {finder: pl.Series(unsure, dtype=pl.String) for finder in finders}
        with self.store.transaction() as connection:
            return escalate(
                connection,
                run=name,
                detected=Detected(found, frozenset(finders), undecided, ()),
                policy=self.bundles[bundle],
                bundle_hash=bundle,
                owners=self.owners,
                plugins=self.plugins,
                now=now,
                frozen=lambda hash: self.bundles[hash],
            )

    def sweep(self, now: datetime, limit: int = 500) -> CaseCounts:
        """The first transaction of a sweep."""
        return next(self.sweeps(now, limit))

    def sweeps(self, now: datetime, limit: int) -> Iterator[CaseCounts]:
        """A sweep, transaction by transaction."""
        return sweep(
            self.store,
            now=now,
            plugins=self.plugins,
            limit=limit,
            frozen=lambda hash: self.bundles[hash],
        )

    def rows(self) -> list[CaseRow]:
        """All cases, in order of opening."""
        with self.store.reading() as connection:
            found = cases.list_cases(connection, only_open=False)
        return sorted(found, key=lambda row: (row.opened_at, row.fingerprint))

    def log(self, case: str) -> list[CaseEvent]:
        """The log of one case."""
        with self.store.reading() as connection:
            return cases.events_of(connection, case)

    def kinds(self, case: str) -> list[str]:
        """What happened to one case, in order."""
        return [event.kind.value for event in self.log(case)]

    def problems(self) -> list[Problem]:
        """What the audit trail finds wrong."""
        return verify(self.store, self.anchor)


@pytest.fixture
def monday() -> datetime:
    """A Monday without holidays around it, at nine."""
    return datetime(2026, 1, 12, 9, tzinfo=UTC)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    """A firm with an empty store."""
    with closing(Store.open(f"sqlite:///{tmp_path / 'detente.sqlite'}")) as store:
        yield Firm(store, tmp_path / "audit.anchor")


@pytest.fixture
def quarrel() -> Conflict:
    """A conflict over customer c-1."""
    return Conflict(
        kind="quarrel",
        family=Family.INTERNAL,
        customer="c-1",
        title="Acme: sales says P1, support says P4",
        contested="support says P4",
        evidence={"lens_gap": 3},
        severity=3,
    )
