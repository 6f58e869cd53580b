"""Salesforce as a vendor of the sandbox: one org, its API's answers, and a person's hands in it."""

from dataclasses import replace
from typing import Any, ClassVar

import orjson

from detente_sandbox.clock import Clock
from detente_sandbox.options import Options
from detente_sandbox.salesforce import oauth
from detente_sandbox.salesforce.acts import Acts
from detente_sandbox.salesforce.apps import App, key_text, make_key
from detente_sandbox.salesforce.bulk_jobs import advance
from detente_sandbox.salesforce.call import VERSION, Answer, Call, read_query
from detente_sandbox.salesforce.facts import (
    DAY_MS,
    DELETED_DAYS,
    MY_DOMAIN,
    NEWEST_VERSION,
    OLDEST_VERSION,
    SEASONS,
    URI_MAX,
    ApiError,
    RowError,
    UnknownBehaviourError,
    concurrent_limit,
    dead_version,
    session_expired,
)
from detente_sandbox.salesforce.ids import full_id
from detente_sandbox.salesforce.limits import Limits
from detente_sandbox.salesforce.moments import instant_of
from detente_sandbox.salesforce.org import ORG_ID, Org
from detente_sandbox.salesforce.page import page_of
from detente_sandbox.salesforce.people import add_apps
from detente_sandbox.salesforce.reading import reader
from detente_sandbox.salesforce.routes import answer, find_route, segments_of
from detente_sandbox.salesforce.rows import Change, Row
from detente_sandbox.salesforce.schema.objects import ObjectType
from detente_sandbox.salesforce.shape import fill, record_id
from detente_sandbox.salesforce.soql.showing import attributes
from detente_sandbox.salesforce.writing import create, delete, update
from detente_sandbox.vendor import Json, RecordKind, RefusedError, Reply, Request, Vendor
from detente_sandbox.view import Page
from detente_sandbox.world.model import World

JSON = "application/json;charset=UTF-8"
TYPES: dict[RecordKind, str] = {"account": "Account", "deal": "Opportunity", "ticket": "Case"}
TOKEN_PATH, REVOKE_PATH = "/services/oauth2/token", "/services/oauth2/revoke"
DATA_PATH = "/services/data"
# The path that the administration's view of a record is written with.
SHOWN_ROOT = f"{DATA_PATH}/v{NEWEST_VERSION}.0"


