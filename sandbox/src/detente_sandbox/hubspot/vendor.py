"""HubSpot as a vendor of the sandbox: one portal, its API's answers, and a person's hands in it."""

from dataclasses import replace
from typing import ClassVar
from urllib.parse import parse_qs

import orjson

from detente_sandbox.clock import Clock
from detente_sandbox.hubspot.call import Answer, Call
from detente_sandbox.hubspot.facts import (
    QUERY_MAX,
    ApiError,
    UnknownBehaviourError,
    bad_token,
    url_too_long,
)
from detente_sandbox.hubspot.kinds import ObjectKind, kind_of
from detente_sandbox.hubspot.limits import Limits
from detente_sandbox.hubspot.page import page_of
from detente_sandbox.hubspot.portal import Portal
from detente_sandbox.hubspot.records import Row, Source
from detente_sandbox.hubspot.rendering import renderer
from detente_sandbox.hubspot.routes import Route, find_route, without_version
from detente_sandbox.hubspot.shape import portal_of, record_id
from detente_sandbox.hubspot.tokens import GRANTED, Token
from detente_sandbox.hubspot.writing import approved, archive, change, insert, new_values
from detente_sandbox.options import Options
from detente_sandbox.vendor import Json, RecordKind, RefusedError, Reply, Request, Vendor
from detente_sandbox.view import Page
from detente_sandbox.world.model import World

JSON = "application/json;charset=utf-8"
HUMAN = Source.human(9_100_001)
TYPES: dict[RecordKind, str] = {"account": "companies", "deal": "deals", "ticket": "tickets"}


