"""Cases: the log of events, which is the truth, and one row a case for lists and due times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from detente_contracts import CaseEvent, Family, RuleViolationError, Stage
from sqlalchemy import Connection, Row, Select, func, or_, select

from detente.store.bulk import append_rows, put_rows
from detente.store.columns import canonical, maybe_micros, micros
from detente.store.customers import successors
from detente.store.raw import CHUNK, RawRow
from detente.store.tables import case_event, conflict_case


@dataclass(frozen=True, slots=True)
class CaseRow:
    """How a case stands; `due_at` is when its stage runs out, and is the opening before the first stage.

    `is_overdue`: the playbook has no further stage, and the last one's time ran out. A case that is due and
    not overdue waits for its next step.

    `customer` and `fingerprint` are as read: of the customer that stands now for the one that the case was
    opened about. Two open cases may share a fingerprint where customers were merged; opened ones never do.
    """

    id: str
    fingerprint: str
    kind: str
    family: Family
    customer: str
    title: str
    contested: str
    playbook: str
    bundle: str
    severity: int
    stage: Stage | None
    owner: str | None
    due_at: datetime | None
    is_overdue: bool
    opened_at: datetime
    closed_at: datetime | None
    last_seen_run: str

    def is_late(self, now: datetime) -> bool:
        """Whether its stage's time has run out: at the playbook's end, or with a step still to be chosen."""
        return self.is_overdue or (self.stage is not None and self.due_at is not None and self.due_at <= now)


_COLUMNS = tuple(field.name for field in fields(CaseRow))


def append_events(connection: Connection, events: Sequence[CaseEvent], *, link: str = "") -> None:
    """Append to the logs of cases; `link` is the subject of the audit link that covers these events.

    Raises: RuleViolationError when an event does not follow the last one of its case. Hold Lock.CASES from
        before the cases are read, or that may be so because somebody else was quicker.
    """
    last = _last_seqs(connection, {event.case for event in events})
    for event in events:
        expected = last.get(event.case, 0) + 1
        if event.seq != expected:
            raise RuleViolationError(
                f"case {event.case}: event {event.seq} does not follow, {expected} would",
                hint="Somebody else moved the case; read it again",
            )
        last[event.case] = event.seq
    columns = ("case", "seq", "at", "kind", "actor", "data", "link")
    append_rows(connection, case_event, columns, (_event_row(event, link) for event in events))


def _event_row(event: CaseEvent, link: str) -> RawRow:
    at, data = micros(event.at), canonical(dict(event.data))
    return (event.case, event.seq, at, event.kind.value, event.actor, data, link)


def _last_seqs(connection: Connection, cases: Iterable[str]) -> dict[str, int]:
    wanted = sorted(cases)
    found: dict[str, int] = {}
    for start in range(0, len(wanted), CHUNK):
        here = case_event.c.case.in_(wanted[start : start + CHUNK])
        query = select(case_event.c.case, func.max(case_event.c.seq)).where(here).group_by(case_event.c.case)
        found.update(connection.execute(query).all())
    return found


def events_of(connection: Connection, case: str) -> list[CaseEvent]:
    """The log of a case, in order; empty when there is no such case."""
    columns = [column for column in case_event.c if column.name != "link"]
    query = select(*columns).where(case_event.c.case == case).order_by(case_event.c.seq)
    return [CaseEvent.model_validate(dict(row._mapping)) for row in connection.execute(query)]


def save_cases(connection: Connection, rows: Iterable[CaseRow]) -> None:
    """Keep how cases stand, each id once; closed ones first, so that their fingerprints are free.

    Raises: RuleViolationError when two open cases share a fingerprint.
    """
    ordered = sorted(rows, key=lambda row: row.closed_at is None)
    put_rows(connection, conflict_case, _COLUMNS, (_case_values(row) for row in ordered))


def _case_values(row: CaseRow) -> RawRow:
    stage = None if row.stage is None else row.stage.value
    head = (row.id, row.fingerprint, row.kind, row.family.value, row.customer, row.title, row.contested)
    middle = (row.playbook, row.bundle, row.severity, stage, row.owner, maybe_micros(row.due_at))
    times = (row.is_overdue, micros(row.opened_at), maybe_micros(row.closed_at), row.last_seen_run)
    return (*head, *middle, *times)


def open_cases(connection: Connection) -> list[CaseRow]:
    """All open cases, ordered by id."""
    query = select(conflict_case).where(conflict_case.c.closed_at.is_(None))
    return rows_of(connection, query.order_by(conflict_case.c.id))


DuePlace = tuple[datetime, str]
"""Where a case stands among those that are due: its due time and its id."""


def due_cases(
    connection: Connection, now: datetime, limit: int, after: DuePlace | None = None
) -> list[CaseRow]:
    """At most `limit` open cases whose time ran out and that are not marked overdue, longest due first.

    `after` leaves out those up to that place, whatever became of them.
    """
    c = conflict_case.c
    query = select(conflict_case).where(c.closed_at.is_(None), c.due_at <= now, c.is_overdue.is_(False))
    if after is not None:
        due_at, case = after
        query = query.where(c.due_at >= due_at, or_(c.due_at > due_at, c.id > case))
    return rows_of(connection, query.order_by(c.due_at, c.id).limit(limit))


def list_cases(connection: Connection, *, only_open: bool = True) -> list[CaseRow]:
    """Cases for people: open ones first, then the most severe, then the first due."""
    c = conflict_case.c
    order = (c.closed_at.is_not(None), c.severity.desc(), c.due_at.is_(None), c.due_at, c.id)
    query = select(conflict_case).order_by(*order)
    return rows_of(connection, query.where(c.closed_at.is_(None)) if only_open else query)


def openings_of(connection: Connection, fingerprints: Iterable[str]) -> dict[str, int]:
    """How many cases each fingerprint has ever opened; those that never did are absent."""
    wanted = sorted(set(fingerprints))
    found: dict[str, int] = {}
    for start in range(0, len(wanted), CHUNK):
        here = conflict_case.c.fingerprint.in_(wanted[start : start + CHUNK])
        query = select(conflict_case.c.fingerprint, func.count()).where(here)
        rows = connection.execute(query.group_by(conflict_case.c.fingerprint))
        found.update(rows.all())
    return found


def rows_of(connection: Connection, query: Select[*tuple[object, ...]]) -> list[CaseRow]:
    """The answer to a query over all columns of `conflict_case`."""
    into = successors(connection)
    return [_case(row, into) for row in connection.execute(query)]


def _case(row: Row[*tuple[object, ...]], into: Mapping[str, str]) -> CaseRow:
    values = dict(row._mapping)
    customer = into.get(values["customer"])
    if customer is not None:
        kind, _, subject = values["fingerprint"].split(":", 2)
        values |= {"customer": customer, "fingerprint": f"{kind}:{customer}:{subject}"}
    values["family"] = Family(values["family"])
    values["stage"] = None if values["stage"] is None else Stage(values["stage"])
    return CaseRow(**values)
