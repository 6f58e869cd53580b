"""Accounts joined to customers, link by link, the strongest first; what must stay apart stays apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import IntEnum


class Strength(IntEnum):
    """What a link rests on, and so what it may not do.

    A CRM's own merge does everything. A person's accept does not join what a person keeps apart. A shared
    customer key neither. Evidence alone does not join two keys, nor two accounts of one CRM, either.
    """

    MERGED = 0
    ACCEPTED = 1
    KEY = 2
    EVIDENCE = 3


REFUSED = "a person keeps accounts of theirs apart"
KEYS_DIFFER = "their customer keys differ"
ONE_CRM = "two accounts of one CRM would meet"


class Clusters:
    """Disjoint sets of accounts, by text connector/object/id, that grow by links."""

    def __init__(self, keys: Mapping[str, str | None], apart: Iterable[tuple[str, str]]) -> None:
        """Each account of `keys`, with its customer key, alone; pairs of `apart` never meet."""
        self._parent: dict[str, str] = {}
        self._size: dict[str, int] = {}
        self._key = dict(keys)
        self._crms = {account: {account.partition("/")[0]} for account in keys}
        self._apart: dict[str, set[str]] = defaultdict(set)
        for one, other in apart:
            self._apart[one].add(other)
            self._apart[other].add(one)
        self._guarded = {account: {account} for account in self._apart}

    def join(self, one: str, other: str, strength: Strength) -> str:
        """Join the sets of two accounts, unless they are one already; why not, or empty when they are one."""
        first, second = self.root(one), self.root(other)
        if first == second:
            return ""
        objection = self._objection(first, second, strength)
        if not objection:
            self._unite(first, second)
        return objection

    def root(self, account: str) -> str:
        """The account that stands for the set of `account`; one never heard of is alone."""
        parent = self._parent
        above = parent.get(account)
        if above is None:
            return account
        path = [account]
        while (further := parent.get(above)) is not None:
            path.append(above)
            above = further
        for passed in path[:-1]:
            parent[passed] = above
        return above

    def are_one(self, one: str, other: str) -> bool:
        """Whether two accounts are in one set."""
        return self.root(one) == self.root(other)

    def keeps_apart(self, one: str, other: str) -> bool:
        """Whether a person keeps accounts of these two sets apart."""
        first, second = self.root(one), self.root(other)
        return any(
            self.root(foe) == second for mine in self._guarded.get(first, ()) for foe in self._apart[mine]
        )

    def _objection(self, first: str, second: str, strength: Strength) -> str:
        if strength is not Strength.MERGED and self.keeps_apart(first, second):
            return REFUSED
        if strength is not Strength.EVIDENCE:
            return ""
        if self._key.get(first) is not None and self._key.get(second) is not None:
            return KEYS_DIFFER
        return ONE_CRM if self._crms.get(first, set()) & self._crms.get(second, set()) else ""

    def _unite(self, first: str, second: str) -> None:
        if self._size.get(first, 1) < self._size.get(second, 1):
            first, second = second, first
        self._parent[second] = first
        self._size[first] = self._size.get(first, 1) + self._size.get(second, 1)
        if self._key.get(first) is None:
            self._key[first] = self._key.get(second)
        self._crms.setdefault(first, set()).update(self._crms.pop(second, ()))
        if second in self._guarded:
            self._guarded.setdefault(first, set()).update(self._guarded.pop(second))
