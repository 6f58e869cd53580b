"""A portfolio under one set of rules: every customer's score, every conflict, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from detente.engine.opening import Engine
from detente.engine.policy import Bundle
from detente.engine.portfolio import Portfolio
from detente.engine.rubric.explain import Explanation, explain
from detente.engine.run import link_and_score
from detente.engine.stages import Stages
from detente.engine.steps import Direct
from detente.store import cases
from detente.store.cases import CaseRow

_RUN = "trial"


@dataclass(frozen=True, slots=True)
class Assessment:
    """`scored` has one row a customer, as a receipt holds it; `cases` are those of conflicts seen now.

    `problems` are sentences for people: plugins that failed, triggers and criteria that cannot be used.
    """

    as_of: datetime
    bundle: Bundle
    scored: pl.DataFrame
    cases: tuple[CaseRow, ...]
    problems: tuple[str, ...]

    def explanation(self, customer: str) -> Explanation | None:
        """Why the customer stands where it stands; None when it is not in the portfolio."""
        rows = self.scored.filter(pl.col("customer") == customer)
        return (
            None
            if rows.is_empty()
            else explain(self.bundle, {**rows.row(0, named=True), "as_of": self.as_of})
        )


def assess(engine: Engine, as_of: datetime) -> Assessment:
    """Link, score and look for conflicts in what the engine's store holds; the store is changed by it.

    Raises: ConfigurationError when the rules cannot be used.
    """
    stages = Stages(engine)
    told = [stages.begin(_RUN, as_of.isoformat()), *link_and_score(stages, Direct(), _RUN)]
    told.append(stages.detect_and_escalate(_RUN))
    scored = Portfolio(engine).scored(_RUN)
    # What would be written is not shown, but a plugin that fails at it is named.
    engine.plugins.call("detente_propose_writes", portfolio=scored, as_of=as_of)
    problems = [text for item in told for text in item.get("problems", ())]
    with engine.store.reading() as connection:
        seen = [row for row in cases.list_cases(connection) if row.last_seen_run == _RUN]
    return Assessment(
        as_of=as_of,
        bundle=engine.rules.bundle,
        scored=scored,
        cases=tuple(seen),
        problems=tuple(dict.fromkeys([*problems, *map(str, engine.plugins.failures)])),
    )
