"""One API request and its answer."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from detente_sandbox.hubspot.facts import (
    FOLDED_VERSIONS,
    JsonObject,
    UnknownBehaviourError,
    invalid,
    not_found,
)
from detente_sandbox.hubspot.kinds import ObjectKind, kind_of
from detente_sandbox.hubspot.portal import Portal
from detente_sandbox.hubspot.records import Source
from detente_sandbox.hubspot.tokens import Token


@dataclass(frozen=True)
class Answer:
    """What goes back; `content` None is an empty body."""

    content: Any = None
    status: int = 200


@dataclass
class Call:
    """A request after signing in; `version` is v3, v4 or a dated one, `query` keeps repeated keys."""

    portal: Portal
    token: Token
    version: str
    query: dict[str, list[str]]
    raw: bytes
    now_ms: int
    path: str = ""
    parsed: JsonObject | None = field(default=None)

    @property
    def source(self) -> Source:
        """Who a change by this call is put down to."""
        return Source.app(self.token.name)

    @property
    def folds_failures(self) -> bool:
        """Whether a partial failure is told with 200 or 201 instead of 207."""
        return self.version in FOLDED_VERSIONS

    def body(self) -> JsonObject:
        """The JSON object sent. Raises: ApiError 400 when it is none."""
        if self.parsed is None:
            try:
                parsed = orjson.loads(self.raw)
            except orjson.JSONDecodeError:
                raise invalid("Invalid input JSON") from None
            if not isinstance(parsed, dict):
                raise invalid("Invalid input JSON: an object is expected")
            self.parsed = parsed
        return self.parsed

    def text(self, name: str) -> str | None:
        """The last value of a query parameter."""
        values = self.query.get(name)
        return values[-1] if values else None

    def flag(self, name: str) -> bool:
        """A truth value of the query in any case of letters; absent is false."""
        return (self.text(name) or "false").lower() == "true"

    def names(self, name: str) -> list[str]:
        """An array of the query, comma-joined or repeated, without doubles."""
        parts = (part.strip() for value in self.query.get(name, ()) for part in value.split(","))
        return list(dict.fromkeys(part for part in parts if part))

    def whole(self, name: str, default: int) -> int:
        """A whole number of the query. Raises: ApiError 400."""
        text = self.text(name)
        if text is None or text == "":
            return default
        try:
            return int(text)
        except ValueError:
            raise invalid(f"{name} must be a whole number") from None


def kind_in_path(word: str) -> ObjectKind:
    """The object type of a path. Raises: UnknownBehaviourError for a type that is not simulated."""
    kind = kind_of(word)
    if kind is None:
        raise UnknownBehaviourError(f"object type {word!r} is not simulated")
    return kind


def id_in_path(word: str) -> int:
    """A record id of a path. Raises: ApiError 404 when it is no id."""
    if not word.isdigit():
        raise not_found()
    return int(word)


def inputs_of(body: JsonObject, limit: int) -> list[JsonObject]:
    """The `inputs` of a batch. Raises: ApiError 400 when missing or over `limit`; wording [U]."""
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(row, dict) for row in inputs):
        raise invalid("Invalid input JSON: inputs must be a list of objects")
    if len(inputs) > limit:
        raise invalid(f"The maximum number of inputs supported in a batch request is {limit}")
    return inputs
