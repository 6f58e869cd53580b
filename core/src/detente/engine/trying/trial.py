"""What a plugin would change for one customer: the whole portfolio assessed twice, on copies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from detente_contracts import ConfigurationError, PluginSettings

from detente.engine.rubric.explain import Explanation
from detente.engine.trying.assessment import Assessment
from detente.engine.trying.bench import Bench, fixture_bench, own_bench
from detente.engine.trying.candidate import Candidate, find_candidate, without
from detente.engine.trying.movement import movement
from detente.engine.trying.staging import Staging
from detente.store.cases import CaseRow


@dataclass(frozen=True, slots=True)
class Trial:
    """One customer without the plugin and with it; a side is None when nothing could be scored in it.

    `opened` and `closed` are the customer's cases that are there with it or without it only. `failures` are
    sentences about what went wrong with the plugin in place and did not without it.
    """

    plugin: str
    before: Explanation | None
    after: Explanation | None
    opened: tuple[CaseRow, ...]
    closed: tuple[CaseRow, ...]
    failures: tuple[str, ...]


def try_plugin(home: Path, plugin: str, customer: str, *, fixture: bool = False) -> Trial:
    """Score `customer` without and with `plugin`, a path or the name of one that stands; changes nothing.

    With `fixture` on the fixture portfolio, else on what was read last, as of the latest run.

    Raises: ConfigurationError when there is no such plugin or customer, or nothing was read yet.
    """
    with _bench(home, fixture=fixture) as bench, Staging() as staging:
        own = bench.settings.plugins
        candidate = find_candidate(plugin, own, home)
        before = _side(bench, without(candidate, own, home), candidate, customer)
        after = _side(bench, staging.place(candidate, own, home), candidate, customer)
    if not (before.knows_customer or after.knows_customer):
        hint = "Give an id, connector/object/id, or a name that only one has"
        raise ConfigurationError(f"no customer {customer!r}", hint=hint)
    return _trial(candidate, before, after)


@contextmanager
def _bench(home: Path, *, fixture: bool) -> Iterator[Bench]:
    if not fixture:
        yield own_bench(home)
        return
    with fixture_bench(home) as bench:
        yield bench


@dataclass(frozen=True, slots=True)
class _Side:
    """The portfolio without the plugin or with it, and what was wrong; None when nothing could be scored."""

    assessment: Assessment | None
    problems: tuple[str, ...]

    @property
    def knows_customer(self) -> bool:
        """Whether the customer is there, so far as can be told."""
        return self.assessment is not None and self.assessment.customer is not None

    def of_customer(self, rows: Iterable[CaseRow]) -> tuple[CaseRow, ...]:
        """Those of the cases that are about the customer."""
        return tuple(row for row in rows if self.assessment and row.customer == self.assessment.customer)


def _side(bench: Bench, plugins: PluginSettings, candidate: Candidate, customer: str) -> _Side:
    try:
        assessment = bench.assess(plugins, customer=customer)
    except ConfigurationError as error:
        is_named = candidate.title in error.message
        said = error.message if is_named else f"plugin {candidate.title}: {error.message}"
        return _Side(None, (f"{said}. {error.hint}" if error.hint else said,))
    return _Side(assessment, assessment.problems)


def _trial(candidate: Candidate, before: _Side, after: _Side) -> Trial:
    moved = movement(before.assessment, after.assessment) if before.assessment and after.assessment else None
    return Trial(
        plugin=candidate.title,
        before=before.assessment.explanation() if before.assessment else None,
        after=after.assessment.explanation() if after.assessment else None,
        opened=after.of_customer(moved.opened) if moved else (),
        closed=before.of_customer(moved.closed) if moved else (),
        failures=tuple(item for item in after.problems if item not in before.problems),
    )
