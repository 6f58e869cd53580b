"""One API request and its answer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from detente_sandbox.vendor import Request
from detente_sandbox.zendesk.desk import Desk
from detente_sandbox.zendesk.facts import SHOW_MANY_MAX, JsonObject, UnknownBehaviourError
from detente_sandbox.zendesk.refusals import invalid_request, not_found, too_many_values
from detente_sandbox.zendesk.tokens import Actor


@dataclass(frozen=True)
class Answer:
    """What goes back; `content` None is an empty body."""

    content: Any = None
    status: int = 200


@dataclass
class Call:
    """A request after signing in; `query` keeps repeated keys.

    `headers` are those of the answer: what limits and handlers put there.
    """

    desk: Desk
    actor: Actor
    request: Request
    query: Mapping[str, list[str]]
    now_ms: int
    headers: dict[str, str]

    @property
    def base_url(self) -> str:
        """Scheme and host as the client wrote them, for addresses in answers."""
        return self.request.base_url

    @property
    def now_s(self) -> int:
        """The present in seconds, as stamps have it."""
        return self.now_ms // 1000

    def spend(self, limit: str, key: object = None) -> None:
        """Counts this call against a limit. Raises: ApiError 429."""
        self.headers.update(self.desk.limits.take(limit, self.now_ms, key))

    def body(self) -> JsonObject:
        """The JSON object sent. Raises: ApiError 400 when it is none."""
        try:
            parsed = orjson.loads(self.request.raw)
        except orjson.JSONDecodeError:
            raise invalid_request("The body is not JSON") from None
        if not isinstance(parsed, dict):
            raise invalid_request("The body must be a JSON object")
        return parsed

    def object_in_body(self, key: str) -> JsonObject:
        """What stands under one key of the body. Raises: ApiError 400 when it is no object."""
        found = self.body().get(key)
        if not isinstance(found, dict):
            raise invalid_request(f"The body must hold an object under {key!r}")
        return found

    def changes_in_body(self, key: str, record_id: int) -> JsonObject:
        """The same without the record's own id, which clients send along [M].

        Raises: UnknownBehaviourError for another record's id.
        """
        sent = dict(self.object_in_body(key))
        if str(sent.pop("id", record_id)) != str(record_id):
            raise UnknownBehaviourError("an id in the body that is not the one of the path")
        return sent

    def text(self, name: str) -> str | None:
        """The last value of a query parameter; empty is none."""
        values = self.query.get(name)
        return values[-1] or None if values else None

    def flag(self, name: str) -> bool:
        """A truth value of the query; absent is false."""
        return (self.text(name) or "false").lower() == "true"

    def names(self, name: str) -> list[str]:
        """A comma-joined list of the query, without doubles."""
        parts = (part.strip() for part in (self.text(name) or "").split(","))
        return list(dict.fromkeys(part for part in parts if part))

    def leading_whole(self, name: str) -> int | None:
        """The digits a parameter begins with; fractions and ISO texts are tolerated. Section 3.1 [M]."""
        found = re.match(r"[0-9]{1,18}", self.text(name) or "")
        return int(found[0]) if found else None

    def words(self, name: str) -> list[str]:
        """At most 100 of a comma-joined list. Raises: ApiError 400."""
        found = self.names(name)
        if len(found) > SHOW_MANY_MAX:
            raise too_many_values()
        return found

    def ids(self) -> list[int]:
        """What `ids` lists; words that are no ids are left out. Raises: ApiError 400."""
        numbers = map(whole_number, self.words("ids"))
        return [number for number in numbers if number is not None]

    def includes(self) -> list[str]:
        """What is to be loaded along. Section 3.2."""
        return self.names("include")


def id_in_path(word: str) -> int:
    """A record id of a path. Raises: ApiError 404 when it is no id."""
    number = whole_number(word)
    if number is None:
        raise not_found()
    return number


def whole_number(sent: object) -> int | None:
    """A number of at most 18 digits as a text or JSON has it, without a sign."""
    text = str(sent) if isinstance(sent, str | int) and not isinstance(sent, bool) else ""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None
