"""The audit trail over what was read, scored, decided and written, and the proof that none was touched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from detente_contracts import Kind, RuleViolationError
from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from detente.store.audit_anchor import anchor, anchor_problems, check_anchor, read_anchor
from detente.store.audit_chain import (
    Head,
    Problem,
    append_link,
    chain_length,
    chain_problems,
    head,
    merkle_root,
    verify_chain,
)
from detente.store.audit_leaves import (
    leaves_for,
    read_subject,
    receipts_subject,
    writes_range,
)
from detente.store.columns import text_digest
from detente.store.database import Store
from detente.store.link_tables import link_event, link_evidence
from detente.store.tables import WriteState, audit_link, case_event, read_batch, scoring, write

__all__ = [
    "Head",
    "Problem",
    "anchor",
    "append_link",
    "chain_length",
    "check_anchor",
    "head",
    "merkle_root",
    "read_anchor",
    "verify",
    "verify_chain",
]


_UNREADABLE = (SQLAlchemyError, ValueError, TypeError)


def verify(store: Store, anchor_path: Path) -> list[Problem]:
    """Everything that is wrong with the audit trail and the rows that it covers; empty when all is whole.

    Recomputes every link from the rows as they are now, and looks for rows that no link covers.
    """
    with store.reading() as connection:
        parts = {
            "the chain": chain_problems(connection),
            "the anchor": anchor_problems(anchor_path, connection),
            "linked rows": _changed_rows(connection),
            "rows without a link": _unlinked_rows(connection),
            "evidence of links": _changed_evidence(connection),
        }
        return [problem for what, found in parts.items() for problem in _readable(what, found)]


def _readable(what: str, found: Iterator[Problem]) -> Iterator[Problem]:
    """`found`; bytes that no longer make a text or a number are a problem too, not the end of it all."""
    try:
        yield from found
    except _UNREADABLE as error:
        yield Problem(None, f"{what} cannot be read: {type(error).__name__}; a byte was edited")


def _changed_rows(connection: Connection) -> Iterator[Problem]:
    c = audit_link.c
    columns = (c.seq, c.kind, c.subject, c.root, c.leaves)
    for link in connection.execute(select(*columns).order_by(c.seq)).all():
        named = f"{link.kind} {link.subject}"
        try:
            root, count = merkle_root(leaves_for(connection, link.kind, link.subject))
        except RuleViolationError as error:
            yield Problem(link.seq, f"audit link {link.seq} ({named}): {error.message}")
            continue
        except _UNREADABLE:
            yield Problem(link.seq, f"{named}: a row cannot be read; a byte of it was edited")
            continue
        if count != link.leaves:
            yield Problem(link.seq, f"{named}: {count} rows stand where {link.leaves} were linked")
        elif root != link.root:
            yield Problem(link.seq, f"{named}: a row was edited after it was linked")


def _unlinked_rows(connection: Connection) -> Iterator[Problem]:
    covered = _subjects(connection)
    for run, seq in connection.execute(select(scoring.c.run, scoring.c.seq)):
        if receipts_subject(run, seq) not in covered["receipts"]:
            yield Problem(None, f"receipts {run}/{seq}: no audit link covers them")
    c = read_batch.c
    for run, connector, kind, seq in connection.execute(select(c.run, c.connector, c.kind, c.seq)):
        if read_subject(run, connector, Kind(kind), seq) not in covered["read"]:
            yield Problem(None, f"read {run}/{connector}/{kind}/{seq}: no audit link covers it")
    for subject in connection.scalars(select(case_event.c.link).distinct()):
        if subject not in covered["case_events"]:
            yield Problem(None, f"case events {subject or 'without a link'}: no audit link covers them")
    for subject in connection.scalars(select(link_event.c.batch).distinct()):
        if subject not in covered["links"]:
            yield Problem(None, f"links {subject}: no audit link covers what happened to them")
    yield from _unlinked_writes(connection, covered["writes"])


def _changed_evidence(connection: Connection) -> Iterator[Problem]:
    """Events name evidence by its digest, so that it can be erased and never edited."""
    for digest, content in connection.execute(select(link_evidence).order_by(link_evidence.c.digest)):
        if text_digest(content) != digest:
            yield Problem(None, f"evidence {digest[:12]}: it was edited after it was kept")


def _subjects(connection: Connection) -> dict[str, set[str]]:
    kinds = ("receipts", "read", "case_events", "writes", "links")
    subjects: dict[str, set[str]] = {kind: set() for kind in kinds}
    for kind, subject in connection.execute(select(audit_link.c.kind, audit_link.c.subject)):
        subjects.setdefault(kind, set()).add(subject)
    return subjects


def _unlinked_writes(connection: Connection, subjects: set[str]) -> Iterator[Problem]:
    ranges = sorted(_ranges(subjects), reverse=True)
    query = select(write.c.run, write.c.seq).where(write.c.state != WriteState.PLANNED.value)
    for run, seq in connection.execute(query.order_by(write.c.run, write.c.seq)):
        while ranges and ranges[-1][:1] + ranges[-1][2:] < (run, seq):
            ranges.pop()
        if not ranges or not (ranges[-1][0] == run and ranges[-1][1] <= seq):
            yield Problem(None, f"write {run}/{seq}: no audit link covers it")


def _ranges(subjects: set[str]) -> Iterator[tuple[str, int, int]]:
    for subject in subjects:
        try:
            yield writes_range(subject)
        except RuleViolationError:
            # Named with its link already; here it covers nothing.
            continue
