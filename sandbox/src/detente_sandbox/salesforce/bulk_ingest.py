"""Writing by jobs: an upload of CSV, batches of 10,000 rows, and three files of results.

Section 3.4 of the reference. A row that is written stays written when the job fails later.
"""

import csv
import io
import random
from dataclasses import dataclass, field
from typing import Any, ClassVar

from detente_sandbox.salesforce.bulk_jobs import (
    ABORTED,
    CSV,
    DELIMITERS,
    WAITING,
    Job,
    JobError,
    begin,
    csv_text,
    job_in_path,
    need_version,
    settings,
    wrong_state,
)
from detente_sandbox.salesforce.call import Answer, Call
from detente_sandbox.salesforce.external_ids import live_having
from detente_sandbox.salesforce.facts import (
    BULK_BATCH,
    BULK_FIELD_MAX,
    BULK_FIELDS_MAX,
    BULK_ROW_MAX,
    BULK_UPLOAD_MAX,
    ApiError,
    JsonObject,
    RowError,
    bad_request,
    no_permission,
)
from detente_sandbox.salesforce.ids import full_id
from detente_sandbox.salesforce.moments import instant_of
from detente_sandbox.salesforce.org import Org
from detente_sandbox.salesforce.schema.field import Field
from detente_sandbox.salesforce.schema.objects import ObjectType
from detente_sandbox.salesforce.writing import create, delete, purge, update

OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
NULL = "#N/A"
Cells = list[str]


@dataclass
class IngestJob(Job):
    """A job that writes rows; `succeeded` holds id, whether it was created, and the cells sent."""

    is_query: ClassVar[bool] = False

    external_id: str | None = None
    upload: str | None = None
    heading: Cells = field(default_factory=list)
    rows: list[Cells] = field(default_factory=list)
    succeeded: list[tuple[str, bool, Cells]] = field(default_factory=list)
    failed: list[tuple[str, Cells]] = field(default_factory=list)

    def work(self, org: Org, now_ms: int) -> bool:
        if not self.heading:
            self._read(org)
        writer = _Writer(org, self, instant_of(now_ms))
        for cells in self.rows[self.processed : self.processed + BULK_BATCH]:
            self._write(writer, cells)
        self.batches += 1
        return self.processed >= len(self.rows)

    def _read(self, org: Org) -> None:
        reader = csv.reader(io.StringIO(self.upload or "", newline=""), delimiter=DELIMITERS[self.delimiter])
        try:
            heading, *rows = list(reader) or [[]]
        except csv.Error as error:
            raise JobError(f"InvalidBatch : Failed to parse CSV: {error}") from error
        if not heading:
            raise JobError("InvalidBatch : The 'upload' batch must contain a header")
        self.heading, self.rows = heading, [row for row in rows if row]
        _check_heading(org, self)

    def _write(self, writer: "_Writer", cells: Cells) -> None:
        self.processed += 1
        try:
            record_id, is_new = writer.write(cells)
        except RowError as error:
            self.failed.append((f"{error.status_code}:{error.message}:{','.join(error.fields)}--", cells))
        else:
            self.succeeded.append((record_id, is_new, cells))

    def counts(self) -> JsonObject:
        return {
            "numberRecordsProcessed": self.processed,
            "numberRecordsFailed": len(self.failed),
            "apiActiveProcessingTime": 0,
            "apexProcessingTime": 0,
        }

    def shown(self) -> JsonObject:
        shown = {
            **super().shown(),
            "contentUrl": f"services/data/v{self.version}/jobs/ingest/{self.id}/batches",
        }
        return {**shown, "externalIdFieldName": self.external_id} if self.external_id else shown


