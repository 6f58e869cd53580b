"""The desk: what one transaction does to cases, gathered and then kept together with its audit link."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from detente_contracts import CaseEvent, EventKind, Stage, Value
from sqlalchemy import Connection

from detente.engine.cases.asked import Asked
from detente.engine.cases.conflict_text import as_data, words
from detente.engine.cases.detect import Found
from detente.engine.cases.fold import CaseState, fold
from detente.engine.cases.frozen import FrozenRules
from detente.engine.cases.next_step import OWNER_LENGTH, choose
from detente.engine.cases.placeholders import plain
from detente.store import cases
from detente.store.audit import append_link
from detente.store.audit_leaves import leaves_for
from detente.store.cases import CaseRow

LINK = "case_events"

Looked = Mapping[str, frozenset[str]]
"""Finders that looked for conflicts, with the customers about whom each could not say anything."""


@dataclass
class Desk:
    """Cases at work under `plugins` and `rules` at the instant `now`; nothing is stored before `keep`."""

    connection: Connection
    plugins: Asked
    rules: FrozenRules
    now: datetime
    done: Counter[str] = field(default_factory=Counter)
    problems: dict[str, list[str]] = field(default_factory=dict)
    _events: list[CaseEvent] = field(default_factory=list)
    _rows: dict[str, CaseRow] = field(default_factory=dict)
    _links: Counter[str] = field(default_factory=Counter)
    _asked: set[str] = field(default_factory=set)

    def open(self, found: Found, *, ordinal: int, bundle: str, account_owner: str | None, run: str) -> None:
        """Open the `ordinal`-th case (from 1) of a conflict, and let it enter its first stage."""
        playbook = self.rules.playbook(bundle, found.playbook)
        self.rules.calendar(bundle, playbook.calendar)
        data: dict[str, Value] = {
            **as_data(found.conflict),
            "playbook": found.playbook,
            "bundle": bundle,
            "account_owner": account_owner,
            "owner": plain(account_owner or self._default_owner(bundle, found.playbook), OWNER_LENGTH),
            "run": run,
        }
        case = case_id(found.conflict.fingerprint, ordinal)
        opened = CaseEvent(
            case=case, seq=1, at=self.now, kind=EventKind.OPENED, actor=found.finder, data=data
        )
        state = self._fold([opened])
        self._events.append(opened)
        self._put(state, run)
        self.done["opened"] += 1
        self._advance(state, [opened], run)

    def see(self, row: CaseRow, found: Found, run: str) -> None:
        """Take note of a conflict seen again: an event when it says something new, else the run only."""
        log = cases.events_of(self.connection, row.id)
        state = self._fold(log)
        said = words(found.conflict)
        if said["digest"] != state.digest:
            state = self._append(log, state, EventKind.SEEN, found.finder, {**said, "run": run})
            self.done["updated"] += 1
        self._put(state, run)

    def miss(self, row: CaseRow, looked: Looked, run: str) -> None:
        """End a case that was not seen, if whoever finds it did look, and nobody has begun to mediate."""
        if row.stage not in (None, Stage.INFORMAL):
            return
        log = cases.events_of(self.connection, row.id)
        finders = {event.actor for event in log if event.kind in (EventKind.OPENED, EventKind.SEEN)}
        for finder in sorted(finders - looked.keys()):
            self.problems.setdefault(f"{finder} did not look for conflicts", []).append(row.id)
        if all(finder in looked and row.customer not in looked[finder] for finder in finders):
            data: dict[str, Value] = {"run": run, "why": "the condition no longer holds"}
            state = self._append(log, self._fold(log), EventKind.SUBSIDED, log[0].actor, data)
            self._put(state, row.last_seen_run)
            self.done["subsided"] += 1

    def move(self, row: CaseRow) -> None:
        """Bring a case whose time ran out to its next stage, or mark it overdue where there is none.

        One for which plugins were asked before, at this instant, is left.
        """
        if row.id in self._asked:
            return
        log = cases.events_of(self.connection, row.id)
        self._advance(self._fold(log), log, row.last_seen_run)

    def is_stuck(self, row: CaseRow) -> bool:
        """Whether an older Detente marked the case overdue although it should move on, when a step failed."""
        if row.stage is None or not row.is_overdue:
            return row.is_overdue
        here = self.rules.playbook(row.bundle, row.playbook).stage(row.stage)
        return here is not None and here.then is not None

    def _advance(self, state: CaseState, log: list[CaseEvent], run: str) -> None:
        """Let the case enter the stage that plugins choose; without a choice it stays due, and is named."""
        self._asked.add(state.id)
        playbook = self.rules.playbook(state.bundle, state.playbook)
        choice = choose(state, playbook, self.rules.roles(state.bundle), self.plugins)
        if choice.problem:
            self.problems.setdefault(choice.problem, []).append(state.id)
        if choice.step is not None:
            data: dict[str, Value] = {
                "stage": choice.step.stage.value,
                "owner": choice.step.owner,
                "hours": choice.step.hours,
                "why": choice.step.why,
            }
            self.done["moved"] += state.stage is not None
            state = self._append(log, state, EventKind.ENTERED, choice.actor, data)
        elif not choice.problem and state.is_overdue and not state.is_overdue_recorded:
            actor = f"playbook:{state.playbook}"
            state = self._append(log, state, EventKind.OVERDUE, actor, {"owner": state.owner})
            self.done["overdue"] += 1
        self._put(state, run)

    def keep(self, subject: str) -> int:
        """Store what was gathered, events under one audit link about `subject`; how many rows were kept."""
        if self._events:
            subject = self._unused(subject)
            cases.append_events(self.connection, self._events, link=subject)
            leaves = leaves_for(self.connection, LINK, subject)
            append_link(self.connection, kind=LINK, subject=subject, leaves=leaves, at=self.now)
        kept = len(self._rows)
        cases.save_cases(self.connection, list(self._rows.values()))
        self._events, self._rows = [], {}
        return kept

    def _unused(self, subject: str) -> str:
        """`subject`, numbered when an earlier link is about it: what a link covers never grows."""
        while True:
            self._links[subject] += 1
            number = self._links[subject]
            free = subject if number == 1 else f"{subject}/{number}"
            if next(leaves_for(self.connection, LINK, free), None) is None:
                return free

    def _append(
        self, log: list[CaseEvent], state: CaseState, kind: EventKind, actor: str, data: Mapping[str, Value]
    ) -> CaseState:
        at = max(self.now, state.last_at)
        event = CaseEvent(case=state.id, seq=state.last_seq + 1, at=at, kind=kind, actor=actor, data=data)
        after = self._fold([*log, event])
        log.append(event)
        self._events.append(event)
        return after

    def _fold(self, log: list[CaseEvent]) -> CaseState:
        bundle, name = str(log[0].data["bundle"]), str(log[0].data["playbook"])
        playbook = self.rules.playbook(bundle, name)
        return fold(log, playbook, self.rules.calendar(bundle, playbook.calendar), self.now)

    def _default_owner(self, bundle: str, playbook: str) -> str:
        """The first holder of the playbook's default role, else the role's id."""
        wanted = self.rules.playbook(bundle, playbook).default_owner
        holders = [role.holders[0] for role in self.rules.roles(bundle) if role.id == wanted]
        return holders[0] if holders else wanted

    def _put(self, state: CaseState, run: str) -> None:
        self._rows[state.id] = row_of(state, run)


def case_id(fingerprint: str, ordinal: int) -> str:
    """The id of the `ordinal`-th case (from 1) of a conflict; the same on every machine."""
    return f"case-{sha256(f'{fingerprint}#{ordinal}'.encode()).hexdigest()[:12]}"


def row_of(state: CaseState, run: str) -> CaseRow:
    """How the case stands, for lists and due times."""
    return CaseRow(
        id=state.id,
        fingerprint=state.conflict.fingerprint,
        kind=state.conflict.kind,
        family=state.conflict.family,
        customer=state.conflict.customer,
        title=state.conflict.title,
        contested=state.conflict.contested,
        playbook=state.playbook,
        bundle=state.bundle,
        severity=state.conflict.severity,
        stage=state.stage,
        owner=state.owner if state.is_open else None,
        due_at=state.due_at,
        is_overdue=state.is_open and state.is_overdue_recorded,
        opened_at=state.opened_at,
        closed_at=state.closed_at,
        last_seen_run=run,
    )
