"""What tests and demos may do to the sandbox, under `/_sandbox`; time does not pass here."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from detente_sandbox.clock import instant_text, parse_instant
from detente_sandbox.hubspot.facts import ApiError
from detente_sandbox.hubspot.kinds import ObjectKind, kind_of
from detente_sandbox.hubspot.records import Row, Source
from detente_sandbox.hubspot.rendering import renderer
from detente_sandbox.hubspot.tokens import GRANTED
from detente_sandbox.hubspot.writing import approved, archive, change, insert, new_values
from detente_sandbox.sandbox import Sandbox
from detente_sandbox.view import Page, page_html, page_of, page_text

Endpoint = Callable[[Request], Awaitable[Response]]
HUMAN = Source.human(9_100_001)


class RefusedError(Exception):
    """A request to the administration that cannot be done."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def _json(content: object, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")


def _guarded(endpoint: Endpoint) -> Endpoint:
    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except RefusedError as error:
            return _json({"message": str(error)}, error.status)
        except ApiError as error:
            return _json(error.body, error.status)
        except (ValueError, KeyError, TypeError) as error:
            return _json({"message": str(error)}, 400)

    return guarded


async def _body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    parsed = orjson.loads(raw) if raw else {}
    if not isinstance(parsed, dict):
        raise ValueError("a JSON object is expected")
    return parsed


