"""A portfolio under one set of rules: every customer's score, every conflict, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
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
from detente.store import cases, customers
from detente.store.cases import CaseRow

_RUN = "trial"


@dataclass(frozen=True, slots=True)
class Assessment:
    """`scored` has one row a customer, as a receipt holds it; `cases` are those of conflicts seen now.

    `links` counts how accounts became one customer, or might: by key, by evidence, suggested. `customer` is
    the id of the one that was asked for, if there is one. `problems` are sentences for people: plugins that
    failed, triggers and criteria that cannot be used.
    """

    as_of: datetime
    bundle: Bundle
    scored: pl.DataFrame
    cases: tuple[CaseRow, ...]
    links: Mapping[str, int]
    problems: tuple[str, ...]
    customer: str | None

    def explanation(self) -> Explanation | None:
        """Why the customer that was asked for stands where it stands; None when there is none."""
        rows = self.scored.filter(pl.col("customer") == self.customer)
        return (
            None
            if rows.is_empty()
            else explain(self.bundle, {**rows.row(0, named=True), "as_of": self.as_of})
        )


def assess(engine: Engine, as_of: datetime, customer: str = "") -> Assessment:
    """Link, score and look for conflicts in what the engine's store holds; the store is changed by it.

    `customer` asks for one by id, account or name.

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
        found = customers.resolve_customer(connection, customer) if customer else None
        seen = [row for row in cases.list_cases(connection) if row.last_seen_run == _RUN]
    return Assessment(
        as_of=as_of,
        bundle=engine.rules.bundle,
        scored=scored,
        cases=tuple(seen),
        links=next(item["links"] for item in told if "links" in item),
        problems=tuple(dict.fromkeys([*problems, *map(str, engine.plugins.failures)])),
        customer=found,
    )
