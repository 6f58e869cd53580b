"""What an earlier run planned and never came to write, because it ended with a fault."""

from __future__ import annotations

import sys
from datetime import datetime

from detente_contracts import FieldText
from sqlalchemy import Connection

from detente.engine.writing.diff import Values, found_ours, in_doubt
from detente.store import runs, writes
from detente.store.writes import PlannedWrite


def abandon_leftovers(connection: Connection, now: datetime) -> None:
    """Close runs that ended in the middle and skip what they had planned: a new plan replaces it.

    Some of it may have reached the CRM unseen, so none of it is later taken for somebody's edit.
    """
    while left := runs.unfinished_run(connection):
        rows = writes.planned(connection, left.id, sys.maxsize)
        stood = writes.written_of(connection, [row.ref for row in rows])
        doubt = {row.ref: _doubt(row, stood.get(row.ref, {})) for row in rows}
        writes.save_written(connection, doubt, left.id, now)
        runs.finish_run(connection, left.id, "ended with a fault", {}, now)
    writes.abandon_planned(connection, now)


def _doubt(row: PlannedWrite, written: Values) -> dict[str, FieldText]:
    # what was in doubt until now and was held when the row was planned makes room for the new doubt
    return {**found_ours(row.new, row.old, written, {}), **in_doubt(row.new)}
