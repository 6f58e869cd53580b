"""The queue of open cases, the first due first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from detente.store.case_queue import CaseFacets, CaseFilter, count_queue, queue_facets, queue_page
from detente.store.cases import CaseRow
from detente.store.customer_facts import names_of
from detente.web.views.paging import Paging


class CaseQuery(BaseModel):
    """What is asked of the queue; an empty word asks for nothing."""

    model_config = ConfigDict(frozen=True)

    stage: str = Field(default="", max_length=40)
    owner: str = Field(default="", max_length=200)
    kind: str = Field(default="", max_length=80)
    due: Literal["", "late"] = ""
    page: int = Field(default=1, ge=1, le=1_000_000)


@dataclass(frozen=True, slots=True)
class QueuedCase:
    """A case, the name of its customer, and whether its time has run out."""

    case: CaseRow
    customer_name: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class QueueView:
    """The page: cases that fit, and what all open cases can be filtered by."""

    rows: tuple[QueuedCase, ...]
    paging: Paging
    facets: CaseFacets


def queue_view(connection: Connection, asked: CaseQuery, now: datetime) -> QueueView:
    """The page that `asked` asks for."""
    wanted = CaseFilter(
        stage=asked.stage or None,
        owner=asked.owner or None,
        kind=asked.kind or None,
        late_at=now if asked.due == "late" else None,
    )
    paging = Paging(asked.page, count_queue(connection, wanted))
    rows = queue_page(connection, wanted, limit=paging.size, offset=paging.offset)
    names = names_of(connection, (row.customer for row in rows))
    queued = (QueuedCase(row, names.get(row.customer, row.customer), is_late(row, now)) for row in rows)
    return QueueView(tuple(queued), paging, queue_facets(connection))


def is_late(row: CaseRow, now: datetime) -> bool:
    """Whether the time of an open case's stage has run out."""
    return row.closed_at is None and row.due_at is not None and row.due_at <= now
