"""What the transport must know of Zendesk: limits by header, and what a refusal means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from detente_connector_kit import Bucket, Patience, Reply

from detente_zendesk.envelopes import Said, said_in

ACCOUNT = "account"
EXPORTS = "exports"
JOBS = "jobs"

_FULL_QUEUE_S = 10.0
"""Seconds to leave a full job queue alone: a place is free when a job ends, at no time that is told."""

BUCKETS = (Bucket(ACCOUNT, 200, 60.0), Bucket(EXPORTS, 10, 60.0), Bucket(JOBS, 100, 60.0))
"""Limits until headers tell more. Source: Zendesk, Rate limits, lowest plan; all exports share one limit.

`jobs` is no rate of Zendesk's: the bucket is closed while all places for jobs are taken.
"""

PATIENCE = Patience(longest_rest_s=3_600.0)
"""Retry-After of 999,999 seconds has been seen, so an hour is the longest that a limit is believed."""

_NAMED = {"incremental-exports": EXPORTS, "inflight-jobs": JOBS}
"""Limits of one endpoint that concern us, by the end of their header's name."""

_PARTS = re.compile(r"(total|remaining|resets)\s*=\s*(\d+)")


class ZendeskManners:
    """Limits and refusals of one account."""

    name = "Zendesk"

    def explain(self, status: int, body: Mapping[str, Any]) -> tuple[str, str]:
        """Message and hint for a refusal."""
        said = said_in(body)
        if status == 401:
            return (
                "Zendesk does not accept the credential",
                "Check client, secret and account in the settings",
            )
        if status == 403:
            return f"Zendesk does not allow a call: {said.for_people() or 'forbidden'}", _next_step(said)
        code = f" {said.code}" if said.code else ""
        about = said.for_people()
        told = f": {about}" if about and about != said.code else ""
        return f"Zendesk refused a call ({status}{code}){told}", ""

    def limited(self, reply: Reply, body: Mapping[str, Any], now: datetime) -> tuple[str, float] | None:
        """The bucket that a refusal closes: by its code, as the status of a full job queue is not certain."""
        if said_in(body).code == "TooManyJobs":
            return JOBS, _FULL_QUEUE_S
        if reply.status != 429:
            return None
        resets = self.spent(reply.headers)
        name = next(iter(resets), ACCOUNT)
        return name, resets.get(name, 60.0)

    def limits(self, headers: Mapping[str, str]) -> Mapping[str, tuple[int, float]]:
        """Calls a minute, of the account and of exports, where the answer tells them."""
        told = {ACCOUNT: (_number(headers, "X-Rate-Limit"), 60.0)}
        exports = _parts(headers, "incremental-exports")
        told[EXPORTS] = (exports.get("total", 0), 60.0)
        return {name: limit for name, limit in told.items() if limit[0]}

    def spent(self, headers: Mapping[str, str]) -> Mapping[str, float]:
        """Limits of which nothing remains, with the seconds until they are filled up again."""
        spent: dict[str, float] = {}
        for name, bucket in _NAMED.items():
            parts = _parts(headers, name)
            if parts.get("remaining") == 0:
                spent[bucket] = _FULL_QUEUE_S if bucket == JOBS else float(parts.get("resets", 60))
        if headers.get("X-Rate-Limit-Remaining") == "0":
            spent[ACCOUNT] = float(_number(headers, "ratelimit-reset") or 60)
        return spent


def _parts(headers: Mapping[str, str], name: str) -> dict[str, int]:
    """`total=100; remaining=99; resets=41` as numbers."""
    return {key: int(value) for key, value in _PARTS.findall(headers.get(f"Zendesk-RateLimit-{name}", ""))}


def _number(headers: Mapping[str, str], name: str) -> int:
    text = headers.get(name, "")
    return int(text) if text.isdigit() else 0


def _next_step(said: Said) -> str:
    if "scope" in said.text.lower():
        return "Add the scope to the OAuth client, and to `client.scope` in the settings"
    return "The user behind the client must be an admin, and the plan must have this feature"
