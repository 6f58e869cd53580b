"""What tests and demos may do to the sandbox, under `/_sandbox` of each vendor; time does not pass here."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from detente_sandbox.clock import instant_text, parse_instant
from detente_sandbox.sandbox import Sandbox
from detente_sandbox.vendor import Json, RefusedError, Vendor
from detente_sandbox.view import page_html, page_text

Endpoint = Callable[[Request], Awaitable[Response]]


def _json(content: object, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")


def _guarded(endpoint: Endpoint) -> Endpoint:
    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except RefusedError as error:
            return _json({"message": str(error)}, error.status)
        except (ValueError, KeyError, TypeError) as error:
            return _json({"message": str(error)}, 400)

    return guarded


async def _body(request: Request) -> Json:
    raw = await request.body()
    parsed: Any = orjson.loads(raw) if raw else {}
    if not isinstance(parsed, dict):
        raise ValueError("a JSON object is expected")
    return parsed


class Administration:
    """Endpoints over one vendor of the sandbox; clock, reset and moments are the whole firm's."""

    def __init__(self, sandbox: Sandbox, vendor: Vendor) -> None:
        self._sandbox = sandbox
        self._vendor = vendor

    def routes(self) -> list[Route]:
        """All routes below `/_sandbox`."""
        table: tuple[tuple[str, str, Endpoint], ...] = (
            ("GET", "/clock", self.read_clock),
            ("POST", "/clock", self.move_clock),
            ("POST", "/reset", self.reset),
            ("PUT", "/moments/{name}", self.keep),
            ("POST", "/moments/{name}", self.bring_back),
            ("GET", "/state", self.state),
            ("GET", "/truth", self.truth),
            ("GET", "/identities", self.identities),
            ("GET", "/unknown", self.unknown),
            ("GET", "/requests", self.requests),
            ("DELETE", "/requests", self.clear_requests),
            ("GET", "/requests/counts", self.request_counts),
            ("GET", "/faults", self.list_faults),
            ("POST", "/faults", self.add_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("GET", "/limits", self.read_limits),
            ("PUT", "/limits", self.set_limits),
            ("PUT", "/tokens/{name}", self.set_app),
            ("POST", "/act/{verb}", self.act),
            ("GET", "/objects/{type}", self.list_records),
            ("POST", "/objects/{type}", self.create),
            ("GET", "/objects/{type}/{id}", self.read),
            ("PATCH", "/objects/{type}/{id}", self.edit),
            ("DELETE", "/objects/{type}/{id}", self.delete),
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

    async def keep(self, request: Request) -> Response:
        self._sandbox.keep(request.path_params["name"])
        return await self.read_clock(request)

    async def bring_back(self, request: Request) -> Response:
        name = request.path_params["name"]
        try:
            self._sandbox.bring_back(name)
        except KeyError as error:
            raise RefusedError(404, f"no moment was kept as {name!r}") from error
        return await self.read_clock(request)

    async def state(self, request: Request) -> Response:
        return _json(self._vendor.state())

    async def truth(self, request: Request) -> Response:
        return _json(self._vendor.truth())

    async def identities(self, request: Request) -> Response:
        return _json(self._vendor.identities())

    async def unknown(self, request: Request) -> Response:
        return _json(self._vendor.unknown)

    async def requests(self, request: Request) -> Response:
        journal = self._vendor.journal
        since = int(request.query_params.get("since", "0"))
        return _json({"last": journal.last, "requests": list(journal.since(since))})

    async def clear_requests(self, request: Request) -> Response:
        self._vendor.journal.clear()
        return _json({"last": self._vendor.journal.last})

    async def request_counts(self, request: Request) -> Response:
        return _json(self._vendor.journal.counts())

    async def list_faults(self, request: Request) -> Response:
        return _json(self._vendor.faults.shown())

    async def add_fault(self, request: Request) -> Response:
        return _json(self._vendor.faults.add(await _body(request)).shown())

    async def clear_faults(self, request: Request) -> Response:
        self._vendor.faults.clear()
        return _json([])

    async def read_limits(self, request: Request) -> Response:
        return _json(self._vendor.limits())

    async def set_limits(self, request: Request) -> Response:
        return _json(self._vendor.set_limits(await _body(request)))

    async def set_app(self, request: Request) -> Response:
        return _json(self._vendor.set_app(request.path_params["name"], await _body(request)))

    async def act(self, request: Request) -> Response:
        return _json(self._vendor.act(request.path_params["verb"], await _body(request)))

    async def list_records(self, request: Request) -> Response:
        return _json(self._vendor.list_records(request.path_params["type"]))

    async def create(self, request: Request) -> Response:
        return _json(self._vendor.create_record(request.path_params["type"], await _body(request)), 201)

    async def read(self, request: Request) -> Response:
        return _json(self._vendor.read_record(*_record(request)))

    async def edit(self, request: Request) -> Response:
        return _json(self._vendor.edit_record(*_record(request), await _body(request)))

    async def delete(self, request: Request) -> Response:
        return _json(self._vendor.delete_record(*_record(request)))

    async def view(self, request: Request) -> Response:
        page = self._vendor.page(*_record(request))
        if request.query_params.get("as") == "text":
            return PlainTextResponse(page_text(page))
        return HTMLResponse(page_html(page))


def _record(request: Request) -> tuple[str, str]:
    return request.path_params["type"], request.path_params["id"]
