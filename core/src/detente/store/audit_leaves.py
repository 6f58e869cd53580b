"""Leaves of audit links, recomputed from stored rows: each is the canonical JSON of one row.

Kinds and their subjects: `receipts` run/seq, `read` run/connector/kind/seq, `writes` run/first-last seq of
settled writes, `case_events` whatever `append_events` was given as `link`, `links` the batch that
`append_link_events` was given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256

import orjson
from detente_contracts import Kind, RuleViolationError, unknown_name
from sqlalchemy import Connection, Select, select

from detente.store.columns import raw_columns
from detente.store.link_tables import link_event
from detente.store.tables import WriteState, case_event, read_batch, receipt_batch, scoring, write

Leaves = Callable[[Connection, str], Iterator[bytes]]


def read_subject(run: str, connector: str, kind: Kind, seq: int) -> str:
    """The subject of the link over one batch that was read; `seq` as `save_batch` told."""
    return f"{run}/{connector}/{kind.value}/{seq}"


def receipts_subject(run: str, seq: int) -> str:
    """The subject of the link over one batch that was scored."""
    return f"{run}/{seq}"


def writes_subject(run: str, first: int, last: int) -> str:
    """The subject of the link over the settled writes from `first` to `last`, both included."""
    return f"{run}/{first}-{last}"


def writes_range(subject: str) -> tuple[str, int, int]:
    """Run, first and last seq of a writes subject.

    Raises: RuleViolationError when it is none.
    """
    run, _, span = subject.rpartition("/")
    first, _, last = span.partition("-")
    return run, _number(first, subject), _number(last, subject)


def leaves_for(connection: Connection, kind: str, subject: str) -> Iterator[bytes]:
    """The leaves of one link, in order, from the rows as they are now; none when the rows are gone.

    Raises: RuleViolationError when kind or subject cannot be understood.
    """
    if kind not in _LEAVES:
        raise RuleViolationError(unknown_name("kind of audit link", kind, _LEAVES), hint="Correct the kind")
    return _LEAVES[kind](connection, subject)


def _read_leaves(connection: Connection, subject: str) -> Iterator[bytes]:
    head, _, seq = subject.rpartition("/")
    run, connector, kind = _three(head, subject)
    c = read_batch.c
    here = (c.run == run) & (c.seq == _number(seq, subject))
    return _rows(
        connection, select(*raw_columns(read_batch)).where(here, c.connector == connector, c.kind == kind)
    )


def _receipt_leaves(connection: Connection, subject: str) -> Iterator[bytes]:
    run, _, seq = subject.rpartition("/")
    here = (scoring.c.run == run) & (scoring.c.seq == _number(seq, subject))
    columns = (receipt_batch.c.rows, receipt_batch.c.content, receipt_batch.c.bundle.label("made_under"))
    query = select(*raw_columns(scoring), *columns).join(
        receipt_batch, receipt_batch.c.hash == scoring.c.hash
    )
    for row in connection.execute(query.where(here)):
        values = dict(row._mapping)
        values["content"] = sha256(values["content"]).hexdigest()
        yield _leaf(values)


def _write_leaves(connection: Connection, subject: str) -> Iterator[bytes]:
    run, first, last = writes_range(subject)
    settled = write.c.state != WriteState.PLANNED.value
    query = select(*raw_columns(write)).where(write.c.run == run, write.c.seq.between(first, last), settled)
    return _rows(connection, query.order_by(write.c.seq))


def _event_leaves(connection: Connection, subject: str) -> Iterator[bytes]:
    query = select(*raw_columns(case_event)).where(case_event.c.link == subject)
    return _rows(connection, query.order_by(case_event.c.case, case_event.c.seq))


def _link_leaves(connection: Connection, subject: str) -> Iterator[bytes]:
    query = select(*raw_columns(link_event)).where(link_event.c.batch == subject)
    return _rows(connection, query.order_by(link_event.c.link, link_event.c.seq))


_LEAVES: Mapping[str, Leaves] = {
    "read": _read_leaves,
    "receipts": _receipt_leaves,
    "writes": _write_leaves,
    "case_events": _event_leaves,
    "links": _link_leaves,
}


def _rows(connection: Connection, query: Select[*tuple[object, ...]]) -> Iterator[bytes]:
    for row in connection.execute(query):
        yield _leaf(dict(row._mapping))


def _leaf(values: Mapping[str, object]) -> bytes:
    # SQLAlchemy's column names are of a subclass of str, which orjson takes for no key.
    plain = {str(name): value for name, value in values.items()}
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)


def _number(text: str, subject: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise RuleViolationError(f"audit subject {subject!r} cannot be read", hint="Build it by its function")
    return int(text)


def _three(head: str, subject: str) -> tuple[str, str, str]:
    parts = head.rsplit("/", 2)
    if len(parts) != 3:
        raise RuleViolationError(f"audit subject {subject!r} cannot be read", hint="Build it by its function")
    return parts[0], parts[1], parts[2]
