"""How Salesforce says no, and how it counts calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from detente_connector_kit import Bucket, Reply, vendor_words

DAY, READING = "day", "reading"

BUCKETS = (Bucket(DAY, 15_000, 86_400.0), Bucket(READING, 15_000, 86_400.0))
"""Calls of a rolling day until headers tell more, as a Developer Edition has them. Source: Salesforce
developer limits quick reference, API request limits. Reading takes from both, so that it can pause alone."""

_PAUSE_S = 900.0
"""How long a used-up day is left alone: no answer tells when calls come back (a rolling day gives some back
all the time)."""

_CONCURRENT_S = 5.0
"""How long to leave the org alone when too many slow calls run at once."""

_USAGE = re.compile(r"\bapi-usage=(\d+)/(\d+)")
_COLUMN = re.compile(r"No such column '([A-Za-z0-9_.]{1,80})'")

_HINTS: Mapping[str, str] = {
    "app_not_found": "Check `client_id`, and that the app is of this org",
    "invalid_client_id": "Check `client_id`: it is the app's consumer key",
    "invalid_client": "Check `client_secret`, and that the client credentials flow has a user to run as",
    "audience is invalid": "`my_domain` must be the org's own My Domain",
    "user hasn't approved this consumer": "Pre-authorise the user by a permission set in the app's policies",
    "user is locked": "An admin unlocks the user in Setup > Users",
    "user is inactive": "An admin activates the user in Setup > Users",
}
"""What to do about a refused sign-in, by what its answer says."""

_SIGN_IN = "Check the app, its flow and its policies in Setup > External Client App Manager"

_RIGHTS: Mapping[str, str] = {
    "API_DISABLED_FOR_ORG": "The org's edition, or the user's permission set, must have API Enabled",
    "API_CURRENTLY_DISABLED": "The org's API is switched off for now; ask Salesforce's status page",
}


class SalesforceManners:
    """What the transport must know of Salesforce. Shares are of the org's daily calls, by anybody."""

    name = "Salesforce"

    def __init__(self, read_until: float, write_until: float) -> None:
        self._read_until = read_until
        self._write_until = write_until

    def explain(self, status: int, body: Mapping[str, Any]) -> tuple[str, str]:
        """Message and hint for a refusal."""
        if "error" in body:
            return _sign_in_refused(body)
        codes = error_codes(body)
        if status == 401:
            return "Salesforce does not accept the session, even a new one", _SIGN_IN
        if status == 403:
            hint = next(
                (_RIGHTS[code] for code in codes if code in _RIGHTS), "An admin grants it to the user"
            )
            return f"Salesforce: the user lacks a right ({', '.join(codes) or 'unnamed'})", hint
        if status == 410:
            return (
                "Salesforce does not serve this API version any more",
                "Raise `api_version` in the settings",
            )
        return f"Salesforce refused a call ({status}): {_told(body, codes)}", ""

    def limited(self, reply: Reply, body: Mapping[str, Any], now: datetime) -> tuple[str, float] | None:
        """The day, closed for a while, when the refusal is for want of calls."""
        if "REQUEST_LIMIT_EXCEEDED" not in error_codes(body):
            return None
        messages = " ".join(str(error.get("message")) for error in errors_of(body))
        return DAY, _CONCURRENT_S if "concurrent" in messages.lower() else _PAUSE_S

    def limits(self, headers: Mapping[str, str]) -> Mapping[str, tuple[int, float]]:
        """The day's calls, as each answer tells them."""
        usage = _usage(headers)
        return {} if usage is None else dict.fromkeys((DAY, READING), (usage[1], 86_400.0))

    def spent(self, headers: Mapping[str, str]) -> Mapping[str, float]:
        """What is left alone for a while because the org has used up its share of the day."""
        used, most = _usage(headers) or (0, 0)
        if most and used >= most * self._write_until:
            return {DAY: _PAUSE_S, READING: _PAUSE_S}
        return {READING: _PAUSE_S} if most and used >= most * self._read_until else {}


def errors_of(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The errors of a refusal; calls name their code `errorCode`, rows `statusCode`."""
    return [error for error in body.get("errors") or () if isinstance(error, dict)]


def error_codes(body: Mapping[str, Any]) -> list[str]:
    """The codes of a refusal, each once."""
    codes = [str(error.get("errorCode") or error.get("statusCode") or "") for error in errors_of(body)]
    return list(dict.fromkeys(code for code in codes if code))


def missing_column(body: Mapping[str, Any]) -> str | None:
    """The field that a query named and that this user does not see; None when that was not the fault."""
    for error in errors_of(body):
        found = _COLUMN.search(str(error.get("message")))
        if found and error.get("errorCode") == "INVALID_FIELD":
            return found.group(1)
    return None


def _usage(headers: Mapping[str, str]) -> tuple[int, int] | None:
    found = _USAGE.search(headers.get("Sforce-Limit-Info", ""))
    return None if found is None else (int(found.group(1)), int(found.group(2)))


def _told(body: Mapping[str, Any], codes: list[str]) -> str:
    column = missing_column(body)
    return f"no field {column}" if column else ", ".join(codes) or "no reason given"


def _sign_in_refused(body: Mapping[str, Any]) -> tuple[str, str]:
    said = f"{body.get('error')}: {body.get('error_description') or 'no description'}"
    hint = next((hint for words, hint in _HINTS.items() if words in said.lower()), _SIGN_IN)
    return f"Salesforce refuses the sign-in ({vendor_words(said, 160)})", hint