def _check_heading(org: Org, job: IngestJob) -> None:
    """Fails the whole job for columns that it does not know. Wording [U]."""
    view = org.access.view(job.viewer, org.types[job.object])
    if len(job.heading) > BULK_FIELDS_MAX:
        raise JobError(f"InvalidBatch : more than {BULK_FIELDS_MAX} fields")
    for name in job.heading:
        if "." in name:
            org.note_unknown(
                "PUT", f"jobs/ingest/{job.id}", "", f"reference by external id in column {name!r}"
            )
        if name.lower() != "id" and view.find(name) is None:
            raise JobError(f"InvalidBatch : Field name not found : {name}")
    words = [name.lower() for name in job.heading]
    if job.operation in ("update", "delete", "hardDelete") and "id" not in words:
        raise JobError(f"InvalidBatch : The '{job.operation}' batch must contain the field 'Id'")
    if job.operation == "upsert" and str(job.external_id).lower() not in words:
        raise JobError(f"InvalidBatch : The 'upsert' batch must contain the field '{job.external_id}'")


class _Writer:
    """Writes the rows of one job."""

    def __init__(self, org: Org, job: IngestJob, now: str) -> None:
        self._org, self._job, self._now = org, job, now
        self._of: ObjectType = org.types[job.object]

    def write(self, cells: Cells) -> tuple[str, bool]:
        """The id of the record and whether it is new. Raises: RowError."""
        if len(cells) != len(self._job.heading):
            raise RowError("INVALID_CSV", f"{len(cells)} cells where the header has {len(self._job.heading)}")
        if sum(map(len, cells)) > BULK_ROW_MAX or max(map(len, cells)) > BULK_FIELD_MAX:
            raise RowError("STRING_TOO_LONG", f"more than {BULK_FIELD_MAX} characters in a field")
        sent = dict(zip(self._job.heading, cells, strict=True))
        writers = {
            "insert": self._insert,
            "update": self._update,
            "upsert": self._upsert,
            "delete": self._delete,
            "hardDelete": self._purge,
        }
        return writers[self._job.operation](sent)

    def _insert(self, sent: dict[str, str]) -> tuple[str, bool]:
        return create(self._org, self._of, self._values(sent), self._job.viewer, self._now).id, True

    def _update(self, sent: dict[str, str]) -> tuple[str, bool]:
        record_id = self._id(sent)
        update(self._org, self._of, record_id, self._values(sent), self._job.viewer, self._now)
        return record_id, False

    def _upsert(self, sent: dict[str, str]) -> tuple[str, bool]:
        name = str(self._job.external_id)
        found = self._matching(
            name, next(value for key, value in sent.items() if key.lower() == name.lower())
        )
        if found is None:
            return self._insert(sent)
        update(self._org, self._of, found, self._values(sent), self._job.viewer, self._now)
        return found, False

    def _matching(self, name: str, value: str) -> str | None:
        row = self._org.access.view(self._job.viewer, self._of).find(name)
        if row is None or not value:
            raise RowError("MISSING_ARGUMENT", f"{name} not specified", [name])
        known = live_having(self._org, self._of, row, value)
        if len(known) > 1:
            text = f"{name}: more than one record found for external id field: {[one.id for one in known]}"
            raise RowError("DUPLICATE_EXTERNAL_ID", text, [name])
        return known[0].id if known else None

    def _delete(self, sent: dict[str, str]) -> tuple[str, bool]:
        record_id = self._id(sent)
        delete(self._org, self._of, record_id, self._job.viewer, self._now)
        return record_id, False

    def _purge(self, sent: dict[str, str]) -> tuple[str, bool]:
        record_id = self._id(sent)
        purge(self._org, self._of, record_id)
        return record_id, False

    def _id(self, sent: dict[str, str]) -> str:
        text = next(value for name, value in sent.items() if name.lower() == "id")
        found = full_id(text)
        if found is None:
            raise RowError("MALFORMED_ID", f"malformed id {text[:40]}", ["Id"])
        return found

    def _values(self, sent: dict[str, str]) -> dict[str, Any]:
        """What a row sets: an empty cell nothing, `#N/A` null."""
        cells = {name: value for name, value in sent.items() if value != "" and name.lower() != "id"}
        return {name: None if value == NULL else value for name, value in cells.items()}


# -- endpoints ---------------------------------------------------------------------------------------------


