"""Several requests in one call. Section 3.3 of the reference."""

import re
from collections.abc import Callable
from typing import Any

from detente_sandbox.salesforce.call import Answer, Call
from detente_sandbox.salesforce.facts import (
    COMPOSITE_MAX,
    COMPOSITE_QUERIES_MAX,
    ApiError,
    JsonObject,
    bad_json,
    bad_request,
    problem,
)

# What a request inside another is answered by: the router without limits and signing in.
Inner = Callable[[Call], Answer]
_REFERENCE = re.compile(r"@\{([A-Za-z0-9_]+)((?:\.[A-Za-z0-9_]+|\[\d+\])+)\}")
_STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[(\d+)\]")
_HALTED = [
    problem(
        "PROCESSING_HALTED",
        "The transaction was rolled back since another operation in the same transaction failed.",
    )
]


def composite(call: Call, inner: Inner) -> Answer:
    """Runs the requests in order; results of earlier ones may be named in later ones."""
    body = call.body()
    requests = body.get("compositeRequest")
    if not isinstance(requests, list) or not all(isinstance(row, dict) for row in requests):
        raise bad_json("compositeRequest must be a list of objects")
    _refuse(requests)
    all_or_none = body.get("allOrNone") is True
    with call.org.ledger.open() as undo:
        shown = _Run(call, inner).all(requests, stops=all_or_none)
        if all_or_none and any(row["httpStatusCode"] >= 400 for row in shown):
            undo.roll_back()
            shown = [_halted(row) if row["httpStatusCode"] < 400 else row for row in shown]
    return Answer({"compositeResponse": shown})


def _refuse(requests: list[JsonObject]) -> None:
    if not 1 <= len(requests) <= COMPOSITE_MAX:
        raise bad_request("LIMIT_EXCEEDED", f"a composite holds 1 to {COMPOSITE_MAX} subrequests")
    names = [row.get("referenceId") for row in requests]
    if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise bad_request("BAD_REQUEST", "each subrequest needs a referenceId of its own")
    queries = sum(1 for row in requests if "/query" in str(row.get("url", "")).partition("?")[0])
    if queries > COMPOSITE_QUERIES_MAX:
        raise bad_request("LIMIT_EXCEEDED", f"a composite holds at most {COMPOSITE_QUERIES_MAX} queries")


def _halted(row: JsonObject) -> JsonObject:
    return {**row, "body": _HALTED, "httpStatusCode": 400, "httpHeaders": {}}


class _Run:
    """The requests of one composite with what was answered so far."""

    def __init__(self, call: Call, inner: Inner) -> None:
        self._call, self._inner = call, inner
        self._bodies: dict[str, Any] = {}
        self._failed: set[str] = set()

    def all(self, requests: list[JsonObject], *, stops: bool) -> list[JsonObject]:
        shown: list[JsonObject] = []
        for row in requests:
            if stops and self._failed:
                shown.append(_halted({"referenceId": row["referenceId"]}))
            else:
                shown.append(self._one(row))
        return shown

    def _one(self, row: JsonObject) -> JsonObject:
        name = str(row["referenceId"])
        try:
            answer = self._answer(row)
        except ApiError as error:
            answer = Answer(error.body, error.status)
        if answer.status >= 400:
            self._failed.add(name)
        self._bodies[name] = answer.content
        return {
            "body": answer.content,
            "httpHeaders": {},
            "httpStatusCode": answer.status,
            "referenceId": name,
        }

    def _answer(self, row: JsonObject) -> Answer:
        named = {match.group(1) for match in _REFERENCE.finditer(f"{row.get('url')}{row.get('body')}")}
        if named & self._failed:
            return Answer(_HALTED, 400)
        method, url = str(row.get("method", "")).upper(), self._filled(row.get("url"))
        if not isinstance(url, str) or not url.startswith("/services/data/"):
            raise bad_request("BAD_REQUEST", "url must be a path of the API")
        if "/composite" in url.partition("?")[0].replace("/composite/sobjects", ""):
            raise bad_request("BAD_REQUEST", "a composite holds no other composite")
        given = row.get("httpHeaders") or {}
        if not isinstance(given, dict):
            raise bad_request("BAD_REQUEST", "httpHeaders must be an object")
        headers = {str(name).lower(): str(value) for name, value in given.items()}
        return self._inner(self._call.sub_call(method, url, self._filled(row.get("body")), headers))

    def _filled(self, value: Any) -> Any:
        """The value with `@{name.path}` replaced by what earlier requests gave."""
        if isinstance(value, str):
            return _REFERENCE.sub(lambda match: str(self._found(match)), value)
        if isinstance(value, list):
            return [self._filled(part) for part in value]
        if isinstance(value, dict):
            return {key: self._filled(part) for key, part in value.items()}
        return value

    def _found(self, match: re.Match[str]) -> Any:
        name = match.group(1)
        at: Any = self._bodies.get(name)
        for key, index in _STEP.findall(match.group(2)):
            try:
                at = at[int(index)] if index else at[key]
            except (KeyError, IndexError, TypeError):
                text = f"Invalid reference specified. No value for {match.group()} found in {name}"
                raise bad_request("PROCESSING_HALTED", text) from None
        return at
