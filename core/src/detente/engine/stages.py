"""The stages of a run, each idempotent: called again after a kill it leaves the same state behind.

Results are plain JSON for the record of durable work; `problems` in a result are sentences for people, `down`
names a connector that takes no further part in the run, `behind` one that is read no further but written to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import polars as pl
from detente_contracts import Connector, DetenteError, Kind, RateLimitedError
from sqlalchemy import Connection

from detente.engine.cases.detect import detect
from detente.engine.cases.escalate import escalate
from detente.engine.leftovers import abandon_leftovers
from detente.engine.linking import LinkRules, link_accounts
from detente.engine.opening import Engine
from detente.engine.owners import account_owners
from detente.engine.plugins.frames import PortfolioFrame
from detente.engine.portfolio import Portfolio
from detente.engine.reading import read_batch
from detente.engine.rubric.evaluate import evaluate, refusals
from detente.engine.rubric.receipts import encode
from detente.engine.steps import Json
from detente.engine.summary import run_summary, undo_summary
from detente.engine.writing.apply import apply_batch
from detente.engine.writing.briefing import brief_for
from detente.engine.writing.plan import keep_plan
from detente.engine.writing.undo import plan_undo
from detente.store import bundles, checkpoints, runs, scores, writes
from detente.store.audit import anchor, append_link, head
from detente.store.audit_leaves import leaves_for, receipts_subject
from detente.store.write_tallies import TALLY, tally_writes

BLOCK = 10_000
"""Customers that one receipt and one durable step hold."""


def down_in(told: Sequence[Json]) -> frozenset[str]:
    """Connectors that the stages so far found out of action."""
    return _named(told, "down")


def unread_in(told: Sequence[Json]) -> frozenset[str]:
    """Connectors from which nothing more is read in this run."""
    return _named(told, "down") | _named(told, "behind")


def _named(told: Sequence[Json], key: str) -> frozenset[str]:
    return frozenset(str(name) for item in told for name in item.get(key, ()))


class Stages:
    """The stages over one open engine; `down` are connectors that were out of action before it began.

    What it keeps in memory can always be made again from the store.
    """

    def __init__(self, engine: Engine, down: Mapping[str, str] | None = None) -> None:
        self._engine = engine
        self._down = down or {}
        self._portfolio = Portfolio(engine)

    def require_rules(self, bundle: str) -> None:
        """Raises: RulesChangedError when `bundle` is not the one in force."""
        self._engine.rules.require(bundle)

    def begin(self, run: str, as_of: str | None = None) -> Json:
        """Fix the instant for which everything is scored, what is read, and the bundle that scores.

        `sources` are every kind of every connector, in order.
        """
        engine = self._engine
        now = engine.clock.now()
        with engine.store.transaction() as connection:
            bundles.save_bundle(connection, engine.rules.bundle.hash, engine.rules.bundle.content, now)
            known = runs.read_run(connection, run)
            if known is None:
                abandon_leftovers(connection, now)
                runs.open_run(connection, run, datetime.fromisoformat(as_of) if as_of else now, now)
            begun = runs.read_run(connection, run)
        return {
            "as_of": begun.as_of.isoformat() if begun else "",
            "bundle": engine.rules.bundle.hash,
            "sources": engine.sources,
            "down": list(self._down),
            "problems": self._with_plugins(f"{name}: {why}" for name, why in self._down.items()),
        }

    def read(self, run: str, name: str, kind: Kind) -> Json:
        """One batch of one kind; a connector that fails is named and left for this run."""
        engine = self._engine
        connector = engine.connectors.get(name)
        if connector is None or kind not in connector.reads:
            return {"done": True, "down": [name], "problems": [f"{name}: the settings no longer name it"]}
        try:
            done = read_batch(
                engine.store,
                connector,
                name,
                Kind(kind),
                run=run,
                now=engine.clock.now(),
                progress=engine.progress,
            )
        except RateLimitedError as error:
            return self._out_of_calls(name, connector, error)
        except DetenteError as error:
            return {"done": True, "down": [name], "problems": [f"{name}: {error}"]}
        return {"done": done}

    def _out_of_calls(self, name: str, connector: Connector, error: RateLimitedError) -> Json:
        """Reading may have a budget of its own, so writing goes on until the CRM refuses that, too.

        Unless the first reading never came to its end: scores from a part of a CRM are not written there.
        """
        with self._engine.store.reading() as connection:
            is_whole = checkpoints.was_read_whole(connection, name, connector.reads)
        if not is_whole:
            return {"done": True, "down": [name], "problems": [f"{name}: {error}"]}
        told = f"{name}: reading is behind, and scores say what was known before: {error.message}"
        return {"done": True, "behind": [name], "problems": [told]}

    def link(self, run: str) -> Json:
        """Accounts to customers: by key, by what plugins propose, and by what people decided."""
        engine, policy = self._engine, self._engine.rules.policy
        rules = LinkRules(policy.link_automatic_from, policy.link_suggest_from)
        linked = link_accounts(
            engine.store,
            engine.plugins,
            run=run,
            rules=rules,
            connectors=tuple(engine.settings.connectors),
            now=engine.clock.now,
        )
        engine.progress("link", linked.counts["automatic"])
        return {"links": dict(linked.counts), "problems": self._with_plugins(linked.problems)}

    def signals(self, run: str) -> Json:
        """Records to signals; how many customers there are, and in how many blocks they are scored."""
        height = self._portfolio.signals(run).height
        self._engine.progress("signals", height, height)
        return {
            "customers": height,
            "blocks": -(-height // BLOCK),
            "problems": self._with_plugins(self._gaps(run)),
        }

    def score(self, run: str, block: int) -> Json:
        """Score one block and keep its receipt, its scores and their audit link in one transaction."""
        engine, rules = self._engine, self._engine.rules
        signals = self._portfolio.signals(run).slice(block * BLOCK, BLOCK)
        scored = evaluate(rules.plan, signals, self._python_points(signals))
        receipt = encode(rules.bundle.hash, scored)
        with engine.store.transaction() as connection:
            scores.save_scoring(
                connection,
                run=run,
                seq=block,
                bundle=rules.bundle.hash,
                as_of=self._portfolio.as_of(run),
                receipt=receipt,
                scores=scored,
            )
            self._link(connection, "receipts", receipts_subject(run, block))
        engine.progress("score", block * BLOCK + scored.height, self._portfolio.signals(run).height)
        return {"scored": scored.height, "problems": self._with_plugins(self._unusable(scored))}

    def detect_and_escalate(self, run: str) -> Json:
        """Find conflicts and bring their cases up to date."""
        engine, rules = self._engine, self._engine.rules
        as_of = self._portfolio.as_of(run)
        detected = detect(rules.policy, self._portfolio.scored(run), engine.plugins, as_of)
        with engine.store.transaction() as connection:
            counts = escalate(
                connection,
                run=run,
                detected=detected,
                policy=rules.policy,
                bundle_hash=rules.bundle.hash,
                owners=account_owners(connection, tuple(engine.settings.connectors)),
                plugins=engine.plugins,
                now=as_of,
            )
        engine.progress("cases", counts.opened + counts.updated)
        return {
            "opened": counts.opened,
            "updated": counts.updated,
            "moved": counts.moved,
            "subsided": counts.subsided,
            "problems": self._with_plugins([*detected.problems, *counts.problems]),
        }

    def plan(self, run: str, told: Sequence[Json]) -> Json:
        """What differs between what should stand in the CRMs and what they hold."""
        engine = self._engine
        out = down_in(told)
        with engine.store.reading() as connection:
            brief = brief_for(connection, engine=engine, run=run, portfolio=self._portfolio, out=out)
        with engine.store.transaction() as connection:
            planned = keep_plan(connection, brief)
        engine.progress("plan", planned, planned)
        return {"planned": planned, "problems": self._with_plugins()}

    def plan_undo(self, run: str, undoes: str) -> Json:
        """What it takes to bring back what stood before the run `undoes`."""
        now = self._engine.clock.now()
        with self._engine.store.transaction() as connection:
            if runs.read_run(connection, run) is None:
                runs.open_run(connection, run, now, now)
            return {"planned": plan_undo(connection, undoes, run)}

    def write(self, run: str) -> Json:
        """One batch of what was planned; `done` when nothing planned is left."""
        engine = self._engine
        allowed = engine.settings.connectors
        settled = apply_batch(
            engine.store,
            {name: connector for name, connector in engine.connectors.items() if allowed[name].writes},
            run,
            engine.clock.now(),
            fields=engine.fields,
            lease_days=engine.rules.policy.lease_days,
        )
        if settled is None:
            return {"done": True}
        with engine.store.reading() as connection:
            counts = writes.write_counts(connection, run)
        engine.progress("write", counts["applied"] + counts["failed"] + counts["skipped"], counts["planned"])
        return {"done": False}

    def finish(self, run: str, told: Sequence[Json]) -> Json:
        """Sum the run up, keep the summary, and anchor the audit chain outside the database."""
        return self._finished(run, run_summary(self._engine, run, told))

    def finish_undo(self, run: str, told: Sequence[Json]) -> Json:
        """Sum the undo up likewise."""
        return self._finished(run, undo_summary(self._engine, run, told))

    def _finished(self, run: str, summary: Json) -> Json:
        engine = self._engine
        status = "done" if not summary["degraded"] else "done with problems"
        with engine.store.transaction() as connection:
            tally = tally_writes(connection, run).as_data()
            runs.finish_run(connection, run, status, {**summary, TALLY: tally}, engine.clock.now())
            newest = head(connection)
        anchor(engine.state / "audit.anchor", newest)
        return summary

    def _with_plugins(self, problems: Iterable[str] = ()) -> list[str]:
        """`problems`, then what plugins did wrong so far: kept with the step, for a kill forgets the rest."""
        return [*problems, *map(str, self._engine.plugins.failures)]

    def _python_points(self, signals: pl.DataFrame) -> dict[str, pl.Series]:
        """Points of the criteria that plugins compute, by criterion; what failed is missing."""
        frame = PortfolioFrame(signals)
        names = [criterion.name for criterion in self._engine.rules.plan.criteria if criterion.is_computed]
        points = {name: self._engine.plugins.points(name, frame) for name in names}
        return {name: series for name, series in points.items() if series is not None}

    def _gaps(self, run: str) -> list[str]:
        """What scoring has to do without: currencies without a rate, criteria that no plugin gave."""
        missing = self._engine.rules.plan.unoffered
        return [
            *(
                f"{count:,} amounts in {code} have no exchange rate"
                for code, count in self._portfolio.lost.items()
            ),
            *(f"criterion {name} is in the rubric, but no plugin offers it" for name in missing),
        ]

    def _unusable(self, scored: pl.DataFrame) -> list[str]:
        """Criteria whose points could not be used for some customers."""
        return [
            f"criterion {name}: no finite points for {count:,} customers; counted as unknown"
            for name, count in refusals(scored).items()
        ]

    def _link(self, connection: Connection, kind: str, subject: str) -> None:
        leaves = leaves_for(connection, kind, subject)
        append_link(connection, kind=kind, subject=subject, leaves=leaves, at=self._engine.clock.now())
