"""When accounts were last linked, from what, and with which counts: a pass over the same is not repeated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, func, insert, select

from detente.store.link_tables import link_pass


@dataclass(frozen=True, slots=True)
class LinkPass:
    """One pass: the run that made it, the digest of all that it was made from, and what it told."""

    run: str
    digest: str
    counts: Mapping[str, int]
    problems: tuple[str, ...]
    at: datetime


def pass_of(connection: Connection, run: str) -> LinkPass | None:
    """The pass that a run made; None before it."""
    return _pass(connection.execute(select(link_pass).where(link_pass.c.run == run)).first())


def last_pass(connection: Connection) -> LinkPass | None:
    """The latest pass; None before the first."""
    return _pass(connection.execute(select(link_pass).order_by(link_pass.c.seq.desc()).limit(1)).first())


def keep_pass(connection: Connection, done: LinkPass) -> None:
    """Note a pass that a run made, once."""
    last = connection.scalar(select(func.max(link_pass.c.seq))) or 0
    told = {"counts": dict(done.counts), "problems": done.problems}
    values = {"run": done.run, "digest": done.digest, "told": told, "at": done.at}
    connection.execute(insert(link_pass).values(seq=last + 1, **values))


def _pass(row: Row[*tuple[object, ...]] | None) -> LinkPass | None:
    if row is None:
        return None
    return LinkPass(row.run, row.digest, row.told["counts"], tuple(row.told["problems"]), row.at)
