"""Reading much by Bulk API 2.0: a query job, and its results page by page through a file.

In simple-salesforce (1.12.10) a query job is one public call that waits by the machine's clock and keeps
pages in memory; beginning, looking at and ending a job are private there. So all four calls are made here.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Any, BinaryIO

from detente_connector_kit import Call, RefusedCallError, UnknownResultError
from detente_contracts import Clock, UnavailableError

from detente_salesforce.client import holding
from detente_salesforce.connection import BACKGROUND, Connection

_PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Pauses between two looks at a job, in one call of `wait`."""

_LONGEST_CELL = 16_777_216
"""Characters of one value; Python's own limit of 131,072 is the length of Salesforce's longest text field."""

_LINES = {"columnDelimiter": "COMMA", "lineEnding": "LF"}

_ENDED_BADLY = frozenset({"Failed", "Aborted"})


class BulkRefusedError(Exception):
    """Salesforce does not do this query as a job, or the job failed."""


class JobGoneError(Exception):
    """The job, or this page of its results, is there no more."""


@dataclass(frozen=True, slots=True)
class ResultPage:
    """Rows of one page as names to text; `locator` is where the next one starts, "" after the last."""

    rows: list[dict[str, str]]
    locator: str


class BulkReader:
    """Query jobs of one org."""

    def __init__(self, connection: Connection, version: str, clock: Clock) -> None:
        self._connection = connection
        self._jobs = f"/services/data/v{version}/jobs/query"
        self._clock = clock

    def start(self, soql: str) -> str:
        """Begin a job; its id.

        Raises: BulkRefusedError, UnavailableError when nobody knows whether it began.
        """
        try:
            begun = self._send("POST", "", _LINES | {"operation": "query", "query": soql})
            return str(holding(begun, "id")["id"])
        except RefusedCallError as refusal:
            raise BulkRefusedError(refusal.message) from None
        except UnknownResultError as lost:
            # a job that nobody asks for does no harm: Salesforce keeps it for some days
            raise UnavailableError(lost.message, hint="The next read begins another job") from None

    def wait(self, job: str) -> bool:
        """Wait a minute at most for a job; whether it is done.

        Raises: JobGoneError, BulkRefusedError when the job failed.
        """
        for pause_s in (0.0, *_PAUSES_S):
            if pause_s:
                self._clock.sleep(pause_s)
            state = holding(_or_gone(lambda: self._send("GET", f"/{job}")), "state")["state"]
            if state in _ENDED_BADLY:
                raise BulkRefusedError(f"bulk job {job} ended as {state}")
            if state == "JobComplete":
                return True
        return False

    def abort(self, job: str) -> None:
        """End a job that takes too long; one that cannot be ended is left to Salesforce."""
        try:
            self._send("PATCH", f"/{job}", {"state": "Aborted"})
        except RefusedCallError:
            return

    def page(self, job: str, locator: str, limit: int) -> ResultPage:
        """About `limit` rows of a job that is done, from `locator` on ("": from the beginning).

        Raises: JobGoneError, UnavailableError when the page is not what its headers say.
        """
        query = [("maxRecords", str(limit))] + ([("locator", locator)] if locator else [])
        accept = (("Accept", "text/csv"),)
        call = Call("GET", f"{self._jobs}/{job}/results", "results", BACKGROUND, tuple(query), headers=accept)
        transport = self._connection.open().transport
        # a file without a name: a killed process leaves no customer behind
        with tempfile.TemporaryFile() as file:
            headers = _or_gone(lambda: transport.download(call, file)).headers
            rows = list(csv_rows(file))
        told = headers.get("Sforce-NumberOfRecords", "")
        if told != str(len(rows)):
            raise UnavailableError(
                f"Salesforce told {told or 'no number'} of rows and sent {len(rows)}",
                hint="The same page is asked for again in the next read",
            )
        following = headers.get("Sforce-Locator", "")
        return ResultPage(rows, "" if following == "null" else following)

    def _send(self, method: str, path: str, body: object = None) -> Any:
        # a second POST would begin a second job
        is_repeatable = method != "POST"
        call = Call(method, self._jobs + path, "jobs", BACKGROUND, body=body, repeatable=is_repeatable)
        return self._connection.open().transport.send(call).data


def csv_rows(file: BinaryIO) -> Iterator[dict[str, str]]:
    """Rows of CSV in UTF-8, by the names of its first line, from the file's start.

    Raises: UnavailableError when a row is not as wide as the first line.
    """
    csv.field_size_limit(_LONGEST_CELL)
    file.seek(0)
    lines = TextIOWrapper(file, encoding="utf-8", errors="replace", newline="")
    rows = csv.reader(lines)
    names = next(rows, [])
    for row in rows:
        if len(row) != len(names):
            raise UnavailableError("Salesforce sent a broken page of results", hint="Try again later")
        yield dict(zip(names, row, strict=True))
    # the file is the caller's to close
    lines.detach()


def _or_gone(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except RefusedCallError as refusal:
        if refusal.status in (400, 404, 409):
            raise JobGoneError from None
        raise
