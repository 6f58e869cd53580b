"""The stage that links: ask plugins, resolve what is one, and let links, memberships and ids follow."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
import polars as pl
from sqlalchemy import Connection

from detente.engine.linking.accounts import accounts_frame
from detente.engine.linking.asking import HOOK, Proposal, Proposers, proposals_of, source_of
from detente.engine.linking.belonging import Moves, move_accounts
from detente.engine.linking.resolving import KEY, resolve, standing_proposals
from detente.engine.linking.standing import keep_found
from detente.store import links, merges
from detente.store.database import Store
from detente.store.link_passes import LinkPass, keep_pass, last_pass, pass_of
from detente.store.links import LinkRow
from detente.store.locks import Lock, hold

Keys = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class LinkRules:
    """From which confidence on two accounts are joined, and from which on people are asked."""

    automatic_from: float = 0.98
    suggest_from: float = 0.5


@dataclass(frozen=True, slots=True)
class Linked:
    """What one pass did: counts by name, and sentences for people about what could not be done."""

    counts: Mapping[str, int]
    problems: tuple[str, ...] = ()


def link_accounts(
    store: Store,
    plugins: Proposers,
    *,
    run: str,
    rules: LinkRules,
    connectors: Collection[str],
    now: Callable[[], datetime],
) -> Linked:
    """Give every account of `connectors` a customer; what others left behind belongs to nobody any more.

    A pass over the same accounts and decisions as the last asks nobody.

    Called again for the same run it changes nothing and tells the same counts.
    """
    with store.reading() as connection:
        done = pass_of(connection, run)
        if done is not None:
            return Linked(done.counts, done.problems)
        accounts = accounts_frame(connection, connectors)
        basis = _digest(accounts, plugins.versions(), rules)
        last = last_pass(connection)
        is_same = last is not None and last.digest == _with_decisions(basis, connection)
    fresh = None if is_same else proposals_of(plugins, accounts, rules.suggest_from)
    with store.transaction() as connection:
        hold(connection, Lock.LINKS)
        work = _Pass(connection, run, accounts, rules, now())
        if fresh is None:
            return work.unchanged()
        unheard = frozenset(map(source_of, plugins.unheard(HOOK)))
        return work.perform(fresh, unheard, "" if unheard else _with_decisions(basis, connection))


class _Pass:
    """One pass inside its transaction."""

    def __init__(
        self, connection: Connection, run: str, accounts: pl.DataFrame, rules: LinkRules, at: datetime
    ) -> None:
        self._connection = connection
        self._run = run
        named = accounts["account"].to_list()
        self._keys: Keys = dict(zip(named, accounts["customer_key"].to_list(), strict=True))
        self._names: Keys = dict(zip(named, accounts["name"].to_list(), strict=True))
        self._rules = rules
        self._at = at

    def unchanged(self) -> Linked:
        """Nothing had changed since the last pass, and so nothing is done.

        Its digest stands: what people have decided in the meantime is news to the next pass.
        """
        last = last_pass(self._connection)
        open_, digest, problems = (
            (last.counts["suggested"], last.digest, last.problems) if last else (0, "", ())
        )
        return self._kept(_counts(Moves(), 0, 0, open_), digest, problems)

    def perform(self, fresh: Sequence[Proposal], unheard: frozenset[str], digest: str) -> Linked:
        """Resolve and keep: links, their log, memberships, ids. What unheard plugins said before stands."""
        rows = links.all_links(self._connection)
        stood = standing_proposals(rows, unheard)
        said = {(item.one, item.other) for item in fresh}
        proposals = [*fresh, *(item for item in stood if (item.one, item.other) not in said)]
        decided = [row for row in rows if row.decision is not None]
        heirs = {str(old): str(heir) for old, heir in merges.heirs(self._connection).items()}
        resolution = resolve(
            self._keys,
            decided,
            merges.merges(self._connection),
            sorted(proposals, key=lambda item: item.order),
            self._rules.automatic_from,
        )
        counted = keep_found(self._connection, self._run, resolution.found, rows, self._at)
        moves = move_accounts(self._connection, resolution, self._keys, self._names, heirs=heirs, at=self._at)
        told = _counts(moves, counted[KEY], counted["evidence"], resolution.suggested)
        return self._kept(told, digest, resolution.problems)

    def _kept(self, counts: Mapping[str, int], digest: str, problems: tuple[str, ...] = ()) -> Linked:
        keep_pass(self._connection, LinkPass(self._run, digest, counts, problems, self._at))
        return Linked(counts, problems)


def _counts(moves: Moves, by_key: int, by_evidence: int, suggested: int) -> dict[str, int]:
    return {
        "automatic": by_key + by_evidence,
        "by_key": by_key,
        "by_evidence": by_evidence,
        "suggested": suggested,
        "moved": moves.moved,
        "ended": moves.ended,
    }


def _digest(accounts: pl.DataFrame, versions: Mapping[str, str], rules: LinkRules) -> str:
    """What the accounts, the plugins and the rules are, in a few characters."""
    told = hashlib.sha256(accounts.write_ipc(None, compression="uncompressed").getbuffer())
    parts = [dict(versions), rules.automatic_from, rules.suggest_from]
    told.update(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS))
    return told.hexdigest()


def _with_decisions(basis: str, connection: Connection) -> str:
    decided = [(row.id, row.decision) for row in _decided(connection)]
    told = orjson.dumps([basis, sorted(decided), merges.merges(connection)], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(told).hexdigest()


def _decided(connection: Connection) -> list[LinkRow]:
    return [row for decision in links.Decision for row in links.links_of(connection, decision)]
