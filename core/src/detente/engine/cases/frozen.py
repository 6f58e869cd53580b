"""The rules that a case was opened under: they stay its rules, whatever the policy says later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from detente_contracts import Calendar, ConfigurationError, Playbook, Role, unknown_name

from detente.engine.cases.working_time import WorkingTime

Item = TypeVar("Item")


class Rules(Protocol):
    """What of a policy a case needs, by name."""

    @property
    def playbooks(self) -> Mapping[str, Playbook]: ...
    @property
    def calendars(self) -> Mapping[str, Calendar]: ...
    @property
    def roles(self) -> Mapping[str, Role]: ...


class FrozenRules:
    """Rules by bundle hash, each read once; working time of each calendar, computed once."""

    def __init__(self, read: Callable[[str], Rules]) -> None:
        self._read = read
        self._rules: dict[str, Rules] = {}
        self._working: dict[tuple[str, str], WorkingTime] = {}

    def playbook(self, bundle: str, name: str) -> Playbook:
        """The playbook as it was in the bundle.

        Raises: ConfigurationError when the bundle has none of that name.
        """
        return _named("playbook", name, self._of(bundle).playbooks)

    def calendar(self, bundle: str, name: str) -> WorkingTime:
        """Working time of a calendar as it was in the bundle.

        Raises: ConfigurationError when the bundle has none of that name, or it cannot be kept.
        """
        if (bundle, name) not in self._working:
            found = _named("calendar", name, self._of(bundle).calendars)
            self._working[bundle, name] = WorkingTime.of(found)
        return self._working[bundle, name]

    def roles(self, bundle: str) -> tuple[Role, ...]:
        """The roles of the bundle, in order of their ids."""
        roles = self._of(bundle).roles
        return tuple(roles[id] for id in sorted(roles))

    def _of(self, bundle: str) -> Rules:
        if bundle not in self._rules:
            self._rules[bundle] = self._read(bundle)
        return self._rules[bundle]


def _named(what: str, name: str, known: Mapping[str, Item]) -> Item:
    if name not in known:
        raise ConfigurationError(unknown_name(what, name, known), hint=f"Add the {what} to the policy")
    return known[name]
