"""What a plugin would change for one customer: scored twice from the last records, on copies of the store."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
from detente_contracts import ConfigurationError, PluginSettings

from detente.engine.candidate import in_place, read_candidate, without
from detente.engine.durable import Direct
from detente.engine.explaining import explain_customer
from detente.engine.opening import open_engine
from detente.engine.portfolio import Portfolio
from detente.engine.rubric.explain import Explanation, explain
from detente.engine.run import link_and_score
from detente.engine.stages import Stages
from detente.engine.working import scratch_store
from detente.settings import read_settings

_RUN = "try"


@dataclass(frozen=True, slots=True)
class Trial:
    """One customer without the plugin and with it; `after` is None when nothing could be scored with it.

    `failures` are sentences about the plugins that failed while this one was in place.
    """

    plugin: str
    before: Explanation
    after: Explanation | None
    failures: tuple[str, ...]


def try_plugin(home: Path, path: Path, customer: str) -> Trial:
    """Score `customer` as of its last score, without the plugin at `path` and with it; changes nothing.

    Raises: ConfigurationError when there is no plugin at `path`, or no such customer that was scored.
    """
    plugins = read_settings(home).plugins
    candidate = read_candidate(path)
    name = ", ".join(candidate.names)
    before, _ = _explained(home, without(candidate, plugins, home), customer)
    with in_place(candidate, plugins, home) as changed:
        try:
            after, failures = _explained(home, changed, customer)
        except ConfigurationError as error:
            # Without the plugin the same installation could be used.
            said = error.message if name in error.message else f"plugin {name}: {error.message}"
            return Trial(name, before, None, (said,))
    return Trial(name, before, after, failures)


def _explained(home: Path, plugins: PluginSettings, customer: str) -> tuple[Explanation, tuple[str, ...]]:
    """The customer's explanation under these plugins, and what they did wrong on the way."""
    settings = read_settings(home).model_copy(update={"plugins": plugins})
    with scratch_store(home) as scratch:
        last = explain_customer(scratch, customer)
        with open_engine(home, store=scratch, settings=settings) as engine:
            stages = Stages(engine)
            stages.begin(_RUN, last.as_of.isoformat())
            link_and_score(stages, Direct(), _RUN)
            stages.detect_and_escalate(_RUN)
            rows = Portfolio(engine).scored(_RUN).filter(pl.col("customer") == last.customer)
            if rows.is_empty():
                raise ConfigurationError(f"{customer!r} has no account any more", hint="Choose another")
            found = explain(engine.rules.bundle, {**rows.row(0, named=True), "as_of": last.as_of})
            return found, tuple(map(str, engine.plugins.failures))
