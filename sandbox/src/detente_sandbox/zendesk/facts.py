"""Every limit of the simulated vendor, each with where it is known from.

Citations name the section of `zendesk.md` (state: November 2026) and its mark: [V] vendor documentation,
[L] live probes reported by others, [C] read in the code of a client, [I] an issue thread, [M] measured
against a stub, [U] not verified. What is marked [U] is a reading that a careful client survives; what is
known less than that is answered 501.
"""

from typing import Any

JsonObject = dict[str, Any]

MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400

# Section 1 [V]: seconds an access token may live; default 30 minutes, at most 48 hours.
ACCESS_TTL_S, ACCESS_TTL_MIN_S, ACCESS_TTL_MAX_S = 1_800, 300, 172_800
# Section 1 [V]: seconds a refresh token may live; 30 days, 7 to 90 days. A code lives 120 seconds.
REFRESH_TTL_S, REFRESH_TTL_MIN_S, REFRESH_TTL_MAX_S = 30 * DAY_S, 7 * DAY_S, 90 * DAY_S
CODE_TTL_S = 120
# Section 1 [V]: API tokens end on 2027-04-30; tokens without an expiry end on 2027-04-01.
API_TOKENS_END, LASTING_TOKENS_END = "2027-04-30T00:00:00Z", "2027-04-01T00:00:00Z"
# Section 1 [V]: resources of scopes `<resource>:read` and `<resource>:write`; audit logs are read only.
SCOPE_RESOURCES = (
    "tickets", "users", "organizations", "hc", "apps", "triggers", "automations", "targets", "webhooks",
)  # fmt: skip
BROAD_SCOPES = ("read", "write", "impersonate")
READ_ONLY_SCOPES = ("auditlogs:read",)

# Section 2.2: lists by cursor or by number take 100 [V]; by number they end after 10,000 records [L].
PAGE_MAX, OFFSET_DEPTH_MAX = 100, 10_000
# Section 2.2 [L]: search stops at 1,000 results; [V] a cursor of search/export lives one hour.
SEARCH_HITS_MAX, SEARCH_CURSOR_S = 1_000, HOUR_S
# Section 3.1: `per_page` 1 to 1,000 [C], default 1,000 [I][U]; the last minute is withheld [V].
EXPORT_PAGE_MAX, WITHHELD_S = 1_000, MINUTE_S
# Section 3.3 [V]: ids in show_many. Section 4.2: rows in one job [V].
SHOW_MANY_MAX, JOB_ROWS_MAX = 100, 100
# Section 4.2 [V]: jobs queued or running in one account; how long a finished job can be read.
JOBS_MAX, JOB_KEPT_S = 30, DAY_S
# Section 4.4 [C]: an idempotency key has at most 255 characters and is kept two hours.
IDEMPOTENCY_KEY_MAX, IDEMPOTENCY_KEPT_S = 255, 2 * HOUR_S
# Section 5.1 [V].
OPTIONS_MAX = 2_000

# Section 7 [V]: requests a minute in the whole account, by plan.
PLANS = {
    "essential": 10,
    "team": 200,
    "growth": 400,
    "professional": 400,
    "enterprise": 700,
    "enterprise_plus": 2_500,
}
# Section 3.4 [V]: plans with SLA policies.
PLANS_WITH_SLA = ("growth", "professional", "enterprise", "enterprise_plus")

TICKET_FIELD_TYPES = (
    "text", "textarea", "checkbox", "date", "integer", "decimal", "regexp", "partialcreditcard",
    "multiselect", "tagger", "lookup",
)  # fmt: skip
ORGANIZATION_FIELD_TYPES = (
    "text", "textarea", "checkbox", "date", "integer", "decimal", "regexp", "dropdown", "lookup",
    "multiselect",
)  # fmt: skip
PRIORITIES = ("urgent", "high", "normal", "low")
TICKET_TYPES = ("problem", "incident", "question", "task")
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")


class ApiError(Exception):
    """An answer that is not 2xx: its status, JSON body and extra headers."""

    def __init__(self, status: int, body: JsonObject, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"answered {status}")
        self.status, self.body, self.headers = status, body, headers or {}


class UnknownBehaviourError(Exception):
    """The reference does not say what the vendor does here; answered 501 and remembered."""
