"""Leases on people's values: from the store's requests to what a record needs, and new requests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from detente_contracts import Ref

from detente.engine.writing.diff import Lease, Standing
from detente.store.writes import LeaseRequest

DEFAULT_DAYS = 14
"""How long a person's value stands where the policy does not say."""


def leases_by_record(requests: Iterable[LeaseRequest]) -> dict[Ref, dict[str, Lease]]:
    """Open leases by record and field key. Of two on one field the one that ends last counts."""
    found: dict[Ref, dict[str, Lease]] = {}
    for request in sorted(requests, key=lambda item: item.ends_at):
        lease = Lease(request.id, request.held, request.ends_at)
        found.setdefault(request.ref, {})[request.field] = lease
    return found


def requests_for(
    ref: Ref, customer: str, stands: Iterable[Standing], *, now: datetime, days: int
) -> list[LeaseRequest]:
    """A request for each value that no lease covers yet, `days` days from `now`."""
    return [
        LeaseRequest(
            id=_request_id(ref, item, now),
            ref=ref,
            field=item.key,
            customer=customer,
            held=item.held,
            ours=item.ours,
            seen_at=now,
            ends_at=now + timedelta(days=days),
        )
        for item in stands
        if item.is_new
    ]


def _request_id(ref: Ref, item: Standing, now: datetime) -> str:
    # The same edit, seen again by a step that is repeated after a kill, has the same id.
    told = "\n".join((str(ref), item.key, item.held or "", now.isoformat()))
    return f"lease-{sha256(told.encode()).hexdigest()[:12]}"
