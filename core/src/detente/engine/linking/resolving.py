"""From keys, decisions, merges and proposals to what holds accounts together, and what people are asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from detente_contracts import LinkEvidence

from detente.engine.linking.asking import Proposal
from detente.engine.linking.clusters import Clusters, Strength
from detente.store.links import Decision, LinkRow, Standing, evidence_digest

KEY = "key"
"""The source of links by explicit id."""

KEY_RULE = "customer_key"

_SHOWN = 80
"""Characters of a customer key that evidence shows."""


@dataclass(frozen=True, slots=True)
class Found:
    """One link as the evidence stands in this pass; `held_back` says why it joins nobody though it could."""

    proposal: Proposal
    standing: Standing
    held_back: str = ""


@dataclass(frozen=True, slots=True)
class Resolution:
    """Which accounts are one, by what, and what remains to be asked."""

    clusters: Clusters
    found: tuple[Found, ...]
    accepted: tuple[LinkRow, ...]
    problems: tuple[str, ...]

    @property
    def suggested(self) -> int:
        """How many questions people are asked."""
        return sum(item.standing is Standing.SUGGESTED for item in self.found)

    def reasons(self) -> dict[str, str]:
        """By what each account belongs with others: the strongest link that holds it, in a few words."""
        held = [(row.one, row.other, f"accepted by {row.actor}") for row in self.accepted]
        for found in self.found:
            if found.standing is Standing.AUTOMATIC:
                item = found.proposal
                told = item.said[0].said if item.source == KEY else f"{item.rule}, {item.confidence:.3g}"
                held.append((item.one, item.other, told))
        reasons: dict[str, str] = {}
        for one, other, told in held:
            reasons.setdefault(one, told)
            reasons.setdefault(other, told)
        return reasons


def resolve(
    keys: Mapping[str, str | None],
    decided: Sequence[LinkRow],
    merges: Mapping[str, str],
    proposals: Sequence[Proposal],
    automatic_from: float,
) -> Resolution:
    """Join the accounts of `keys` (connector/object/id, with the customer key), the strongest link first.

    The same whatever order accounts and decisions come in. `proposals` come the most confident first. Between
    two customers people are asked once, about the strongest link, and never where a person keeps them apart.
    """
    clusters = Clusters(keys, ((row.one, row.other) for row in decided if row.decision is Decision.REFUSED))
    for old, new in sorted(merges.items()):
        clusters.join(old, new, Strength.MERGED)
    accepted = [row for row in decided if row.decision is Decision.ACCEPTED]
    problems = tuple(_accept(clusters, accepted))
    found = [Found(item, Standing.AUTOMATIC) for item in _by_key(clusters, keys)]
    held: dict[tuple[str, str], str] = {}
    for item in proposals:
        if item.confidence >= automatic_from and not clusters.are_one(item.one, item.other):
            objection = clusters.join(item.one, item.other, Strength.EVIDENCE)
            held[item.one, item.other] = objection
            if not objection:
                found.append(Found(item, Standing.AUTOMATIC))
    found += _suggestions(clusters, proposals, held)
    return Resolution(clusters, tuple(found), tuple(accepted), problems)


def _accept(clusters: Clusters, accepted: Iterable[LinkRow]) -> Iterator[str]:
    for row in sorted(accepted, key=lambda row: row.id):
        objection = clusters.join(row.one, row.other, Strength.ACCEPTED)
        if objection:
            yield f"link {row.id} was accepted and joins nobody: {objection}"


def _by_key(clusters: Clusters, keys: Mapping[str, str | None]) -> Iterator[Proposal]:
    """Chain the accounts of each key; one that must not join the one before it joins an earlier one."""
    groups: dict[str, list[str]] = {}
    for account in sorted(keys):
        key = keys[account]
        if key is None:
            continue
        earlier = groups.setdefault(key, [])
        for other in reversed(earlier):
            if clusters.are_one(other, account):
                break
            if not clusters.join(other, account, Strength.KEY):
                yield _key_link(other, account, key)
                break
        earlier.append(account)


def _key_link(one: str, other: str, key: str) -> Proposal:
    shown = key if len(key) <= _SHOWN else f"{key[: _SHOWN - 1]}…"
    said = (LinkEvidence(KEY_RULE, f"both have the customer key {shown}", 100.0),)
    return Proposal(one, other, KEY_RULE, KEY, 1.0, evidence_digest(said), said)


def _suggestions(
    clusters: Clusters, proposals: Iterable[Proposal], held: Mapping[tuple[str, str], str]
) -> Iterator[Found]:
    asked: set[tuple[str, str]] = set()
    for item in proposals:
        first, second = sorted((clusters.root(item.one), clusters.root(item.other)))
        if first == second or (first, second) in asked or clusters.keeps_apart(first, second):
            continue
        asked.add((first, second))
        yield Found(item, Standing.SUGGESTED, held.get((item.one, item.other), ""))


def standing_proposals(rows: Iterable[LinkRow], sources: frozenset[str]) -> list[Proposal]:
    """What plugins proposed before, from links that still stand, for plugins that could not be asked."""
    return [
        Proposal(row.one, row.other, row.rule, row.source, row.confidence, row.evidence)
        for row in rows
        if row.source in sources and row.standing is not Standing.NONE
    ]


def changed(found: Found, row: LinkRow | None) -> bool:
    """Whether a link says something else than its row."""
    if row is None:
        return True
    item = found.proposal
    told = (item.rule, item.source, item.confidence, item.evidence, found.standing, found.held_back)
    return told != (row.rule, row.source, row.confidence, row.evidence, row.standing, row.held_back)
