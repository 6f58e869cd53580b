"""Jobs that change many records after the answer. Section 4.2 of the reference.

A job gets on by the clock and by being looked at, so that a caller who waits on a clock of his own sees it
end, too: it is queued for a second, then a row takes 20 ms, and each look is worth a second [U].
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from detente_sandbox.zendesk.facts import JOB_KEPT_S, JOBS_MAX, ApiError, JsonObject
from detente_sandbox.zendesk.refusals import not_found, too_many_jobs

QUEUED_MS, ROW_MS, LOOK_MS = 1_000, 20, 1_000

Task = Callable[[int], JsonObject]
"""Changes one record at an instant and says what became of it."""


@dataclass
class Job:
    """One job; `results` holds a row for each task done."""

    id: str
    type: str
    queued_ms: int
    tasks: list[Task]
    results: list[JsonObject] = field(default_factory=list)
    looks: int = 0
    begun: bool = False
    ended_ms: int | None = None
    is_broken: bool = False

    @property
    def status(self) -> str:
        if self.ended_ms is None:
            return "working" if self.begun else "queued"
        is_whole_failure = all("error" in row for row in self.results)
        return "failed" if self.is_broken or is_whole_failure else "completed"

    def advance(self, now_ms: int) -> None:
        """Does the rows that are due."""
        spent = now_ms + self.looks * LOOK_MS - self.queued_ms - QUEUED_MS
        if self.ended_ms is not None or spent < 0:
            return
        self.begun = True
        while len(self.results) < len(self.tasks) and (len(self.results) + 1) * ROW_MS <= spent:
            due_ms = self.queued_ms + QUEUED_MS + (len(self.results) + 1) * ROW_MS
            self.results.append(self.tasks[len(self.results)](min(now_ms, due_ms)))
        if len(self.results) == len(self.tasks):
            last_ms = self.queued_ms + QUEUED_MS + len(self.tasks) * ROW_MS
            self.ended_ms = min(now_ms, last_ms)

    def shown(self, base_url: str) -> JsonObject:
        """The job as the API shows it; results come with the end."""
        has_ended = self.ended_ms is not None
        return {
            "id": self.id,
            "url": f"{base_url}/api/v2/job_statuses/{self.id}.json",
            "job_type": self.type,
            "status": self.status,
            "total": len(self.tasks),
            "progress": len(self.results) if self.begun else None,
            "message": _message(self.ended_ms, self.status) if self.ended_ms is not None else None,
            "results": self.results if has_ended else None,
        }


@dataclass
class Jobs:
    """All jobs whose data can still be read, oldest first."""

    rows: dict[str, Job] = field(default_factory=dict)
    started: int = 0
    are_stalled: bool = False

    def start(self, kind: str, tasks: list[Task], now_ms: int) -> Job:
        """Queues a job. Raises: ApiError 429 when 30 are queued or running."""
        current = self.current()
        if len(current) >= JOBS_MAX:
            raise too_many_jobs(current)
        self.started += 1
        job = Job(f"V3{self.started:032x}", kind, now_ms, tasks)
        self.rows[job.id] = job
        return job

    def current(self) -> list[str]:
        """Ids of jobs that are queued or running."""
        return [job.id for job in self.rows.values() if job.ended_ms is None]

    def advance(self, now_ms: int) -> None:
        """Lets jobs get on, and forgets those that ended more than a day ago."""
        if not self.rows:
            return
        for job in list(self.rows.values()):
            if not self.are_stalled:
                job.advance(now_ms)
            if job.ended_ms is not None and now_ms - job.ended_ms > JOB_KEPT_S * 1000:
                del self.rows[job.id]

    def look(self, job_id: str, now_ms: int) -> Job:
        """A job by id, a little further. Raises: ApiError 404 when unknown or forgotten."""
        job = self.rows.get(job_id)
        if job is None:
            raise not_found()
        job.looks += 1
        if not self.are_stalled:
            job.advance(now_ms)
        return job

    def fail(self, job_id: str, now_ms: int) -> Job:
        """Breaks a job off: rows not done yet are missing from its results."""
        job = self.rows[job_id]
        job.begun, job.is_broken, job.ended_ms = True, True, now_ms
        return job


def failure(record_id: int, error: ApiError, kind: str) -> JsonObject:
    """The row of a record that was refused; names of errors are [U]. Section 4.2."""
    code, details = error.body["error"], error.body.get("details")
    texts = [row["description"] for rows in (details or {}).values() for row in rows]
    return {
        "id": record_id,
        "action": "update",
        "success": False,
        "error": f"{kind}UpdateFailed" if code == "RecordInvalid" else code,
        "details": "; ".join(texts) or error.body["description"],
    }


def success(record_id: int) -> JsonObject:
    """The row of a record that was changed. Section 4.2 [V]."""
    return {"id": record_id, "action": "update", "success": True, "status": "Updated"}


def _message(ended_ms: int, status: str) -> str:
    moment = datetime.fromtimestamp(ended_ms // 1000, UTC)
    return f"{status.capitalize()} at {moment:%Y-%m-%d %H:%M:%S +0000}"
