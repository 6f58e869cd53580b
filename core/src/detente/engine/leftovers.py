"""What an earlier run planned and never came to write, because it ended with a fault."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from detente.store import runs, writes


def abandon_leftovers(connection: Connection, now: datetime) -> None:
    """Close runs that ended in the middle and skip what they had planned: a new plan replaces it."""
    writes.abandon_planned(connection, now)
    while left := runs.unfinished_run(connection):
        runs.finish_run(connection, left.id, "ended with a fault", {}, now)
