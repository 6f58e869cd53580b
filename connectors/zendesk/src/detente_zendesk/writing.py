"""Writing Detente's fields by update jobs, and reading back what the account holds in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from detente_connector_kit import RefusedCallError, WriteQueue, WriteSheet, own_value, parts
from detente_contracts import (
    AccessError,
    Clock,
    ConfigurationError,
    ConnectorContext,
    FieldWrite,
    Kind,
    Outcome,
    Ref,
    Result,
    RetryableError,
    Seen,
)

from detente_zendesk.account import OBJECTS, WRITTEN
from detente_zendesk.client import BATCH, Json, ZendeskClient
from detente_zendesk.envelopes import said_in
from detente_zendesk.jobs import UpdateJobs
from detente_zendesk.mapping import DELETED, held_values
from detente_zendesk.own_fields import vendor_value
from detente_zendesk.views import Views

_KINDS = {OBJECTS[kind]: kind for kind in WRITTEN}

_NO_FIELD = "the account lacks the field; make it with `detente provision`"


class FieldWriter:
    """Reads and writes Detente's own fields, and no others."""

    def __init__(
        self,
        client: ZendeskClient,
        views: Views,
        context: ConnectorContext,
        *,
        jobs_at_once: int,
        job_wait_s: float,
    ) -> None:
        self._client = client
        self._views = views
        self._clock: Clock = context.clock
        self._jobs_at_once = jobs_at_once
        self._job_wait_s = job_wait_s
        self._specs = {
            name: {spec.key: spec for spec in context.fields if kind in spec.kinds}
            for name, kind in _KINDS.items()
        }

    def seen(self, refs: Sequence[Ref], keys: Sequence[str]) -> dict[Ref, Seen]:
        """What the account holds in `keys`, by record; records that are gone are absent.

        The version of a ticket is its time of update, to the second; organizations have none.
        """
        seen: dict[Ref, Seen] = {}
        for part in parts(refs, BATCH):
            seen.update(self._seen(part, keys))
        return seen

    def write(self, rows: Sequence[FieldWrite]) -> Sequence[Outcome]:
        """Write the rows; one outcome each, in their order.

        Raises: AccessError, UnavailableError, RateLimitedError, only when nothing was written.
        """
        sheet = WriteSheet(rows)
        inputs = sheet.made(self._input)
        queue = WriteQueue(sheet, sheet.batches(inputs, BATCH), _refused)
        jobs = UpdateJobs(self._client, self._clock, self._job_wait_s)
        while queue or jobs:
            while queue and self._may_start(sheet, queue.first(), jobs):
                queue.send_first(partial(self._start, sheet, inputs, jobs))
            if jobs:
                self._settle_ended(sheet, queue, jobs)
        return sheet.in_order()

    def _seen(self, refs: Sequence[Ref], keys: Sequence[str]) -> Iterator[tuple[Ref, Seen]]:
        name = refs[0].object
        kind = _KINDS[name]
        fields = [item for item in self._views.view(kind, fresh=False).held if item[1].key in keys]
        by_id = {ref.id: ref for ref in refs}
        for row in self._client.by_ids(name, list(by_id)):
            ref = by_id.get(str(row["id"]))
            if ref is not None and row.get("status") != DELETED:
                version = str(row.get("updated_at") or "") if kind is Kind.TICKET else ""
                yield ref, Seen(held_values(row, fields, kind), version)

    def _input(self, row: FieldWrite) -> Json:
        kind = _KINDS.get(row.ref.object)
        if kind is None:
            raise ValueError(f"Detente writes nothing on {row.ref.object}")
        if not (row.ref.id.isascii() and row.ref.id.isdigit()):
            raise ValueError(f"{row.ref.id!r} is no id of Zendesk's")
        specs, convert = self._specs[row.ref.object], partial(vendor_value, kind=kind)
        values = {key: own_value(key, value, specs, convert) for key, value in row.values.items()}
        places = {spec.key: place for place, spec in self._views.view(kind, fresh=False).held}
        for key in values:
            if key not in places:
                raise ValueError(f"{key}: {_NO_FIELD}")
        named: Json = {"id": int(row.ref.id)}
        if kind is Kind.ACCOUNT:
            return {**named, "organization_fields": values}
        own = [{"id": int(places[key]), "value": value} for key, value in values.items()]
        condition = {"safe_update": True, "updated_stamp": row.version} if row.version else {}
        return {**named, "custom_fields": own, **condition}

    def _start(
        self, sheet: WriteSheet, inputs: Mapping[int, Json], jobs: UpdateJobs, places: Sequence[int]
    ) -> None:
        name = sheet.rows[places[0]].ref.object
        jobs.add(self._client.queue_update(name, [inputs[place] for place in places]), places)

    def _settle_ended(self, sheet: WriteSheet, queue: WriteQueue, jobs: UpdateJobs) -> None:
        try:
            ended = jobs.ended()
        except (RetryableError, AccessError, ConfigurationError) as error:
            sheet.settle_rest(jobs.places(), Result.RETRY, error.message)
            queue.give_up(error.message)
            jobs.forget()
            return
        for places, job in ended:
            _settle(sheet, places, job)

    def _may_start(self, sheet: WriteSheet, places: Sequence[int], jobs: UpdateJobs) -> bool:
        """Whether there is room for one more job, and none under way that writes to one of its records."""
        underway = {sheet.rows[place].ref for place in jobs.places()}
        is_free = not any(sheet.rows[place].ref in underway for place in places)
        return len(jobs) < self._jobs_at_once and is_free


def _refused(refusal: RefusedCallError) -> tuple[Result, str]:
    said = said_in(refusal.body)
    return _verdict(said.code, said.for_people() or refusal.message)


def _settle(sheet: WriteSheet, places: Sequence[int], job: Json) -> None:
    """Give each row of a job its outcome: the job's own status says nothing of its rows.

    Results name the record's id, or else the row's index in the request.
    """
    results: Sequence[Mapping[str, Any]] = job.get("results") or ()
    by_id = {str(result["id"]): result for result in results if result.get("id") is not None}
    by_index = {
        result["index"]: result for result in results if result.get("id") is None and "index" in result
    }
    for index, place in enumerate(places):
        result = by_id.get(sheet.rows[place].ref.id) or by_index.get(index)
        if result is None:
            sheet.settle(place, Result.RETRY, _untold(job))
        elif result.get("success") is False or result.get("error"):
            said = said_in(result)
            sheet.settle(place, *_verdict(said.code, said.for_people()))
        else:
            sheet.settle(place, Result.APPLIED)


def _untold(job: Json) -> str:
    status = str(job.get("status") or "unknown")
    if status == "completed":
        return "Zendesk did not say what became of this row"
    return f"Zendesk did not say what became of this row; its job is {status}"


def _verdict(code: str, said: str) -> tuple[Result, str]:
    """What a row's error means. Zendesk documents few of their names, so they go by what they contain."""
    name = code.lower().replace("_", "")
    detail = said or code or "Zendesk gave no reason"
    if "notfound" in name:
        return Result.GONE, "the record is not there any more"
    if "conflict" in name:
        return Result.MOVED, "somebody changed the record meanwhile"
    if "toomany" in name or "ratelimit" in name:
        return Result.RETRY, detail
    return Result.REJECTED, detail
