"""Links between accounts: how each stands, what people decided, the evidence, and the log of all of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

import orjson
from detente_contracts import LinkEvidence, Ref
from sqlalchemy import Connection, Select, func, select

from detente.store.audit_chain import append_link
from detente.store.audit_leaves import leaves_for
from detente.store.bulk import append_rows, put_rows, raw_chunks
from detente.store.columns import canonical, from_micros, micros, text_digest
from detente.store.link_tables import Decision, Standing, link, link_event, link_evidence
from detente.store.raw import CHUNK, RawRow, quoted

__all__ = [
    "Decision",
    "LinkEvent",
    "LinkEventKind",
    "LinkRow",
    "Standing",
    "all_links",
    "append_link_events",
    "evidence_digest",
    "evidence_of",
    "link_events_of",
    "link_id",
    "links_by_id",
    "links_of",
    "links_touching",
    "pair_of",
    "save_evidence",
    "save_links",
]

BATCHES = "links"
"""The kind of audit link that covers batches of events."""


class LinkEventKind(StrEnum):
    """What can happen to a link. The first three are a run's, the others a person's."""

    JOINED = "joined"
    SUGGESTED = "suggested"
    WITHDRAWN = "withdrawn"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class LinkRow:
    """Two accounts, `one` below `other` as text connector/object/id, and what stands between them.

    `source` is `key`, `plugin:<name>` or `person`; `evidence` is the digest of what was seen, empty for
    none; `held_back` says why evidence that would do was not enough. `actor` and `why` are of the decision,
    `since` of the last event.
    """

    id: str
    one: str
    other: str
    rule: str
    source: str
    confidence: float
    evidence: str
    standing: Standing
    held_back: str
    decision: Decision | None
    actor: str
    why: str
    since: datetime

    @property
    def state(self) -> str:
        """A person's decision, else how the evidence stands."""
        return (self.decision or self.standing).value


@dataclass(frozen=True, slots=True)
class LinkEvent:
    """One entry of a link's log; `seq` starts at 1 and has no gaps. `actor` is a person or a rule."""

    link: str
    seq: int
    at: datetime
    kind: LinkEventKind
    actor: str
    data: Mapping[str, str | float]


_STANDINGS: Mapping[object, Standing] = {item.value: item for item in Standing}
_DECISIONS: Mapping[object, Decision] = {item.value: item for item in Decision}
_COLUMNS = tuple(field.name for field in fields(LinkRow))


def pair_of(one: Ref | str, other: Ref | str) -> tuple[str, str]:
    """Two accounts in the order in which links name them."""
    first, second = sorted((str(one), str(other)))
    return first, second


def link_id(one: str, other: str) -> str:
    """The id of the link between two accounts, whichever comes first; the same on every machine."""
    return f"l-{sha256(chr(10).join(pair_of(one, other)).encode()).hexdigest()[:10]}"


def all_links(connection: Connection) -> list[LinkRow]:
    """Every link there ever was; no order."""
    query = f"SELECT {quoted(*_COLUMNS)} FROM link"  # noqa: S608 - names of our own table
    return [_raw_link(row) for rows in raw_chunks(connection, query) for row in rows]


def links_of(connection: Connection, state: Standing | Decision) -> list[LinkRow]:
    """Links in a state, the most confident first, then by their accounts."""
    here = link.c.decision == state.value
    if isinstance(state, Standing):
        here = (link.c.standing == state.value) & link.c.decision.is_(None)
    order = (link.c.confidence.desc(), link.c.one, link.c.other)
    return _links(connection, select(link).where(here).order_by(*order))


def links_touching(connection: Connection, accounts: Sequence[str]) -> list[LinkRow]:
    """Links of any of these accounts, written connector/object/id; ordered by their accounts."""
    found: dict[str, LinkRow] = {}
    for column in (link.c.one, link.c.other):
        found |= {row.id: row for row in _links(connection, select(link).where(column.in_(accounts)))}
    return sorted(found.values(), key=lambda row: (row.one, row.other))


def links_by_id(connection: Connection, ids: Iterable[str]) -> dict[str, LinkRow]:
    """Links by id; unknown ids are absent."""
    wanted = sorted(set(ids))
    found: dict[str, LinkRow] = {}
    for start in range(0, len(wanted), CHUNK):
        query = select(link).where(link.c.id.in_(wanted[start : start + CHUNK]))
        found |= {row.id: row for row in _links(connection, query)}
    return found


