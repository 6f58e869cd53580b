"""One planned row on its way: what the CRM holds just before the write, what to send, what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from detente_contracts import FieldText, FieldType, Outcome, Result, Seen

from detente.engine.writing.diff import Leases, Standing, Values, is_edited, lease_on
from detente.engine.writing.field_text import Types, same
from detente.store.writes import PlannedWrite, WriteState

GONE = "the record is gone from the CRM"
ALREADY = "already there"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A row after the look at what the CRM holds (`before`; None: the record is gone).

    `send` must be written, `already` stands there, `kept` holds somebody's value, by field key with the words
    for people. `version` is the record's when it was looked at, for a conditional write.
    """

    row: PlannedWrite
    before: Values | None
    send: Mapping[str, FieldText] = field(default_factory=dict)
    already: Mapping[str, FieldText] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    version: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a row. `ours` is what we wrote into the CRM, `doubt` what we may have written.

    `held` is what the CRM holds as far as it was seen, `edited` fields that hold a person's value.
    """

    row: PlannedWrite
    state: WriteState
    detail: str
    ours: Mapping[str, FieldText] = field(default_factory=dict)
    doubt: Mapping[str, FieldText] = field(default_factory=dict)
    held: Mapping[str, FieldText] = field(default_factory=dict)
    edited: tuple[str, ...] = ()


def look(row: PlannedWrite, seen: Seen | None, written: Values, types: Types) -> Attempt:
    """Decide field by field, so that no value that somebody else put there since is written over."""
    if seen is None:
        return Attempt(row, None)
    before = seen.values
    send: dict[str, FieldText] = {}
    already: dict[str, FieldText] = {}
    kept: dict[str, str] = {}
    for key, value in row.new.items():
        if same(before.get(key), value, types.get(key, FieldType.TEXT)):
            already[key] = value
        elif why := _why_kept(row, key, before, written, types):
            kept[key] = why
        else:
            send[key] = value
    return Attempt(row, before, send, already, kept, seen.version)


def _why_kept(row: PlannedWrite, key: str, before: Values, written: Values, types: Types) -> str:
    """Why the value that stands must not be written over; empty when it may be."""
    is_as_planned = same(before.get(key), row.old.get(key), types.get(key, FieldType.TEXT))
    edited = is_edited(key, before, written, types)
    if row.undoes is None:
        return "edited by somebody else" if edited and not is_as_planned else ""
    if edited:
        return "edited since by somebody else"
    return "" if is_as_planned else "written again since by a later run"


def unsent(attempt: Attempt, trouble: str) -> Verdict:
    """The verdict on a row of which nothing was sent: there was nothing to send, or `trouble` came first."""
    row, before = attempt.row, attempt.before
    if before is None:
        return Verdict(row, WriteState.SKIPPED, GONE)
    if attempt.send:
        return _verdict(attempt, WriteState.FAILED, trouble, held=before)
    state = WriteState.APPLIED if attempt.already else WriteState.SKIPPED
    return _verdict(attempt, state, ALREADY if attempt.already else "", held=before)


def unseen(row: PlannedWrite, trouble: str) -> Verdict:
    """The verdict on a row whose record could not even be looked at."""
    return Verdict(row, WriteState.FAILED, trouble)


def sent(
    attempt: Attempt, outcome: Outcome, after: Values | None, types: Types, *, unread: str = ""
) -> Verdict:
    """The verdict on a row that was sent. `after` is what the CRM holds now (None: the record is gone).

    With `unread`, the reason why nobody could read back, the CRM's own word has to do.
    """
    if outcome.result is Result.REJECTED:
        return _verdict(attempt, WriteState.FAILED, f"refused: {outcome.detail}", held=attempt.before)
    if outcome.result is Result.GONE:
        return Verdict(attempt.row, WriteState.SKIPPED, GONE)
    if outcome.result is Result.MOVED:
        return _verdict(attempt, WriteState.FAILED, f"not written: {outcome.detail}", held=attempt.before)
    if unread:
        return _unverified(attempt, outcome, unread)
    if after is None:
        return Verdict(attempt.row, WriteState.SKIPPED, GONE)
    return _verified(attempt, outcome, after, types)


def _unverified(attempt: Attempt, outcome: Outcome, unread: str) -> Verdict:
    if outcome.result is Result.APPLIED:
        detail = f"written, not read back: {unread}"
        held = {**(attempt.before or {}), **attempt.send}
        return _verdict(attempt, WriteState.APPLIED, detail, ours=attempt.send, held=held)
    detail = f"nobody knows whether it was written: {outcome.detail or unread}"
    return _verdict(attempt, WriteState.FAILED, detail, doubt=attempt.send, held=attempt.before)


def _verified(attempt: Attempt, outcome: Outcome, after: Values, types: Types) -> Verdict:
    before = attempt.before or {}
    took = {k: v for k, v in attempt.send.items() if _is(after, k, v, types)}
    stayed = [k for k in attempt.send if k not in took and _is(after, k, before.get(k), types)]
    changed = tuple(k for k in attempt.send if k not in took and k not in stayed)
    if not stayed and not changed:
        return _verdict(attempt, WriteState.APPLIED, "", ours=took, held=after)
    # What the CRM confirmed and somebody changed at once was ours before it became theirs. What nobody knows
    # of may still come: it would be ours, and not a person's.
    confirmed = changed if outcome.result is Result.APPLIED else ()
    doubt = {key: attempt.send[key] for key in stayed} if outcome.result is Result.RETRY else {}
    said = f" ({outcome.detail})" if outcome.detail else ""
    parts = [f"{key}: not written{said}" for key in stayed]
    parts += [f"{key}: reads back as something else" for key in changed]
    ours = {**took, **{key: attempt.send[key] for key in confirmed}}
    return _verdict(
        attempt, WriteState.FAILED, "; ".join(parts), ours=ours, doubt=doubt, held=after, edited=changed
    )


def _verdict(
    attempt: Attempt,
    state: WriteState,
    detail: str,
    *,
    ours: Values | None = None,
    doubt: Values | None = None,
    held: Values | None = None,
    edited: tuple[str, ...] = (),
) -> Verdict:
    kept = [f"{key}: {why}" for key, why in attempt.kept.items()]
    return Verdict(
        attempt.row,
        state,
        "; ".join([*filter(None, [detail]), *kept]),
        {**attempt.already, **(ours or {})},
        doubt or {},
        {key: (held or {}).get(key) for key in attempt.row.new},
        (*attempt.kept, *edited),
    )


def stands_of(verdict: Verdict, leases: Leases, types: Types) -> list[Standing]:
    """People's values that a row met, each with whether a lease covers it. An undo asks for no lease."""
    if verdict.row.undoes is not None:
        return []
    return [
        Standing(
            key,
            verdict.held.get(key),
            verdict.row.new[key],
            lease_on(key, verdict.held, leases, types) is None,
        )
        for key in verdict.edited
    ]


def _is(values: Values, key: str, value: FieldText, types: Types) -> bool:
    return same(values.get(key), value, types.get(key, FieldType.TEXT))
