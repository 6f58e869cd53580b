"""Detect: every conflict in the scored portfolio, by declared triggers and by plugins' detectors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from detente_contracts import ConfigurationError, Conflict, Signal, unknown_name

from detente.engine.cases.asked import Asked
from detente.engine.cases.placeholders import plain
from detente.engine.cases.triggers import CONTESTED, TITLE, judge
from detente.engine.policy import Policy

HOOK = "detente_detect_conflicts"


@dataclass(frozen=True, slots=True)
class Found:
    """A conflict, the playbook of its case, and the `finder`: `trigger:<kind>` or `plugin:<name>`."""

    conflict: Conflict
    playbook: str
    finder: str


@dataclass(frozen=True, slots=True)
class Detected:
    """What one look at the portfolio found, one conflict a fingerprint.

    `finders` looked at every customer; a case of any other finder says nothing by its absence. Neither do
    cases of the customers in `undecided`, by finder: a value was hidden or stale. `problems` are for people.
    """

    conflicts: tuple[Found, ...]
    finders: frozenset[str]
    undecided: Mapping[str, pl.Series]
    problems: tuple[str, ...]

    def looked_at(self, customers: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """Each finder with those of `customers` about whom it could not say anything."""
        wanted = sorted(set(customers))
        unsure = {name: series.filter(series.is_in(wanted)) for name, series in self.undecided.items()}
        return {finder: frozenset(unsure.get(finder, ())) for finder in self.finders}


def detect(policy: Policy, portfolio: pl.DataFrame, plugins: Asked, as_of: datetime) -> Detected:
    """All conflicts; a trigger or plugin that fails is named and the others' conflicts stand."""
    look = _Look(policy, portfolio)
    look.at_triggers({signal.name: signal for signal in (*plugins.signals(), *policy.signals.values())})
    for result in plugins.call(HOOK, portfolio=portfolio, as_of=as_of):
        look.at_answer(result.plugin, result.value)
    return look.detected()


class _Look:
    """Gathers what triggers and plugins say."""

    def __init__(self, policy: Policy, portfolio: pl.DataFrame) -> None:
        self._policy = policy
        self._portfolio = portfolio
        self._found: dict[str, Found] = {}
        self._finders: set[str] = set()
        self._undecided: dict[str, pl.Series] = {}
        self._problems: list[str] = []

    def at_triggers(self, signals: Mapping[str, Signal]) -> None:
        """Every trigger of the policy, by name."""
        for kind, trigger in sorted(self._policy.triggers.items()):
            finder = f"trigger:{kind}"
            try:
                with self._policy.placed("triggers", kind):
                    judgement = judge(trigger, self._portfolio, signals)
            except ConfigurationError as error:
                self._problems.append(f"{error.message}; its cases stay as they are ({error.hint})")
                continue
            self._finders.add(finder)
            self._undecided[finder] = judgement.undecided
            self._take(finder, judgement.conflicts, trigger.playbook)

    def at_answer(self, plugin: str, conflicts: Iterable[Conflict]) -> None:
        """What one plugin found."""
        finder = f"plugin:{plugin}"
        self._finders.add(finder)
        self._take(finder, self._of_known_customers(plugin, tuple(conflicts)), None)

    def detected(self) -> Detected:
        """Everything gathered, in order of fingerprint."""
        found = tuple(self._found[key] for key in sorted(self._found))
        return Detected(found, frozenset(self._finders), self._undecided, tuple(self._problems))

    def _take(self, finder: str, conflicts: Iterable[Conflict], playbook: str | None) -> None:
        """The first finder of a fingerprint says what the conflict is."""
        missing: dict[str, int] = {}
        for conflict in conflicts:
            name = playbook or self._playbook_of(conflict.kind)
            if name not in self._policy.playbooks:
                missing[name] = missing.get(name, 0) + 1
            else:
                self._found.setdefault(conflict.fingerprint, Found(_one_line(conflict), name, finder))
        for name, count in missing.items():
            what = unknown_name("playbook", name, self._policy.playbooks)
            self._problems.append(f"{finder}: {what}; {count} conflicts have no case")

    def _playbook_of(self, kind: str) -> str:
        """The playbook of the conflict's own name, else the policy's default."""
        return kind if kind in self._policy.playbooks else self._policy.default_playbook or kind

    def _of_known_customers(self, plugin: str, conflicts: tuple[Conflict, ...]) -> Iterator[Conflict]:
        named = {conflict.customer for conflict in conflicts}
        customers = self._portfolio["customer"]
        known = set(customers.filter(customers.is_in(list(named))))
        if named - known:
            self._problems.append(
                f"plugin {plugin}: {len(named - known)} conflicts of customers that do not exist are left out"
            )
        return (conflict for conflict in conflicts if conflict.customer in known)


def _one_line(conflict: Conflict) -> Conflict:
    title, contested = plain(conflict.title, TITLE), plain(conflict.contested, CONTESTED)
    return conflict.model_copy(update={"title": title, "contested": contested})
