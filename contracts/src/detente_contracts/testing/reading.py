"""Reading a connector to its end, and values to write with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta

from detente_contracts.connector import Batch, Connector
from detente_contracts.fields import FieldSpec, FieldType
from detente_contracts.records import FieldText, Kind, Record, Ref

_MOST_BATCHES = 10_000


def batches(connector: Connector, kind: Kind, cursor: str | None = None, limit: int = 500) -> Iterator[Batch]:
    """Read on from `cursor` until the connector says that no more is to be had.

    Raises: AssertionError when it does not end.
    """
    for _ in range(_MOST_BATCHES):
        batch = connector.read(kind, cursor, limit)
        yield batch
        if batch.done:
            return
        cursor = batch.cursor
    raise AssertionError(f"{kind}: reading does not end")


def read_all(connector: Connector, kind: Kind, cursor: str | None = None) -> tuple[list[Record], str]:
    """All records from `cursor` on, and where to read on."""
    records: list[Record] = []
    last = cursor or ""
    for batch in batches(connector, kind, cursor):
        records.extend(batch.records)
        last = batch.cursor
    return records, last


def told_gone(told: Iterable[Batch], known: Iterable[Ref]) -> set[Ref]:
    """Those of the `known` records that the batches tell as gone, by name or by a census that misses them."""
    batches_ = list(told)
    named = {ref for batch in batches_ for ref in batch.gone}
    counts = [batch.census for batch in batches_ if batch.census is not None]
    return {ref for ref in known if ref in named or any(census.misses(ref) for census in counts)}


class Mirror:
    """What somebody knows who took every batch so far: the records by ref, and where to read on."""

    def __init__(self) -> None:
        self.records: dict[Ref, Record] = {}
        self.cursor: str | None = None

    def take(self, batch: Batch) -> None:
        """Keep what the batch brings and lose what it tells as gone, as core does."""
        self.records |= {record.ref: record for record in batch.records}
        for ref in told_gone([batch], self.records):
            del self.records[ref]
        self.cursor = batch.cursor

    def read_on(self, connector: Connector, kind: Kind) -> None:
        """Take everything that is to be had now."""
        for batch in batches(connector, kind, self.cursor):
            self.take(batch)


def instants(record: Record) -> Iterator[datetime]:
    """Every instant of a record, custom ones too."""
    values = [getattr(record, field.name) for field in fields(record)]
    custom = getattr(record, "custom", {})
    yield from (value for value in (*values, *custom.values()) if isinstance(value, datetime))


def values_for(specs: Sequence[FieldSpec], kind: Kind, seed: int) -> dict[str, FieldText]:
    """A canonical value for each field on `kind`; another `seed` gives others."""
    return {spec.key: _value_for(spec, seed) for spec in specs if kind in spec.kinds}


def _value_for(spec: FieldSpec, seed: int) -> str:
    if spec.type is FieldType.CHOICE:
        return spec.options[seed % len(spec.options)]
    if spec.type is FieldType.NUMBER:
        return f"{40 + seed}.5" if spec.decimals else str(40 + seed)
    if spec.type is FieldType.INSTANT:
        return (datetime(2026, 11, 3, 9, tzinfo=UTC) + timedelta(hours=seed)).strftime("%Y-%m-%dT%H:%M:%SZ")
    if spec.type is FieldType.URL:
        return f"https://detente.example/receipts/{seed}"
    return f"87 (up {seed}): renewal in 41 days +31; “Zürich” & <b>co</b>"