class Salesforce(Vendor):
    """One org. Types are the API's names, ids its 18 characters; see the README for what is simulated."""

    name: ClassVar[str] = "salesforce"
    is_tls: ClassVar[bool] = True

    def __init__(self, clock: Clock, options: Options) -> None:
        super().__init__(clock, options)
        self._limits = Limits(enforced=options.has_limits)
        # One pair for all apps, lasting over resets: it was announced when the sandbox began.
        self._key = make_key()

    def load(self, share: World) -> None:
        self._limits.reset()
        self._org = Org(self.clock, self._limits, share.start_ms)
        self._org.unknown = self.unknown
        fill(self._org, share, self._key.public_key())

    # -- the API -------------------------------------------------------------------------------------------

    def reply(self, request: Request, now_ms: int) -> Reply:
        reply = Reply(0)
        try:
            if request.path.startswith("/services/oauth2/"):
                return _sent(reply, self._oauth(request, now_ms))
            version = _version(request)
            reply = replace(reply, headers=self._limits.header(now_ms))
            if version is None:
                return _sent(reply, _versions())
            app = self._sign_in(request, now_ms)
            reply = replace(reply, app=app.name)
            return self._counted(reply, request, app, version, now_ms)
        except UnknownBehaviourError as error:
            return self._unknown(request, reply, str(error))
        except ApiError as error:
            return _sent(reply, Answer(error.body, error.status, error.headers))

    def _counted(self, reply: Reply, request: Request, app: App, version: str, now_ms: int) -> Reply:
        org = self._org
        if org.trouble.refused_calls > 0:
            org.trouble.refused_calls -= 1
            raise concurrent_limit()
        self._limits.take(now_ms)
        reply = replace(reply, headers=self._limits.header(now_ms))
        advance(org, now_ms)
        self._empty_bins(now_ms)
        call = Call(
            org,
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
        try:
            return _sent(reply, answer(call))
        except UnknownBehaviourError as error:
            return self._unknown(request, reply, str(error))
        except ApiError as error:
            return _sent(reply, Answer(error.body, error.status, error.headers))

    def _oauth(self, request: Request, now_ms: int) -> Answer:
        headers = dict(request.headers)
        if request.method == "POST" and request.path == TOKEN_PATH:
            return oauth.token(self._org, request.raw, headers, request.base_url, now_ms)
        if request.method == "POST" and request.path == REVOKE_PATH:
            return oauth.revoke(self._org, request.raw, read_query(request.query))
        raise UnknownBehaviourError(f"{request.method} {request.path} is not simulated")

    def _sign_in(self, request: Request, now_ms: int) -> App:
        name = self._org.sessions.app_of(request.bearer, now_ms)
        app = self._org.apps.get(name) if name is not None else None
        if app is None or app.is_revoked:
            raise session_expired()
        return app

    def _empty_bins(self, now_ms: int) -> None:
        """What lay in the recycle bin for 15 days is gone. Section 9.3."""
        until = instant_of(now_ms - DELETED_DAYS * DAY_MS)
        for store in self._org.stores.values():
            if store.bin:
                store.purge(until)

    def _unknown(self, request: Request, reply: Reply, why: str) -> Reply:
        self._org.note_unknown(request.method, request.path, request.query, why)
        text = f"The sandbox does not know what the vendor does here: {why}"
        return _sent(reply, Answer([{"message": text, "errorCode": "SANDBOX_UNKNOWN"}], 501))

    def kind_of(self, request: Request) -> str:
        if request.path == TOKEN_PATH:
            return "token"
        named = VERSION.match(request.path)
        if named is None:
            return "versions" if request.path.rstrip("/") == DATA_PATH else "other"
        route = find_route(request.method, segments_of(request.path[named.end() :]))
        return route[0].kind if route else "other"

    def credentials(self) -> Json:
        apps = add_apps(len(self.share.owners), self._key.public_key())
        return {
            "my_domain": MY_DOMAIN,
            "org_id": ORG_ID,
            "private_key": key_text(self._key),
            "apps": {app.name: _told(app) for app in apps},
        }

    # -- what tests do -------------------------------------------------------------------------------------

    def path_of(self, kind: RecordKind, key: int) -> str:
        return f"{TYPES[kind]}/{record_id(kind, key)}"

    def state(self) -> Json:
        return {
            name: {"count": store.live_count, "deleted": len(store.bin), "digest": store.digest()}
            for name, store in self._org.stores.items()
        }

    def limits(self) -> Json:
        return {"daily": self._limits.daily, "used": self._limits.used(self.clock.now_ms)}

    def set_limits(self, body: Json) -> Json:
        unknown = set(body) - {"daily"}
        if unknown:
            raise ValueError(f"unknown limits {sorted(unknown)}; known is daily")
        if "daily" in body:
            self._limits.daily = None if body["daily"] is None else int(body["daily"])
        return self.limits()

    def set_app(self, name: str, body: Json) -> Json:
        app = self._org.apps.get(name)
        if app is None:
            raise RefusedError(404, f"no app is called {name!r}; known are {', '.join(self._org.apps)}")
        known = {
            "revoked": "is_revoked",
            "approved": "is_approved",
            "can_write": "can_write",
            "can_define": "can_define",
        }
        unknown = set(body) - {*known, "session_s", "hidden"}
        if unknown:
            raise ValueError(
                f"unknown settings {sorted(unknown)}; known are {sorted(known)}, session_s, hidden"
            )
        for word in known.keys() & body.keys():
            setattr(app, known[word], bool(body[word]))
        app.session_s = int(body.get("session_s", app.session_s))
        if "hidden" in body:
            self._hide(app, {str(field) for field in body["hidden"] or ()})
        shown: Json = {word: getattr(app, field) for word, field in known.items()}
        return {"name": name, **shown, "session_s": app.session_s, "hidden": sorted(app.hidden)}

    def _hide(self, app: App, hidden: set[str]) -> None:
        """Takes fields away from an app's user, and tells that describe answers changed."""
        for full_name in hidden:
            word, _, field = full_name.partition(".")
            if word not in self._org.types or field not in self._org.types[word].fields:
                raise ValueError(f"no field {full_name!r}; write for example Account.AnnualRevenue")
        for full_name in hidden ^ app.hidden:
            self._org.described_ms[full_name.partition(".")[0]] = self.clock.now_ms
        app.hidden = hidden

    def acts(self) -> Any:
        return Acts(self._org).table()

    def list_records(self, type_name: str) -> list[Json]:
        of = self._type(type_name)
        return [self._raw(of, row) for row in self._org.store(of).live()]

    def read_record(self, type_name: str, record_id: str) -> Json:
        of = self._type(type_name)
        row = self._row(of, record_id)
        history = self._org.store(of).history.get(row.id, [])
        return {**self._raw(of, row), "history": [self._change(change) for change in history]}

    def create_record(self, type_name: str, body: Json) -> Json:
        of, org = self._type(type_name), self._org
        try:
            return self._raw(of, create(org, of, _properties(body), org.person(), org.now))
        except RowError as error:
            raise RefusedError(400, f"{error.status_code}: {error.message}") from error

    def edit_record(self, type_name: str, record_id: str, body: Json) -> Json:
        of, org = self._type(type_name), self._org
        row = self._row(of, record_id)
        try:
            return self._raw(of, update(org, of, row.id, _properties(body), org.person(), org.now))
        except RowError as error:
            raise RefusedError(400, f"{error.status_code}: {error.message}") from error

    def delete_record(self, type_name: str, record_id: str) -> Json:
        of, org = self._type(type_name), self._org
        row = self._row(of, record_id)
        try:
            delete(org, of, row.id, org.person(), org.now)
        except RowError as error:
            raise RefusedError(409, f"{error.status_code}: {error.message}") from error
        return {"id": row.id, "deleted": True}

    def page(self, type_name: str, record_id: str) -> Page:
        of = self._type(type_name)
        return page_of(self._org, of, self._row(of, record_id), self.clock.now_ms)

    def _type(self, type_name: str) -> ObjectType:
        found = self._org.type_of(type_name)
        if found is None:
            raise RefusedError(404, f"no object type {type_name!r}")
        return found

    def _row(self, of: ObjectType, record_id: str) -> Row:
        row = self._org.store(of).find(full_id(record_id) or "")
        if row is None:
            raise RefusedError(404, f"no live record {record_id} of {of.name}")
        return row

    def _raw(self, of: ObjectType, row: Row) -> Json:
        values, now = row.values(), self._org.now
        fields = {name: reader(of, field, now)(row, values) for name, field in of.fields.items()}
        return {"attributes": attributes(SHOWN_ROOT, of, row.id), **fields}

    def _change(self, change: Change) -> Json:
        """An entry of a record's history, with the app that made it or `person`."""
        by = next((app.name for app in self._org.apps.values() if app.user_id == change.by), "person")
        return {**change._asdict(), "source": by}


def _properties(body: Json) -> Json:
    given = body.get("properties")
    if not isinstance(given, dict):
        raise ValueError('send {"properties": {field: value}}')
    return given


def _told(app: App) -> Json:
    return {
        "client_id": app.key,
        "client_secret": app.secret,
        "refresh_token": app.refresh_token,
        "username": app.username,
        "user_id": app.user_id,
    }


def _version(request: Request) -> str | None:
    """The API version of a path; None for the list of versions. Raises: ApiError 410, 404."""
    if request.path.rstrip("/") == DATA_PATH:
        return None
    if len(request.path) + len(request.query) > URI_MAX:
        raise ApiError(414, "<html><body><h1>URI Too Long</h1></body></html>", {"content-type": "text/html"})
    named = VERSION.match(request.path)
    if named is None:
        raise UnknownBehaviourError(f"{request.path} is not simulated")
    version = named.group(1)
    if not OLDEST_VERSION <= float(version) <= NEWEST_VERSION:
        raise dead_version()
    return version


def _versions() -> Answer:
    """All versions that answer, oldest first. Introduction of the reference."""
    return Answer(
        [
            {
                "label": _season(number),
                "url": f"{DATA_PATH}/v{number}.0",
                "version": f"{number}.0",
            }
            for number in range(OLDEST_VERSION, NEWEST_VERSION + 1)
        ]
    )


def _season(number: int) -> str:
    """The name of a release; those the reference does not tell follow three a year."""
    known = SEASONS.get(number)
    if known is not None:
        return known
    word = ("Spring", "Summer", "Winter")[number % 3]
    year = 26 + (number - 66) // 3 + (1 if number % 3 == 2 else 0)
    return f"{word} '{year}"


def _sent(reply: Reply, given: Answer) -> Reply:
    """An answer as it goes over the wire."""
    headers = {**reply.headers, "content-type": JSON, **given.headers}
    content = given.content
    if content is None:
        del headers["content-type"]
        return replace(reply, status=given.status, headers={**reply.headers, **given.headers})
    body = content if isinstance(content, bytes) else _encoded(content)
    return replace(reply, status=given.status, body=body, headers=headers)


def _encoded(content: Any) -> bytes:
    return content.encode() if isinstance(content, str) else orjson.dumps(content)
