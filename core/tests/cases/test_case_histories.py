"""Whatever runs, sweeps, failures and waits follow each other, cases keep their promises."""

from __future__ import annotations

import tempfile
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from detente.engine.cases.desk import row_of
from detente.engine.cases.fold import CaseState, fold, position
from detente.engine.cases.working_time import WorkingTime
from detente.store.database import Store
from detente_contracts import Conflict, NextStep, Stage
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from core.tests.cases.conftest import Firm

CUSTOMERS = ("c-1", "c-2", "c-3")

_runs = st.fixed_dictionaries(
    {
        "seen": st.sets(st.sampled_from(CUSTOMERS)),
        "news": st.integers(1, 3),
        "unsure": st.sets(st.sampled_from(CUSTOMERS), max_size=1),
        "detector": st.booleans(),
        "again": st.booleans(),
    }
)
_actions = st.lists(
    st.tuples(
        st.sampled_from([1, 5, 24, 200]),
        st.sampled_from(["fine", "fine", "fine", "silent", "wild"]),
        st.one_of(st.integers(1, 3), _runs),
    ),
    min_size=1,
    max_size=10,
)


def _wild(case: object, playbook: object, roles: object) -> NextStep:
    """A step that is allowed only for a case that is informal or new."""
    return NextStep(stage=Stage.MEDIATION, owner="Wil D", hours=0.5)


def _act(firm: Firm, quarrel: Conflict, place: int, now: datetime, action: object) -> None:
    """One sweep of a few cases, or one run, perhaps twice."""
    if isinstance(action, int):
        firm.sweep(now, limit=action)
        return
    assert isinstance(action, dict)
    seen = [
        quarrel.model_copy(update={"customer": customer, "severity": action["news"]})
        for customer in sorted(action["seen"])
    ]
    finders = ("plugin:finder",) if action["detector"] else ()
    for _ in range(1 + action["again"]):
        firm.run(
            f"r{place}",
            now,
            *(seen if action["detector"] else ()),
            finders=finders,
            unsure=tuple(action["unsure"]),
        )


def _states(firm: Firm, now: datetime) -> list[tuple[CaseState, list[CaseState]]]:
    """Each case's state with the states that it went through."""
    policy = firm.bundles["b1"]
    playbook, office = policy.playbooks["quarrel"], WorkingTime.of(policy.calendars["office"])
    logs = [firm.log(row.id) for row in firm.rows()]
    through = [
        [fold(log[:end], playbook, office, now) for end in range(1, len(log) + 1)] for log in logs if log
    ]
    return [(states[-1], states) for states in through]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(actions=_actions)
def test_cases_keep_their_promises_whatever_happens(
    firm: Firm, quarrel: Conflict, monday: datetime, actions: list[tuple[int, str, object]]
) -> None:
    by_the_playbook, now = firm.plugins.step, monday
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Store.open(f"sqlite:///{folder}/x.sqlite")) as store,
    ):
        one = type(firm)(store, Path(folder) / "anchor", owners=firm.owners)
        for place, (hours, plugin, action) in enumerate(actions):
            now += timedelta(hours=hours)
            one.plugins.step = {"fine": by_the_playbook, "silent": None, "wild": _wild}[plugin]
            _act(one, quarrel, place, now, action)
            _check(one, now)
        assert one.problems() == []


def _check(firm: Firm, now: datetime) -> None:
    """One open case a conflict, one owner an open case, stages forward, rows as the logs say."""
    rows = {row.id: row for row in firm.rows()}
    still_open = [row.fingerprint for row in rows.values() if row.closed_at is None]
    assert len(still_open) == len(set(still_open))
    playbook = firm.bundles["b1"].playbooks["quarrel"]
    for state, through in _states(firm, now):
        assert rows[state.id] == row_of(state, rows[state.id].last_seen_run)
        assert all(item.owner for item in through)
        places = [position(playbook, item.stage) or 0 for item in through]
        assert places == sorted(places)
        if state.closed_at is not None:
            assert state.stage in (None, Stage.INFORMAL)
