"""Every limit and error body of the simulated vendor, each with where it is known from.

Citations name the section of `hubspot.md` (state: November 2026) and its mark: [S] contract files,
[D26] and [D25] vendor documentation, [C] changelog, [L22] recorded traffic, [3] other projects,
[U] not verified. What is marked [U] is a reading that a careful client survives; what is known less
than that is answered 501.
"""

from typing import Any
from urllib.parse import quote

import orjson

JsonObject = dict[str, Any]

# Versions in paths: section 1 [C].
DATED_VERSIONS = ("2026-03", "2026-09")
LEGACY_VERSIONS = ("v3", "v4")
# 2026-09 folds a partial failure into 200/201 instead of 207: section 5 [S].
FOLDED_VERSIONS = ("2026-09",)

# Section 3.1: limit default 10, max 100 [D26]; 50 with history [3].
LIST_DEFAULT, LIST_MAX, LIST_MAX_WITH_HISTORY = 10, 100, 50
# Section 0.5: batches of objects [D26]; of associations: 1,000 read.
BATCH_MAX, ASSOCIATION_READ_MAX = 100, 1_000
# Section 3.2 [D26].
SEARCH_PAGE_MAX, SEARCH_HITS_MAX = 200, 10_000
SEARCH_GROUPS_MAX, SEARCH_FILTERS_MAX, SEARCH_ALL_FILTERS_MAX = 5, 6, 18
# Section 3.2: the guide limits a query to 3,000 characters and answers 400 beyond; [U] whether it holds.
SEARCH_BODY_MAX = 3_000
# Section 3.1: keep the query under 2 to 3 kB, 414 beyond [3]; the exact length is [U].
QUERY_MAX = 3_072
# Section 3.5 [S]: owners by 100; section 6: names at most 100 characters.
OWNERS_PAGE_MAX, NAME_MAX, UNIQUE_PROPERTIES_MAX = 100, 100, 10
# Section 6: textarea and string values; section 3.5: note bodies.
TEXT_MAX = 65_536

# Section 8: a private app on Professional.
TEN_SECONDLY, TEN_SECONDS_MS, DAILY, SEARCH_PER_SECOND = 190, 10_000, 625_000, 5

Body = JsonObject | str


class ApiError(Exception):
    """An answer that is not 2xx: its status, body (JSON, or HTML text) and extra headers."""

    def __init__(self, status: int, body: Body, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"answered {status}")
        self.status, self.body, self.headers = status, body, headers or {}


class UnknownBehaviourError(Exception):
    """The reference does not say what the vendor does here; answered 501 and remembered."""


def envelope(message: str, category: str, **more: Any) -> JsonObject:
    """The error envelope; the server adds the correlation id. Section 9 [D26]."""
    return {"status": "error", "message": message, "category": category, **more}


def invalid(message: str, *, code: str = "", context: JsonObject | None = None) -> ApiError:
    """400 VALIDATION_ERROR. Section 9; wording [U]."""
    errors = [{"message": message, "code": code, "context": context or {}}] if code else []
    more: JsonObject = {"errors": errors} if errors else {}
    return ApiError(400, envelope(message, "VALIDATION_ERROR", **more))


def bad_token() -> ApiError:
    """401. Section 2 [3]; wording [U]."""
    text = (
        "Authentication credentials not found or not valid. Supply a bearer token that this account issued."
    )
    return ApiError(401, envelope(text, "INVALID_AUTHENTICATION"))


def missing_scopes(scopes: tuple[str, ...]) -> ApiError:
    """403 with the scopes of which one is needed. Section 2 [D26]; wording [U]."""
    text = "This app hasn't been granted all required scopes to make this call."
    errors = [{"message": "One or more of the following scopes are required.", "context": {}}]
    errors[0]["context"] = {"requiredGranularScopes": list(scopes)}
    return ApiError(403, envelope(text, "MISSING_SCOPES", errors=errors))


def not_found(what: str = "resource not found") -> ApiError:
    """404. Section 9."""
    return ApiError(404, envelope(what, "OBJECT_NOT_FOUND"))


def conflict(message: str) -> ApiError:
    """409. Section 9."""
    return ApiError(409, envelope(message, "CONFLICT"))


def contact_exists(known_id: int) -> ApiError:
    """409 on a second contact with one e-mail address. Section 9."""
    return conflict(f"Contact already exists. Existing ID: {known_id}")


def url_too_long() -> ApiError:
    """414 with an HTML body. Section 3.1 [3]."""
    page = "<html><head><title>414 Request-URI Too Large</title></head><body>414</body></html>"
    return ApiError(414, page, {"content-type": "text/html"})


def property_values_invalid(problems: list[JsonObject]) -> ApiError:
    """400 whose message holds a JSON list. Section 9; the fields of an entry are [U]."""
    message = "Property values were not valid: " + orjson.dumps(problems).decode()
    errors = [
        {"message": row["message"], "code": row["error"], "context": {"propertyName": [row["name"]]}}
        for row in problems
    ]
    return ApiError(400, envelope(message, "VALIDATION_ERROR", errors=errors))


def ten_secondly_reached(app: str) -> ApiError:
    """429 of the rolling window. Section 8 [3]."""
    body = {
        "status": "error",
        "message": "You have reached your ten_secondly_rolling limit.",
        "errorType": "RATE_LIMIT",
        "policyName": "TEN_SECONDLY_ROLLING",
        "groupName": f"publicapi:private_app-api-calls-ten-secondly:{quote(app)}",
    }
    return ApiError(429, body)


def daily_reached(request_id: str) -> ApiError:
    """429 of the day. Section 8 [3]."""
    body = {
        "status": "error",
        "message": "You have reached your daily limit.",
        "errorType": "RATE_LIMIT",
        "policyName": "DAILY",
        "requestId": request_id,
    }
    return ApiError(429, body)


def search_reached() -> ApiError:
    """429 of search: no policy name, no Retry-After. Section 8 [L22]."""
    return ApiError(429, envelope("You have reached your secondly limit.", "RATE_LIMITS"))
