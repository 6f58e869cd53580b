"""Every limit and error body of the simulated vendor, each with where it is known from.

Citations name the section of `salesforce.md` (state: November 2026) and its mark: [D] vendor documentation,
[R] recorded traffic, [S] source code, [M] measured against simple-salesforce, [T] other people's text, [U]
not verified. What is marked [U] is a reading that a careful client survives; what is known less than that is
answered 501.
"""

from typing import Any

JsonObject = dict[str, Any]

# Versions in paths. Introduction [T] and section 9.1: 21 to 30 answer 410; 68 is the newest.
OLDEST_VERSION, NEWEST_VERSION = 31, 68
# The seasons that go with the versions: introduction [D]; earlier ones follow three a year.
SEASONS = {65: "Winter '26", 66: "Spring '26", 67: "Summer '26", 68: "Winter '27"}

# Section 1.2: My Domain is host and audience; the general login host still appears.
MY_DOMAIN = "https://acme.my.salesforce.com"
LOGIN_HOST = "https://login.salesforce.com"
# Section 1.2: two hours by default, sliding [U].
SESSION_S = 7_200

# Section 2.1 [D].
PAGE_DEFAULT = PAGE_MAX = 2_000
PAGE_MIN = 200
LOCATOR_LIFE_MS = 2 * 86_400_000
STATEMENT_MAX, OFFSET_MAX, PARENTS_MAX = 100_000, 2_000, 5
# Section 2.1: URI and headers together [T].
URI_MAX = 16_384
# Section 2.2 [D].
UPDATED_DAYS, DELETED_DAYS, CHANGED_MAX = 30, 15, 600_000
# Section 3.2 [D].
COLLECTION_MAX, COLLECTION_RUNS_MAX = 200, 10
# Section 3.3 [D]; five of them may be queries [T].
COMPOSITE_MAX, COMPOSITE_QUERIES_MAX = 25, 5
# Section 2.3 and 3.4 [D].
BULK_BATCH, BULK_KEPT_MS = 10_000, 7 * 86_400_000
BULK_FIELD_MAX, BULK_FIELDS_MAX, BULK_ROW_MAX, BULK_UPLOAD_MAX = 32_000, 5_000, 400_000, 150 * 1024 * 1024
# A page of bulk results when the caller names no size [U].
BULK_PAGE_DEFAULT = 50_000
# Section 3.7 [D/T]: Enterprise, 100,000 and 1,000 a licence; the firm has 27 users.
DAILY = 127_000
DAY_MS = 86_400_000

Errors = list[JsonObject]


class ApiError(Exception):
    """An answer that is not 2xx: its status, body (JSON or text) and extra headers."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"answered {status}")
        self.status, self.body, self.headers = status, body, headers or {}


class UnknownBehaviourError(Exception):
    """The reference does not say what the vendor does here; answered 501 and remembered."""


def problem(code: str, message: str, fields: list[str] | None = None) -> JsonObject:
    """One error of a call; `fields` only where the vendor names some. Section 3.2 [D]."""
    shown: JsonObject = {"message": message, "errorCode": code}
    return shown if fields is None else {**shown, "fields": fields}


def refused(status: int, code: str, message: str, fields: list[str] | None = None) -> ApiError:
    """An answer with one error. Section 2.1 [R]."""
    return ApiError(status, [problem(code, message, fields)])


def bad_request(code: str, message: str) -> ApiError:
    return refused(400, code, message)


def session_expired() -> ApiError:
    """401. Section 1.3 [T]."""
    return refused(401, "INVALID_SESSION_ID", "Session expired or invalid")


def not_found(message: str = "The requested resource does not exist") -> ApiError:
    """404. Section 3.3 [R]."""
    return refused(404, "NOT_FOUND", message)


def dead_version() -> ApiError:
    """410 of a version that was retired. Introduction [T]; code and wording [U]."""
    return refused(410, "UNSUPPORTED_API_VERSION", "The requested API version is no longer supported.")


def no_permission(message: str = "insufficient access rights on object id") -> ApiError:
    """403. Section 3.7; wording [U]."""
    return refused(403, "INSUFFICIENT_ACCESS_OR_READONLY", message)


def daily_limit() -> ApiError:
    """403 of the org's quota; no Retry-After exists. Section 3.7 [T]."""
    return refused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


def concurrent_limit() -> ApiError:
    """403 of too many long requests at once. Section 3.7 [D]."""
    text = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
    return refused(403, "REQUEST_LIMIT_EXCEEDED", text)


def bad_json(text: str) -> ApiError:
    """400 of a body that is no JSON of the wanted form. Section 3.7; wording [U]."""
    return bad_request("JSON_PARSER_ERROR", text)


def uri_too_long() -> ApiError:
    """414; the length is [T], status and body [U]."""
    page = "<html><head><title>URI Too Long</title></head><body>URI Too Long</body></html>"
    return ApiError(414, page, {"content-type": "text/html"})


def changed_since() -> ApiError:
    """412 of a conditional write. Section 3.6 [D]; the body is [U]."""
    return refused(
        412, "PRECONDITION_FAILED", "The record was modified after the date in If-Unmodified-Since."
    )


def oauth_error(code: str, description: str, status: int = 400) -> ApiError:
    """The token endpoint's error: an object, not a list. Section 1.2 [T]."""
    return ApiError(status, {"error": code, "error_description": description})


class RowError(Exception):
    """Why one record was not written. Section 3.2.

    The code is called `statusCode` in row results and `errorCode` in single answers.
    """

    def __init__(self, status_code: str, message: str, fields: list[str] | None = None) -> None:
        super().__init__(message)
        self.status_code, self.message, self.fields = status_code, message, fields or []

    def in_row(self) -> JsonObject:
        """The error in a list of row results."""
        return {"statusCode": self.status_code, "message": self.message, "fields": self.fields}

    def as_answer(self) -> ApiError:
        """The error as the answer to a call about one record: 404 when the record is gone [U], else 400."""
        status = 404 if self.status_code in ("NOT_FOUND", "ENTITY_IS_DELETED") else 400
        return refused(status, self.status_code, self.message, self.fields)
