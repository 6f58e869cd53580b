"""A CRM in memory, a store, and scored customers, for the tests of writing back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from detente.engine.opening import Ruleset
from detente.engine.policy import Bundle, Policy
from detente.engine.rubric.compile import compile_rubric
from detente.engine.rubric.evaluate import evaluate
from detente.engine.writing.brief import Brief
from detente.store import customers, records
from detente.store.database import Store
from detente_contracts import (
    STANDARD_FIELDS,
    Account,
    Band,
    Batch,
    Connector,
    Criterion,
    Deal,
    FieldSpec,
    FieldText,
    FieldType,
    FieldWrite,
    Finding,
    Kind,
    Merge,
    Outcome,
    Ramp,
    ReadBack,
    Record,
    Ref,
    Result,
    Rubric,
    Scale,
    Seen,
    Signal,
    SignalCatalogue,
    Ticket,
)

START = datetime(2026, 11, 3, 9, tzinfo=UTC)

Boundary = Callable[[str], None]
"""Called with the name of each boundary that is crossed; may raise, as a kill or a fault would."""


def pass_by(boundary: str) -> None:
    """Nothing happens."""


class FakeCrm(Connector):
    """Records with fields of ours, as a connector reaches them; people edit `values` directly.

    `refuses` are ids whose rows are rejected, `loses` ids whose rows are silently not written; `late` rows
    are only queued, and their outcome is not known. With `is_conditional` a record that moved since it was
    seen is not written; `touches` count changes beside our fields. With `is_lagging` what is written
    reads back as it was before, until the CRM catches up. With `has_history` it tells what a write replaced.
    `requests` counts calls and the vendor's write batches; `log` is every row that was written.
    """

    reads = (Kind.ACCOUNT, Kind.DEAL, Kind.TICKET)
    writes = (Kind.ACCOUNT, Kind.DEAL, Kind.TICKET)
    write_batch = 3

    def __init__(self, ids: Sequence[str] = ("1", "2", "3"), name: str = "crm") -> None:
        self.name = name
        self.values: dict[Ref, dict[str, FieldText]] = {Ref(name, "companies", id): {} for id in ids}
        self.related: list[Deal | Ticket] = []
        self.cross: Boundary = pass_by
        self.refuses: frozenset[str] = frozenset()
        self.loses: frozenset[str] = frozenset()
        self.late: frozenset[str] = frozenset()
        self.queue: list[FieldWrite] = []
        self.is_conditional = False
        self.is_lagging = False
        self.has_history = False
        self._before: dict[Ref, dict[str, FieldText]] = {}
        self._replaced: dict[tuple[Ref, str], FieldText] = {}
        self.touches: Counter[Ref] = Counter()
        self.requests = {"held": 0, "write": 0}
        self.log: list[FieldWrite] = []

    def add_deal(self, id: str, account: str, *, is_open: bool = True) -> Ref:
        """A deal of an account."""
        return self._add(Deal(Ref(self.name, "deals", id), START, account_id=account, is_open=is_open))

    def add_ticket(self, id: str, account: str, *, is_open: bool = True) -> Ref:
        """A ticket of an account."""
        return self._add(Ticket(Ref(self.name, "tickets", id), START, account_id=account, is_open=is_open))

    def _add(self, record: Deal | Ticket) -> Ref:
        self.related.append(record)
        self.values[record.ref] = {}
        return record.ref

    def check(self) -> Sequence[Finding]:
        return ()

    def read(self, kind: Kind, cursor: str | None, limit: int) -> Batch:
        return Batch(self._records(kind), cursor="end", done=True)

    def _records(self, kind: Kind) -> list[Record]:
        if kind is Kind.ACCOUNT:
            held = [(ref, values) for ref, values in self.values.items() if ref.object == "companies"]
            return [Account(ref, START, name=f"Customer {ref.id}", held=dict(values)) for ref, values in held]
        wanted = Deal if kind is Kind.DEAL else Ticket
        return [item for item in self.related if isinstance(item, wanted)]

    def held(self, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, Mapping[str, FieldText]]:
        return {ref: seen.values for ref, seen in self.seen(refs, keys).items()}

    def seen(self, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, Seen]:
        self.requests["held"] += 1
        self.cross("before held")
        shown = {**self.values, **(self._before if self.is_lagging else {})}
        found = {
            ref: Seen({key: shown[ref].get(key) for key in keys}, self._version(ref))
            for ref in refs
            if ref in self.values
        }
        self.cross("after held")
        return found

    def read_back(self, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, ReadBack]:
        told = self._replaced if self.has_history and not self.is_lagging else {}
        return {
            ref: ReadBack(values, {key: told[ref, key] for key in values if (ref, key) in told})
            for ref, values in self.held(refs, keys).items()
        }

    def catch_up(self) -> None:
        """Show what stands."""
        self.is_lagging = False
        self._before.clear()

    def _version(self, ref: Ref) -> str:
        return f"{self.touches[ref]} {sorted(self.values[ref].items())}" if self.is_conditional else ""

    def write(self, rows: Sequence[FieldWrite]) -> Sequence[Outcome]:
        self.requests["write"] += -(-len(rows) // self.write_batch)
        self.cross("before write")
        outcomes = [self._write(row) for row in rows]
        self.cross("after write")
        return outcomes

    def _write(self, row: FieldWrite) -> Outcome:
        if row.ref not in self.values:
            return Outcome(row.ref, Result.GONE)
        if row.ref.id in self.refuses:
            return Outcome(row.ref, Result.REJECTED, "P9 is no option")
        if row.version and row.version != self._version(row.ref):
            return Outcome(row.ref, Result.MOVED, "changed meanwhile")
        if row.ref.id in self.late:
            self.queue.append(row)
            return Outcome(row.ref, Result.RETRY, "still queued")
        self.log.append(row)
        if self.is_lagging:
            self._before[row.ref] = dict(self.values[row.ref])
        if row.ref.id not in self.loses:
            self._keep(row)
        return Outcome(row.ref, Result.APPLIED)

    def _keep(self, row: FieldWrite) -> None:
        held = self.values[row.ref]
        for key, value in row.values.items():
            if held.get(key) == value:
                self._replaced.pop((row.ref, key), None)
            else:
                self._replaced[row.ref, key] = held.get(key)
            held[key] = value

    def missing_fields(self) -> Sequence[str]:
        return ()

    def read_into(self, store: Store) -> None:
        """Read everything into the store; an account with id 7 belongs to customer `c-7`."""
        with store.transaction() as connection:
            for kind in self.reads:
                records.upsert_records(connection, kind, self.read(kind, None, 100).records)
            stood = set(customers.memberships(connection)["id"])
            ids = [ref.id for ref in self.values if ref.object == "companies" and ref.id not in stood]
            customers.add_customers(connection, [(f"c-{id}", None) for id in ids], START)
            links = [(f"c-{id}", Ref(self.name, "companies", id), "test") for id in ids]
            customers.add_memberships(connection, links, START)


WATCH = FieldSpec(
    prefix="renewal",
    name="watch",
    label="Renewal watch",
    help="How near the renewal is.",
    type=FieldType.CHOICE,
    options=("due soon", "later"),
    kinds=(Kind.ACCOUNT,),
)


class Scoring:
    """One rubric over one signal: points of `value`, from 0 at 0 to 100 at 100, so a score of 50 to 100."""

    def __init__(self) -> None:
        signal = Signal(
            name="value", title="value", unit="points", kind=Kind.ACCOUNT, value="employees", merge=Merge.MAX
        )
        ramp = Ramp.model_validate({"from": 0, "to": 100, "from_points": 0, "to_points": 100})
        criterion = Criterion(
            name="value",
            title="Value",
            signal="value",
            weight=1,
            scale=Scale(ramp=ramp),
            phrase="worth {value}",
        )
        bands = (Band(name="P3", up_to=60), Band(name="P2", up_to=80), Band(name="P1"))
        rubric = Rubric(name="tiny", title="Tiny", criteria=(criterion,), bands=bands)
        catalogue = SignalCatalogue(signals=(signal,))
        self._plan = compile_rubric(rubric, (), catalogue)
        self.bundle = Bundle.build(Policy(), rubric, self._plan, {})
        self.rules = Ruleset(Policy(lease_days=30), rubric, self._plan, catalogue, self.bundle)

    def scored(self, scores: Mapping[str, float]) -> pl.DataFrame:
        """The scored portfolio in which each customer has the score given, 50 to 100."""
        names = sorted(scores)
        values = [(scores[name] - 50) * 2 for name in names]
        columns = {"customer": names, "name": names, "account_owner": [None] * len(names), "value": values}
        frame = pl.DataFrame(columns, schema_overrides={"value": pl.Float64, "account_owner": pl.String})
        states = pl.lit(0, dtype=pl.UInt8).alias("value__state")
        return evaluate(self._plan, frame.with_columns(states), {})

    def brief(self, scores: Mapping[str, float], *, run: str = "run-1", now: datetime = START) -> Brief:
        """What the plan of a run is made from; tests replace what they are about."""
        return Brief(
            run=run,
            scored=self.scored(scores),
            bundle=self.bundle,
            fields=(*STANDARD_FIELDS, WATCH),
            writable={"crm": frozenset(FakeCrm.writes)},
            as_of=now,
            now=now,
        )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(f"sqlite:///{tmp_path / 'detente.sqlite'}")) as opened:
        yield opened


@pytest.fixture
def make_crm() -> type[FakeCrm]:
    """The class itself: tests cannot import it."""
    return FakeCrm


@pytest.fixture
def crm(store: Store) -> FakeCrm:
    """Three accounts that the store knows, each its own customer."""
    crm = FakeCrm()
    crm.read_into(store)
    return crm


@pytest.fixture(scope="session")
def scoring() -> Scoring:
    return Scoring()
