"""Every error body of the simulated vendor. Section 2.3 of the reference: four envelopes on one API [L].

What a status and code are is known as marked; the wording of descriptions is [U] unless said otherwise.
"""

from detente_sandbox.zendesk.facts import ApiError, JsonObject


def refused(status: int, error: str, description: str) -> ApiError:
    """The commonest envelope: a code and a sentence. Section 2.3."""
    return ApiError(status, {"error": error, "description": description})


def bad_credentials() -> ApiError:
    """401 without a usable credential. Section 1 [L]."""
    return ApiError(401, {"error": "Couldn't authenticate you"})


def invalid_token() -> ApiError:
    """401 for a bearer that is unknown, expired or revoked. Section 1 [C]."""
    text = "The access token provided is expired, revoked, malformed or invalid for other reasons."
    return ApiError(401, {"error": "invalid_token", "error_description": text})


def oauth_error(status: int, error: str, description: str) -> ApiError:
    """What `/oauth/tokens` refuses with. `invalid_scope` is 400 [L]; the other names are RFC 6749's [U]."""
    return ApiError(status, {"error": error, "error_description": description})


def missing_scope(wanted: str) -> ApiError:
    """403 without the scope. Section 1 [C]; the code is [U]."""
    return refused(403, "Forbidden", f"Missing the following required scopes: {wanted}")


def needs_role(role: str) -> ApiError:
    """403 for a user whose role does not reach. Section 1 [V]; body [U]."""
    return refused(403, "Forbidden", f"This needs the role {role}")


def not_in_plan(what: str) -> ApiError:
    """403 at the boundary of the plan: the envelope with title and message. Section 1 [L][C]."""
    return ApiError(403, {"error": {"title": "Forbidden", "message": f"your plan lacks {what}"}})


def not_found() -> ApiError:
    """404 for a record. Section 2.3."""
    return refused(404, "RecordNotFound", "Not found")


def invalid_page(description: str) -> ApiError:
    """400 for a sort or page parameter. Section 2.2 [L]."""
    return refused(400, "InvalidPaginationParameter", description)


def too_deep() -> ApiError:
    """400 past 10,000 records by number. Section 2.2 [L]."""
    return refused(400, "InvalidPaginationDepth", "Requests beyond 10,000 records need cursor pagination")


def search_too_deep() -> ApiError:
    """422 past 1,000 hits. Section 2.2 [L]; code [U]."""
    return refused(422, "SearchTooDeep", "Search ends after 1,000 results")


def start_too_recent() -> ApiError:
    """422 for a start inside the withheld minute. Section 3.1 [U]."""
    return refused(422, "StartTimeTooRecent", "start_time must be at least 60 seconds in the past")


def bad_cursor() -> ApiError:
    """400 for a cursor that is foreign or too old. Section 12: status and body are not verified."""
    return refused(400, "InvalidCursor", "The cursor is invalid or has expired")


def invalid_request(description: str) -> ApiError:
    """400 for a body that cannot be read. Code [U]."""
    return refused(400, "InvalidRequest", description)


def record_invalid(details: dict[str, list[JsonObject]]) -> ApiError:
    """422 with `details`; nothing was changed. Section 2.3 [L]."""
    body = {"error": "RecordInvalid", "description": "Record validation errors", "details": details}
    return ApiError(422, body)


def invalid_value(name: str, description: str, error: str | None = None) -> ApiError:
    """422 for one property; the inner error name is [U]."""
    return record_invalid({name: [{"description": description, "error": error}]})


def duplicate(name: str, value: str) -> ApiError:
    """422 for a value that another record has. Section 4.3 [U]."""
    return invalid_value(name, f"{name.capitalize()}: {value} has already been taken", "DuplicateValue")


def update_conflict() -> ApiError:
    """409 of a safe update whose stamp is old. Section 4.1 [V][C]."""
    return refused(409, "UpdateConflict", "The record was changed since it was read")


def too_many_values() -> ApiError:
    """More than 100 rows. Section 4.2 [C]; the status is not confirmed (400 or 413)."""
    return refused(400, "TooManyValues", "At most 100 records can be changed in one request")


def too_many_jobs(current: list[str]) -> ApiError:
    """Past 30 jobs. Section 4.2 [V]; the status is [U]."""
    text = "30 jobs are queued or running; wait for one to end"
    return ApiError(429, {"error": "TooManyJobs", "description": text, "current_job_ids": current})


def idempotency_mismatch() -> ApiError:
    """400 for a key that came with another body before. Section 4.4 [C]."""
    return refused(400, "IdempotentRequestError", "Request parameters don't match the given idempotency key")


def account_rate_reached() -> ApiError:
    """429 of the account's minute. Section 2.3."""
    text = "Number of allowed API requests per minute exceeded"
    return refused(429, "APIRateLimitExceeded", text)


def endpoint_rate_reached(name: str) -> ApiError:
    """429 of one endpoint: the `errors` envelope. Section 4.3 [V]."""
    row = {"code": "TooManyRequests", "title": "Too Many Requests", "detail": f"The limit {name} was reached"}
    return ApiError(429, {"errors": [row]})


def edge_refusal() -> ApiError:
    """429 of the protection in front of the API, without Retry-After. Section 2.3 [I]."""
    text = "Rate limited by Zendesk edge protection"
    return ApiError(429, {"status": "429", "title": "Automated response", "detail": text})
