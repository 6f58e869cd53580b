"""What comes back from a CRM, and the errors that a bad answer becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import orjson
from detente_contracts.errors import RejectedRecordError, UnavailableError


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer. Header names are looked up without regard to case where the mapping allows it."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer: `data` is the decoded JSON, None when the body is empty or went to a file."""

    status: int
    data: Any
    headers: Mapping[str, str] = field(default_factory=dict)


class ConnectionFault(Exception):
    """No answer came. `sent` tells whether the CRM may have received the call."""

    def __init__(self, what: str, *, sent: bool) -> None:
        super().__init__(what)
        self.what = what
        self.sent = sent


class RefusedCallError(RejectedRecordError):
    """The CRM understood the call and refuses it; `body` is what it said, empty when that was not JSON."""

    def __init__(self, message: str, *, status: int, body: Mapping[str, Any], hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.body = body


class UnknownResultError(UnavailableError):
    """A write was sent and its answer lost: it may have happened. Read before writing again."""


class Vendor(Protocol):
    """What the transport must know of one vendor's manners."""

    @property
    def name(self) -> str:
        """The CRM's name, for messages."""
        ...

    def explain(self, status: int, body: Mapping[str, Any]) -> tuple[str, str]:
        """Message and hint for a refusal, for people and for no log.

        There is no secret in it. What the vendor wrote may quote a record: it goes through `vendor_words`.
        """
        ...

    def limited(self, reply: Reply, body: Mapping[str, Any], now: datetime) -> tuple[str, float] | None:
        """Which bucket a refusal (4xx) closes, and for how many seconds from `now`; None when it closes none.

        A Retry-After header, where there is one, takes the place of the seconds.
        """
        ...

    def spent(self, headers: Mapping[str, str]) -> Mapping[str, float]:
        """Buckets that the headers of any answer tell are used up, with the seconds to leave them alone."""
        ...

    def limits(self, headers: Mapping[str, str]) -> Mapping[str, tuple[int, float]]:
        """Limits that the headers tell, by bucket: calls and seconds."""
        ...


def decode_refusal(body: bytes) -> Mapping[str, Any]:
    """The JSON object of a refusal; empty when it is something else, such as a page of HTML.

    Where a vendor answers with a list of errors, they stand under `errors`.
    """
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    if isinstance(data, list):
        return {"errors": [item for item in data if isinstance(item, dict)]}
    return data if isinstance(data, dict) else {}


def vendor_words(text: str, longest: int) -> str:
    """What a vendor wrote, for people: printable, on one line, at most `longest` (1 or more) characters."""
    line = " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, 0 or more; None without one. Source: RFC 9110, 10.2.3."""
    text = headers.get("Retry-After")
    if text is None:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        at = http_date(text)
        return None if at is None else max(0.0, (at - now).total_seconds())


def http_date(text: str) -> datetime | None:
    """An HTTP date as aware UTC; None when it is not one."""
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
