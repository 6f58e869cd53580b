"""One API request of a signed-in app, and its answer."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import orjson

from detente_sandbox.salesforce.access import View, Viewer
from detente_sandbox.salesforce.apps import App
from detente_sandbox.salesforce.facts import (
    NEWEST_VERSION,
    OLDEST_VERSION,
    JsonObject,
    UnknownBehaviourError,
    bad_json,
    dead_version,
    no_permission,
    not_found,
)
from detente_sandbox.salesforce.ids import full_id
from detente_sandbox.salesforce.moments import instant_of
from detente_sandbox.salesforce.org import Org
from detente_sandbox.salesforce.schema.objects import NOT_SIMULATED, ObjectType

# Section 3.6 [D]: `allowSave=true; includeRecordDetails=true`.
_SAVES = re.compile(r"allowSave\s*=\s*true", re.IGNORECASE)
VERSION = re.compile(r"/services/data/v(\d{1,3}\.0)(?=/|$)")


@dataclass(frozen=True)
class Answer:
    """What goes back; `content` None is an empty body, bytes go as they are."""

    content: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """A request after signing in; `version` is text such as `62.0`, header names are in small letters."""

    org: Org
    app: App
    version: str
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    raw: bytes
    now_ms: int
    base_url: str

    @property
    def root(self) -> str:
        """The path of the API version."""
        return f"/services/data/v{self.version}"

    @property
    def now(self) -> str:
        return instant_of(self.now_ms)

    @property
    def viewer(self) -> Viewer:
        app, rule = self.app, self.headers.get("sforce-duplicate-rule-header", "")
        return Viewer(
            app.user_id,
            app.can_write,
            app.can_define,
            allows_doubles=_SAVES.search(rule) is not None,
            hidden=frozenset(app.hidden),
        )

    def view(self, of: ObjectType) -> View:
        """The fields of a type that the app's user sees."""
        return self.org.access.view(self.viewer, of)

    def text(self, name: str) -> str | None:
        """The last value of a query parameter."""
        values = self.query.get(name)
        return values[-1] if values else None

    def flag(self, name: str) -> bool:
        """A truth value of the query; absent is false."""
        return (self.text(name) or "false").lower() == "true"

    def body(self) -> JsonObject:
        """The JSON object sent. Raises: ApiError 400 when it is none."""
        parsed = self.json()
        if not isinstance(parsed, dict):
            raise bad_json("an object is expected")
        return parsed

    def json(self) -> Any:
        """The JSON sent. Raises: ApiError 400 when it is none."""
        try:
            return orjson.loads(self.raw)
        except orjson.JSONDecodeError as error:
            raise bad_json(str(error)) from None

    def type_in_path(self, word: str, *, tooling: bool = False) -> ObjectType:
        """The object type of a path. Raises: ApiError 404 when there is none in the org."""
        found = self.org.type_of(word, tooling=tooling)
        if found is None:
            if word.lower() in NOT_SIMULATED:
                raise UnknownBehaviourError(f"object {word} is not simulated")
            raise not_found()
        return found

    def need_write(self) -> None:
        """Raises: ApiError 403 when the app only reads."""
        if not self.app.can_write:
            raise no_permission()

    def sub_call(self, method: str, url: str, body: Any, headers: dict[str, str]) -> "Call":
        """A request inside this one. Raises: ApiError for a path of a dead version."""
        path, _, query = url.partition("?")
        raw = b"" if body is None else orjson.dumps(body)
        return Call(
            self.org,
            self.app,
            version_in(path),
            method,
            path,
            read_query(query),
            headers,
            raw,
            self.now_ms,
            self.base_url,
        )


def version_in(path: str) -> str:
    """The API version of a path. Raises: ApiError 410, UnknownBehaviourError for a path outside the API."""
    named = VERSION.match(path)
    if named is None:
        raise UnknownBehaviourError(f"{path} is not simulated")
    if not OLDEST_VERSION <= float(named.group(1)) <= NEWEST_VERSION:
        raise dead_version()
    return named.group(1)


def read_query(query: str) -> dict[str, list[str]]:
    """Query parameters with repeated ones kept; a plus sign is a blank."""
    return parse_qs(query, keep_blank_values=True)


def id_in_path(word: str) -> str:
    """A record id of a path. Raises: ApiError 404 when it is no id; wording [U]."""
    found = full_id(word)
    if found is None:
        raise not_found("Provided external ID field does not exist or is not accessible: " + word[:40])
    return found