def save_links(connection: Connection, rows: Iterable[LinkRow]) -> None:
    """Keep how links stand; each id once."""
    put_rows(connection, link, _COLUMNS, map(_values, rows))


def evidence_digest(evidence: Sequence[LinkEvidence]) -> str:
    """The digest under which this evidence is kept; empty for none."""
    return text_digest(_evidence_text(evidence)) if evidence else ""


def save_evidence(connection: Connection, evidence: Iterable[Sequence[LinkEvidence]]) -> None:
    """Keep evidence under its digest, once."""
    rows = {evidence_digest(item): _evidence_text(item) for item in evidence if item}
    put_rows(connection, link_evidence, ("digest", "content"), iter(rows.items()), replace=False)


def evidence_of(connection: Connection, digests: Iterable[str]) -> dict[str, tuple[LinkEvidence, ...]]:
    """Evidence by digest; what was erased is absent."""
    wanted = sorted(set(digests) - {""})
    found: dict[str, tuple[LinkEvidence, ...]] = {}
    for start in range(0, len(wanted), CHUNK):
        here = link_evidence.c.digest.in_(wanted[start : start + CHUNK])
        for digest, text in connection.execute(select(link_evidence).where(here)):
            found[digest] = tuple(LinkEvidence(**item) for item in orjson.loads(text))
    return found


def append_link_events(connection: Connection, events: Sequence[LinkEvent], batch: str, at: datetime) -> None:
    """Append to the logs of links, under one audit link about `batch`."""
    columns = ("link", "seq", "at", "kind", "actor", "data", "batch")
    rows = (
        (item.link, item.seq, micros(item.at), item.kind.value, item.actor, canonical(dict(item.data)), batch)
        for item in events
    )
    append_rows(connection, link_event, columns, rows)
    leaves = leaves_for(connection, BATCHES, batch)
    append_link(connection, kind=BATCHES, subject=batch, leaves=leaves, at=at)


def last_seqs(connection: Connection, ids: Iterable[str]) -> dict[str, int]:
    """The number of the last event of each link; those without a log are absent."""
    wanted = sorted(set(ids))
    found: dict[str, int] = {}
    for start in range(0, len(wanted), CHUNK):
        here = link_event.c.link.in_(wanted[start : start + CHUNK])
        query = select(link_event.c.link, func.max(link_event.c.seq)).where(here)
        found.update(connection.execute(query.group_by(link_event.c.link)).all())
    return found


def link_events_of(connection: Connection, id: str) -> list[LinkEvent]:
    """The log of a link, in order; empty when there is no such link."""
    columns = [column for column in link_event.c if column.name != "batch"]
    query = select(*columns).where(link_event.c.link == id).order_by(link_event.c.seq)
    return [
        LinkEvent(row.link, row.seq, row.at, LinkEventKind(row.kind), row.actor, row.data)
        for row in connection.execute(query)
    ]


def unused_batch(connection: Connection, name: str) -> str:
    """`name`, numbered from 2 on when a batch has it: what an audit link covers never grows."""
    free, number = name, 1
    while connection.scalar(select(link_event.c.link).where(link_event.c.batch == free).limit(1)):
        number += 1
        free = f"{name}-{number}"
    return free


def _evidence_text(evidence: Sequence[LinkEvidence]) -> str:
    return canonical([{"about": item.about, "said": item.said, "weight": item.weight} for item in evidence])


def _values(row: LinkRow) -> RawRow:
    decision = None if row.decision is None else row.decision.value
    head = (row.id, row.one, row.other, row.rule, row.source, row.confidence, row.evidence)
    return (*head, row.standing.value, row.held_back, decision, row.actor, row.why, micros(row.since))


def _raw_link(values: RawRow) -> LinkRow:
    """A row as the driver gives it, of which there may be hundreds of thousands."""
    *head, standing, held_back, decision, actor, why, since = values
    made = None if decision is None else _DECISIONS[decision]
    rest = (_STANDINGS[standing], held_back, made, actor, why, from_micros(since))  # type: ignore[arg-type]
    return LinkRow(*head, *rest)  # type: ignore[arg-type, call-arg]


def _links(connection: Connection, query: Select[*tuple[object, ...]]) -> list[LinkRow]:
    return [_link(row._mapping) for row in connection.execute(query)]


def _link(values: Mapping[Any, object]) -> LinkRow:
    decision = values["decision"]
    typed = {"standing": Standing(str(values["standing"]))}
    return LinkRow(**{**values, **typed, "decision": None if decision is None else Decision(str(decision))})  # type: ignore[arg-type]
