"""Rate limits on the simulated clock, in fixed windows. Section 7 of the reference.

A refused call uses up nothing, and windows begin at full minutes of the clock; both are [U].
"""

from dataclasses import dataclass, field

from detente_sandbox.zendesk.facts import MINUTE_S, PLANS, ApiError, JsonObject
from detente_sandbox.zendesk.refusals import account_rate_reached, edge_refusal, endpoint_rate_reached

ACCOUNT = "account"


@dataclass(frozen=True)
class Rule:
    """So many calls in a window; `header` is the name in `Zendesk-RateLimit-<name>`, empty for none."""

    total: int
    window_s: int = MINUTE_S
    header: str = ""


# Section 7 [V][L]; `search-index` for the export of search and the header of deep pages are [U].
RULES = {
    ACCOUNT: Rule(PLANS["enterprise"]),
    "incremental-exports": Rule(10, header="incremental-exports"),
    "tickets-update": Rule(100, header="tickets-update"),
    "tickets-update-each": Rule(30, 600),
    "tickets-index": Rule(20_000, header="tickets-index"),
    "tickets-index-deep-pagination": Rule(50, header="tickets-index-deep-pagination"),
    "organization-update-each": Rule(5),
    "search-export": Rule(100, header="search-index"),
    "ticket-delete": Rule(400),
    "field-options": Rule(100),
}


@dataclass
class Limits:
    """Counts calls by rule and by whom or what the rule counts; a total of None is no limit."""

    is_enforced: bool = True
    totals: dict[str, int | None] = field(default_factory=dict)
    sends_retry_after: bool = True
    edge_refusals: int = 0
    plan: str = "enterprise"
    _counts: dict[tuple[str, object], tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forgets all calls and goes back to the limits of the start."""
        self.totals = {name: rule.total if self.is_enforced else None for name, rule in RULES.items()}
        self.sends_retry_after, self.edge_refusals, self.plan = True, 0, "enterprise"
        self._counts.clear()

    def take(self, name: str, now_ms: int, key: object = None) -> dict[str, str]:
        """Counts one call and returns headers for its answer. Raises: ApiError 429."""
        total, rule = self.totals[name], RULES[name]
        if total is None:
            return {}
        window, count = now_ms // (rule.window_s * 1000), 0
        known = self._counts.get((name, key))
        if known is not None and known[0] == window:
            count = known[1]
        resets = rule.window_s - now_ms // 1000 % rule.window_s
        if count >= total:
            raise self._refusal(name, rule, total, resets)
        self._counts[name, key] = (window, count + 1)
        return _headers(name, rule, total, total - count - 1, resets)

    def refuse_at_the_edge(self) -> None:
        """Raises: ApiError 429 of the edge as often as was ordered."""
        if self.edge_refusals > 0:
            self.edge_refusals -= 1
            raise edge_refusal()

    def _refusal(self, name: str, rule: Rule, total: int, resets: int) -> ApiError:
        error = account_rate_reached() if name == ACCOUNT else endpoint_rate_reached(rule.header or name)
        error.headers = _headers(name, rule, total, 0, resets)
        if self.sends_retry_after:
            error.headers["Retry-After"] = str(resets)
        return error

    def shown(self) -> JsonObject:
        """All totals and switches."""
        switches = {"retry_after": self.sends_retry_after, "edge_refusals": self.edge_refusals}
        return {**self.totals, **switches, "plan": self.plan}

    def set(self, body: JsonObject) -> None:
        """Changes totals and switches. Raises: ValueError for an unknown name."""
        unknown = set(body) - set(self.shown())
        if unknown:
            raise ValueError(f"unknown limits {sorted(unknown)}; known are {sorted(self.shown())}")
        if "plan" in body:
            self.plan = str(body["plan"])
            self.totals[ACCOUNT] = PLANS[self.plan]
        self.sends_retry_after = bool(body.get("retry_after", self.sends_retry_after))
        self.edge_refusals = int(body.get("edge_refusals", self.edge_refusals))
        for name in self.totals.keys() & body.keys():
            self.totals[name] = None if body[name] is None else int(body[name])


def _headers(name: str, rule: Rule, total: int, remaining: int, resets: int) -> dict[str, str]:
    if name == ACCOUNT:
        return {
            "X-Rate-Limit": str(total),
            "X-Rate-Limit-Remaining": str(remaining),
            "ratelimit-limit": str(total),
            "ratelimit-remaining": str(remaining),
            "ratelimit-reset": str(resets),
        }
    if not rule.header:
        return {}
    shown = f"total={total}; remaining={remaining}; resets={resets}"
    return {f"Zendesk-RateLimit-{rule.header}": shown}
