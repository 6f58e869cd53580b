"""Whatever happens to accounts, keys, merges and decisions: one customer an account, and no history lost."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from detente.store.database import Store
from detente.store.links import Decision, all_links
from detente_contracts import RuleViolationError
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

ACCOUNTS = [f"{crm}/{number}" for crm in ("hub", "sf", "zen") for number in (1, 2, 3)]
PAIRS = [pair for pair in combinations(ACCOUNTS, 2) if pair[0].split("/")[0] != pair[1].split("/")[0]]
accounts, pairs = st.sampled_from(ACCOUNTS), st.sampled_from(PAIRS)
keys = st.sampled_from([None, None, "K1", "K2"])
Row = tuple[str, int, str, int | None]


class Sets:
    """Disjoint sets, written without a look at those of the engine."""

    def __init__(self) -> None:
        self._of: dict[str, set[str]] = {}

    def unite(self, one: str, other: str) -> None:
        merged = self.of(one) | self.of(other)
        self._of |= dict.fromkeys(merged, merged)

    def of(self, item: str) -> set[str]:
        return self._of.get(item, {item})


class Histories(RuleBasedStateMachine):
    """A firm to which anything may happen; after each run everything that is promised must hold."""

    make: Callable[[Path], Any]

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.firm = type(self).make(Path(self.folder.name))
        self.keys: dict[str, str | None] = {}
        self.merged: dict[str, str] = {}
        self.past: set[Row] = set()
        self.asked_anew = 0
        self.has_run = False

    @initialize(
        first=st.lists(accounts, min_size=3, unique=True), told=st.lists(keys, min_size=9, max_size=9)
    )
    def begin(self, first: list[str], told: list[str | None]) -> None:
        for account, key in zip(first, told, strict=False):
            self.keep(account, key)

    @rule(account=accounts, key=keys)
    def keep(self, account: str, key: str | None) -> None:
        """An account appears, comes back, or changes its key."""
        self.firm.keep(**{account.replace("/", "_"): key})
        self.keys[account] = key
        self.has_run = False

    @precondition(lambda self: self.keys)
    @rule(data=st.data(), is_merge=st.booleans())
    def lose(self, data: st.DataObject, is_merge: bool) -> None:
        account = data.draw(st.sampled_from(sorted(self.keys)))
        heirs = [item for item in self.keys if item != account and item[:3] == account[:3]]
        heir = data.draw(st.sampled_from(sorted(heirs))) if heirs and is_merge else None
        self.firm.lose(account, into=heir)
        del self.keys[account]
        if heir:
            self.merged[account] = heir
        self.has_run = False

    @rule(pair=pairs, confidence=st.sampled_from([0.6, 0.98, 0.99]))
    def propose(self, pair: tuple[str, str], confidence: float) -> None:
        self.firm.propose(*pair, confidence)
        self.has_run = False

    @rule(left=st.integers(0, 3))
    def withdraw(self, left: int) -> None:
        self.firm.plugins.answers["links"] = self.firm.plugins.answers["links"][:left]
        self.has_run = False

    @rule(pair=pairs, decision=st.sampled_from(Decision))
    def decide(self, pair: tuple[str, str], decision: Decision) -> None:
        if not set(pair) <= self.keys.keys():
            return
        try:
            (self.firm.accept if decision is Decision.ACCEPTED else self.firm.refuse)(*pair)
        except RuleViolationError:
            return
        self.has_run = False

    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        known = sorted((row.one, row.other) for row in self.links() if row.state not in ("none", "suggested"))
        if not known:
            return
        pair = data.draw(st.sampled_from(known))
        try:
            self.firm.undo(*(text.replace("/account/", "/") for text in pair))
        except RuleViolationError:
            return
        self.has_run = False

    @rule()
    def run(self) -> None:
        self.firm.run()
        self.has_run = True

    @rule()
    def run_twice(self) -> None:
        """A second pass that asks everybody anew changes nothing."""
        self.run()
        before = (self.firm.customers(), self.firm.successors(), self.standing())
        self.asked_anew += 1
        self.firm.plugins.answers[f"silent{self.asked_anew}"] = []
        told = self.firm.run()

        assert (self.firm.customers(), self.firm.successors(), self.standing()) == before
        assert (told.counts["automatic"], told.counts["moved"], told.counts["ended"]) == (0, 0, 0)

    @invariant()
    def every_account_belongs_to_one_customer(self) -> None:
        if self.has_run:
            assert self.firm.customers().keys() == self.keys.keys()

    @invariant()
    def no_account_belongs_to_two_customers_at_any_instant(self) -> None:
        spans: dict[str, list[tuple[int, int | None]]] = {}
        for account, since, _, until in self.memberships():
            spans.setdefault(account, []).append((since, until))
        for found in spans.values():
            for (_, until), (since, _) in pairwise(sorted(found, key=lambda span: span[0])):
                assert until is not None and until <= since

    @invariant()
    def no_past_membership_is_lost(self) -> None:
        ended = {row for row in self.memberships() if row[3] is not None}
        assert self.past <= ended
        self.past = ended

    @invariant()
    def accounts_that_a_person_refused_are_apart(self) -> None:
        if self.has_run:
            now = self.firm.customers()
            for one, other in self.decided(Decision.REFUSED):
                assert one not in now or other not in now or now[one] != now[other]

    @invariant()
    def two_keys_are_one_customer_only_where_a_person_or_a_crm_says_so(self) -> None:
        if self.has_run:
            told = self.told()
            for group in self.firm.groups():
                keyed = [f"key {self.keys[account]}" for account in group if self.keys[account]]
                assert all(told.of(keyed[0]) == told.of(key) for key in keyed)

    @invariant()
    def an_alias_leads_to_a_customer_that_is_none(self) -> None:
        successors = self.firm.successors()
        assert not set(successors.values()) & successors.keys()
        assert not set(self.firm.customers().values()) & successors.keys()

    def teardown(self) -> None:
        assert self.firm.problems() == []
        self.firm.store.close()
        self.folder.cleanup()

    def told(self) -> Sets:
        """What people and CRMs say is one, keys of accounts among it; an accept may be held back."""
        told = Sets()
        merged = [(old, heir) for old, heir in self.merged.items() if old not in self.keys]
        for pair in (*merged, *self.decided(Decision.ACCEPTED)):
            told.unite(*pair)
        for account, key in self.keys.items():
            if key:
                told.unite(account, f"key {key}")
        return told

    def decided(self, decision: Decision) -> list[tuple[str, str]]:
        rows = [row for row in self.links() if row.decision is decision]
        return [(row.one.replace("/account/", "/"), row.other.replace("/account/", "/")) for row in rows]

    def standing(self) -> set[tuple[str, str]]:
        return {(row.id, row.state) for row in self.links()}

    def links(self) -> list[Any]:
        with self.firm.store.reading() as connection:
            return all_links(connection)

    def memberships(self) -> set[Row]:
        query = "SELECT connector || '/' || id, since, customer, until FROM membership"
        with self.firm.store.reading() as connection:
            return {tuple(row) for row in connection.exec_driver_sql(query)}


def test_whatever_happens_every_promise_about_customers_holds(firm: Any, empty_store: bytes) -> None:
    def make(folder: Path) -> Any:
        (folder / "detente.sqlite").write_bytes(empty_store)
        return type(firm)(Store.open(f"sqlite:///{folder}/detente.sqlite"), folder)

    machine = type("Machine", (Histories,), {"make": staticmethod(make)})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=20, stateful_step_count=25, deadline=None)
    )


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_over_many_histories_every_promise_about_customers_holds(firm: Any, empty_store: bytes) -> None:
    def make(folder: Path) -> Any:
        (folder / "detente.sqlite").write_bytes(empty_store)
        return type(firm)(Store.open(f"sqlite:///{folder}/detente.sqlite"), folder)

    machine = type("Machine", (Histories,), {"make": staticmethod(make)})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=1500, stateful_step_count=60, deadline=None)
    )
