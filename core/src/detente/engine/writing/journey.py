"""The way of planned rows to one CRM and back: look, compare, write, read back, put back what was lost.

Each vendor batch is looked at right before it is written, so that the window in which an edit goes unseen is
the time between two calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from detente_contracts import Connector, DetenteError, FieldWrite, Outcome, ReadBack, Ref, Result

from detente.engine.writing.attempt import Attempt, Verdict, look, sent, unseen, unsent
from detente.engine.writing.diff import Values
from detente.engine.writing.field_text import Types
from detente.engine.writing.restoring import after_restoring, overwritten, restoring
from detente.store.writes import PlannedWrite

_Told = TypeVar("_Told")
_Item = TypeVar("_Item")

LOOKS = 3
"""How often a record is looked at that moves on between each look and the write, or is put back."""


@dataclass(slots=True)
class Journey:
    """The way of one batch to the CRM and back. `down` is set once the connector is out of action."""

    connector: Connector
    types: Types
    down: str = ""
    outcomes: dict[Ref, Outcome] = field(default_factory=dict)

    def travel(self, rows: Sequence[PlannedWrite], written: Mapping[Ref, Values]) -> list[Verdict]:
        """A verdict for each row, in order."""
        keys = sorted({key for row in rows for key in row.new})
        attempts: dict[Ref, Attempt] = {}
        again = rows
        for _ in range(LOOKS):
            for part in _parts(again, self.connector.write_batch):
                looked = self._look(part, written, keys)
                attempts.update(looked)
                self._send(looked.values())
            again = [row for row in again if self._has_moved(row.ref)]
            if self.down or not again:
                break
        back, unread = self._read_back(keys)
        attempts, after = self._put_back(attempts, back, keys)
        verdicts = [self._judge(row, attempts.get(row.ref), after, unread) for row in rows]
        self.down = self.down or unread
        return verdicts

    def _look(
        self, rows: Sequence[PlannedWrite], written: Mapping[Ref, Values], keys: Sequence[str]
    ) -> dict[Ref, Attempt]:
        """What is to be done with each row; nothing when the CRM could not be asked."""
        if self.down:
            return {}
        seen, self.down = self._asked(lambda: self.connector.seen([row.ref for row in rows], keys))
        if self.down:
            return {}
        for row in rows:
            self.outcomes.pop(row.ref, None)
        return {row.ref: look(row, seen.get(row.ref), written.get(row.ref, {}), self.types) for row in rows}

    def _send(self, attempts: Iterable[Attempt]) -> None:
        rows = [FieldWrite(item.row.ref, item.send, item.version) for item in attempts if item.send]
        self.outcomes.update(self._write(rows))

    def _has_moved(self, ref: Ref) -> bool:
        return ref in self.outcomes and self.outcomes[ref].result is Result.MOVED

    def _read_back(self, keys: Sequence[str]) -> tuple[Mapping[Ref, ReadBack], str]:
        told = self.outcomes.values()
        read = [outcome.ref for outcome in told if outcome.result in (Result.APPLIED, Result.RETRY)]
        return self._asked(lambda: self.connector.read_back(read, keys)) if read else ({}, "")

    def _put_back(
        self, attempts: Mapping[Ref, Attempt], back: Mapping[Ref, ReadBack], keys: Sequence[str]
    ) -> tuple[dict[Ref, Attempt], dict[Ref, ReadBack]]:
        """Write again what somebody entered between look and write; the attempts, and what is held then.

        An edit inside the window of that write is put back in its turn.
        """
        after = dict(back)
        waiting = {ref: attempts[ref] for ref in back if ref in attempts}
        overwrote: dict[Ref, set[str]] = {}
        for _ in range(LOOKS):
            waiting = dict(self._restoring(waiting, after))
            if not waiting:
                break
            for ref, attempt in waiting.items():
                overwrote.setdefault(ref, set()).update(attempt.send)
            after.update(self._restored(list(waiting.values()), keys))
        settled = {
            ref: after_restoring(attempts[ref], overwrote[ref], after[ref], self.types) for ref in overwrote
        }
        return {**attempts, **settled}, after

    def _restoring(
        self, attempts: Mapping[Ref, Attempt], back: Mapping[Ref, ReadBack]
    ) -> Iterator[tuple[Ref, Attempt]]:
        for ref, attempt in attempts.items():
            if values := overwritten(attempt, back[ref], self.types):
                yield ref, restoring(attempt, back[ref], values)

    def _restored(self, attempts: Sequence[Attempt], keys: Sequence[str]) -> Mapping[Ref, ReadBack]:
        """What records hold after their edits were written again; nothing of those that cannot be read."""
        for part in _parts(attempts, self.connector.write_batch):
            self._write([FieldWrite(item.row.ref, item.send) for item in part])
        refs = [item.row.ref for item in attempts]
        return self._asked(lambda: self.connector.read_back(refs, keys))[0]

    def _judge(
        self, row: PlannedWrite, attempt: Attempt | None, after: Mapping[Ref, ReadBack], unread: str
    ) -> Verdict:
        ref = row.ref
        if attempt is None:
            return unseen(row, self.down)
        if ref not in self.outcomes:
            return unsent(attempt, self.down)
        held = after[ref].values if ref in after else None
        return sent(attempt, self.outcomes[ref], held, self.types, unread=unread)

    def _asked(self, ask: Callable[[], Mapping[Ref, _Told]]) -> tuple[Mapping[Ref, _Told], str]:
        """What the CRM tells; or nothing, and why it could not be asked."""
        try:
            return ask(), ""
        except DetenteError as error:
            return {}, _said(error)
        except Exception as error:  # noqa: BLE001 - a connector is a plugin: its faults stop no other
            return {}, f"the connector failed ({type(error).__name__})"

    def _write(self, rows: Sequence[FieldWrite]) -> dict[Ref, Outcome]:
        """An outcome for each row that may have been written."""
        if self.down or not rows:
            return {}
        try:
            told = {outcome.ref: outcome for outcome in self.connector.write(rows)}
        except DetenteError as error:
            self.down = _said(error)
            return {}
        except Exception as error:  # noqa: BLE001 - as above, but nobody knows what was written
            self.down = f"the connector failed ({type(error).__name__})"
            told = {}
        silent = self.down or "the connector told no outcome"
        return {row.ref: told.get(row.ref, Outcome(row.ref, Result.RETRY, silent)) for row in rows}


def _said(error: DetenteError) -> str:
    return error.message or type(error).__name__


def _parts(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))
