"""A vendor's API as an ASGI application: from bytes to bytes, with faults, journal and the simulated date."""

import asyncio
from urllib.parse import unquote

import orjson
from starlette.types import Receive, Scope, Send

from detente_sandbox.clock import Clock, instant_text
from detente_sandbox.connections import drop_connection
from detente_sandbox.faults import Action
from detente_sandbox.journal import Asked
from detente_sandbox.vendor import Reply, Request, Vendor

JSON = "application/json;charset=utf-8"


class Api:
    """Serves everything of one vendor outside `/_sandbox`."""

    def __init__(self, vendor: Vendor, clock: Clock) -> None:
        self._vendor = vendor
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        vendor = self._vendor
        request = await _read(scope, receive, vendor.journal.next_seq())
        now_ms = self._clock.tick()
        action = vendor.faults.take(request.method, request.path)
        if action is not None and action.hang_s:
            await asyncio.sleep(action.hang_s)
        goes_through = action is None or _goes_through(action)
        reply = vendor.reply(request, now_ms) if goes_through else Reply(0)
        if action is not None and (action.drop or action.status is not None):
            reply = _spoiled(action, reply)
        at = instant_text(now_ms)
        vendor.journal.add(
            Asked(
                request.seq,
                request.method,
                request.path,
                vendor.kind_of(request),
                reply.status,
                at,
                reply.app,
            )
        )
        if action is not None and action.drop:
            await drop_connection(scope, receive)
        else:
            await _send(send, reply, self._clock.http_date())


async def _read(scope: Scope, receive: Receive, seq: int) -> Request:
    chunks, more = [], True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    base_url = f"{scope['scheme']}://{headers.get('host', '')}"
    return Request(seq, scope["method"], unquote(scope["path"]), query, headers, b"".join(chunks), base_url)


def _goes_through(action: Action) -> bool:
    return action.apply or (action.status is None and not action.drop)


def _spoiled(action: Action, reply: Reply) -> Reply:
    is_text = isinstance(action.body, str)
    body = action.body.encode() if is_text else orjson.dumps(action.body)
    kind = "text/html" if is_text and action.body.lstrip().startswith("<") else JSON
    return Reply(action.status or 0, body, {"content-type": kind, **action.headers}, reply.app)


async def _send(send: Send, reply: Reply, date: str) -> None:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()
    ]
    headers += [(b"date", date.encode("ascii")), (b"content-length", str(len(reply.body)).encode("ascii"))]
    if reply.status in (204, 304):
        headers.pop()
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
