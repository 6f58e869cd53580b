"""Queries by jobs, with results as CSV. Section 2.3 of the reference."""

import base64
import binascii
from dataclasses import dataclass, field
from typing import ClassVar

from detente_sandbox.salesforce.bulk_jobs import (
    ABORTED,
    CSV,
    DONE,
    Job,
    begin,
    csv_text,
    job_in_path,
    need_version,
    settings,
    wrong_state,
)
from detente_sandbox.salesforce.call import Answer, Call
from detente_sandbox.salesforce.facts import (
    BULK_BATCH,
    BULK_PAGE_DEFAULT,
    JsonObject,
    UnknownBehaviourError,
    bad_request,
)
from detente_sandbox.salesforce.moments import instant_of
from detente_sandbox.salesforce.org import Org
from detente_sandbox.salesforce.query import answer_of_soql
from detente_sandbox.salesforce.rows import Row
from detente_sandbox.salesforce.soql.finding import finder
from detente_sandbox.salesforce.soql.parser import parse
from detente_sandbox.salesforce.soql.scope import Scope, no_type
from detente_sandbox.salesforce.soql.showing import sheet
from detente_sandbox.salesforce.soql.statement import Path, Select
from detente_sandbox.salesforce.soql.words import SoqlError


@dataclass
class QueryJob(Job):
    """A job that finds records, and keeps them as they stood when it ran."""

    is_query: ClassVar[bool] = True

    statement: Select | None = None
    found: list[Row] = field(default_factory=list)

    def work(self, org: Org, now_ms: int) -> bool:
        if self.batches == 0 and self.statement is not None:
            self.found = finder(self.scope(org, now_ms), self.statement).rows()
        self.batches += 1
        self.processed = min(len(self.found), self.batches * BULK_BATCH)
        return self.processed >= len(self.found)

    def counts(self) -> JsonObject:
        return {"numberRecordsProcessed": self.processed}

    def scope(self, org: Org, now_ms: int) -> Scope:
        return Scope(
            org, self.viewer, org.types[self.object], instant_of(now_ms), self.operation == "queryAll"
        )


def create_job(call: Call) -> Answer:
    """A new query job. Raises: ApiError 400 for what bulk queries do not take."""
    body = call.body()
    operation, text = body.get("operation"), body.get("query")
    if operation not in ("query", "queryAll") or not isinstance(text, str) or not text.strip():
        raise bad_request("INVALIDJOB", "operation must be query or queryAll, and query a statement")
    delimiter, ending = settings(call, body)
    try:
        statement, scope = _prepared(call, text)
    except SoqlError as error:
        raise answer_of_soql(call, text, error) from error
    job = QueryJob(
        id=call.org.take_serial("750"),
        operation=operation,
        object=scope.of.name,
        viewer=call.viewer,
        version=call.version,
        delimiter=delimiter,
        line_ending=ending,
        made_ms=call.now_ms,
        statement=statement,
    )
    begin(call, job)
    return Answer(job.shown())


def _prepared(call: Call, text: str) -> tuple[Select, Scope]:
    statement = parse(text)
    of = call.org.type_of(statement.source)
    if of is None:
        raise no_type(statement.source, statement.source_at)
    scope = Scope(call.org, call.viewer, of, call.now)
    if not of.is_in_bulk:
        raise bad_request("INVALIDENTITY", f"Entity '{of.name}' is not supported by the Bulk API.")
    _refuse_shape(statement)
    for item in statement.items:
        if isinstance(item, Path) and scope.column(item).field.is_compound:
            raise bad_request(
                "FUNCTIONALITY_NOT_ENABLED", "Selecting compound data not supported in Bulk Query"
            )
    sheet(scope, statement)
    finder(scope, statement)
    return statement, scope


def _refuse_shape(statement: Select) -> None:
    """What bulk queries do not take; code and wording beyond compound fields [U]."""
    if statement.is_count:
        raise bad_request("API_ERROR", "Aggregate Relationships not supported in Bulk Query")
    if any(isinstance(item, Select) for item in statement.items):
        raise bad_request("API_ERROR", "Nested Relationships not supported in Bulk Query")
    if statement.offset:
        raise bad_request("API_ERROR", "OFFSET not supported in Bulk Query")


def abort(call: Call, word: str) -> Answer:
    """Ends a job before its time."""
    job = job_in_path(call, word, is_query=True)
    if call.body().get("state") != ABORTED:
        raise bad_request("INVALIDJOBSTATE", "a query job can only be aborted")
    if job.is_over:
        raise wrong_state("abort", job)
    job.turn(ABORTED, call.now_ms)
    return Answer(job.shown())


def results(call: Call, word: str) -> Answer:
    """A page of results; each has the heading, and a header tells where to go on. Section 2.3."""
    job = job_in_path(call, word, is_query=True)
    need_version(call, job)
    if not isinstance(job, QueryJob) or job.state != DONE or job.statement is None:
        raise wrong_state("give results of", job)
    start = _start(call.text("locator"))
    stop = min(len(job.found), start + _page_size(call.text("maxRecords")))
    scope = job.scope(call.org, call.now_ms)
    try:
        made = sheet(scope, job.statement)
    except SoqlError as error:
        raise bad_request(error.code, error.message) from error
    lines = [list(made.headings), *(made.line(row) for row in job.found[start:stop])]
    headers = {
        "content-type": CSV,
        "Sforce-NumberOfRecords": str(stop - start),
        "Sforce-Locator": _locator(stop) if stop < len(job.found) else "null",
    }
    return Answer(csv_text(job, lines), headers=headers)


def result_pages(call: Call, word: str) -> Answer:
    """Addresses for parallel download, whose form the reference does not tell."""
    raise UnknownBehaviourError("resultPages")


def _page_size(text: str | None) -> int:
    if text is None:
        return BULK_PAGE_DEFAULT
    if not text.isdigit() or int(text) < 1:
        raise bad_request("INVALID_INPUT", "maxRecords must be a whole number from 1")
    return int(text)


def _locator(start: int) -> str:
    return base64.urlsafe_b64encode(f"row:{start}".encode()).decode().rstrip("=")


def _start(locator: str | None) -> int:
    """The first row of a page. Raises: ApiError 400 for a locator that was never given."""
    if locator is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)).decode()
    except (binascii.Error, ValueError):
        text = ""
    if not text.startswith("row:") or not text[4:].isdigit():
        raise bad_request("INVALID_QUERY_LOCATOR", "invalid query locator")
    return int(text[4:])
