"""Which customer each set of accounts is: ids last, are never given twice, and come back after a split."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """A customer there is or was: when it was made, in microseconds, and the key by which it is known."""

    created: int
    key: str | None


@dataclass(frozen=True, slots=True)
class Before:
    """How accounts belonged to customers until now; accounts are text connector/object/id.

    `members` are open memberships, of accounts that are gone too; `heirs` are accounts that were merged away
    with a living one in their place; `former` are accounts with customers that they left and that nobody
    belongs to; `aliases` are customers that another one stands for.
    """

    members: Mapping[str, str]
    known: Mapping[str, KnownCustomer]
    heirs: Mapping[str, str] = field(default_factory=dict)
    former: Sequence[tuple[str, str]] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Identities:
    """The customer of each set, those that are new, merged ones with their successor, those that return."""

    customers: Sequence[str]
    new: Mapping[int, str]
    merged: Mapping[str, str]
    returned: Sequence[str]


def mint_customer(account: str, taken: Container[str] = ()) -> str:
    """A lasting customer id, from the account by which the customer is first known.

    An account may found several customers in its life; none gets an id of `taken`.
    """
    text, number = account, 1
    while (made := f"c-{hashlib.sha256(text.encode()).hexdigest()[:16]}") in taken:
        number += 1
        text = f"{account}#{number}"
    return made


def identify(sets: Sequence[Sequence[str]], keys: Mapping[str, str | None], before: Before) -> Identities:
    """Give each set of living accounts its customer. Sets and their accounts come sorted."""
    work = _Work(sets, keys, before)
    work.claim()
    return work.identities()


class _Work:
    """Who claims which set. A customer whose accounts were parted goes on in one part only."""

    def __init__(self, sets: Sequence[Sequence[str]], keys: Mapping[str, str | None], before: Before) -> None:
        self._sets, self._keys, self._before = sets, keys, before
        self._place = {account: number for number, accounts in enumerate(sets) for account in accounts}
        self._kept: dict[int, list[str]] = defaultdict(list)
        self._inherited: dict[int, list[str]] = defaultdict(list)
        self._returning = self._former_customers()

    def claim(self) -> None:
        """Let every customer claim the one set in which it goes on."""
        held, inherited = self._counts()
        for customer in sorted(held):
            self._kept[self._keeper(customer, held[customer])].append(customer)
        for customer in sorted(inherited.keys() - held.keys()):
            self._inherited[_most(inherited[customer])].append(customer)

    def identities(self) -> Identities:
        """The claims settled, and ids for sets that nobody claims."""
        chosen: dict[int, str] = {}
        merged: dict[str, str] = {}
        for number in sorted(self._kept.keys() | self._inherited.keys()):
            claims = self._kept.get(number) or self._inherited[number]
            chosen[number] = min(claims, key=partial(self._rank, number))
            others = {*self._kept.get(number, ()), *self._inherited.get(number, ())} - {chosen[number]}
            merged |= dict.fromkeys(sorted(others), chosen[number])
        new = self._fill(chosen, set(merged))
        returned = [item for item in chosen.values() if item in self._before.aliases]
        return Identities([chosen[number] for number in range(len(self._sets))], new, merged, returned)

    def _counts(self) -> tuple[dict[str, Counter[int]], dict[str, Counter[int]]]:
        held: dict[str, Counter[int]] = defaultdict(Counter)
        inherited: dict[str, Counter[int]] = defaultdict(Counter)
        for account, customer in self._before.members.items():
            if account in self._place:
                held[customer][self._place[account]] += 1
            elif (heir := self._before.heirs.get(account)) in self._place:
                inherited[customer][self._place[str(heir)]] += 1
        return held, inherited

    def _former_customers(self) -> dict[int, Counter[str]]:
        found: dict[int, Counter[str]] = defaultdict(Counter)
        for account, customer in self._before.former:
            if account in self._place:
                found[self._place[account]][customer] += 1
        return found

    def _keeper(self, customer: str, held: Counter[int]) -> int:
        """The part that goes on as the customer: with its key; with no customer to return to; the largest."""
        if len(held) == 1:
            return next(iter(held))
        key = self._before.known[customer].key
        parts = [number for number in held if key is not None and key in self._keys_of(number)] or list(held)
        parts = [number for number in parts if number not in self._returning] or parts
        return min(parts, key=lambda number: (-held[number], number))

    def _rank(self, number: int, customer: str) -> tuple[bool, int, str]:
        """Sorts the customer first that stands for the set: the one of its key, then the oldest."""
        known = self._before.known[customer]
        return known.key is None or known.key not in self._keys_of(number), known.created, customer

    def _keys_of(self, number: int) -> set[str | None]:
        return {self._keys[account] for account in self._sets[number]}

    def _fill(self, chosen: dict[int, str], merged: set[str]) -> dict[int, str]:
        """Customers of sets without a claim: one that its accounts return to, else a new one."""
        new: dict[int, str] = {}
        used, taken = {*chosen.values(), *merged}, set(self._before.known)
        for number in (number for number in range(len(self._sets)) if number not in chosen):
            options = [item for item in self._returning.get(number, ()) if item not in used]
            if options:
                chosen[number] = min(options, key=partial(self._return_rank, number))
            else:
                chosen[number] = new[number] = mint_customer(self._sets[number][0], taken)
            used.add(chosen[number])
            taken.add(chosen[number])
        return new

    def _return_rank(self, number: int, customer: str) -> tuple[bool, int, int, str]:
        mismatch, created, _ = self._rank(number, customer)
        return mismatch, -self._returning[number][customer], created, customer


def _most(counts: Counter[int]) -> int:
    return min(counts, key=lambda number: (-counts[number], number))


def keys_by_customer(
    sets: Sequence[Sequence[str]],
    keys: Mapping[str, str | None],
    customers: Sequence[str],
    known: Mapping[str, KnownCustomer],
) -> Iterable[tuple[str, str | None]]:
    """Customers that are known by another key now, with it; the old one stays while an account has it."""
    for accounts, customer in zip(sets, customers, strict=True):
        held = sorted({key for account in accounts if (key := keys[account]) is not None})
        before = known[customer].key if customer in known else None
        now = before if before in held else next(iter(held), None)
        if now != before:
            yield customer, now
