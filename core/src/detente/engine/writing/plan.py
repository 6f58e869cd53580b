"""The plan of a run: what differs between what should stand in the CRMs and what they hold, as rows to apply.

Targets are taken customer by customer, a few thousand records at a time, and a customer is explained only
when one of its records gets a new reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypedDict

from detente_contracts import FieldText
from sqlalchemy import Connection

from detente.engine.rubric.explain import Explanation, explain, reason
from detente.engine.writing.brief import Brief
from detente.engine.writing.desired import REASON, CustomerResult, Desired, desired_values
from detente.engine.writing.diff import LEASE_ENDED, Diff, Lease, Values, diff, standing_keys
from detente.engine.writing.leases import leases_by_record, requests_for
from detente.engine.writing.targets import Target, targets_frame, targets_of
from detente.store import writes
from detente.store.writes import LeaseRequest, PlannedWrite

BLOCK = 2_000
"""Records that are compared at a time."""


class PlanRow(TypedDict):
    """One field of a plan, as people and machines read it."""

    connector: str
    object: str
    id: str
    field: str
    old: FieldText
    new: FieldText
    reason: str


@dataclass(frozen=True, slots=True)
class _Draft:
    """A target with what should stand on it, but for a reason that is still to be composed."""

    target: Target
    result: CustomerResult
    desired: Desired
    written: Values
    leases: Mapping[str, Lease]


@dataclass(frozen=True, slots=True)
class Change:
    """What a plan says about one record: the write, if anything is to be written, and what stands instead."""

    write: PlannedWrite | None
    requests: tuple[LeaseRequest, ...]
    over: tuple[str, ...]


def keep_plan(connection: Connection, brief: Brief) -> int:
    """Keep the plan and the lease requests that it found; how many records are to be written.

    Called again for the same run it changes nothing.
    """
    known = writes.write_counts(connection, brief.run)["planned"]
    if known:
        return known
    requests: list[LeaseRequest] = []
    over: list[str] = []
    planned = 0
    for block in changes(connection, brief):
        rows = [change.write for change in block if change.write is not None]
        writes.plan_rows(connection, rows)
        planned += len(rows)
        requests += [request for change in block for request in change.requests]
        over += [lease for change in block for lease in change.over]
    writes.end_lease_requests(connection, over, brief.now)
    writes.add_lease_requests(connection, requests)
    return planned


def plan_rows_of(connection: Connection, run: str) -> list[PlanRow]:
    """What a run planned, field by field, in the order of writing."""
    return [item for row in writes.writes_of(connection, run) for item in _plan_rows(row)]


def changes(connection: Connection, brief: Brief) -> Iterator[list[Change]]:
    """What is to be written and what stands instead, block by block; records without either are left out."""
    leases = leases_by_record(writes.open_lease_requests(connection))
    frame = targets_frame(connection, brief.writable, brief.scored)
    results = _results(brief)
    for part in frame.iter_slices(BLOCK):
        targets = list(targets_of(part))
        written = writes.written_of(connection, [target.ref for target in targets])
        drafts = [
            _draft(brief, target, results, written.get(target.ref, {}), leases.get(target.ref, {}))
            for target in targets
        ]
        explained = _explanations(brief, drafts)
        found = [_change(brief, draft, explained) for draft in drafts]
        yield [change for change in found if change.write or change.requests or change.over]


_Results = tuple[list[float], list[str]]


def _results(brief: Brief) -> _Results:
    return brief.scored["score"].to_list(), brief.scored["band"].to_list()


def _draft(
    brief: Brief, target: Target, results: _Results, written: Values, leases: Mapping[str, Lease]
) -> _Draft:
    scores, bands = results
    keys = brief.keys[target.kind]
    result = CustomerResult(
        target.customer,
        Decimal(f"{scores[target.position]:.1f}"),
        bands[target.position],
        brief.cases.get(target.customer),
        brief.link_of(target.customer),
        brief.proposed_to(target.customer, target.kind),
    )
    standing = standing_keys(
        keys, held=target.held, written=written, leases=leases, now=brief.now, types=brief.types
    )
    desired = desired_values(
        result,
        held=target.held,
        written=written,
        standing=standing,
        step=brief.step,
        as_of=brief.as_of,
    )
    return _Draft(target, result, desired, written, leases)


def _explanations(brief: Brief, drafts: list[_Draft]) -> dict[str, Explanation]:
    """Explanations of the customers that get a new reason on one of their records."""
    wanted = sorted({draft.target.position for draft in drafts if draft.desired.rewrites_reason})
    rows = brief.scored[wanted].iter_rows(named=True)
    return {row["customer"]: explain(brief.bundle, {**row, "as_of": brief.as_of}) for row in rows}


def _change(brief: Brief, draft: _Draft, explained: Mapping[str, Explanation]) -> Change:
    target, desired = draft.target, draft.desired
    values = dict(desired.values)
    if desired.rewrites_reason:
        case = draft.result.case
        values[REASON] = reason(
            explained[target.customer],
            up=desired.up,
            contested=case.contested if case else "",
            decides=case.decides if case else "",
        )
    found = diff(
        values,
        held=target.held,
        written=draft.written,
        leases=draft.leases,
        now=brief.now,
        types=brief.types,
    )
    requests = requests_for(target.ref, target.customer, found.stands, now=brief.now, days=brief.lease_days)
    return Change(_write(brief.run, draft, found), tuple(requests), found.over)


def _write(run: str, draft: _Draft, found: Diff) -> PlannedWrite | None:
    if not found.changes:
        return None
    target = draft.target
    return PlannedWrite(
        run=run,
        seq=target.seq,
        ref=target.ref,
        customer=target.customer,
        kind=target.kind,
        old=found.old,
        new=found.changes,
        reasons={key: LEASE_ENDED if key in found.ended else draft.desired.why[key] for key in found.changes},
    )


def _plan_rows(row: PlannedWrite | writes.WriteRow) -> Iterator[PlanRow]:
    for key in sorted(row.new):
        yield {
            "connector": row.ref.connector,
            "object": row.ref.object,
            "id": row.ref.id,
            "field": key,
            "old": row.old.get(key),
            "new": row.new[key],
            "reason": row.reasons.get(key, ""),
        }
