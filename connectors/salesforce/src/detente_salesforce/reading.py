"""Reading forward: all once (by query, or by a bulk job where that is much), then what changed.

Rows come by stamp and id, and each query starts after the last row that came before: rows of one instant are
never lost between two queries, however many they are, and a killed run goes on from its cursor. Changes are
asked for with the recycle bin in view, so one query brings edits, deletions and merges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from detente_connector_kit import RowValues, from_millis, to_millis
from detente_contracts import Batch, Record, Ref, UnavailableError

from detente_salesforce import soql
from detente_salesforce.bulk import BulkReader, BulkRefusedError, JobGoneError
from detente_salesforce.client import IDS_A_QUERY, QueryTimeoutError, SalesforceClient
from detente_salesforce.mapping import read_row
from detente_salesforce.milestones import CASE, MILESTONES
from detente_salesforce.org import DELETED, ID, MASTER, View, flat_row, ref_of
from detente_salesforce.place import Place, Window

_JOBS = 2
"""Bulk jobs that are begun for one read before it goes by queries."""


@dataclass(slots=True)
class _Catch:
    """What one call brought."""

    records: list[Record] = field(default_factory=list)
    gone: list[Ref] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    merged: dict[Ref, Ref] = field(default_factory=dict)

    def bury(self, gone: Ref, master: Ref | None) -> None:
        """Note a record that is there no more, and the one that it was merged into, if any."""
        self.gone.append(gone)
        if master is not None:
            self.merged[gone] = master


class Walk:
    """Reads one kind of object from a place on."""

    def __init__(
        self, client: SalesforceClient, bulk: BulkReader, view: View, window: Window, *, bulk_from: int
    ) -> None:
        self._client = client
        self._bulk = bulk
        self._view = view
        self._window = window
        self._bulk_from = bulk_from

    def read(self, place: Place, limit: int) -> Batch:
        """At most `limit` records from `place` on."""
        place = self._opened(place)
        catch = _Catch()
        if place.phase != "rest":
            rows, place = self._step(place, limit)
            self._take(rows, catch)
        is_done = place.phase == "rest"
        return Batch(
            catch.records,
            place.text(),
            is_done,
            self._view.hidden,
            catch.gone,
            catch.refused,
            merged=catch.merged,
        )

    def _opened(self, place: Place) -> Place:
        if place.phase not in ("", "rest"):
            return place
        now = self._client.now()
        if place.phase == "" or self._must_reread(place, now):
            return self._begun(place, now)
        to = to_millis(now - self._window.settle)
        if to <= place.began:
            return place
        return replace(place, phase="changes", to=to, at=to_millis(self._since(place)))

    def _begun(self, place: Place, now: datetime) -> Place:
        is_much = self._client.record_count(self._view.object) >= self._bulk_from
        # stamps are whole seconds: up to the end of this one
        to = to_millis(now + timedelta(seconds=1))
        return Place("bulk" if is_much else "all", place.asked, place.began, to=to, whole=to_millis(now))

    def _must_reread(self, place: Place, now: datetime) -> bool:
        reread = self._window.reread
        return self._view.has_formulas and reread is not None and to_millis(now - reread) >= place.whole

    def _since(self, place: Place) -> datetime:
        return from_millis(place.began) - self._window.overlap

    def _step(self, place: Place, limit: int) -> tuple[list[RowValues], Place]:
        return self._by_job(place, limit) if place.phase == "bulk" else self._by_query(place, limit)

    def _by_query(self, place: Place, limit: int) -> tuple[list[RowValues], Place]:
        try:
            rows = self._queried(place, limit)
        except QueryTimeoutError:
            narrower = place.narrowed()
            if narrower is None:
                raise
            return self._by_query(narrower, limit)
        if len(rows) >= limit:
            return rows, self._after_row(place, rows[-1])
        return rows, place.next_slice() or self._after_window(place)

    def _queried(self, place: Place, limit: int) -> list[RowValues]:
        query = (
            self._cases_by_milestone(place, limit)
            if place.phase == "agreements"
            else self._rows(place, limit)
        )
        records = islice(self._client.query(query, deleted=place.phase == "changes"), limit)
        return [RowValues(flat_row(record)) for record in records]

    def _rows(self, place: Place, limit: int) -> str:
        view = self._view
        fields = (*view.asked, *view.marks) if place.phase == "changes" else view.asked
        span = [
            *soql.after(view.stamp, from_millis(place.at), place.id),
            soql.before(view.stamp, place.until()),
        ]
        return soql.select(fields, view.object, span, order=(view.stamp, ID), limit=limit)

    def _cases_by_milestone(self, place: Place, limit: int) -> str:
        """Cases whose milestones moved: the case's own stamp does not tell of that."""
        stamp = self._view.milestone_stamp or ""
        span = [*soql.after(stamp, from_millis(place.at), ""), soql.before(stamp, place.until())]
        conditions = [f"{ID} IN ({soql.select((CASE,), MILESTONES, span)})", *soql.above(place.id)]
        return soql.select(self._view.asked, self._view.object, conditions, order=(ID,), limit=limit)

    def _after_row(self, place: Place, row: RowValues) -> Place:
        at, id_ = row.instant(self._view.stamp), row.text(ID)
        if at is None or id_ is None:
            raise UnavailableError(
                f"Salesforce sent a row of {self._view.object} without {self._view.stamp} or {ID}",
                hint="Try again later",
            )
        return (
            replace(place, id=id_)
            if place.phase == "agreements"
            else replace(place, at=to_millis(at), id=id_)
        )

    def _after_window(self, place: Place) -> Place:
        if place.phase == "changes" and self._view.milestone_stamp is not None:
            return replace(place, phase="agreements", at=to_millis(self._since(place)), id="", slice=0)
        return place.rested()

    def _by_job(self, place: Place, limit: int) -> tuple[list[RowValues], Place]:
        try:
            if not place.job:
                job = self._bulk.start(soql.select(self._view.asked, self._view.object))
                return [], replace(place, job=job, jobs=place.jobs + 1)
            if not place.locator and not self._bulk.wait(place.job):
                return [], self._waited(place)
            page = self._bulk.page(place.job, place.locator, limit)
        except JobGoneError:
            return [], self._without_job(place) if place.jobs >= _JOBS else replace(place, job="", locator="")
        except BulkRefusedError:
            return [], self._without_job(place)
        rows = [RowValues(row) for row in page.rows]
        return rows, replace(place, locator=page.locator) if page.locator else place.rested()

    def _waited(self, place: Place) -> Place:
        if self._client.now() - from_millis(place.whole) < self._window.bulk_deadline:
            return replace(place, polls=place.polls + 1)
        self._bulk.abort(place.job)
        return self._without_job(place)

    def _without_job(self, place: Place) -> Place:
        return replace(place, phase="all", job="", locator="", polls=0)

    def _take(self, rows: Sequence[RowValues], catch: _Catch) -> None:
        live = [row for row in rows if not self._is_buried(row, catch)]
        agreed = self._milestones([row.text(ID) or "" for row in live])
        now = self._client.now()
        for row in live:
            id_ = row.text(ID) or ""
            try:
                catch.records.append(read_row(row, self._view, agreed.get(id_, ()), now))
            except ValueError as fault:
                catch.refused.append((str(ref_of(self._view, id_)), str(fault)))

    def _is_buried(self, row: RowValues, catch: _Catch) -> bool:
        if row.text(DELETED) != "true":
            return False
        master = row.text(MASTER)
        catch.bury(ref_of(self._view, row.text(ID) or ""), ref_of(self._view, master) if master else None)
        return True

    def _milestones(self, cases: Sequence[str]) -> dict[str, list[RowValues]]:
        found: dict[str, list[RowValues]] = {}
        if not self._view.milestones:
            return found
        for start in range(0, len(cases), IDS_A_QUERY):
            ids = soql.listed(cases[start : start + IDS_A_QUERY])
            query = soql.select(self._view.milestones, MILESTONES, [f"{CASE} IN {ids}"])
            for record in self._client.query(query):
                row = RowValues(flat_row(record))
                found.setdefault(row.text(CASE) or "", []).append(row)
        return found
