"""What a connector is: it reads records forward from a cursor and writes Detente's fields back.

Core decides what to read and write; a connector only speaks its vendor's API. A connector keeps nothing
between calls but open connections and metadata that it may read again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from detente_contracts.clock import Clock
from detente_contracts.fields import FieldSpec
from detente_contracts.models import ContractModel
from detente_contracts.records import FieldText, Kind, Record, Ref


class Budget(Protocol):
    """The calls that one CRM account may still take, shared by all processes of an organisation."""

    def take(self, bucket: str, limit: int, window_s: float) -> float:
        """Reserve one call of `bucket`, which allows `limit` calls in `window_s` seconds.

        Returns: seconds to wait before the call may be made; 0.0 when it may go at once. A positive answer
        reserves nothing: wait, then ask again.
        """
        ...

    def exhaust(self, bucket: str, until_s: float) -> None:
        """The vendor said no: `bucket` answers a wait until `until_s` seconds from now have passed."""
        ...


class Progress(Protocol):
    """Tells how far a long piece of work has come."""

    def __call__(self, stage: str, done: int, total: int | None = None) -> None:
        """`done` things of `total` (None when unknown) of `stage` are behind us."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectorContext:
    """What core lends a connector: clock, budget, the fields to read and write, a folder for its files."""

    instance: str
    clock: Clock
    budget: Budget
    fields: Sequence[FieldSpec]
    home: str


@dataclass(frozen=True, slots=True)
class Census:
    """Every record in a stretch of ids of one vendor object: what is known there beside `ids` is gone.

    For vendors that tell of no deletion. The stretch lies above `after` and reaches up to `until`, that one
    included; None is an end without a limit. Ids go by length, then by text: numbers in their order.
    """

    object: str
    ids: frozenset[str]
    after: str | None = None
    until: str | None = None

    def misses(self, ref: Ref) -> bool:
        """Whether the record lies in the stretch and does not exist any more."""
        if ref.object != self.object or ref.id in self.ids:
            return False
        place = (len(ref.id), ref.id)
        is_above = self.after is None or place > (len(self.after), self.after)
        return is_above and (self.until is None or place <= (len(self.until), self.until))


@dataclass(frozen=True, slots=True)
class Batch:
    """Records read forward from a cursor.

    `cursor` is where the next call starts, opaque text of the connector's own; `done` says that nothing more
    is to be had now. `hidden` names record fields that this credential cannot see: they are unknown, not
    empty. `gone` are records deleted or merged away, and so are those that `census` misses; `merged` says,
    where the vendor tells, into which record each one that was merged away went. An empty batch never means
    that all is deleted. `refused` names rows that cannot be mapped, each with the reason.
    """

    records: Sequence[Record]
    cursor: str
    done: bool
    hidden: frozenset[str] = frozenset()
    gone: Sequence[Ref] = ()
    refused: Sequence[tuple[str, str]] = ()
    census: Census | None = None
    merged: Mapping[Ref, Ref] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the CRM holds in our fields of one record, by field key, in canonical text.

    `version` is opaque text by which a conditional write knows the record again; empty where the vendor has
    no conditional write.
    """

    values: Mapping[str, FieldText]
    version: str = ""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What the CRM holds in our fields of one record after a write, by field key, in canonical text.

    `replaced` is what stood in a field right before the present value came there. Only fields of which the
    vendor's history tells it are named, and none whose present value a person put there by hand.
    """

    values: Mapping[str, FieldText]
    replaced: Mapping[str, FieldText] = field(default_factory=dict)


