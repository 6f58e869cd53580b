"""One planned row on its way: what the CRM holds just before the write, what to send, what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from detente_contracts import FieldText, FieldType, Outcome, Result, Seen

from detente.engine.writing.diff import (
    Leases,
    Standing,
    Values,
    found_ours,
    is_edited,
    lease_on,
    still_in_doubt,
)
from detente.engine.writing.field_text import Types, same
from detente.store.writes import PlannedWrite, WriteState

GONE = "the record is gone from the CRM"
ALREADY = "already there"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A row after the look at what the CRM holds (`before`; None: the record is gone).

    `send` must be written, `already` stands there, `kept` holds somebody's value, by field key with the words
    for people. `written` is what we last wrote to the record, with what of it is in doubt; `waiting` is
    what of that may yet take the place of what stands there already. `version` is the record's when it was
    looked at, for a conditional write. `lost` are fields in which our value stands over somebody's.
    """

    row: PlannedWrite
    before: Values | None
    send: Mapping[str, FieldText] = field(default_factory=dict)
    already: Mapping[str, FieldText] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    written: Values = field(default_factory=dict)
    waiting: Mapping[str, FieldText] = field(default_factory=dict)
    version: str = ""
    lost: Mapping[str, str] = field(default_factory=dict)


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
    waiting = still_in_doubt(already, written, types)
    return Attempt(row, before, send, already, kept, written, waiting, seen.version)


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
        return _unverified(attempt, outcome, unread, types)
    if after is None:
        return Verdict(attempt.row, WriteState.SKIPPED, GONE)
    return _verified(attempt, outcome, after, types)


def _unverified(attempt: Attempt, outcome: Outcome, unread: str, types: Types) -> Verdict:
    before = attempt.before or {}
    if outcome.result is Result.APPLIED:
        detail = f"written, not read back: {unread}"
        return _verdict(
            attempt, WriteState.APPLIED, detail, ours=attempt.send, held={**before, **attempt.send}
        )
    detail = f"nobody knows whether it was written: {outcome.detail or unread}"
    known = found_ours(attempt.send, before, attempt.written, types)
    return _verdict(attempt, WriteState.FAILED, detail, ours=known, doubt=attempt.send, held=before)


def _verified(attempt: Attempt, outcome: Outcome, after: Values, types: Types) -> Verdict:
    took = {k: v for k, v in attempt.send.items() if _is(after, k, v, types)}
    changed = tuple(k for k in attempt.send if k not in took and _is_changed(attempt, k, after, types))
    stayed = [k for k in attempt.send if k not in took and k not in changed]
    if not stayed and not changed and not attempt.lost:
        state = WriteState.APPLIED if took or attempt.already else WriteState.SKIPPED
        return _verdict(attempt, state, "", ours=took, held=after)
    # What the CRM confirmed and somebody changed at once was ours before it became theirs. What reads back as
    # it was, or of which nobody knows, may still come: it would be ours, and not a person's.
    is_confirmed = outcome.result is Result.APPLIED
    waited = stayed if is_confirmed else [*stayed, *changed]
    confirmed = {key: attempt.send[key] for key in changed if is_confirmed}
    ours = {**took, **confirmed, **found_ours(stayed, after, attempt.written, types)}
    return _verdict(
        attempt,
        WriteState.FAILED,
        _told(attempt, stayed, changed, outcome),
        ours=ours,
        doubt={key: attempt.send[key] for key in waited},
        held=after,
        edited=changed,
    )


def _is_changed(attempt: Attempt, key: str, after: Values, types: Types) -> bool:
    """Whether somebody else has put something there since the look."""
    stood = (attempt.before or {}).get(key)
    return not _is(after, key, stood, types) and is_edited(key, after, attempt.written, types)


def _told(attempt: Attempt, stayed: Iterable[str], changed: Iterable[str], outcome: Outcome) -> str:
    said = f" ({outcome.detail})" if outcome.detail else ""
    is_confirmed = outcome.result is Result.APPLIED
    what = "confirmed, but reads back as it was" if is_confirmed else "not written"
    parts = [f"{key}: {what}{said}" for key in stayed]
    parts += [f"{key}: reads back as something else" for key in changed]
    return "; ".join([*parts, *(f"{key}: {why}" for key, why in attempt.lost.items())])


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
        {**attempt.waiting, **(doubt or {})},
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
