"""What a plugin would change for one customer: the whole portfolio assessed twice, on copies."""

from __future__ import annotations

from collections.abc import Iterator
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
        found = bench.customer(customer)
        before, faults = _assessed(bench, without(candidate, own, home), candidate)
        after, failures = _assessed(bench, staging.place(candidate, own, home), candidate)
        new = tuple(item for item in failures if item not in faults)
        return _trial(candidate, before, after, found, new)


@contextmanager
def _bench(home: Path, *, fixture: bool) -> Iterator[Bench]:
    if not fixture:
        yield own_bench(home)
        return
    with fixture_bench(home) as bench:
        yield bench


def _assessed(
    bench: Bench, plugins: PluginSettings, candidate: Candidate
) -> tuple[Assessment | None, tuple[str, ...]]:
    """The portfolio with these plugins, and what was wrong; None when nothing could be scored at all."""
    try:
        assessment = bench.assess(plugins)
    except ConfigurationError as error:
        is_named = candidate.title in error.message
        said = error.message if is_named else f"plugin {candidate.title}: {error.message}"
        return None, (f"{said}. {error.hint}" if error.hint else said,)
    return assessment, assessment.problems


def _trial(
    candidate: Candidate,
    before: Assessment | None,
    after: Assessment | None,
    customer: str,
    failures: tuple[str, ...],
) -> Trial:
    moved = movement(before, after) if before and after else None
    return Trial(
        plugin=candidate.title,
        before=before.explanation(customer) if before else None,
        after=after.explanation(customer) if after else None,
        opened=tuple(row for row in moved.opened if row.customer == customer) if moved else (),
        closed=tuple(row for row in moved.closed if row.customer == customer) if moved else (),
        failures=failures,
    )
