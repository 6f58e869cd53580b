"""Changing many records in one request: a job each. Section 4.2 of the reference."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from detente_sandbox.zendesk.call import Answer, Call, whole_number
from detente_sandbox.zendesk.desk import Desk
from detente_sandbox.zendesk.facts import (
    JOB_ROWS_MAX,
    JOBS_MAX,
    MINUTE_S,
    ApiError,
    JsonObject,
    UnknownBehaviourError,
)
from detente_sandbox.zendesk.jobs import Job, Task, failure, success
from detente_sandbox.zendesk.organization_writing import change as change_organization
from detente_sandbox.zendesk.organization_writing import create as create_organization
from detente_sandbox.zendesk.organization_writing import refuse_unknown as refuse_unknown_of_organization
from detente_sandbox.zendesk.organizations import named, need_right
from detente_sandbox.zendesk.refusals import invalid_request, too_many_values, update_conflict
from detente_sandbox.zendesk.ticket_values import refuse_unknown as refuse_unknown_of_ticket
from detente_sandbox.zendesk.ticket_writing import change as change_ticket
from detente_sandbox.zendesk.ticket_writing import create as create_ticket
from detente_sandbox.zendesk.tickets import author_of


def update_tickets(call: Call) -> Answer:
    """The same change for `ids`, or a change for each row; always safe updates [V]."""
    call.actor.need_scope("tickets", to_write=True)
    pairs = _pairs(call, "ticket", call.ids)
    is_bulk = call.text("ids") is not None
    for _, sent in pairs:
        refuse_unknown_of_ticket(sent, in_bulk=is_bulk)
    tasks = [_ticket_task(call, number, sent) for number, sent in pairs]
    return _started(call, "Update Multiple Tickets" if is_bulk else "Batch Update Tickets", tasks)


def _ticket_task(call: Call, number: int, sent: JsonObject) -> Task:
    desk, author, queued_ms = call.desk, author_of(call), call.now_ms
    has_stamp = sent.get("updated_stamp") is not None

    def do(now_ms: int) -> JsonObject:
        row = desk.tickets.find(number)
        if row is None:
            return _missing(number, "Ticket")
        try:
            if sent.get("safe_update") and not has_stamp:
                raise ApiError(400, {"error": "InvalidUpdate", "description": "safe_update needs a stamp"})
            if not has_stamp and row.updated_ms > queued_ms:
                raise update_conflict()
            stamped = {**sent, "safe_update": True} if has_stamp else sent
            change_ticket(desk, row, stamped, author, now_ms)
        except ApiError as error:
            return failure(number, error, "Ticket")
        return success(number)

    return _remembering(desk, _changed(number), do)


def update_organizations(call: Call) -> Answer:
    """The same change for `ids` or `external_ids`, or a change for each row."""
    call.actor.need_scope("organizations", to_write=True)
    pairs = _pairs(call, "organization", lambda: _numbers(call))
    for _, sent in pairs:
        refuse_unknown_of_organization(sent)
        need_right(call, sent)
    tasks = [_organization_task(call.desk, number, sent) for number, sent in pairs]
    return _started(call, "Update Multiple Organizations", tasks)


def _numbers(call: Call) -> list[int]:
    if call.text("ids"):
        return call.ids()
    rows = named(call)
    if None in rows:
        raise UnknownBehaviourError("bulk update by an external id that nothing has")
    return [row.id for row in rows if row is not None]


def _organization_task(desk: Desk, number: int, sent: JsonObject) -> Task:
    def do(now_ms: int) -> JsonObject:
        row = desk.organizations.find(number)
        if row is None:
            return _missing(number, "Organization")
        try:
            change_organization(desk, row, sent, now_ms)
        except ApiError as error:
            return failure(number, error, "Organization")
        return success(number)

    return _remembering(desk, _changed(number), do)


def create_tickets(call: Call) -> Answer:
    """A job that makes tickets; its rows have an index, and an id where one was made."""
    call.actor.need_scope("tickets", to_write=True)
    rows = _rows(call, "tickets")
    for sent in rows:
        refuse_unknown_of_ticket(sent)
    author = author_of(call)

    def make(sent: JsonObject, now_ms: int) -> int:
        return create_ticket(call.desk, sent, author, now_ms).id

    tasks = [_creation(call.desk, place, "Ticket", partial(make, sent)) for place, sent in enumerate(rows)]
    return _started(call, "Bulk Create Tickets", tasks)


def create_organizations(call: Call) -> Answer:
    """A job that makes organizations."""
    call.actor.need_scope("organizations", to_write=True)
    call.actor.need_admin()
    rows = _rows(call, "organizations")
    for sent in rows:
        refuse_unknown_of_organization(sent)

    def make(sent: JsonObject, now_ms: int) -> int:
        return create_organization(call.desk, sent, now_ms).id

    tasks = [
        _creation(call.desk, place, "Organization", partial(make, sent)) for place, sent in enumerate(rows)
    ]
    return _started(call, "Bulk Create Organizations", tasks)


def _creation(desk: Desk, place: int, kind: str, make: Callable[[int], int]) -> Task:
    def do(now_ms: int) -> JsonObject:
        try:
            return {"id": make(now_ms), "index": place}
        except ApiError as error:
            told = failure(0, error, kind)
            return {"index": place, "error": f"{kind}CreateFailed", "details": told["details"]}

    return _remembering(desk, {"index": place}, do)


def _pairs(call: Call, singular: str, ids: Callable[[], Sequence[int]]) -> list[tuple[int, JsonObject]]:
    """Ids with what is to change. Raises: ApiError 400."""
    if call.text("ids") or call.text("external_ids"):
        sent = call.object_in_body(singular)
        return [(number, sent) for number in ids()]
    rows = _rows(call, f"{singular}s")
    pairs = []
    for row in rows:
        number = whole_number(row.get("id"))
        if number is None:
            raise invalid_request("every row needs an id")
        pairs.append((number, {name: value for name, value in row.items() if name != "id"}))
    if len({number for number, _ in pairs}) < len(pairs):
        raise UnknownBehaviourError("one record in two rows of a batch")
    return pairs


def _rows(call: Call, plural: str) -> list[JsonObject]:
    rows: Any = call.body().get(plural)
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise invalid_request(f"The body must hold a list of objects under {plural!r}")
    if len(rows) > JOB_ROWS_MAX:
        raise too_many_values()
    return rows


def _missing(number: int, kind: str) -> JsonObject:
    return {**_changed(number), "error": f"{kind}NotFound", "details": f"no such {kind.lower()}"}


def _changed(number: int) -> JsonObject:
    """What the row of a failed change begins with."""
    return {"id": number, "action": "update", "success": False}


def _remembering(desk: Desk, row: JsonObject, do: Task) -> Task:
    """What the reference does not tell cannot be answered 501 from within a job: the row says so."""

    def guarded(now_ms: int) -> JsonObject:
        try:
            return do(now_ms)
        except UnknownBehaviourError as error:
            where = {"method": "JOB", "path": str(row), "query": "", "seq": 0}
            desk.unknown.append({**where, "why": str(error)})
            return {**row, "error": "SandboxUnknown", "details": str(error)}

    return guarded


def _started(call: Call, kind: str, tasks: list[Task]) -> Answer:
    job = call.desk.jobs.start(kind, tasks, call.now_ms)
    left = JOBS_MAX - len(call.desk.jobs.current())
    shown = f"total={JOBS_MAX}; remaining={left}; resets={MINUTE_S}"
    call.headers["Zendesk-RateLimit-inflight-jobs"] = shown
    return _one(call, job)


def _one(call: Call, job: Job) -> Answer:
    return Answer({"job_status": job.shown(call.base_url)})


def read_job(call: Call, word: str) -> Answer:
    """One job, for a day after its end."""
    return _one(call, call.desk.jobs.look(word, call.now_ms))


def show_jobs(call: Call) -> Answer:
    """Some jobs by id; those that are not there are left out [U]."""
    jobs = call.desk.jobs
    found = [jobs.look(word, call.now_ms) for word in call.words("ids") if word in jobs.rows]
    return Answer({"job_statuses": [job.shown(call.base_url) for job in found]})


def list_jobs(call: Call) -> Answer:
    """All jobs that can still be read, oldest first; the list has no paging here [U]."""
    rows = [job.shown(call.base_url) for job in call.desk.jobs.rows.values()]
    return Answer({"job_statuses": rows, "count": len(rows), "next_page": None, "previous_page": None})
