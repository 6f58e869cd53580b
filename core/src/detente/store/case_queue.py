"""The queue of open cases as people work it: filtered, in order of due time, a page at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import ColumnElement, Connection, and_, func, select

from detente.store.cases import CaseRow, rows_of
from detente.store.customers import ids_of, successors
from detente.store.record_frames import INSTANT, query_frame
from detente.store.tables import conflict_case

_c = conflict_case.c


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which open cases are asked for; None asks for nothing. `late_at` keeps those due by then."""

    stage: str | None = None
    owner: str | None = None
    kind: str | None = None
    late_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseFacets:
    """The stages, owners and kinds that open cases have, each with how many, in alphabetical order."""

    stages: dict[str, int]
    owners: dict[str, int]
    kinds: dict[str, int]


def count_queue(connection: Connection, wanted: CaseFilter) -> int:
    """How many open cases fit."""
    return connection.scalar(select(func.count()).select_from(conflict_case).where(_fits(wanted))) or 0


def queue_page(connection: Connection, wanted: CaseFilter, *, limit: int, offset: int) -> list[CaseRow]:
    """Open cases that fit: the first due first, those without a due time last."""
    query = select(conflict_case).where(_fits(wanted)).order_by(_c.due_at.is_(None), _c.due_at, _c.id)
    return rows_of(connection, query.limit(limit).offset(offset))


def queue_facets(connection: Connection) -> CaseFacets:
    """What open cases can be filtered by."""
    group = (_c.stage, _c.owner, _c.kind)
    query = select(*group, func.count()).where(_c.closed_at.is_(None)).group_by(*group)
    found: tuple[Counter[str], ...] = (Counter(), Counter(), Counter())
    for *values, count in connection.execute(query):
        for facet, value in zip(found, values, strict=True):
            if value is not None:
                facet[value] += count
    return CaseFacets(*(dict(sorted(facet.items())) for facet in found))


def cases_of(connection: Connection, customer: str, limit: int) -> list[CaseRow]:
    """At most `limit` cases of a customer and of those it stands for: open ones first, the latest first."""
    query = select(conflict_case).where(_c.customer.in_(ids_of(connection, customer)))
    order = (_c.closed_at.is_not(None), _c.opened_at.desc(), _c.id)
    return rows_of(connection, query.order_by(*order).limit(limit))


def open_case_marks(connection: Connection) -> pl.DataFrame:
    """Customers with open cases: customer, `cases` (how many), first `due_at`, `is_overdue`."""
    query = (
        "SELECT customer, count(*), min(due_at), max(CASE WHEN is_overdue THEN 1 ELSE 0 END) "
        "FROM conflict_case WHERE closed_at IS NULL GROUP BY customer"
    )
    schema = {"customer": pl.String(), "cases": pl.Int64(), "due_at": INSTANT, "is_overdue": pl.Boolean()}
    marks = query_frame(connection, query, schema)
    into = successors(connection)
    first = (pl.col("cases").sum(), pl.col("due_at").min(), pl.col("is_overdue").any())
    return marks.with_columns(pl.col("customer").replace(into)).group_by("customer").agg(first)


def _fits(wanted: CaseFilter) -> ColumnElement[bool]:
    named = {_c.stage: wanted.stage, _c.owner: wanted.owner, _c.kind: wanted.kind}
    parts: list[ColumnElement[bool]] = [
        column == value for column, value in named.items() if value is not None
    ]
    if wanted.late_at is not None:
        parts.append(_c.due_at <= wanted.late_at)
    return and_(_c.closed_at.is_(None), *parts)
