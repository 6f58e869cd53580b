"""The vendor's API as an ASGI application: from a request to an answer."""

import asyncio
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, unquote

import orjson
from starlette.types import Receive, Scope, Send

from detente_sandbox.clock import instant_text
from detente_sandbox.connections import drop_connection
from detente_sandbox.faults import Action
from detente_sandbox.hubspot.call import Answer, Call
from detente_sandbox.hubspot.facts import (
    QUERY_MAX,
    ApiError,
    UnknownBehaviourError,
    bad_token,
    url_too_long,
)
from detente_sandbox.hubspot.routes import Route, find_route, without_version
from detente_sandbox.hubspot.tokens import Token
from detente_sandbox.journal import Asked
from detente_sandbox.sandbox import Sandbox

JSON = "application/json;charset=utf-8"


@dataclass(frozen=True)
class Request:
    """A request as it came, with its number."""

    seq: int
    method: str
    path: str
    query: str
    bearer: str
    raw: bytes


@dataclass(frozen=True)
class Reply:
    """What goes over the wire."""

    status: int
    body: bytes
    headers: dict[str, str]
    kind: str = "other"
    token: str = ""


class Api:
    """Serves everything outside `/_sandbox`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sandbox = self._sandbox
        request = await _read(scope, receive, sandbox.journal.next_seq())
        now_ms = sandbox.clock.tick()
        action = sandbox.faults.take(request.method, request.path)
        if action is not None and action.hang_s:
            await asyncio.sleep(action.hang_s)
        reply = self._reply(request, now_ms) if action is None or _goes_through(action) else Reply(0, b"", {})
        if action is not None and (action.drop or action.status is not None):
            reply = _spoiled(action, reply)
        self._note(request, reply, now_ms)
        if action is not None and action.drop:
            await drop_connection(scope, receive)
        else:
            await _send(send, reply, sandbox.clock.http_date())

    def _reply(self, request: Request, now_ms: int) -> Reply:
        reply = Reply(0, b"", {})
        try:
            if len(request.query) > QUERY_MAX:
                raise url_too_long()
            token = self._sign_in(request)
            reply = replace(reply, token=token.name)
            route, version, taken = _routed(request)
            is_search = route.kind == "search"
            limits = self._sandbox.limits
            headers = limits.take(
                token.name, now_ms, is_search=is_search, request_id=_correlation(request.seq)
            )
            reply = replace(reply, kind=route.kind, headers=headers)
            query = parse_qs(request.query, keep_blank_values=True)
            call = Call(self._sandbox.portal, token, version, query, request.raw, now_ms, request.path)
            return _answered(reply, route.handler(call, *taken))
        except UnknownBehaviourError as error:
            return self._unknown(request, reply, str(error))
        except ApiError as error:
            return _refused(reply, error, request)

    def _sign_in(self, request: Request) -> Token:
        token = self._sandbox.portal.tokens.get(request.bearer)
        if token is None or token.is_revoked:
            raise bad_token()
        return token

    def _unknown(self, request: Request, reply: Reply, why: str) -> Reply:
        row = {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "why": why,
            "seq": request.seq,
        }
        self._sandbox.portal.unknown.append(row)
        text = f"The sandbox does not know what the vendor does here: {why}"
        body = {"status": "error", "message": text, "category": "SANDBOX_UNKNOWN"}
        return replace(
            reply, status=501, body=orjson.dumps(body), headers={**reply.headers, "content-type": JSON}
        )

    def _note(self, request: Request, reply: Reply, now_ms: int) -> None:
        found = without_version(request.path)
        route = find_route(request.method, found[1]) if found else None
        kind = route[0].kind if route else "other"
        at = instant_text(now_ms)
        row = Asked(request.seq, request.method, request.path, kind, reply.status, at, reply.token)
        self._sandbox.journal.add(row)


async def _read(scope: Scope, receive: Receive, seq: int) -> Request:
    chunks, more = [], True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    headers = dict(scope["headers"])
    bearer = headers.get(b"authorization", b"").decode("latin-1").removeprefix("Bearer ").strip()
    query = scope["query_string"].decode("latin-1")
    return Request(seq, scope["method"], unquote(scope["path"]), query, bearer, b"".join(chunks))


def _goes_through(action: Action) -> bool:
    return action.apply or (action.status is None and not action.drop)


def _routed(request: Request) -> tuple[Route, str, tuple[str, ...]]:
    found = without_version(request.path)
    if found is None:
        raise UnknownBehaviourError("no known API version in the path")
    version, segments = found
    match = find_route(request.method, segments)
    if match is None:
        raise UnknownBehaviourError(f"{request.method} {'/'.join(segments)} is not simulated")
    return match[0], version, match[1]


def _answered(reply: Reply, answer: Answer) -> Reply:
    if answer.content is None:
        return replace(reply, status=answer.status)
    body = orjson.dumps(answer.content)
    return replace(reply, status=answer.status, body=body, headers={**reply.headers, "content-type": JSON})


def _refused(reply: Reply, error: ApiError, request: Request) -> Reply:
    headers = {**reply.headers, "content-type": JSON, **error.headers}
    if isinstance(error.body, str):
        return replace(reply, status=error.status, body=error.body.encode(), headers=headers)
    body = {**error.body, "correlationId": _correlation(request.seq)}
    return replace(reply, status=error.status, body=orjson.dumps(body), headers=headers)


def _spoiled(action: Action, reply: Reply) -> Reply:
    is_text = isinstance(action.body, str)
    body = action.body.encode() if is_text else orjson.dumps(action.body)
    kind = "text/html" if is_text and action.body.lstrip().startswith("<") else JSON
    headers = {"content-type": kind, **action.headers}
    return Reply(action.status or 0, body, headers, reply.kind, reply.token)


def _correlation(seq: int) -> str:
    text = f"{seq:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


async def _send(send: Send, reply: Reply, date: str) -> None:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()
    ]
    headers += [(b"date", date.encode("ascii")), (b"content-length", str(len(reply.body)).encode("ascii"))]
    if reply.status == 204:
        headers.pop()
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
