"""Ask plugins which accounts are one customer, and check what they say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl
from detente_contracts import LinkEvidence, LinkProposal

from detente.engine.plugins import HookResult
from detente.store.links import evidence_digest, pair_of

HOOK = "detente_propose_links"


class Proposers(Protocol):
    """Plugins as linking asks them."""

    def call(self, hook: str, **arguments: object) -> list[HookResult]:
        """The answer of each plugin that did not fail."""
        ...

    def unheard(self, hook: str) -> frozenset[str]:
        """Plugins whose answer to the last call of `hook` is missing."""
        ...

    def record_failure(self, plugin: str, hook: str, message: str) -> None:
        """Count an answer that core found unusable."""
        ...

    def versions(self) -> Mapping[str, str]:
        """Version by name of every plugin that was loaded."""
        ...


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plugin's proposal that can be used: `one` lies below `other`; `evidence` is its digest.

    `said` is the evidence itself, empty where it is kept already.
    """

    one: str
    other: str
    rule: str
    source: str
    confidence: float
    evidence: str
    said: tuple[LinkEvidence, ...] = ()

    @property
    def order(self) -> tuple[float, str, str]:
        """Sorts the most confident first, then by accounts: the same for whatever order they came in."""
        return -self.confidence, self.one, self.other


def proposals_of(plugins: Proposers, accounts: pl.DataFrame, suggest_from: float) -> list[Proposal]:
    """What plugins propose with at least `suggest_from`, the most confident first, each pair once.

    Pairs that share a customer key are left out. What names no account is a failure of its plugin.
    """
    results = plugins.call(HOOK, accounts=accounts)
    keys = dict(zip(accounts["account"].to_list(), accounts["customer_key"].to_list(), strict=True))
    found: dict[tuple[str, str], Proposal] = {}
    for result in results:
        source = source_of(result.plugin)
        usable, strange = _sorted_out(result.value, keys)
        if strange:
            message = f"proposed {len(strange):,} links to accounts that do not exist; they are left out"
            plugins.record_failure(result.plugin, HOOK, message)
        for item in usable:
            if item.confidence >= suggest_from:
                _take(found, _proposal(item, source))
    return sorted(found.values(), key=lambda item: item.order)


def source_of(plugin: str) -> str:
    """How links name the plugin that they come from."""
    return f"plugin:{plugin}"


def _sorted_out(
    proposals: Iterable[LinkProposal], keys: Mapping[str, str | None]
) -> tuple[list[LinkProposal], Sequence[LinkProposal]]:
    usable: list[LinkProposal] = []
    strange: list[LinkProposal] = []
    for item in proposals:
        if item.one not in keys or item.other not in keys:
            strange.append(item)
        elif keys[item.one] is None or keys[item.one] != keys[item.other]:
            usable.append(item)
    return usable, strange


def _take(found: dict[tuple[str, str], Proposal], item: Proposal) -> None:
    """Of two proposals for one pair the more confident stands, of equal ones the first plugin's."""
    stood = found.get((item.one, item.other))
    if stood is None or item.confidence > stood.confidence:
        found[item.one, item.other] = item


def _proposal(item: LinkProposal, source: str) -> Proposal:
    one, other = pair_of(item.one, item.other)
    evidence = evidence_digest(item.evidence)
    return Proposal(one, other, item.rule, source, item.confidence, evidence, item.evidence)