class Administration:
    """Endpoints over one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """All routes below `/_sandbox`."""
        table: tuple[tuple[str, str, Endpoint], ...] = (
            ("GET", "/clock", self.read_clock),
            ("POST", "/clock", self.move_clock),
            ("POST", "/reset", self.reset),
            ("GET", "/state", self.state),
            ("GET", "/truth", self.truth),
            ("GET", "/unknown", self.unknown),
            ("GET", "/requests", self.requests),
            ("DELETE", "/requests", self.clear_requests),
            ("GET", "/requests/counts", self.request_counts),
            ("GET", "/faults", self.list_faults),
            ("POST", "/faults", self.add_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("GET", "/limits", self.read_limits),
            ("PUT", "/limits", self.set_limits),
            ("PUT", "/tokens/{name}", self.set_token),
            ("GET", "/objects/{type}", self.read_all),
            ("POST", "/objects/{type}", self.create),
            ("GET", "/objects/{type}/{id}", self.read),
            ("PATCH", "/objects/{type}/{id}", self.edit),
            ("DELETE", "/objects/{type}/{id}", self.archive),
            ("GET", "/view/{type}/{id}", self.view),
        )
        return [Route(path, _guarded(endpoint), methods=[method]) for method, path, endpoint in table]

    async def read_clock(self, request: Request) -> Response:
        return _json({"now": instant_text(self._sandbox.clock.now_ms)})

    async def move_clock(self, request: Request) -> Response:
        body, clock = await _body(request), self._sandbox.clock
        if set(body) not in ({"advance_s"}, {"to"}):
            raise ValueError('send {"advance_s": seconds} or {"to": "ISO instant"}')
        target = parse_instant(body["to"]) if "to" in body else clock.now_ms + round(body["advance_s"] * 1000)
        try:
            clock.move_to(target)
        except ValueError as error:
            raise RefusedError(409, str(error)) from error
        return await self.read_clock(request)

    async def reset(self, request: Request) -> Response:
        self._sandbox.reset()
        return await self.read_clock(request)

    async def state(self, request: Request) -> Response:
        portal = self._sandbox.portal
        shown = portal.each_store(
            lambda store: {
                "count": len(store.live),
                "archived": len(store.archived),
                "digest": store.digest(),
            }
        )
        return _json(shown)

    async def truth(self, request: Request) -> Response:
        return _json(self._sandbox.portal.truth)

    async def unknown(self, request: Request) -> Response:
        return _json(self._sandbox.portal.unknown)

    async def requests(self, request: Request) -> Response:
        journal = self._sandbox.journal
        since = int(request.query_params.get("since", "0"))
        return _json({"last": journal.last, "requests": list(journal.since(since))})

    async def clear_requests(self, request: Request) -> Response:
        self._sandbox.journal.clear()
        return _json({"last": self._sandbox.journal.last})

    async def request_counts(self, request: Request) -> Response:
        return _json(self._sandbox.journal.counts())

    async def list_faults(self, request: Request) -> Response:
        return _json(self._sandbox.faults.shown())

    async def add_fault(self, request: Request) -> Response:
        return _json(self._sandbox.faults.add(await _body(request)).shown())

    async def clear_faults(self, request: Request) -> Response:
        self._sandbox.faults.clear()
        return _json([])

    async def read_limits(self, request: Request) -> Response:
        limits, store = self._sandbox.limits, self._sandbox.portal.stores["companies"]
        return _json(
            {
                "ten_secondly": limits.ten_secondly,
                "daily": limits.daily,
                "search_per_second": limits.search_per_second,
                "search_lag_s": store.index.lag_ms / 1000,
            }
        )

    async def set_limits(self, request: Request) -> Response:
        body, limits = await _body(request), self._sandbox.limits
        lag_s = body.pop("search_lag_s", None)
        unknown = set(body) - {"ten_secondly", "daily", "search_per_second"}
        if unknown:
            raise ValueError(f"unknown limits {sorted(unknown)}")
        for name, value in body.items():
            setattr(limits, name, None if value is None else int(value))
        if lag_s is not None:
            self._sandbox.portal.set_search_lag(round(lag_s * 1000))
        return await self.read_limits(request)

    async def set_token(self, request: Request) -> Response:
        body, name = await _body(request), request.path_params["name"]
        for token in self._sandbox.portal.tokens.values():
            if token.name == name:
                token.is_revoked = bool(body.get("revoked", token.is_revoked))
                if "scopes" in body:
                    token.scopes = (
                        GRANTED[name] if body["scopes"] is None else frozenset(map(str, body["scopes"]))
                    )
                return _json({"name": name, "scopes": sorted(token.scopes), "revoked": token.is_revoked})
        raise RefusedError(404, f"no app is called {name!r}; known are admin, sync, readonly")

    def _kind(self, request: Request) -> ObjectKind:
        kind = kind_of(request.path_params["type"])
        if kind is None:
            raise RefusedError(404, f"no object type {request.path_params['type']!r}")
        return kind

    def _row(self, request: Request, kind: ObjectKind) -> Row:
        text = request.path_params["id"]
        row = self._sandbox.portal.store(kind).find(int(text)) if text.isdigit() else None
        if row is None:
            raise RefusedError(404, f"no live record {text} of {kind.name}")
        return row

    def _raw(self, kind: ObjectKind, row: Row) -> dict[str, Any]:
        portal = self._sandbox.portal
        names = list(portal.definitions[kind.name])
        return renderer(portal, kind, names, names)(row)

    async def create(self, request: Request) -> Response:
        kind, body, portal = self._kind(request), await _body(request), self._sandbox.portal
        values = new_values(portal, kind, body.get("properties"))
        row = insert(portal, kind, values, HUMAN, self._sandbox.clock.now_ms)
        for company in body.get("companies", ()):
            portal.graph.link((kind.name, "companies"), row.id, int(company), primary=True)
        return _json(self._raw(kind, row), 201)

    async def read(self, request: Request) -> Response:
        kind = self._kind(request)
        return _json(self._raw(kind, self._row(request, kind)))

    async def read_all(self, request: Request) -> Response:
        """Every live record with its values, without history."""
        kind, portal = self._kind(request), self._sandbox.portal
        store = portal.store(kind)
        shown = renderer(portal, kind, list(portal.definitions[kind.name]), ())
        return _json([shown(store.rows[record_id]) for record_id in store.live])

    async def edit(self, request: Request) -> Response:
        kind, body, portal = self._kind(request), await _body(request), self._sandbox.portal
        row = self._row(request, kind)
        values = approved(portal, kind, body.get("properties"), row.id)
        return _json(self._raw(kind, change(portal, kind, row, values, HUMAN, self._sandbox.clock.now_ms)))

    async def archive(self, request: Request) -> Response:
        kind = self._kind(request)
        row = self._row(request, kind)
        archive(self._sandbox.portal, kind, row, self._sandbox.clock.now_ms)
        return _json({"id": str(row.id), "archived": True})

    async def view(self, request: Request) -> Response:
        kind = self._kind(request)
        page: Page = page_of(self._sandbox.portal, kind, self._row(request, kind))
        if request.query_params.get("as") == "text":
            return PlainTextResponse(page_text(page))
        return HTMLResponse(page_html(page))
