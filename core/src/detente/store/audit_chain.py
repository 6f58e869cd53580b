"""The audit chain: append-only links, each over a Merkle root of rows, each continuing the one before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from detente_contracts import RuleViolationError
from sqlalchemy import Connection, func, insert, select

from detente.store.columns import canonical, micros, raw_columns
from detente.store.locks import Lock, hold
from detente.store.tables import audit_link

START = "0" * 64
"""What the first link names as the one before it."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest link of a chain; `seq` starts at 1."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What verification found; `seq` is the link's, None when no link covers what was found."""

    seq: int | None
    message: str

    def __str__(self) -> str:
        return self.message


def merkle_root(leaves: Iterable[bytes]) -> tuple[str, int]:
    """The root over `leaves` in hex, and their number. Source: RFC 6962, section 2.1.

    Leaves and inner nodes are hashed under different first bytes, so that neither can pass for the other.
    """
    peaks: list[tuple[int, bytes]] = []
    count = 0
    for leaf in leaves:
        count += 1
        peaks.append((1, sha256(b"\x00" + leaf).digest()))
        while len(peaks) > 1 and peaks[-1][0] == peaks[-2][0]:
            _join(peaks)
    while len(peaks) > 1:
        _join(peaks)
    return (peaks[0][1] if peaks else sha256(b"").digest()).hex(), count


def _join(peaks: list[tuple[int, bytes]]) -> None:
    right_size, right = peaks.pop()
    left_size, left = peaks.pop()
    peaks.append((left_size + right_size, sha256(b"\x01" + left + right).digest()))


def head(connection: Connection) -> Head | None:
    """The newest link; None while there is none."""
    query = select(audit_link.c.seq, audit_link.c.hash).order_by(audit_link.c.seq.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else Head(row.seq, row.hash)


def chain_length(connection: Connection) -> int:
    """How many links there are."""
    return connection.scalar(select(func.count()).select_from(audit_link)) or 0


def append_link(
    connection: Connection, *, kind: str, subject: str, leaves: Iterable[bytes], at: datetime
) -> None:
    """Append a link over `leaves`, in the transaction that made their rows; without leaves, none.

    The same link told again, as after a kill, changes nothing.

    Raises: RuleViolationError when other leaves were linked under this kind and subject.
    """
    root, count = merkle_root(leaves)
    if count == 0:
        return
    hold(connection, Lock.APPEND_LINK)
    if _is_linked(connection, kind, subject, root):
        return
    last = head(connection) or Head(0, START)
    values = (last.seq + 1, micros(at), kind, subject, root, count, last.hash)
    names = ("seq", "at", "kind", "subject", "root", "leaves", "previous")
    row = {**dict(zip(names, values, strict=True)), "at": at, "hash": link_hash(*values)}
    connection.execute(insert(audit_link).values(row))


def _is_linked(connection: Connection, kind: str, subject: str, root: str) -> bool:
    here = (audit_link.c.kind == kind) & (audit_link.c.subject == subject)
    stood = connection.scalar(select(audit_link.c.root).where(here))
    if stood not in (None, root):
        raise RuleViolationError(
            f"the audit trail holds other {kind} under {subject}",
            hint="Link later rows under their own subject",
        )
    return stood is not None


def link_hash(seq: int, at: int, kind: str, subject: str, root: str, count: int, previous: str) -> str:
    """The hash of a link, in hex, over all that it says; `at` in microseconds since 1970."""
    content = {"seq": seq, "at": at, "kind": kind, "subject": subject}
    content |= {"root": root, "count": count, "previous": previous}
    return sha256(canonical(content).encode()).hexdigest()


def chain_problems(connection: Connection) -> Iterator[Problem]:
    """What is wrong with the chain itself: a link that is missing, edited or out of place."""
    before = Head(0, START)
    for link in connection.execute(select(*raw_columns(audit_link)).order_by(audit_link.c.seq)):
        told = (link.seq, link.at, link.kind, link.subject, link.root, link.leaves, link.previous)
        if link.seq != before.seq + 1:
            yield Problem(link.seq, f"audit link {link.seq} follows {before.seq}: links between were removed")
        elif link.previous != before.hash:
            yield Problem(link.seq, f"audit link {link.seq} does not continue link {before.seq}")
        if link_hash(*told) != link.hash:
            yield Problem(link.seq, f"audit link {link.seq} ({link.kind} {link.subject}) was edited")
        before = Head(link.seq, link.hash)


def verify_chain(connection: Connection) -> list[str]:
    """What is wrong with the chain itself, in its order; empty when it is whole up to its end."""
    return [problem.message for problem in chain_problems(connection)]