class HubSpot(Vendor):
    """One portal. Types are the API's plurals, ids its numbers; see the README for what is simulated."""

    name: ClassVar[str] = "hubspot"

    def __init__(self, clock: Clock, options: Options) -> None:
        super().__init__(clock, options)
        self._limits = Limits(enforced=options.has_limits)

    def load(self, share: World) -> None:
        self._limits.reset()
        self._portal: Portal = portal_of(share, self.clock, self._limits)

    def reply(self, request: Request, now_ms: int) -> Reply:
        reply = Reply(0)
        try:
            if len(request.query) > QUERY_MAX:
                raise url_too_long()
            token = self._sign_in(request)
            reply = replace(reply, app=token.name)
            route, version, taken = _routed(request)
            headers = self._limits.take(
                token.name, now_ms, is_search=route.kind == "search", request_id=_correlation(request.seq)
            )
            reply = replace(reply, headers=headers)
            query = parse_qs(request.query, keep_blank_values=True)
            call = Call(self._portal, token, version, query, request.raw, now_ms, request.path)
            return _answered(reply, route.handler(call, *taken))
        except UnknownBehaviourError as error:
            return self._unknown(request, reply, str(error))
        except ApiError as error:
            return _refused(reply, error, request)

    def kind_of(self, request: Request) -> str:
        found = without_version(request.path)
        route = find_route(request.method, found[1]) if found else None
        return route[0].kind if route else "other"

    def credentials(self) -> Json:
        return {"tokens": {token.name: token.secret for token in self._portal.tokens.values()}}

    def path_of(self, kind: RecordKind, key: int) -> str:
        return f"{TYPES[kind]}/{record_id(TYPES[kind], key)}"

    def state(self) -> Json:
        return self._portal.each_store(
            lambda store: {
                "count": len(store.live),
                "archived": len(store.archived),
                "digest": store.digest(),
            }
        )

    def limits(self) -> Json:
        limits = self._limits
        return {
            "ten_secondly": limits.ten_secondly,
            "daily": limits.daily,
            "search_per_second": limits.search_per_second,
            "search_lag_s": self._portal.stores["companies"].index.lag_ms / 1000,
        }

    def set_limits(self, body: Json) -> Json:
        lag_s = body.pop("search_lag_s", None)
        unknown = set(body) - {"ten_secondly", "daily", "search_per_second"}
        if unknown:
            raise ValueError(f"unknown limits {sorted(unknown)}")
        for name, value in body.items():
            setattr(self._limits, name, None if value is None else int(value))
        if lag_s is not None:
            self._portal.set_search_lag(round(lag_s * 1000))
        return self.limits()

    def set_app(self, name: str, body: Json) -> Json:
        for token in self._portal.tokens.values():
            if token.name == name:
                token.is_revoked = bool(body.get("revoked", token.is_revoked))
                if "scopes" in body:
                    asked = body["scopes"]
                    token.scopes = GRANTED[name] if asked is None else frozenset(map(str, asked))
                return {"name": name, "scopes": sorted(token.scopes), "revoked": token.is_revoked}
        raise RefusedError(404, f"no app is called {name!r}; known are admin, sync, readonly")

    def list_records(self, type_name: str) -> list[Json]:
        kind, portal = _kind(type_name), self._portal
        store = portal.store(kind)
        shown = renderer(portal, kind, list(portal.definitions[kind.name]), ())
        return [shown(store.rows[record_id]) for record_id in store.live]

    def read_record(self, type_name: str, record_id: str) -> Json:
        kind = _kind(type_name)
        return self._raw(kind, self._row(kind, record_id))

    def create_record(self, type_name: str, body: Json) -> Json:
        kind, portal = _kind(type_name), self._portal
        try:
            row = insert(
                portal, kind, new_values(portal, kind, body.get("properties")), HUMAN, self.clock.now_ms
            )
        except ApiError as error:
            raise _told_to_people(error) from error
        for company in body.get("companies", ()):
            portal.graph.link((kind.name, "companies"), row.id, int(company), primary=True)
        return self._raw(kind, row)

    def edit_record(self, type_name: str, record_id: str, body: Json) -> Json:
        kind, portal = _kind(type_name), self._portal
        row = self._row(kind, record_id)
        try:
            values = approved(portal, kind, body.get("properties"), row.id)
            return self._raw(kind, change(portal, kind, row, values, HUMAN, self.clock.now_ms))
        except ApiError as error:
            raise _told_to_people(error) from error

    def delete_record(self, type_name: str, record_id: str) -> Json:
        kind = _kind(type_name)
        row = self._row(kind, record_id)
        archive(self._portal, kind, row, self.clock.now_ms)
        return {"id": str(row.id), "archived": True}

    def page(self, type_name: str, record_id: str) -> Page:
        kind = _kind(type_name)
        return page_of(self._portal, kind, self._row(kind, record_id))

    def _row(self, kind: ObjectKind, text: str) -> Row:
        row = self._portal.store(kind).find(int(text)) if text.isdigit() else None
        if row is None:
            raise RefusedError(404, f"no live record {text} of {kind.name}")
        return row

    def _raw(self, kind: ObjectKind, row: Row) -> Json:
        names = list(self._portal.definitions[kind.name])
        return renderer(self._portal, kind, names, names)(row)

    def _sign_in(self, request: Request) -> Token:
        token = self._portal.tokens.get(request.bearer)
        if token is None or token.is_revoked:
            raise bad_token()
        return token

    def _unknown(self, request: Request, reply: Reply, why: str) -> Reply:
        self.unknown.append(
            {
                "method": request.method,
                "path": request.path,
                "query": request.query,
                "why": why,
                "seq": request.seq,
            }
        )
        text = f"The sandbox does not know what the vendor does here: {why}"
        body = {"status": "error", "message": text, "category": "SANDBOX_UNKNOWN"}
        headers = {**reply.headers, "content-type": JSON}
        return replace(reply, status=501, body=orjson.dumps(body), headers=headers)


def _kind(type_name: str) -> ObjectKind:
    kind = kind_of(type_name)
    if kind is None:
        raise RefusedError(404, f"no object type {type_name!r}")
    return kind


def _told_to_people(error: ApiError) -> RefusedError:
    message = error.body if isinstance(error.body, str) else str(error.body.get("message", ""))
    return RefusedError(error.status, message)


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


def _correlation(seq: int) -> str:
    text = f"{seq:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