def create_job(call: Call) -> Answer:
    """A new job, open for its upload."""
    call.need_write()
    body = call.body()
    operation = str(body.get("operation"))
    if operation not in OPERATIONS:
        raise bad_request("INVALIDJOB", f"unknown operation {operation!r}")
    if operation == "hardDelete" and not call.app.can_define:
        raise no_permission("hardDelete needs a permission of its own")
    of = call.org.type_of(str(body.get("object")))
    if of is None:
        raise bad_request("INVALIDENTITY", f"Entity '{body.get('object')}' is not supported by the Bulk API.")
    delimiter, ending = settings(call, body)
    job = IngestJob(
        id=call.org.take_serial("750"),
        operation=operation,
        object=of.name,
        viewer=call.viewer,
        version=call.version,
        delimiter=delimiter,
        line_ending=ending,
        made_ms=call.now_ms,
        state="Open",
        external_id=_external_id(call, of, body) if operation == "upsert" else None,
    )
    begin(call, job)
    return Answer(job.shown())


def _external_id(call: Call, of: ObjectType, body: JsonObject) -> str:
    row: Field | None = call.view(of).find(str(body.get("externalIdFieldName")))
    if row is None or not row.is_id_lookup:
        raise bad_request("INVALIDJOB", f"no external id field {body.get('externalIdFieldName')!r}")
    return row.name


def upload(call: Call, word: str) -> Answer:
    """Takes the rows, once."""
    job = _ingest(call, word)
    if job.state != "Open" or job.upload is not None:
        raise wrong_state("take an upload for", job)
    if len(call.raw) > BULK_UPLOAD_MAX:
        raise ApiError(413, [{"errorCode": "FILE_TOO_LARGE", "message": "more than 150 MB"}])
    try:
        job.upload = call.raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise bad_request("INVALIDJOB", f"the upload is not UTF-8: {error.reason}") from error
    return Answer(status=201)


def change_state(call: Call, word: str) -> Answer:
    """Closes a job after its upload, or aborts it."""
    job, wanted = _ingest(call, word), call.body().get("state")
    if wanted == WAITING and job.state == "Open" and job.upload is not None:
        job.stepped_ms = call.now_ms
    elif wanted != ABORTED or job.is_over:
        raise wrong_state(f"turn to {wanted}", job)
    job.turn(str(wanted), call.now_ms)
    return Answer(job.shown())


def successful(call: Call, word: str) -> Answer:
    """Rows that were written: id, whether the record is new, and what was sent."""
    job = _over(call, word)
    rows = [[record_id, str(is_new).lower(), *cells] for record_id, is_new, cells in job.succeeded]
    return _sheet(job, ["sf__Id", "sf__Created", *job.heading], rows)


def failures(call: Call, word: str) -> Answer:
    """Rows that were not written; their id stays empty, as it may with the vendor [T]."""
    job = _over(call, word)
    return _sheet(
        job, ["sf__Id", "sf__Error", *job.heading], [["", error, *cells] for error, cells in job.failed]
    )


def unprocessed(call: Call, word: str) -> Answer:
    """Rows that a failed or aborted job did not come to."""
    job = _over(call, word)
    return _sheet(job, job.heading, job.rows[job.processed :])


def _sheet(job: IngestJob, heading: Cells, rows: list[Cells]) -> Answer:
    """Results in an order of their own: they need not come as they were sent [U]."""
    random.Random(job.id).shuffle(rows)
    return Answer(
        csv_text(job, [heading, *rows]),
        headers={"content-type": CSV, "Sforce-NumberOfRecords": str(len(rows))},
    )


def _ingest(call: Call, word: str) -> IngestJob:
    job = job_in_path(call, word, is_query=False)
    if not isinstance(job, IngestJob):
        raise TypeError("a job that is no query writes rows")
    return job


def _over(call: Call, word: str) -> IngestJob:
    job = _ingest(call, word)
    need_version(call, job)
    if not job.is_over:
        raise wrong_state("give results of", job)
    return job
