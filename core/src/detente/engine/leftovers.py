"""What an earlier run planned and never came to write, because it ended with a fault."""

from __future__ import annotations

import sys
from datetime import datetime

from sqlalchemy import Connection

from detente.engine.writing.diff import in_doubt
from detente.store import runs, writes


def abandon_leftovers(connection: Connection, now: datetime) -> None:
    """Close runs that ended in the middle and skip what they had planned: a new plan replaces it.

    Some of it may have reached the CRM unseen, so none of it is later taken for somebody's edit.
    """
    while left := runs.unfinished_run(connection):
        doubt = {row.ref: in_doubt(row.new) for row in writes.planned(connection, left.id, sys.maxsize)}
        writes.save_written(connection, doubt, left.id, now)
        runs.finish_run(connection, left.id, "ended with a fault", {}, now)
    writes.abandon_planned(connection, now)
