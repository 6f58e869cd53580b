"""A CRM in memory, and a store, for the tests of writing back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from detente.store import records
from detente.store.database import Store
from detente_contracts import (
    Account,
    Batch,
    Connector,
    FieldText,
    FieldWrite,
    Finding,
    Kind,
    Outcome,
    Ref,
    Result,
)

START = datetime(2026, 11, 3, 9, tzinfo=UTC)

Boundary = Callable[[str], None]
"""Called with the name of each boundary that is crossed; may raise, as a kill or a fault would."""


def pass_by(boundary: str) -> None:
    """Nothing happens."""


class FakeCrm(Connector):
    """Accounts with fields of ours, as a connector reaches them; people edit `values` directly.

    `refuses` are ids whose rows are rejected, `loses` ids whose rows are silently not written, and `requests`
    counts the calls and the vendor's write batches.
    """

    reads = (Kind.ACCOUNT,)
    writes = (Kind.ACCOUNT,)
    write_batch = 3

    def __init__(self, ids: Sequence[str] = ("1", "2", "3")) -> None:
        self.values: dict[Ref, dict[str, FieldText]] = {Ref("crm", "companies", id): {} for id in ids}
        self.cross: Boundary = pass_by
        self.refuses: frozenset[str] = frozenset()
        self.loses: frozenset[str] = frozenset()
        self.requests = {"held": 0, "write": 0}
        self.log: list[FieldWrite] = []

    def check(self) -> Sequence[Finding]:
        return ()

    def read(self, kind: Kind, cursor: str | None, limit: int) -> Batch:
        accounts = [
            Account(ref, START, name=f"Customer {ref.id}", held=dict(held))
            for ref, held in self.values.items()
        ]
        return Batch(accounts, cursor="end", done=True)

    def held(self, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, Mapping[str, FieldText]]:
        self.requests["held"] += 1
        self.cross("before held")
        found = {ref: {key: self.values[ref].get(key) for key in keys} for ref in refs if ref in self.values}
        self.cross("after held")
        return found

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
        self.log.append(row)
        if row.ref.id not in self.loses:
            self.values[row.ref].update(row.values)
        return Outcome(row.ref, Result.APPLIED)

    def missing_fields(self) -> Sequence[str]:
        return ()

    def keep_in(self, store: Store) -> None:
        """Keep the records as a run that reads everything does."""
        with store.transaction() as connection:
            records.upsert_records(connection, Kind.ACCOUNT, self.read(Kind.ACCOUNT, None, 100).records)


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
    """Three accounts that the store knows."""
    crm = FakeCrm()
    crm.keep_in(store)
    return crm
