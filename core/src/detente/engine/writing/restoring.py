"""Edits that came between our look and our write, and were written over: found by history, and put back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from detente_contracts import FieldText, FieldType, ReadBack

from detente.engine.writing.attempt import Attempt
from detente.engine.writing.diff import in_doubt, is_edited
from detente.engine.writing.field_text import Types, same

PUT_BACK = "edited by somebody else while Detente wrote, and put back"
LOST = "edited by somebody else while Detente wrote, and could not be put back"


def overwritten(attempt: Attempt, back: ReadBack, types: Types) -> dict[str, FieldText]:
    """Somebody's values that we wrote over, by field key: what stood before our write is not what we saw.

    Nothing is concluded of fields that hold another value than ours: whatever came after us stands.
    """
    found: dict[str, FieldText] = {}
    for key, value in attempt.send.items():
        if key not in back.replaced:
            continue
        kind, stood = types.get(key, FieldType.TEXT), back.replaced[key]
        expected = ((attempt.before or {}).get(key), value)
        is_seen = any(same(stood, text, kind) for text in expected)
        stands = same(back.values.get(key), value, kind)
        if stands and not is_seen and is_edited(key, {key: stood}, attempt.written, types):
            found[key] = stood
    return found


def restoring(attempt: Attempt, back: ReadBack, values: Mapping[str, FieldText]) -> Attempt:
    """The attempt to put `values` back over what we wrote."""
    ours = {**attempt.written, **in_doubt(attempt.send)}
    return Attempt(attempt.row, back.values, send=values, written=ours)


def after_restoring(attempt: Attempt, keys: Collection[str], back: ReadBack, types: Types) -> Attempt:
    """The attempt of which `keys` were written over: those that hold ours no more are somebody's again."""
    kept = {
        key: PUT_BACK
        for key in sorted(keys)
        if not same(back.values.get(key), attempt.send[key], types.get(key, FieldType.TEXT))
    }
    send = {key: value for key, value in attempt.send.items() if key not in kept}
    lost = {key: LOST for key in sorted(keys) if key not in kept}
    return replace(attempt, send=send, kept={**attempt.kept, **kept}, lost=lost)
