"""Zendesk over HTTP: exports, cursor lists, records by id, update jobs, fields. No domain words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from detente_connector_kit import Call, RefusedCallError, Transport, UnknownResultError
from detente_contracts import ConfigurationError, UnavailableError

from detente_zendesk.manners import ACCOUNT, EXPORTS, JOBS

Json = dict[str, Any]

PAGE = 100
BATCH = 100
EXPORT_PAGE = 1_000

_EMPTY_PAGES = 5
"""Empty pages in a row that an export may bring without getting on."""

_API = "/api/v2"
_TOO_RECENT = "StartTimeTooRecent"


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a list, and where it goes on; `after` is None at its end."""

    rows: Sequence[Json]
    after: str | None


@dataclass(frozen=True, slots=True)
class TimePage:
    """Rows of an export by time. The next page starts at `end`, seconds since the epoch, that one included.

    `is_last`: nothing more is to be had now.
    """

    rows: Sequence[Json]
    end: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class CursorPage:
    """Rows of an export by cursor. `after` is where the next page starts, now or at any later time."""

    rows: Sequence[Json]
    after: str
    is_last: bool


class CursorRefusedError(Exception):
    """A stored cursor of an export is not taken any more: read on from a time."""


class ZendeskClient:
    """The paths of one account. Pages are asked for by what they tell, never by a link that they carry."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def probe(self) -> None:
        """Read a little that needs a credential.

        `users/me` would not do: it answers 200 to anybody.
        """
        self._get("/organizations", "probe", (("page[size]", "1"),))

    def exported_since(self, resource: str, start: int, size: int) -> TimePage:
        """What changed at `start` or later, seconds since the epoch; the last minute is held back."""
        query = (("start_time", str(start)), ("per_page", str(size)))
        call = Call("GET", f"{_API}/incremental/{resource}", f"export_{resource}", (EXPORTS, ACCOUNT), query)
        try:
            data = self.transport.send(call).data
        except RefusedCallError as refusal:
            if refusal.body.get("error") == _TOO_RECENT:
                return TimePage((), start, True)
            raise _settings_fault(refusal) from None
        rows = rows_of(data, resource)
        end = data.get("end_time")
        is_last = data.get("end_of_stream", len(rows) < size)
        return TimePage(rows, end if isinstance(end, int) else start, bool(is_last))

    def exported_after(
        self, resource: str, place: str | int, size: int, include: str | None = None
    ) -> CursorPage:
        """The export from `place` on: a cursor, or a time in seconds since the epoch.

        Raises: CursorRefusedError when a cursor is not taken.
        """
        start = ("cursor", place) if isinstance(place, str) else ("start_time", str(place))
        query = (start, ("per_page", str(size)), *((("include", include),) if include else ()))
        path = f"{_API}/incremental/{resource}/cursor"
        call = Call("GET", path, f"export_{resource}", (EXPORTS, ACCOUNT), query)
        for _ in range(_EMPTY_PAGES):
            page = self._cursor_page(call, resource, place)
            # an empty page may come before the end, even without another cursor
            if page.rows or page.is_last or page.after != place:
                return page
        raise UnavailableError(f"Zendesk's export of {resource} does not get on", hint="Try again later")

    def _cursor_page(self, call: Call, resource: str, place: str | int) -> CursorPage:
        try:
            data = self.transport.send(call).data
        except RefusedCallError as refusal:
            if isinstance(place, str) and refusal.status in (400, 404, 410, 422):
                raise CursorRefusedError from None
            raise _settings_fault(refusal) from None
        rows = rows_of(data, resource)
        after = data.get("after_cursor") or (place if isinstance(place, str) else "")
        # rows that lead nowhere are the last ones, or they would come for ever
        leads_on = after not in ("", place)
        return CursorPage(rows, after, bool(data.get("end_of_stream")) or bool(rows and not leads_on))

    def page(
        self, path: str, key: str, after: str | None = None, query: Iterable[tuple[str, str]] = ()
    ) -> Page:
        """One page of a cursor list, lowest id first."""
        place = (("page[after]", after),) if after is not None else ()
        data = self._get(path, f"list_{key}", (*query, ("page[size]", str(PAGE)), *place))
        meta = data.get("meta") or {}
        # the last page may carry a cursor too, and following it never ends
        return Page(rows_of(data, key), meta.get("after_cursor") if meta.get("has_more") else None)

    def all(self, path: str, key: str, query: Iterable[tuple[str, str]] = ()) -> Iterator[Json]:
        """Every row of a cursor list."""
        after: str | None = None
        while True:
            page = self.page(path, key, after, query)
            yield from page.rows
            if page.after is None or page.after == after:
                return
            after = page.after

    def by_ids(self, resource: str, ids: Sequence[str]) -> Sequence[Json]:
        """Those of up to 100 records that are there."""
        data = self._get(f"/{resource}/show_many", f"read_{resource}", (("ids", ",".join(ids)),))
        return rows_of(data, resource)

    def ticket(self, id_: str, include: str) -> Json | None:
        """One ticket with what is sideloaded, which stands in it or beside it; None when it is gone."""
        try:
            data = self._ask(
                Call("GET", f"{_API}/tickets/{id_}", "read_ticket", (ACCOUNT,), (("include", include),))
            )
        except RefusedCallError as refusal:
            if refusal.status == 404:
                return None
            raise _settings_fault(refusal) from None
        return {**{key: value for key, value in data.items() if key != "ticket"}, **_object(data, "ticket")}

    def queue_update(self, resource: str, rows: Sequence[Json]) -> Json:
        """Queue a job that gives each of up to 100 records its own values; the job as it stands then.

        Raises: RefusedCallError; UnknownResultError when the answer was lost: never sent twice.
        """
        path = f"{_API}/{resource}/update_many"
        body = {resource: list(rows)}
        call = Call("PUT", path, "update_job", (JOBS, ACCOUNT), body=body, repeatable=False)
        data = self.transport.send(call).data
        job = data.get("job_status") if isinstance(data, dict) else None
        if not isinstance(job, dict) or not job.get("id"):
            raise UnknownResultError("Zendesk named no job for an update", hint="It is read back first")
        return job

    def jobs(self, ids: Sequence[str]) -> Mapping[str, Json]:
        """How the jobs stand, by id; a job of which nothing is told is left out."""
        data = self._get("/job_statuses/show_many", "poll_jobs", (("ids", ",".join(ids)),))
        return {str(job.get("id")): job for job in rows_of(data, "job_statuses")}

    def create_field(self, path: str, key: str, definition: Json) -> None:
        """Make a field. Raises: RefusedCallError."""
        call = Call(
            "POST", f"{_API}{path}", "create_field", (ACCOUNT,), body={key: definition}, repeatable=False
        )
        self.transport.send(call)

    def change_field(self, path: str, key: str, change: Json) -> None:
        """Change a field. Raises: RefusedCallError."""
        self.transport.send(Call("PUT", f"{_API}{path}", "change_field", (ACCOUNT,), body={key: change}))

    def add_option(self, field_id: str, option: Json) -> None:
        """Add an option to a ticket field, beside those that it has. Raises: RefusedCallError."""
        path = f"{_API}/ticket_fields/{field_id}/options"
        body = {"custom_field_option": option}
        self.transport.send(Call("POST", path, "create_option", (ACCOUNT,), body=body, repeatable=False))

    def _get(self, path: str, purpose: str, query: Iterable[tuple[str, str]]) -> Json:
        try:
            return self._ask(Call("GET", f"{_API}{path}", purpose, (ACCOUNT,), tuple(query)))
        except RefusedCallError as refusal:
            raise _settings_fault(refusal) from None

    def _ask(self, call: Call) -> Json:
        data = self.transport.send(call).data
        if not isinstance(data, dict):
            raise UnavailableError(f"Zendesk answered nothing ({call.purpose})", hint="Try again later")
        return data


def rows_of(data: Any, key: str) -> Sequence[Json]:
    """The rows under `key`.

    Raises: UnavailableError when there are none to be seen: an answer without rows is not an empty one.
    """
    rows = data.get(key) if isinstance(data, dict) else None
    if not isinstance(rows, list):
        raise UnavailableError(f"Zendesk answered without {key}", hint="Try again later")
    return rows


def _object(data: Any, key: str) -> Json:
    found = data.get(key) if isinstance(data, dict) else None
    if not isinstance(found, dict):
        raise UnavailableError(f"Zendesk answered without {key}", hint="Try again later")
    return found


def _settings_fault(refusal: RefusedCallError) -> ConfigurationError:
    """A reading call that is refused is a matter of settings or plan."""
    return ConfigurationError(
        refusal.message, hint="Check subdomain, plan and `mapping` of this connector in the settings"
    )
