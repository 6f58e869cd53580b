"""From a request to the answer of the org's API: versions, sign-in and limits; the rest is in `routes`."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson

from detente_sandbox.salesforce import oauth
from detente_sandbox.salesforce.apps import App
from detente_sandbox.salesforce.bulk_jobs import advance
from detente_sandbox.salesforce.call import VERSION, Answer, Call, read_query, version_in
from detente_sandbox.salesforce.facts import (
    DAY_MS,
    DELETED_DAYS,
    NEWEST_VERSION,
    OLDEST_VERSION,
    SEASONS,
    URI_MAX,
    ApiError,
    UnknownBehaviourError,
    concurrent_limit,
    session_expired,
    uri_too_long,
)
from detente_sandbox.salesforce.moments import instant_of
from detente_sandbox.salesforce.org import Org
from detente_sandbox.salesforce.routes import answer, find_route, segments_of
from detente_sandbox.vendor import Reply, Request

JSON = "application/json;charset=UTF-8"
TOKEN_PATH, REVOKE_PATH = "/services/oauth2/token", "/services/oauth2/revoke"
DATA_PATH = "/services/data"


class Front:
    """Answers what is asked of one org."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def reply(self, request: Request, now_ms: int) -> Reply:
        """The answer to a request, whatever it is."""
        if request.path.startswith("/services/oauth2/"):
            return self._tried(request, Reply(0), lambda: self._oauth(request, now_ms))
        header = self._org.limits.header(now_ms)
        app = self._signed_in(request, now_ms)
        reply = Reply(0, headers=header, app=app.name if app else "")
        reply = self._tried(request, reply, lambda: self._answer(request, app, now_ms))
        return replace(reply, headers={**reply.headers, **self._org.limits.header(now_ms)})

    def kind_of(self, request: Request) -> str:
        """What the journal calls a request."""
        if request.path == TOKEN_PATH:
            return "token"
        named = VERSION.match(request.path)
        if named is None:
            return "versions" if request.path.rstrip("/") == DATA_PATH else "other"
        route = find_route(request.method, segments_of(request.path[named.end() :]))
        return route[0].kind if route else "other"

    def _tried(self, request: Request, reply: Reply, ask: Callable[[], Answer]) -> Reply:
        try:
            return _sent(reply, ask())
        except UnknownBehaviourError as error:
            self._org.note_unknown(request.method, request.path, request.query, str(error))
            text = f"The sandbox does not know what the vendor does here: {error}"
            return _sent(reply, Answer([{"message": text, "errorCode": "SANDBOX_UNKNOWN"}], 501))
        except ApiError as error:
            return _sent(reply, Answer(error.body, error.status, error.headers))

    def _answer(self, request: Request, app: App | None, now_ms: int) -> Answer:
        version = _version(request)
        if version is None:
            return _versions()
        if app is None:
            raise session_expired()
        self._take(now_ms)
        self._catch_up(now_ms)
        call = Call(
            self._org,
            app,
            version,
            request.method,
            request.path,
            read_query(request.query),
            dict(request.headers),
            request.raw,
            now_ms,
            request.base_url,
        )
        return answer(call)

    def _take(self, now_ms: int) -> None:
        """Counts the call. Raises: ApiError 403 when too many run at once, or too many ran."""
        trouble = self._org.trouble
        if trouble.refused_calls > 0:
            trouble.refused_calls -= 1
            raise concurrent_limit()
        self._org.limits.take(now_ms)

    def _catch_up(self, now_ms: int) -> None:
        """What went on since the last call: jobs ran, and what lay in the bin for 15 days is gone (9.3)."""
        advance(self._org, now_ms)
        until = instant_of(now_ms - DELETED_DAYS * DAY_MS)
        for store in self._org.stores.values():
            if store.bin:
                store.purge(until)

    def _signed_in(self, request: Request, now_ms: int) -> App | None:
        name = self._org.sessions.app_of(request.bearer, now_ms)
        app = self._org.apps.get(name) if name is not None else None
        return None if app is None or app.is_revoked else app

    def _oauth(self, request: Request, now_ms: int) -> Answer:
        headers = dict(request.headers)
        if request.method == "POST" and request.path == TOKEN_PATH:
            return oauth.token(self._org, request.raw, headers, request.base_url, now_ms)
        if request.method == "POST" and request.path == REVOKE_PATH:
            return oauth.revoke(self._org, request.raw, read_query(request.query))
        raise UnknownBehaviourError(f"{request.method} {request.path} is not simulated")


def _version(request: Request) -> str | None:
    """The API version of a path; None for the list of versions. Raises: ApiError 410 or 414."""
    if request.path.rstrip("/") == DATA_PATH:
        return None
    if len(request.path) + len(request.query) > URI_MAX:
        raise uri_too_long()
    return version_in(request.path)


def _versions() -> Answer:
    """All versions that answer, oldest first. Introduction of the reference."""
    rows = [
        {"label": _season(number), "url": f"{DATA_PATH}/v{number}.0", "version": f"{number}.0"}
        for number in range(OLDEST_VERSION, NEWEST_VERSION + 1)
    ]
    return Answer(rows)


def _season(number: int) -> str:
    """The name of a release; those that the reference does not tell follow three a year [U]."""
    word = ("Spring", "Summer", "Winter")[number % 3]
    year = 26 + (number - 66) // 3 + (1 if number % 3 == 2 else 0)
    return SEASONS.get(number, f"{word} '{year}")


def _sent(reply: Reply, given: Answer) -> Reply:
    """An answer as it goes over the wire."""
    content = given.content
    if content is None:
        return replace(reply, status=given.status, headers={**reply.headers, **given.headers})
    body = content if isinstance(content, bytes) else _encoded(content)
    headers = {**reply.headers, "content-type": JSON, **given.headers}
    return replace(reply, status=given.status, body=body, headers=headers)


def _encoded(content: Any) -> bytes:
    return content.encode() if isinstance(content, str) else orjson.dumps(content)
