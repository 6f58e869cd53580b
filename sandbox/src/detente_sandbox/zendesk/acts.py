"""What only this vendor has, and tests may bring about."""

from collections.abc import Callable, Mapping

from detente_sandbox.vendor import RefusedError
from detente_sandbox.zendesk.audits import Author
from detente_sandbox.zendesk.desk import Desk
from detente_sandbox.zendesk.facts import JsonObject
from detente_sandbox.zendesk.organization_writing import merge
from detente_sandbox.zendesk.person import as_sent
from detente_sandbox.zendesk.records import Place, Row, Store
from detente_sandbox.zendesk.story import SYSTEM
from detente_sandbox.zendesk.ticket_writing import change, touch
from detente_sandbox.zendesk.tokens import Code, granted

Act = Callable[[JsonObject], JsonObject]
TRIGGER = {"id": 5_970_000_001, "title": "Raise what waits too long"}


def acts_of(desk: Desk, now_ms: Callable[[], int]) -> Mapping[str, Act]:
    """The acts by verb; the README says what each takes."""
    hands = _Hands(desk, now_ms)
    return {
        "merge": hands.merge,
        "archive": hands.archive,
        "system_update": hands.system_update,
        "trigger": hands.trigger,
        "stall_jobs": hands.stall_jobs,
        "fail_job": hands.fail_job,
        "empty_pages": hands.empty_pages,
        "expire_cursors": hands.expire_cursors,
        "unknown_fields": hands.unknown_fields,
        "api_tokens": hands.api_tokens,
        "consent": hands.consent,
    }


class _Hands:
    def __init__(self, desk: Desk, now_ms: Callable[[], int]) -> None:
        self._desk, self._now_ms = desk, now_ms

    def merge(self, body: JsonObject) -> JsonObject:
        """`{"winner": id, "loser": id}`: two organizations become one."""
        winner, loser = (_row(self._desk.organizations, body[key]) for key in ("winner", "loser"))
        merge(self._desk, winner, loser)
        return {"id": winner.id, "gone": loser.id}

    def archive(self, body: JsonObject) -> JsonObject:
        """`{"ticket": id}`: a closed ticket leaves the lists."""
        row = _row(self._desk.tickets, body["ticket"])
        if row.values()["status"] != "closed":
            raise RefusedError(409, f"ticket {row.id} is not closed")
        touch(self._desk, row, self._now_ms(), place=Place.ARCHIVED)
        return {"id": row.id}

    def system_update(self, body: JsonObject) -> JsonObject:
        """`{"ticket": id}`: the export tells of it, `updated_at` does not."""
        row = _row(self._desk.tickets, body["ticket"])
        touch(self._desk, row, self._now_ms())
        return {"id": row.id}

    def trigger(self, body: JsonObject) -> JsonObject:
        """`{"ticket": id, "properties": {...}}`: a rule changes a ticket, `closed` among others."""
        row, author = _row(self._desk.tickets, body["ticket"]), Author(SYSTEM, "rule", "trigger", TRIGGER)
        sent = as_sent(self._desk, "tickets", body["properties"])
        return {"id": change(self._desk, row, sent, author, self._now_ms()).row.id}

    def stall_jobs(self, body: JsonObject) -> JsonObject:
        """`{"on": true}`: no job gets on."""
        self._desk.jobs.are_stalled = bool(body["on"])
        return body

    def fail_job(self, body: JsonObject) -> JsonObject:
        """`{"job": id}`: a job breaks off; rows not done yet are missing from its results."""
        return {"id": self._desk.jobs.fail(str(body["job"]), self._now_ms()).id}

    def empty_pages(self, body: JsonObject) -> JsonObject:
        """`{"times": 1}`: so many export pages are empty and not the last."""
        self._desk.switches.empty_pages = int(body["times"])
        return body

    def expire_cursors(self, body: JsonObject) -> JsonObject:
        """Cursors of exports given so far are refused."""
        self._desk.switches.cursor_age += 1
        return {}

    def unknown_fields(self, body: JsonObject) -> JsonObject:
        """`{"refused": true}`: unknown custom fields are 422 instead of left out."""
        self._desk.switches.refuses_unknown_fields = bool(body["refused"])
        return body

    def api_tokens(self, body: JsonObject) -> JsonObject:
        """`{"on": false}`: basic authentication ends before its date."""
        self._desk.tokens.are_api_tokens_on = bool(body["on"])
        return body

    def consent(self, body: JsonObject) -> JsonObject:
        """`{"app", "redirect_uri", "scope"?, "code_challenge"?}`: a person agrees, and gets a code."""
        client = self._desk.tokens.clients[str(body["app"])]
        scopes = granted(client.scopes, body.get("scope"))
        code = Code(client, scopes, str(body["redirect_uri"]), body.get("code_challenge"), self._now_ms())
        text = f"code-{self._now_ms()}-{len(self._desk.tokens.codes)}"
        self._desk.tokens.codes[text] = code
        return {"code": text}


def _row(store: Store, number: object) -> Row:
    row = store.find(int(str(number)))
    if row is None:
        raise RefusedError(404, f"no record {number} of {store.name}")
    return row
