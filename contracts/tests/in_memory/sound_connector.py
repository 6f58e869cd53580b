"""A CRM in memory, and a connector to it that keeps every promise of the kit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from detente_contracts import (
    RECORD_TYPES,
    STANDARD_FIELDS,
    AccessError,
    Batch,
    Connector,
    FieldText,
    FieldWrite,
    Finding,
    Kind,
    Outcome,
    ProvisionStep,
    Record,
    Ref,
    Result,
    Seen,
    Severity,
)
from detente_contracts.testing import CrmSide

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
KEYS = frozenset(spec.key for spec in STANDARD_FIELDS)


def _record(kind: Kind, ref: Ref) -> Record:
    make: Any = RECORD_TYPES[kind]
    made: Record = make(ref, NOON, "Kim Lee") if kind is Kind.PERSON else make(ref, NOON)
    return made


class Portal(CrmSide):
    """A CRM in memory: records of every kind, a log of changes, and fields that must be provisioned."""

    def __init__(self) -> None:
        self.records: dict[Ref, Record] = {}
        self.removed: dict[Ref, Record] = {}
        self.merged: dict[Ref, Ref] = {}
        self.log: list[Ref] = []
        self.texts: dict[Ref, dict[str, FieldText]] = {}
        self.provisioned: set[str] = set()
        for kind in (Kind.ACCOUNT, *(kind for kind in Kind if kind is not Kind.ACCOUNT)):
            for number in range(4):
                ref = Ref("crm", kind.value, str(number))
                self.records[ref] = _record(kind, ref)
                self.log.append(ref)

    def edit(self, ref: Ref) -> None:
        """Change the record, and put it at the end of the log."""
        record: Any = self.records[ref]
        if ref.object == "account":
            self.records[ref] = replace(record, name=f"{record.name or ''}+")
        self.log.append(ref)

    def remove(self, ref: Ref) -> None:
        """Delete the record; the log tells of it."""
        self.removed[ref] = self.records.pop(ref)
        self.log.append(ref)

    def merge(self, lost: Ref, kept: Ref) -> None:
        """Delete the one, change the other; the log tells of both."""
        self.remove(lost)
        self.edit(kept)
        self.merged[lost] = kept

    def restore(self, ref: Ref) -> None:
        """Put the record back; the log tells of it."""
        self.records[ref] = self.removed.pop(ref)
        self.log.append(ref)

    def shown(self, ref: Ref, key: str) -> FieldText:
        """The text of the field."""
        return self.texts.get(ref, {}).get(key)

    def advance(self, seconds: float) -> None:
        """Nothing here takes time."""


class Sound(Connector):
    """A connector that keeps every promise."""

    reads = tuple(Kind)
    writes = (Kind.ACCOUNT, Kind.DEAL)

    def __init__(self, portal: Portal, *, known: bool = True) -> None:
        self.portal, self.known = portal, known

    def read(self, kind: Kind, cursor: str | None, limit: int) -> Batch:
        if not self.known:
            raise AccessError("the CRM refused the key", hint="Enter another key")
        start = int(cursor or 0)
        end = min(start + limit, len(self.portal.log))
        last = {ref: place for place, ref in enumerate(self.portal.log) if ref.object == kind.value}
        new = [ref for ref, place in last.items() if start <= place < end]
        records = [self.as_read(ref) for ref in new if ref in self.portal.records]
        gone = [ref for ref in new if ref not in self.portal.records]
        merged = {ref: self.portal.merged[ref] for ref in gone if ref in self.portal.merged}
        hidden = frozenset({"custom.region"})
        return Batch(records, str(end), end == len(self.portal.log), hidden, gone, merged=merged)

    def restarted(self, kind: Kind, cursor: str) -> str | None:
        return "0"

    def as_read(self, ref: Ref) -> Record:
        record: Any = self.portal.records[ref]
        has_held = "held" in {field.name for field in fields(record)}
        read: Record = replace(record, held=self.portal.texts.get(ref, {})) if has_held else record
        return read

    def held(self, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, Mapping[str, FieldText]]:
        here = [ref for ref in refs if ref in self.portal.records]
        return {ref: {key: self.portal.shown(ref, key) for key in keys} for ref in here}

    def seen(self, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, Seen]:
        return {ref: Seen(held, self.version(ref)) for ref, held in self.held(refs, keys).items()}

    def version(self, ref: Ref) -> str:
        return str(self.portal.log.count(ref))

    def write(self, rows: Sequence[FieldWrite]) -> Sequence[Outcome]:
        return [self.write_one(row) for row in rows]

    def write_one(self, row: FieldWrite) -> Outcome:
        if row.ref not in self.portal.records:
            return Outcome(row.ref, Result.GONE)
        if row.version not in ("", self.version(row.ref)):
            return Outcome(row.ref, Result.MOVED)
        assert row.values.keys() <= self.portal.provisioned
        self.portal.texts.setdefault(row.ref, {}).update(row.values)
        return Outcome(row.ref, Result.APPLIED)

    def check(self) -> Sequence[Finding]:
        if self.known and not (self.writes and self.missing_fields()):
            return [Finding(Severity.OK, "key", "stands")]
        return [Finding(Severity.ERROR, "key", "is refused or lacks fields", "Enter another key")]

    def missing_fields(self) -> Sequence[str]:
        return sorted(KEYS - self.portal.provisioned)

    def provision(self, *, apply: bool) -> Sequence[ProvisionStep]:
        action = "standing" if self.portal.provisioned >= KEYS else "create"
        if apply:
            self.portal.provisioned |= KEYS
        return [ProvisionStep("all", key, action) for key in sorted(KEYS)]
