"""What differs between what should stand on one record and what stands there, and whose value that is.

A held value that differs from what Detente last wrote, or that stands where Detente never wrote, is a
person's. It stands until its lease ends; a lease belongs to the value for which it was asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from detente_contracts import FieldText, FieldType

from detente.engine.writing.field_text import Types, same

Values = Mapping[str, FieldText]
"""Field texts of one record, by field key."""

LEASE_ENDED = "lease ended"

_DOUBT = ".doubt"


@dataclass(frozen=True, slots=True)
class Lease:
    """A person's value `held` stands in a field of ours until `ends_at`."""

    id: str
    held: FieldText
    ends_at: datetime


Leases = Mapping[str, Lease]
"""The open leases of one record, by field key."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's value that stands where Detente would write `ours`; `is_new` when no lease covers it yet."""

    key: str
    held: FieldText
    ours: FieldText
    is_new: bool


@dataclass(frozen=True, slots=True)
class Diff:
    """`changes` to write over `old`, `ended` those of them whose lease ran out, and what stands instead.

    `over` names open leases whose value is no longer held: they are withdrawn or were replaced.
    """

    changes: dict[str, FieldText]
    old: dict[str, FieldText]
    ended: frozenset[str]
    stands: tuple[Standing, ...]
    over: tuple[str, ...]


def diff(
    desired: Values, *, held: Values, written: Values, leases: Leases, now: datetime, types: Types
) -> Diff:
    """Compare `desired` with what the CRM holds, sparing people's values while their leases run.

    `written` is what Detente last wrote, without the keys that it never wrote.
    """
    changes: dict[str, FieldText] = {}
    ended: set[str] = set()
    stands: list[Standing] = []
    for key, value in desired.items():
        if held.get(key) == value or same(held.get(key), value, types.get(key, FieldType.TEXT)):
            continue
        lease = lease_on(key, held, leases, types)
        edited = is_edited(key, held, written, types)
        if edited and (lease is None or now < lease.ends_at):
            stands.append(Standing(key, held.get(key), value, lease is None))
            continue
        changes[key] = value
        if edited:
            ended.add(key)
    old = {key: held.get(key) for key in changes}
    return Diff(changes, old, frozenset(ended), tuple(stands), tuple(leases_over(held, leases, types)))


def standing_keys(
    keys: Iterable[str], *, held: Values, written: Values, leases: Leases, now: datetime, types: Types
) -> frozenset[str]:
    """Those of `keys` that hold a person's value whose lease has not ended, be it asked for or not."""
    edited = [key for key in keys if is_edited(key, held, written, types)]
    if not edited:
        return frozenset()
    open_leases = {key: lease_on(key, held, leases, types) for key in edited}
    return frozenset(key for key, lease in open_leases.items() if lease is None or now < lease.ends_at)


def is_edited(key: str, held: Values, written: Values, types: Types) -> bool:
    """Whether somebody other than Detente put the held value there."""
    current, ours = held.get(key), written.get(key)
    if current == ours:
        return False
    kind = types.get(key, FieldType.TEXT)
    return not (same(current, ours, kind) or is_doubtful(key, current, written, kind))


def is_doubtful(key: str, value: FieldText, written: Values, kind: FieldType) -> bool:
    """Whether we may have written `value` without ever knowing."""
    doubt = key + _DOUBT
    return doubt in written and same(value, written[doubt], kind)


def found_ours(keys: Iterable[str], held: Values, written: Values, types: Types) -> dict[str, FieldText]:
    """What is held in `keys` that was in doubt: we did write it, which is known now that it is seen."""
    return {
        key: held.get(key)
        for key in keys
        if is_doubtful(key, held.get(key), written, types.get(key, FieldType.TEXT))
    }


def still_in_doubt(seen: Values, written: Values, types: Types) -> dict[str, FieldText]:
    """What may yet come to stand in the fields that were `seen` to hold another value."""
    return {
        key: written[key + _DOUBT]
        for key, value in seen.items()
        if key + _DOUBT in written and not is_doubtful(key, value, written, types.get(key, FieldType.TEXT))
    }


def in_doubt(sent: Values) -> dict[str, FieldText]:
    """What to keep beside what was last written when nobody knows whether `sent` took effect.

    A field that was cleared is kept as an empty text: None would say that nothing is in doubt.
    """
    return {key + _DOUBT: value or "" for key, value in sent.items()}


def beyond_doubt(keys: Iterable[str]) -> dict[str, FieldText]:
    """What to keep once it is known what was last written to `keys`."""
    return {key + _DOUBT: None for key in keys}


def leases_over(held: Values, leases: Leases, types: Types) -> Iterable[str]:
    """Ids of leases whose value is no longer held."""
    return (lease.id for key, lease in leases.items() if lease_on(key, held, leases, types) is None)


def lease_on(key: str, held: Values, leases: Leases, types: Types) -> Lease | None:
    """The lease that covers the value held in `key`, if there is one."""
    lease = leases.get(key)
    if lease is None or not same(lease.held, held.get(key), types.get(key, FieldType.TEXT)):
        return None
    return lease
