"""What a simulated vendor is: its API over its share of the firm, and what tests may do to it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from detente_sandbox.clock import Clock
from detente_sandbox.faults import Faults
from detente_sandbox.journal import Journal
from detente_sandbox.options import Options
from detente_sandbox.view import Page
from detente_sandbox.world.model import Disagreement, World

Json = dict[str, Any]
RecordKind = Literal["account", "deal", "ticket"]


class RefusedError(Exception):
    """Something asked of the administration that cannot be done; `status` is HTTP's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came, with its number; header names are in lower case.

    `path` is decoded, `query` is not; `base_url` is scheme and host as the client wrote them.
    """

    seq: int
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    raw: bytes
    base_url: str

    @property
    def bearer(self) -> str:
        """The bearer token; empty when there is none."""
        return self.headers.get("authorization", "").removeprefix("Bearer ").strip()


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes over the wire; `app` is who asked, for the journal of requests."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    app: str = ""


class Vendor(ABC):
    """One vendor with one account of the firm's; clock, faults, journal and the wire work the same for all.

    Record types and ids in the administration are the vendor's own words; edits there are a person's.
    """

    name: ClassVar[str]
    is_tls: ClassVar[bool] = False

    def __init__(self, clock: Clock, options: Options) -> None:
        self.clock = clock
        self.options = options
        self.journal = Journal()
        self.faults = Faults()
        self.unknown: list[Json] = []
        self.share = World(options.start_ms)

    def start(self, share: World) -> None:
        """The account as at the start, holding the vendor's share of the firm; nothing was asked yet."""
        self.journal, self.faults, self.unknown = Journal(), Faults(), []
        self.share = share
        self.load(share)

    @abstractmethod
    def load(self, share: World) -> None:
        """Make all records, limits and apps anew from the share."""

    @abstractmethod
    def reply(self, request: Request, now_ms: int) -> Reply:
        """The API's answer to one request; never raises for what a client sends."""

    @abstractmethod
    def kind_of(self, request: Request) -> str:
        """What the journal calls a request, also one that a fault answered; `other` when it has no name."""

    @abstractmethod
    def credentials(self) -> Json:
        """What apps sign in with, as the sandbox announces it."""

    @abstractmethod
    def path_of(self, kind: RecordKind, key: int) -> str:
        """Type and id of a record of the share, such as `companies/20000001`."""

    @abstractmethod
    def state(self) -> Json:
        """Counts and a digest of all values per type, without modification stamps."""

    @abstractmethod
    def limits(self) -> Json:
        """The limits in force; None where there is none."""

    @abstractmethod
    def set_limits(self, body: Json) -> Json:
        """Change limits and return them. Raises: ValueError for an unknown one."""

    @abstractmethod
    def set_app(self, name: str, body: Json) -> Json:
        """Change the rights of an app, or revoke it. Raises: RefusedError 404."""

    @abstractmethod
    def list_records(self, type_name: str) -> list[Json]:
        """Every live record of a type with its values. Raises: RefusedError 404."""

    @abstractmethod
    def read_record(self, type_name: str, record_id: str) -> Json:
        """One record with its values and, where kept, their history. Raises: RefusedError 404."""

    @abstractmethod
    def create_record(self, type_name: str, body: Json) -> Json:
        """A record that a person enters. Raises: RefusedError, ValueError."""

    @abstractmethod
    def edit_record(self, type_name: str, record_id: str, body: Json) -> Json:
        """A person's edit. Raises: RefusedError, ValueError."""

    @abstractmethod
    def delete_record(self, type_name: str, record_id: str) -> Json:
        """A record that a person deletes. Raises: RefusedError 404."""

    @abstractmethod
    def page(self, type_name: str, record_id: str) -> Page:
        """The record as a person at work sees it. Raises: RefusedError 404."""

    def act(self, verb: str, body: Json) -> Json:
        """Something that only this vendor has, such as a merge. Raises: RefusedError 404."""
        known = self.acts()
        if verb not in known:
            raise RefusedError(404, f"{self.name} knows no act {verb!r}; known: {sorted(known) or 'none'}")
        return known[verb](body)

    def acts(self) -> Mapping[str, Callable[[Json], Json]]:
        """What `act` knows, by verb."""
        return {}

    def truth(self) -> list[Json]:
        """The planted disagreements that touch this vendor's records."""
        return [self._told(row) for row in self.share.disagreements]

    def identities(self) -> dict[str, str]:
        """Which organisation each account record stands for: its path to the organisation's number."""
        organisations = self.share.organisations
        return {
            self.path_of("account", row.key): organisations[row.organisation].number
            for row in self.share.accounts
        }

    def _told(self, row: Disagreement) -> Json:
        return {
            "kind": row.kind,
            "account_ids": self._ids("account", row.accounts),
            "ticket_ids": self._ids("ticket", row.tickets),
            "deal_ids": self._ids("deal", row.deals),
            "note": row.note,
            "background": row.is_background,
        }

    def _ids(self, kind: RecordKind, keys: list[int]) -> list[str]:
        return [self.path_of(kind, key).rpartition("/")[2] for key in keys]
