"""A conflict as flat data of a case event, and back. Event data holds plain values, never nested ones."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

import orjson
from detente_contracts import Conflict, Family, Value

_SORTED = orjson.OPT_SORT_KEYS


def as_data(conflict: Conflict) -> dict[str, Value]:
    """Everything that the conflict says, parties and evidence as JSON text, with its fingerprint."""
    return {"fingerprint": conflict.fingerprint, **identity(conflict), **words(conflict)}


def identity(conflict: Conflict) -> dict[str, Value]:
    """What stays the same each time the conflict is seen."""
    return {
        "kind": conflict.kind,
        "family": conflict.family.value,
        "customer": conflict.customer,
        "subject": conflict.subject,
    }


def words(conflict: Conflict) -> dict[str, Value]:
    """What may change from one time to the next, with a digest that tells whether it did."""
    said: dict[str, Value] = {
        "title": conflict.title,
        "contested": conflict.contested,
        "severity": conflict.severity,
        "parties": orjson.dumps(conflict.parties).decode(),
        "evidence": orjson.dumps(dict(conflict.evidence), option=_SORTED).decode(),
    }
    return {**said, "digest": sha256(orjson.dumps(said, option=_SORTED)).hexdigest()[:16]}


def from_data(data: Mapping[str, Value]) -> Conflict:
    """The conflict that `as_data` wrote down."""
    return Conflict(
        kind=str(data["kind"]),
        family=Family(str(data["family"])),
        customer=str(data["customer"]),
        subject=str(data.get("subject") or ""),
        title=str(data["title"]),
        contested=str(data.get("contested") or ""),
        severity=int(data.get("severity") or 3),
        parties=orjson.loads(str(data.get("parties") or "[]")),
        evidence=orjson.loads(str(data.get("evidence") or "{}")),
    )
