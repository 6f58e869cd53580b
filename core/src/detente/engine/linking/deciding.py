"""People decide which accounts are one: accept, refuse, undo. Memberships follow with the next run.

Nobody signs in yet: whoever acts is the operating system's user, as an unauthenticated local actor.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from detente_contracts import ConfigurationError, RuleViolationError
from sqlalchemy import Connection

from detente.engine.linking.clusters import Clusters, Strength
from detente.engine.linking.standing import log_events
from detente.store import links, merges, records
from detente.store.columns import ref_of
from detente.store.database import Store
from detente.store.links import Decision, LinkEvent, LinkEventKind, LinkRow, Standing
from detente.store.locks import Lock, hold

PERSON = "person"
"""The source of links that nobody proposed before a person spoke."""

TOLD = "told"
"""The rule of such links."""

_KINDS = {Decision.ACCEPTED: LinkEventKind.ACCEPTED, Decision.REFUSED: LinkEventKind.REFUSED}


def local_actor() -> str:
    """Who acts: the user under which this process runs, which proves nothing about the person."""
    try:
        return f"local:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return f"local:{os.getuid()}"


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, why, and when."""

    actor: str
    why: str
    at: datetime


def decide(store: Store, targets: Sequence[str], decision: Decision | str, act: Act) -> list[LinkRow]:
    """Accept or refuse links, each an id or two accounts as `a/b/1=c/d/2`; how they stand now.

    All or none: one act, under one audit link. What was so decided already stays as it is.

    Raises: ConfigurationError for what there is not, RuleViolationError when decisions would contradict.
    """
    decision = Decision(decision)
    with store.transaction() as connection:
        hold(connection, Lock.LINKS)
        found: dict[str, LinkRow] = {}
        fresh: list[LinkRow] = []
        for target in targets:
            row = _link_of(connection, target, act.at)
            if row.decision is not decision:
                _require_consistent(connection, row, decision)
                row = _decided(row, decision, act)
                links.save_links(connection, [row])
                fresh.append(row)
            found[row.id] = row
        _log(connection, decision.value, [_event(row, _KINDS[decision]) for row in fresh], act.at)
    return list(found.values())


def undo(store: Store, targets: Sequence[str], act: Act) -> list[LinkRow]:
    """Take back the last thing that was done to each link: a decision, or the automatic link itself.

    An automatic link that is undone counts as refused, or the next run would make it again.

    Raises: ConfigurationError for a link that there is not, RuleViolationError when there is nothing to undo.
    """
    with store.transaction() as connection:
        hold(connection, Lock.LINKS)
        rows = [_undone(connection, _known(connection, id_), act) for id_ in dict.fromkeys(targets)]
        _log(connection, "undone", [_event(row, LinkEventKind.UNDONE) for row in rows], act.at)
    return rows


def _undone(connection: Connection, row: LinkRow, act: Act) -> LinkRow:
    after = None
    if row.decision is None:
        if row.standing is not Standing.AUTOMATIC:
            raise RuleViolationError(
                f"link {row.id} is {row.state}: nothing was done that could be undone",
                hint="Accept or refuse it",
            )
        after = Decision.REFUSED
        _require_consistent(connection, row, after)
    row = _decided(row, after, act)
    links.save_links(connection, [row])
    return row


def _decided(row: LinkRow, decision: Decision | None, act: Act) -> LinkRow:
    return replace(row, decision=decision, actor=act.actor, why=act.why, since=act.at)


def _link_of(connection: Connection, target: str, now: datetime) -> LinkRow:
    """The link that a person means; two accounts that nobody proposed yet become one."""
    one, is_pair, other = target.partition("=")
    if not is_pair:
        return _known(connection, target)
    pair = links.pair_of(one.strip(), other.strip())
    _require_accounts(connection, pair)
    id_ = links.link_id(*pair)
    known = links.links_by_id(connection, [id_]).get(id_)
    return known or LinkRow(id_, *pair, TOLD, PERSON, 1.0, "", Standing.NONE, "", None, "", "", now)


def _known(connection: Connection, id_: str) -> LinkRow:
    found = links.links_by_id(connection, [id_]).get(id_)
    if found is None:
        raise ConfigurationError(
            f"no link {id_!r}", hint="See `detente links list`, or name two accounts: a/b/1=c/d/2"
        )
    return found


def _require_accounts(connection: Connection, pair: tuple[str, str]) -> None:
    if pair[0] == pair[1]:
        raise ConfigurationError(f"{pair[0]!r} is one account", hint="Name two")
    for account in pair:
        if account.count("/") < 2 or not records.has_account(connection, ref_of(account)):
            raise ConfigurationError(f"no account {account!r}", hint="Write connector/object/id")


def _require_consistent(connection: Connection, row: LinkRow, decision: Decision) -> None:
    """Refuse a decision that others of people rule out: who is one with whom must follow from all of them."""
    decided = [item for state in Decision for item in links.links_of(connection, state) if item.id != row.id]
    refused = [item for item in decided if item.decision is Decision.REFUSED]
    accepted = [item for item in decided if item.decision is Decision.ACCEPTED]
    clusters = Clusters({}, ())
    for pair in (*merges.merges(connection).items(), *((item.one, item.other) for item in accepted)):
        clusters.join(*pair, Strength.MERGED)
    if decision is Decision.REFUSED:
        if clusters.are_one(row.one, row.other):
            raise _contradiction(
                f"{row.one} and {row.other} are one by", _touching(clusters, row.one, accepted)
            )
        return
    clusters.join(row.one, row.other, Strength.MERGED)
    against = [item for item in refused if clusters.are_one(item.one, item.other)]
    if against:
        raise _contradiction(f"{row.one} and {row.other} are kept apart by", against)


def _touching(clusters: Clusters, account: str, accepted: Iterable[LinkRow]) -> list[LinkRow]:
    return [item for item in accepted if clusters.are_one(item.one, account)]


def _contradiction(said: str, rows: Sequence[LinkRow]) -> RuleViolationError:
    named = ", ".join(f"{row.id} ({row.state} by {row.actor})" for row in rows[:3]) or "a merge in their CRM"
    return RuleViolationError(f"{said} {named}", hint="Undo that first")


def _event(row: LinkRow, kind: LinkEventKind) -> LinkEvent:
    told: dict[str, str | float] = {"one": row.one, "other": row.other, "why": row.why}
    told |= {"rule": row.rule, "confidence": row.confidence, "evidence": row.evidence, "state": row.state}
    return LinkEvent(row.id, 0, row.since, kind, row.actor, told)


def _log(connection: Connection, verb: str, events: Sequence[LinkEvent], now: datetime) -> None:
    batch = links.unused_batch(connection, f"{verb}-{now.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}")
    log_events(connection, batch, events, {event.link for event in events}, now)
