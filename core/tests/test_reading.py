"""Reading a batch into the store: what a CRM tells as gone, by name and by what it lists."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from detente.engine.reading import read_batch
from detente.store import checkpoints, records
from detente.store.database import Store
from detente_contracts import Account, Batch, Census, Connector, Finding, Kind, Ref

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)


class Listing(Connector):
    """A CRM that reports no deletion: it only lists what there is."""

    reads = (Kind.ACCOUNT,)

    def __init__(self, *ids: str) -> None:
        self.ids = frozenset(ids)

    def read(self, kind: Kind, cursor: str | None, limit: int) -> Batch:
        found = [Account(Ref("crm", "organizations", id_), NOW) for id_ in self.ids]
        return Batch(found, "end", True, census=Census("organizations", self.ids))

    def check(self) -> Sequence[Finding]:
        return ()

    def held(self, refs: object, keys: object) -> NoReturn:
        raise AssertionError("nobody asks")

    def write(self, rows: object) -> NoReturn:
        raise AssertionError("nobody writes")

    def missing_fields(self) -> Sequence[str]:
        return ()


def read(store: Store, connector: Connector, run: str) -> None:
    read_batch(store, connector, "crm", Kind.ACCOUNT, run=run, now=NOW, progress=lambda *_: None)


def test_what_a_crm_no_longer_lists_is_gone_and_counted(tmp_path: Path) -> None:
    with closing(Store.open(f"sqlite:///{tmp_path / 'detente.sqlite'}")) as store:
        read(store, Listing("7", "8", "9"), "run-1")
        read(store, Listing("7", "9"), "run-2")

        with store.reading() as connection:
            left = records.records_frame(connection, Kind.ACCOUNT, ["crm"])["id"].to_list()
            (counts,) = checkpoints.counts_of(connection, "run-2")
    assert (left, counts.gone) == (["7", "9"], 1)


def test_what_is_told_as_gone_again_is_counted_once(tmp_path: Path) -> None:
    class Telling(Listing):
        """A CRM that tells of a deletion whenever it is asked."""

        def read(self, kind: Kind, cursor: str | None, limit: int) -> Batch:
            gone = [Ref("crm", "organizations", "8"), Ref("crm", "organizations", "never known")]
            return Batch((), "end", True, gone=gone)

    with closing(Store.open(f"sqlite:///{tmp_path / 'detente.sqlite'}")) as store:
        read(store, Listing("7", "8"), "run-1")
        read(store, Telling(), "run-2")
        read(store, Telling(), "run-3")

        with store.reading() as connection:
            counts = [checkpoints.counts_of(connection, run)[0].gone for run in ("run-2", "run-3")]
    assert counts == [1, 0]