class Result(StrEnum):
    """What became of one row of a write.

    `moved`: the record is not the version any more that was seen, and nothing was written. `retry`: nobody
    knows whether it was written, or it is to be written later.
    """

    APPLIED = "applied"
    REJECTED = "rejected"
    GONE = "gone"
    MOVED = "moved"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class FieldWrite:
    """New values for fields of ours on one record, by field key, in canonical text; None clears.

    With a `version` they are written only if the record is still the one that was seen.
    """

    ref: Ref
    values: Mapping[str, FieldText]
    version: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one FieldWrite; `detail` tells people why when it was not applied."""

    ref: Ref
    result: Result
    detail: str = ""


class Severity(StrEnum):
    """How bad a finding is: `error` stops a run, `click` is something that no API can do."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    CLICK = "click"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `doctor`: what was looked at, how it stands, what to do next."""

    severity: Severity
    subject: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ProvisionStep:
    """One thing that provisioning makes, or found standing."""

    object: str
    name: str
    action: str
    detail: str = ""


class Connector(ABC):
    """One CRM account, or one folder of files, that Detente reads from and writes to."""

    reads: Sequence[Kind] = ()
    writes: Sequence[Kind] = ()
    write_batch: int = 100
    can_provision: bool = True

    @abstractmethod
    def check(self) -> Sequence[Finding]:
        """Look at credential, rights and fields without changing anything; never raises AccessError."""

    def require_rights(self, *, writing: bool) -> None:  # noqa: B027 - files need no rights but the system's
        """Refuse a credential that cannot do what a run asks of it, before anything is read; changes nothing.

        Raises: AccessError naming the right that is missing, UnavailableError, RateLimitedError.
        """

    @abstractmethod
    def read(self, kind: Kind, cursor: str | None, limit: int) -> Batch:
        """At most about `limit` records of `kind` changed since `cursor` (None: from the beginning).

        Raises: AccessError, UnavailableError, RateLimitedError, ConfigurationError. After a RateLimitedError
        core reads no more in this run, but writes as far as `seen` and `write` still take calls: a connector
        may keep a reserve of its budget for them. After any other it leaves the connector for the run.
        """

    def restarted(self, kind: Kind, cursor: str) -> str | None:
        """From where every record is read again, and of no deletion since `cursor` is kept silent.

        None when that cannot be: reading then starts from the beginning. `cursor` may be unreadable.
        """
        return None

    @abstractmethod
    def held(self, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, Mapping[str, FieldText]]:
        """What the CRM holds now in our fields `keys`, in canonical text; records that are gone are absent.

        All refs are of one vendor object; any number of them.
        """

    def seen(self, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, Seen]:
        """As `held`, with the version of each record where the vendor has conditional writes."""
        return {ref: Seen(values) for ref, values in self.held(refs, keys).items()}

    def read_back(self, refs: Sequence[Ref], keys: Sequence[str]) -> Mapping[Ref, ReadBack]:
        """As `held`, right after a write, with what it replaced where the vendor keeps a history.

        Core puts back what somebody entered between its look and its write, if it is told of it. A vendor
        with conditional writes, or without a history that everybody has, has no need of this.
        """
        return {ref: ReadBack(values) for ref, values in self.held(refs, keys).items()}

    @abstractmethod
    def write(self, rows: Sequence[FieldWrite]) -> Sequence[Outcome]:
        """Write rows of one vendor object in batches as large as the vendor takes; one outcome a row.

        Raises: what `read` raises, only when no row of the call can have been written.
        """

    @abstractmethod
    def missing_fields(self) -> Sequence[str]:
        """`object.field` names of ours that the CRM lacks; empty when a run can write."""

    def provision(self, *, apply: bool) -> Sequence[ProvisionStep]:
        """Create what `missing_fields` names, under an admin's credential; with `apply` false only say so."""
        raise NotImplementedError

    def close(self) -> None:  # noqa: B027 - a connector that holds nothing has nothing to let go of
        """Let go of connections and files."""


@dataclass(frozen=True, slots=True)
class ConnectorType:
    """A kind of connector that settings may name: its settings model and how to build one.

    `starter` is a folder that the connector ships for `detente init`: `connector.yaml` is its entry of the
    settings as YAML, by instance name, with comments for the admin; all else in it is copied beside them.
    """

    name: str
    settings: type[ContractModel]
    build: Callable[[ContractModel, ConnectorContext], Connector]
    help: str = ""
    starter: Path | None = None
