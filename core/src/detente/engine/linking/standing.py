"""Keep how links stand, with their evidence and an event for each change, under one audit link."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from detente.engine.linking.resolving import KEY, Found, changed
from detente.store import links
from detente.store.links import LinkEvent, LinkEventKind, LinkRow, Standing

_KINDS = {
    Standing.AUTOMATIC: LinkEventKind.JOINED,
    Standing.SUGGESTED: LinkEventKind.SUGGESTED,
    Standing.NONE: LinkEventKind.WITHDRAWN,
}


def keep_found(
    connection: Connection, batch: str, found: Iterable[Found], rows: Sequence[LinkRow], at: datetime
) -> Counter[str]:
    """Keep what changed since `rows`; how many links join now that did not, by `key` and by `evidence`."""
    before = {row.id: row for row in rows}
    told = {links.link_id(item.proposal.one, item.proposal.other): item for item in found}
    fresh = [(id_, item) for id_, item in told.items() if changed(item, before.get(id_))]
    links.save_evidence(connection, [item.proposal.said for _, item in fresh])
    moved = [_row(id_, item, before.get(id_), at) for id_, item in fresh]
    moved += [
        replace(row, standing=Standing.NONE, held_back="", since=at)
        for row in rows
        if row.id not in told and row.standing is not Standing.NONE
    ]
    links.save_links(connection, moved)
    log_events(connection, batch, [_event(row) for row in moved], before, at)
    return _joining(moved, before)


def log_events(
    connection: Connection,
    batch: str,
    events: Sequence[LinkEvent],
    known: Container[str],
    at: datetime,
) -> None:
    """Append events of one batch, numbered on from the last of each link of `known`; without any, nothing."""
    last = links.last_seqs(connection, (event.link for event in events if event.link in known))
    numbered = [replace(item, seq=last.get(item.link, 0) + 1) for item in events]
    links.append_link_events(connection, numbered, batch, at)


def _row(id_: str, found: Found, before: LinkRow | None, at: datetime) -> LinkRow:
    item = found.proposal
    decision = (before.decision, before.actor, before.why) if before else (None, "", "")
    return LinkRow(
        id_,
        item.one,
        item.other,
        item.rule,
        item.source,
        item.confidence,
        item.evidence,
        found.standing,
        found.held_back,
        *decision,
        since=at,
    )


def _event(row: LinkRow) -> LinkEvent:
    """Evidence is named by its digest: what it says about a customer can be erased, the log stays whole."""
    texts = ("one", "other", "rule", "evidence", "held_back")
    told: dict[str, str | float] = {name: getattr(row, name) for name in texts}
    told["confidence"] = row.confidence
    return LinkEvent(row.id, 0, row.since, _KINDS[row.standing], row.source, told)


def _joining(moved: Iterable[LinkRow], before: dict[str, LinkRow]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in moved:
        stood = before.get(row.id)
        joined = stood is not None and stood.standing is Standing.AUTOMATIC
        if row.standing is Standing.AUTOMATIC and not joined:
            counts[KEY if row.source == KEY else "evidence"] += 1
    return counts
