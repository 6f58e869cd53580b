"""Settle rows: outcomes, what we last wrote, what is held, leases and the audit link, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from detente_contracts import FieldText, Ref
from sqlalchemy import Connection

from detente.engine.writing.attempt import Verdict, stands_of
from detente.engine.writing.desired import reason_score
from detente.engine.writing.diff import Leases, Values, beyond_doubt, in_doubt, leases_over
from detente.engine.writing.field_text import Types
from detente.engine.writing.leases import leases_by_record, requests_for
from detente.store import records, writes
from detente.store.audit import append_link
from detente.store.audit_leaves import leaves_for, writes_subject
from detente.store.database import Store
from detente.store.writes import LeaseRequest, SettledWrite, WriteState


def settle(
    store: Store, run: str, verdicts: Sequence[Verdict], *, now: datetime, types: Types, lease_days: int
) -> None:
    """Keep what became of rows that follow each other in the run; all of it, or nothing."""
    with store.transaction() as connection:
        writes.settle(connection, [_settled(verdict, now) for verdict in verdicts])
        _keep_written(connection, run, verdicts, now)
        records.update_held(connection, {item.row.ref: item.held for item in verdicts if item.held})
        _keep_leases(connection, verdicts, now=now, types=types, days=lease_days)
        seqs = [verdict.row.seq for verdict in verdicts]
        subject = writes_subject(run, min(seqs), max(seqs))
        leaves = leaves_for(connection, "writes", subject)
        append_link(connection, kind="writes", subject=subject, leaves=leaves, at=now)


def _settled(verdict: Verdict, now: datetime) -> SettledWrite:
    row = verdict.row
    told = (row.run, row.seq, verdict.state, verdict.detail, now)
    if verdict.state is not WriteState.APPLIED or verdict.ours.keys() == row.new.keys():
        return SettledWrite(*told)
    # Fields that kept somebody's value are no part of what was applied, nor of what an undo takes back.
    return SettledWrite(*told, old={key: row.old.get(key) for key in verdict.ours}, new=dict(verdict.ours))


def _keep_written(connection: Connection, run: str, verdicts: Sequence[Verdict], now: datetime) -> None:
    touched = [verdict for verdict in verdicts if verdict.ours or verdict.doubt]
    stood = writes.written_of(connection, [verdict.row.ref for verdict in touched])
    rows = {item.row.ref: _written(item, stood.get(item.row.ref, {})) for item in touched}
    writes.save_written(connection, rows, run, now)


def _written(verdict: Verdict, stood: Values) -> dict[str, FieldText]:
    ours = dict(verdict.ours)
    return {**ours, **reason_score(stood, ours), **beyond_doubt(ours), **in_doubt(verdict.doubt)}


def _keep_leases(
    connection: Connection, verdicts: Sequence[Verdict], *, now: datetime, types: Types, days: int
) -> None:
    """Ask for leases on edits that were met, and end those whose value is no longer held."""
    known = leases_by_record(writes.open_lease_requests(connection))
    over: list[str] = []
    requests: list[LeaseRequest] = []
    for verdict in verdicts:
        row, leases = verdict.row, _seen_leases(verdict, known)
        over += leases_over(verdict.held, leases, types)
        stands = stands_of(verdict, leases, types)
        requests += requests_for(row.ref, row.customer, stands, now=now, days=days)
    writes.end_lease_requests(connection, over, now)
    writes.add_lease_requests(connection, requests)


def _seen_leases(verdict: Verdict, known: Mapping[Ref, Leases]) -> Leases:
    """Leases on fields that were looked at; of the others nothing is known."""
    leases = known.get(verdict.row.ref, {})
    return {key: lease for key, lease in leases.items() if key in verdict.held}
