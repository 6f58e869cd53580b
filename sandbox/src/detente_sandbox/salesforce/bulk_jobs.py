"""Jobs of the Bulk API 2.0: what they are, and how they move on. Sections 2.3 and 3.4 of the reference.

A job takes a step for every second of the simulated clock and for every look at it, so that one who waits on
that clock and one who only asks again both see it end. Internal batches have 10,000 rows, one a step.
"""

import csv
import io
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from detente_sandbox.salesforce.access import Viewer
from detente_sandbox.salesforce.call import Answer, Call, id_in_path
from detente_sandbox.salesforce.facts import (
    BULK_KEPT_MS,
    ApiError,
    JsonObject,
    bad_request,
    not_found,
    refused,
)
from detente_sandbox.salesforce.moments import instant_of
from detente_sandbox.salesforce.org import Org

CSV = "text/csv; charset=UTF-8"
STEP_MS = 1_000
OVER = ("JobComplete", "Failed", "Aborted")
WAITING, RUNNING, DONE, FAILED, ABORTED = "UploadComplete", "InProgress", "JobComplete", "Failed", "Aborted"
DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}


class JobError(Exception):
    """Why a whole job fails."""


@dataclass
class Job(ABC):
    """A job; `fate` says what a test wants to become of it, after `fate_after` internal batches."""

    is_query: ClassVar[bool]

    id: str
    operation: str
    object: str
    viewer: Viewer
    version: str
    delimiter: str
    line_ending: str
    made_ms: int
    state: str = WAITING
    changed_ms: int = 0
    stepped_ms: int = 0
    batches: int = 0
    processed: int = 0
    message: str = ""
    fate: str = ""
    fate_after: int = 0

    @abstractmethod
    def work(self, org: Org, now_ms: int) -> bool:
        """Does one internal batch; true when none is left. Raises: JobError."""

    @abstractmethod
    def counts(self) -> JsonObject:
        """What a look at the job tells beyond its settings."""

    @property
    def is_over(self) -> bool:
        return self.state in OVER

    def go_on(self, org: Org, now_ms: int) -> None:
        """Takes one step."""
        if self.is_over or self.state == "Open":
            return
        if self.state == WAITING:
            self.turn(RUNNING, now_ms)
            return
        if self.fate and self.batches >= self.fate_after:
            if self.fate == FAILED:
                self.fail("InternalServerError : Unable to process the batches", now_ms)
            return
        try:
            is_done = self.work(org, now_ms)
        except JobError as error:
            self.fail(str(error), now_ms)
            return
        if is_done:
            self.turn(DONE, now_ms)

    def catch_up(self, org: Org, now_ms: int) -> None:
        """Takes the steps of the seconds that passed."""
        if self.state == "Open":
            self.stepped_ms = now_ms
        while not self.is_over and now_ms - self.stepped_ms >= STEP_MS and not self._is_stuck():
            self.stepped_ms += STEP_MS
            self.go_on(org, min(now_ms, self.stepped_ms))

    def _is_stuck(self) -> bool:
        return self.fate == "Stuck" and self.state == RUNNING and self.batches >= self.fate_after

    def turn(self, state: str, now_ms: int) -> None:
        self.state, self.changed_ms = state, now_ms

    def fail(self, message: str, now_ms: int) -> None:
        self.message = message
        self.turn(FAILED, now_ms)

    def shown(self) -> JsonObject:
        """The job as answers have it."""
        return {
            "id": self.id,
            "operation": self.operation,
            "object": self.object,
            "createdById": self.viewer.user_id,
            "createdDate": instant_of(self.made_ms),
            "systemModstamp": instant_of(self.changed_ms or self.made_ms),
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.version),
            "lineEnding": self.line_ending,
            "columnDelimiter": self.delimiter,
        }

    def looked_at(self) -> JsonObject:
        """The job with its counts, as a look at it tells."""
        took = max(0, self.changed_ms - self.made_ms)
        shown = {
            **self.shown(),
            "jobType": "V2Query" if self.is_query else "V2Ingest",
            "retries": 0,
            "totalProcessingTime": took,
            **self.counts(),
        }
        return {**shown, "errorMessage": self.message} if self.message else shown


def advance(org: Org, now_ms: int) -> None:
    """Lets all jobs catch up with the clock, and forgets those that are over 7 days old."""
    for job_id in [known for known, job in org.jobs.items() if now_ms - job.made_ms > BULK_KEPT_MS]:
        del org.jobs[job_id]
    for job in org.jobs.values():
        if not job.is_over:
            job.catch_up(org, now_ms)


def begin(call: Call, job: Job) -> None:
    """Puts a new job among the others, with what a test wants to become of it."""
    job.stepped_ms = call.now_ms
    if call.org.trouble.job_fates:
        job.fate, job.fate_after = call.org.trouble.job_fates.pop(0)
    call.org.jobs[job.id] = job


def settings(call: Call, body: JsonObject) -> tuple[str, str]:
    """Column delimiter and line ending by name. Raises: ApiError 400."""
    if str(body.get("contentType", "CSV")).upper() != "CSV":
        raise bad_request("INVALIDJOB", "contentType must be CSV")
    delimiter, ending = str(body.get("columnDelimiter", "COMMA")), str(body.get("lineEnding", "LF"))
    if delimiter not in DELIMITERS or ending not in LINE_ENDINGS:
        raise bad_request("INVALIDJOB", f"unknown columnDelimiter {delimiter!r} or lineEnding {ending!r}")
    return delimiter, ending


def job_in_path(call: Call, word: str, *, is_query: bool) -> Job:
    """A job of a path. Raises: ApiError 404, and 409 for another API version than that which made it [D]."""
    job: Job | None = call.org.jobs.get(id_in_path(word))
    if job is None or job.is_query != is_query:
        raise not_found()
    return job


def csv_text(job: Job, rows: Iterable[list[Any]]) -> bytes:
    """Rows in the job's own form, each cell in quotes."""
    out = io.StringIO(newline="")
    writer = csv.writer(
        out,
        delimiter=DELIMITERS[job.delimiter],
        lineterminator=LINE_ENDINGS[job.line_ending],
        quoting=csv.QUOTE_ALL,
    )
    writer.writerows(rows)
    return out.getvalue().encode()


def need_version(call: Call, job: Job) -> None:
    """Raises: ApiError 409 when results are asked for with another API version. Section 2.3 [D]."""
    if call.version != job.version:
        text = f"The API version of the job is {job.version}, that of the request {call.version}"
        raise refused(409, "API_VERSION_MISMATCH", text)


def look(call: Call, word: str, *, is_query: bool) -> Answer:
    """A job as it stands; looking lets it take a step."""
    job = job_in_path(call, word, is_query=is_query)
    job.go_on(call.org, call.now_ms)
    return Answer(job.looked_at())


def list_jobs(call: Call, *, is_query: bool) -> Answer:
    """All jobs of a kind on one page."""
    rows = [job.shown() for job in call.org.jobs.values() if job.is_query == is_query]
    return Answer({"done": True, "records": rows, "nextRecordsUrl": None})


def delete_job(call: Call, word: str, *, is_query: bool) -> Answer:
    """Forgets a job that is over."""
    job = job_in_path(call, word, is_query=is_query)
    if not job.is_over:
        raise wrong_state("delete", job)
    del call.org.jobs[job.id]
    return Answer(status=204)


def wrong_state(what: str, job: Job) -> ApiError:
    """Something that a job in its state does not take; code and wording [U]."""
    return bad_request("INVALIDJOBSTATE", f"cannot {what} a job in state {job.state}")
