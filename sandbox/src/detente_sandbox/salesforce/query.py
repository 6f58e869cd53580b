"""Queries and their pages. Section 2.1 of the reference."""

import random
import re
from dataclasses import dataclass

from detente_sandbox.salesforce.access import Viewer
from detente_sandbox.salesforce.call import Answer, Call
from detente_sandbox.salesforce.facts import (
    LOCATOR_LIFE_MS,
    PAGE_DEFAULT,
    PAGE_MAX,
    PAGE_MIN,
    STATEMENT_MAX,
    ApiError,
    JsonObject,
    bad_request,
)
from detente_sandbox.salesforce.ids import full_id
from detente_sandbox.salesforce.rows import Row
from detente_sandbox.salesforce.soql.finding import Finder, finder
from detente_sandbox.salesforce.soql.parser import parse
from detente_sandbox.salesforce.soql.scope import Scope, no_type
from detente_sandbox.salesforce.soql.showing import Shape, shape
from detente_sandbox.salesforce.soql.statement import Select
from detente_sandbox.salesforce.soql.words import SoqlError, UnknownSyntaxError, UnknownTypeError

_BATCH_SIZE = re.compile(r"batchSize\s*=\s*(\d+)", re.IGNORECASE)


@dataclass
class Cursor:
    """What a query found, as it stood then; pages of it are taken one after another."""

    rows: list[Row]
    statement: Select
    viewer: Viewer
    of: str
    with_deleted: bool
    made_ms: int


def query(call: Call) -> Answer:
    """`query`: live records only."""
    return _first_page(call, with_deleted=False)


def query_all(call: Call) -> Answer:
    """`queryAll`: those in the recycle bin too."""
    return _first_page(call, with_deleted=True)


def tooling_query(call: Call) -> Answer:
    """`tooling/query`: definitions of custom fields, and nothing else."""
    return _first_page(call, with_deleted=False, tooling=True)


def _first_page(call: Call, *, with_deleted: bool, tooling: bool = False) -> Answer:
    text = call.text("q")
    if not text or not text.strip():
        raise bad_request("MALFORMED_QUERY", "SOQL statements cannot be empty or null")
    try:
        statement, scope, found, made = prepared(call, text, with_deleted=with_deleted, tooling=tooling)
    except SoqlError as error:
        raise answer_of_soql(call, text, error) from error
    if made is None:
        return Answer({"totalSize": found.count(), "done": True, "records": []})
    rows = found.rows()
    _refuse_slow(call, rows)
    cursor = Cursor(rows, statement, call.viewer, scope.of.name, with_deleted, call.now_ms)
    return Answer(_page(call, cursor, made, 0, None))


def prepared(
    call: Call, text: str, *, with_deleted: bool, tooling: bool = False
) -> tuple[Select, Scope, Finder, Shape | None]:
    """A statement held against the org for the caller. Raises: SoqlError, ApiError."""
    if len(text) > STATEMENT_MAX:
        raise bad_request("QUERY_TOO_COMPLICATED", f"SOQL statement over {STATEMENT_MAX} characters")
    statement = parse(text)
    of = call.org.type_of(statement.source, tooling=tooling)
    if of is None:
        raise no_type(statement.source, statement.source_at)
    scope = Scope(call.org, call.viewer, of, call.now, with_deleted)
    made = None if statement.is_count else shape(scope, statement, call.root)
    return statement, scope, finder(scope, statement), made


def answer_of_soql(call: Call, text: str, error: SoqlError) -> ApiError:
    """400; syntax and objects that the vendor has and this org has not are remembered besides."""
    if isinstance(error, UnknownSyntaxError):
        call.org.note_unknown(call.method, call.path, text, f"query syntax {error.what}")
    if isinstance(error, UnknownTypeError):
        call.org.note_unknown(call.method, call.path, text, f"object {error.word} is not simulated")
    return error.as_answer(text)


def _refuse_slow(call: Call, rows: list[Row]) -> None:
    """Refuses a query that finds too much, where the sandbox was told so."""
    most = call.org.trouble.slow_queries_over
    if most is not None and len(rows) > most:
        raise bad_request("QUERY_TIMEOUT", "Your query request was running for too long.")


def query_more(call: Call, locator: str) -> Answer:
    """The next page; a locator that is unknown or over 2 days old is 400. Section 2.1."""
    cursor_id, _, start = locator.rpartition("-")
    known = full_id(cursor_id) or cursor_id
    cursor: Cursor | None = call.org.cursors.get(known)
    if cursor is None or not start.isdigit() or call.now_ms - cursor.made_ms > LOCATOR_LIFE_MS:
        raise bad_request("INVALID_QUERY_LOCATOR", "invalid query locator")
    of = call.org.types[cursor.of]
    scope = Scope(call.org, cursor.viewer, of, call.now, cursor.with_deleted)
    try:
        made = shape(scope, cursor.statement, call.root)
    except SoqlError as error:
        raise bad_request(error.code, error.message) from error
    return Answer(_page(call, cursor, made, int(start), known))


def _page(call: Call, cursor: Cursor, made: Shape, start: int, known: str | None) -> JsonObject:
    stop = start + _page_size(call)
    records = [made.shown(row) for row in cursor.rows[start:stop]]
    page: JsonObject = {"totalSize": len(cursor.rows), "done": stop >= len(cursor.rows), "records": records}
    if not page["done"]:
        known = known or _kept(call, cursor)
        page["nextRecordsUrl"] = f"{call.root}/query/{known}-{stop}"
    return page


def _kept(call: Call, cursor: Cursor) -> str:
    """Keeps a cursor for later pages, and lets go of those that are over."""
    cursors = call.org.cursors
    for known in [known for known, row in cursors.items() if call.now_ms - row.made_ms > LOCATOR_LIFE_MS]:
        del cursors[known]
    made = call.org.take_serial("0r8")
    cursors[made] = cursor
    return made


def _page_size(call: Call) -> int:
    """A hint by the caller, 200 to 2,000; the vendor may give less, and does where told so."""
    match = _BATCH_SIZE.search(call.headers.get("sforce-query-options", ""))
    size = PAGE_DEFAULT if match is None else min(PAGE_MAX, max(PAGE_MIN, int(match.group(1))))
    if call.org.trouble.shrinks_pages:
        return random.Random(f"{call.now_ms}").randint(max(1, size // 4), size)
    return size
