"""A firm whose accounts, merges and decisions a test says, with plugins that propose what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from detente.engine.linking import Linked, LinkRules, link_accounts
from detente.engine.linking.deciding import Act, decide, undo
from detente.engine.plugins import HookResult
from detente.store import customers, links, merges, records
from detente.store.audit import verify
from detente.store.database import Store
from detente.store.links import Decision, LinkRow, Standing
from detente_contracts import Account, Kind, LinkEvidence, LinkProposal, Ref

START = datetime(2026, 11, 3, 9, tzinfo=UTC)
SAME_NAME = (LinkEvidence("name", "both are called so", 6.0),)


def ref(text: str) -> Ref:
    """The ref of an account written `crm/id`."""
    connector, number = text.split("/")
    return Ref(connector, "account", number)


def full(text: str) -> str:
    """An account written `crm/id` as connector/object/id."""
    return str(ref(text))


def proposal(one: str, other: str, confidence: float) -> LinkProposal:
    """What a plugin proposes of two accounts written `crm/id`."""
    return LinkProposal(
        one=full(one), other=full(other), rule="name", confidence=confidence, evidence=SAME_NAME
    )


@dataclass
class Proposers:
    """Plugins as core asks them: `answers` by plugin, None for one that fails."""

    answers: dict[str, list[LinkProposal] | None] = field(default_factory=lambda: {"links": []})
    asked: int = 0
    failures: list[str] = field(default_factory=list)

    def call(self, hook: str, **arguments: object) -> list[HookResult]:
        """The answer of each plugin that did not fail, about accounts that there are."""
        accounts = arguments["accounts"]
        assert isinstance(accounts, pl.DataFrame)
        self.asked += 1
        known = set(accounts["account"])
        return [
            HookResult(name, tuple(item for item in told if {item.one, item.other} <= known))
            for name, told in self.answers.items()
            if told is not None
        ]

    def unheard(self, hook: str) -> frozenset[str]:
        """Those that failed."""
        return frozenset(name for name, told in self.answers.items() if told is None)

    def record_failure(self, plugin: str, hook: str, message: str) -> None:
        """Keep what was said about a plugin."""
        self.failures.append(f"{plugin}: {message}")

    def versions(self) -> Mapping[str, str]:
        """A plugin that says something else is another version of it."""
        return {name: str(told) for name, told in self.answers.items()}


@dataclass
class Firm:
    """One store; every run and every act takes a minute."""

    store: Store
    home: Path
    plugins: Proposers = field(default_factory=Proposers)
    now: datetime = START
    runs: int = 0
    connectors: tuple[str, ...] = ("hs", "hub", "sf", "zd", "zen")

    def keep(self, **keys: str | None) -> None:
        """Keep accounts, such as `sf_1="K1"`, with their customer keys."""
        told = [
            Account(ref(name.replace("_", "/")), self.now, name=name, customer_key=key)
            for name, key in keys.items()
        ]
        with self.store.transaction() as connection:
            records.upsert_records(connection, Kind.ACCOUNT, told)

    def lose(self, *accounts: str, into: str | None = None) -> None:
        """Accounts are deleted in their CRM, or merged into another."""
        gone = [ref(account) for account in accounts]
        with self.store.transaction() as connection:
            records.mark_gone(connection, gone, self.now)
            merges.note_merges(connection, {old: ref(into) for old in gone} if into else {}, self.now)

    def propose(self, one: str, other: str, confidence: float = 0.99) -> None:
        """Let the plugin `links` propose this pair from now on."""
        told = self.plugins.answers["links"] or []
        self.plugins.answers["links"] = [*told, proposal(one, other, confidence)]

    def run(self, name: str | None = None) -> Linked:
        """One pass."""
        self.now += timedelta(minutes=1)
        self.runs += 1
        return link_accounts(
            self.store,
            self.plugins,
            run=name or f"run-{self.runs}",
            rules=LinkRules(),
            connectors=self.connectors,
            now=lambda: self.now,
        )

    def decide(self, decision: Decision, *targets: str) -> list[LinkRow]:
        """A person decides."""
        self.now += timedelta(minutes=1)
        return decide(self.store, targets, decision, Act("local:ann", "known", self.now))

    def accept(self, one: str, other: str) -> LinkRow:
        """A person says that two accounts are one."""
        return self.decide(Decision.ACCEPTED, f"{full(one)}={full(other)}")[0]

    def refuse(self, one: str, other: str) -> LinkRow:
        """A person says that they are not."""
        return self.decide(Decision.REFUSED, f"{full(one)}={full(other)}")[0]

    def undo(self, one: str, other: str) -> LinkRow:
        """A person takes back what was done to the link of two accounts."""
        self.now += timedelta(minutes=1)
        target = links.link_id(full(one), full(other))
        return undo(self.store, [target], Act("local:ann", "", self.now))[0]

    def customers(self) -> dict[str, str]:
        """The customer of each account, by `crm/id`."""
        with self.store.reading() as connection:
            rows = customers.memberships(connection).select("connector", "id", "customer").rows()
        return {f"{connector}/{number}": customer for connector, number, customer in rows}

    def groups(self) -> set[frozenset[str]]:
        """The accounts of each customer."""
        found: dict[str, set[str]] = {}
        for account, customer in self.customers().items():
            found.setdefault(customer, set()).add(account)
        return {frozenset(accounts) for accounts in found.values()}

    def successors(self) -> dict[str, str]:
        """Customers that another one stands for."""
        with self.store.reading() as connection:
            return customers.successors(connection)

    def suggested(self) -> list[LinkRow]:
        """What people are asked."""
        with self.store.reading() as connection:
            return links.links_of(connection, Standing.SUGGESTED)

    def problems(self) -> list[str]:
        """What the audit trail finds wrong."""
        return [str(problem) for problem in verify(self.store, self.home / "audit.anchor")]


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a store without rows."""
    path = tmp_path_factory.mktemp("empty") / "detente.sqlite"
    with closing(Store.open(f"sqlite:///{path}")):
        pass
    return path.read_bytes()


@pytest.fixture
def firm(tmp_path: Path, empty_store: bytes) -> Iterator[Firm]:
    """A firm without accounts."""
    (tmp_path / "detente.sqlite").write_bytes(empty_store)
    with closing(Store.open(f"sqlite:///{tmp_path}/detente.sqlite")) as store:
        yield Firm(store, tmp_path)
