"""Zendesk as a vendor of the sandbox: one account, its API's answers, and an agent's hands in it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar
from urllib.parse import parse_qs

import orjson

from detente_sandbox.clock import Clock
from detente_sandbox.options import Options
from detente_sandbox.vendor import Json, RecordKind, RefusedError, Reply, Request, Vendor
from detente_sandbox.view import Page
from detente_sandbox.world.model import World
from detente_sandbox.zendesk import person
from detente_sandbox.zendesk.acts import acts_of
from detente_sandbox.zendesk.call import Answer, Call, whole_number
from detente_sandbox.zendesk.desk import FIRST_ORGANIZATION, FIRST_TICKET, Desk
from detente_sandbox.zendesk.facts import ApiError, UnknownBehaviourError
from detente_sandbox.zendesk.limits import ACCOUNT, Limits
from detente_sandbox.zendesk.oauth import API_TOKEN_EMAIL, issue, sign_in
from detente_sandbox.zendesk.organization_writing import delete as delete_organization
from detente_sandbox.zendesk.page import page_of
from detente_sandbox.zendesk.records import Row, Store
from detente_sandbox.zendesk.routes import find_route
from detente_sandbox.zendesk.setup_routes import anonymous
from detente_sandbox.zendesk.shape import desk_of
from detente_sandbox.zendesk.ticket_writing import delete as delete_ticket
from detente_sandbox.zendesk.tokens import CEILINGS, Actor

JSON = "application/json; charset=utf-8"
SUBDOMAIN = "acme"
OAUTH, MYSELF = "/oauth/tokens", "/api/v2/users/me"


class Zendesk(Vendor):
    """One account. Types are the API's plurals, ids its numbers; see the README for what is simulated."""

    name: ClassVar[str] = "zendesk"

    def __init__(self, clock: Clock, options: Options) -> None:
        super().__init__(clock, options)
        self._limits = Limits(is_enforced=options.has_limits)

    def load(self, share: World) -> None:
        # Zendesk keeps no deals, also where it is the only vendor and its share is the whole world.
        share.deals = []
        share.disagreements = [replace(row, deals=[]) for row in share.disagreements]
        self._limits.reset()
        self._desk: Desk = desk_of(share, self._limits)
        self._desk.unknown = self.unknown

    def reply(self, request: Request, now_ms: int) -> Reply:
        self._desk.settle(now_ms)
        headers: dict[str, str] = {"content-type": JSON}
        reply = Reply(0, headers=headers)
        try:
            self._limits.refuse_at_the_edge()
            told = self._without_credential(request, now_ms)
            if told is not None:
                return replace(reply, status=200, body=_json(told))
            actor = sign_in(self._desk, request.headers.get("authorization", ""), now_ms)
            reply = replace(reply, app=actor.app)
            answer = self._answer(request, actor, now_ms, headers)
            body = b"" if answer.content is None else _json(answer.content)
            return replace(reply, status=answer.status, body=body)
        except UnknownBehaviourError as error:
            return self._unknown(request, reply, str(error))
        except ApiError as error:
            headers.update(error.headers)
            return replace(reply, status=error.status, body=_json(error.body))

    def _without_credential(self, request: Request, now_ms: int) -> Json | None:
        """What is answered before signing in: a token, or that the caller is nobody."""
        path = request.path.removesuffix(".json")
        if (request.method, path) == ("POST", OAUTH):
            return issue(self._desk, request.raw, request.headers.get("content-type", ""), now_ms)
        return anonymous() if path == MYSELF and "authorization" not in request.headers else None

    def _answer(self, request: Request, actor: Actor, now_ms: int, headers: dict[str, str]) -> Answer:
        found = find_route(request.method, request.path)
        if found is None:
            raise UnknownBehaviourError(f"{request.method} {request.path} is not simulated")
        route, taken = found
        query = parse_qs(request.query, keep_blank_values=True)
        call = Call(self._desk, actor, request, query, now_ms, headers)
        call.spend(ACCOUNT)
        if route.limit is not None:
            call.spend(route.limit)
        return route.handler(call, *taken)

    def kind_of(self, request: Request) -> str:
        if request.path.removesuffix(".json") == OAUTH:
            return "token"
        found = find_route(request.method, request.path)
        return found[0].kind if found else "other"

    def credentials(self) -> Json:
        clients = self._desk.tokens.clients
        return {
            "subdomain": SUBDOMAIN,
            "tokens": {name: client.lasting_token for name, client in clients.items()},
            "clients": {
                name: {"client_id": client.identifier, "client_secret": client.secret}
                for name, client in clients.items()
            },
            "api_token": {"email": API_TOKEN_EMAIL, "token": self._desk.tokens.api_token},
        }

    def path_of(self, kind: RecordKind, key: int) -> str:
        if kind == "deal":
            raise RefusedError(404, "Zendesk keeps no deals")
        return (
            f"organizations/{FIRST_ORGANIZATION + key}"
            if kind == "account"
            else f"tickets/{FIRST_TICKET + key}"
        )

    def state(self) -> Json:
        self._settle()
        return {
            store.name: {"count": len(store.live), "all": len(store.rows), "digest": store.digest()}
            for store in self._desk.stores()
        }

    def limits(self) -> Json:
        return self._limits.shown()

    def set_limits(self, body: Json) -> Json:
        self._limits.set(body)
        return self.limits()

    def set_app(self, name: str, body: Json) -> Json:
        client = self._desk.tokens.clients.get(name)
        if client is None:
            raise RefusedError(404, f"no app is called {name!r}; known are {', '.join(CEILINGS)}")
        client.is_revoked = bool(body.get("revoked", client.is_revoked))
        client.ttl_s = int(body.get("ttl_s", client.ttl_s))
        client.role = str(body.get("role", client.role))
        if "scopes" in body:
            asked = body["scopes"]
            client.scopes = CEILINGS[name] if asked is None else frozenset(map(str, asked))
        shown = {"name": name, "scopes": sorted(client.scopes), "revoked": client.is_revoked}
        return {**shown, "ttl_s": client.ttl_s, "role": client.role}

    def list_records(self, type_name: str) -> list[Json]:
        store = self._store(type_name)
        return [person.flat(self._desk, type_name, row) for row in store.each_live()]

    def read_record(self, type_name: str, record_id: str) -> Json:
        return person.record(self._desk, type_name, self._row(type_name, record_id))

    def create_record(self, type_name: str, body: Json) -> Json:
        store, now_ms = self._store(type_name), self.clock.now_ms
        return self._by_hand(
            store.name, lambda: person.create(self._desk, store.name, body["properties"], now_ms)
        )

    def edit_record(self, type_name: str, record_id: str, body: Json) -> Json:
        row, now_ms = self._row(type_name, record_id), self.clock.now_ms
        return self._by_hand(
            type_name, lambda: person.edit(self._desk, type_name, row, body["properties"], now_ms)
        )

    def delete_record(self, type_name: str, record_id: str) -> Json:
        row = self._row(type_name, record_id)
        if type_name == "organizations":
            delete_organization(self._desk, row)
        elif type_name == "tickets":
            delete_ticket(self._desk, row, self.clock.now_ms)
        else:
            raise RefusedError(404, "users cannot be deleted here")
        return {"id": str(row.id), "deleted": True}

    def page(self, type_name: str, record_id: str) -> Page:
        return page_of(self._desk, type_name, self._row(type_name, record_id))

    def acts(self) -> Mapping[str, Callable[[Json], Json]]:
        self._settle()
        return acts_of(self._desk, lambda: self.clock.now_ms)

    def _settle(self) -> None:
        self._desk.settle(self.clock.now_ms)

    def _store(self, type_name: str) -> Store:
        self._settle()
        for store in self._desk.stores():
            if store.name == type_name:
                return store
        raise RefusedError(404, f"no object type {type_name!r}; known are organizations, tickets, users")

    def _row(self, type_name: str, text: str) -> Row:
        number = whole_number(text)
        row = None if number is None else self._store(type_name).find(number)
        if row is None:
            raise RefusedError(404, f"no record {text} of {type_name}")
        return row

    def _by_hand(self, type_name: str, do: Callable[[], Row]) -> Json:
        if type_name == "users":
            raise RefusedError(404, "users cannot be changed here")
        try:
            return person.record(self._desk, type_name, do())
        except ApiError as error:
            raise RefusedError(error.status, _json(error.body).decode()) from error
        except UnknownBehaviourError as error:
            raise RefusedError(501, str(error)) from error

    def _unknown(self, request: Request, reply: Reply, why: str) -> Reply:
        told = {"method": request.method, "path": request.path, "query": request.query}
        self.unknown.append({**told, "why": why, "seq": request.seq})
        text = f"The sandbox does not know what the vendor does here: {why}"
        return replace(reply, status=501, body=_json({"error": "SandboxUnknown", "description": text}))


def _json(content: object) -> bytes:
    return orjson.dumps(content)
