"""Signals over tickets. A customer without matching tickets has 0 of them; its time to resolve is unknown."""

from __future__ import annotations

from detente_contracts import Kind, Merge, Signal

_LAST_90_DAYS = "days_since_opened_at BETWEEN 0 AND 90"
_RESOLVED_LATELY = "NOT is_open AND days_since_closed_at BETWEEN 0 AND 180"
_PAST_DUE = "(is_open AND hours_until_resolve_due_at < 0)"
# A source that does not say whether the agreed time was kept says it by its times.
_CLOSED_LATE = "(is_breached IS NULL AND hours_until_closed_at > hours_until_resolve_due_at)"
_BROKEN = f"(is_breached OR {_PAST_DUE} OR {_CLOSED_LATE})"
_RESOLVE_DAYS = "(hours_until_closed_at - hours_until_opened_at) / 24"


def _count(name: str, title: str, where: str) -> Signal:
    return Signal(
        name=name,
        title=title,
        unit="tickets",
        kind=Kind.TICKET,
        value="1",
        where=where,
        merge=Merge.COUNT,
        empty=0,
    )


def _mean_days(name: str, title: str, where: str) -> Signal:
    """Unknown without a resolved ticket: no time is not a short time."""
    return Signal(
        name=name,
        title=title,
        unit="days",
        kind=Kind.TICKET,
        value=_RESOLVE_DAYS,
        where=where,
        merge=Merge.MEAN,
        decimals=1,
    )


TICKET_SIGNALS: tuple[Signal, ...] = (
    _count("open_tickets", "open tickets", "is_open"),
    _count("urgent_open_tickets", "urgent open tickets", "is_open AND priority = 'urgent'"),
    _count("tickets_90d", "tickets opened in 90 days", _LAST_90_DAYS),
    # The agreed time is broken when it runs out; where nobody says when that was, by the opening.
    _count(
        "breaches_90d",
        "breached tickets in 90 days",
        f"{_BROKEN} AND COALESCE(days_since_resolve_due_at, days_since_opened_at) BETWEEN 0 AND 90",
    ),
    # Records do not say when a ticket was reopened; one that is open or closed lately counts.
    _count(
        "reopened_90d",
        "reopened tickets in 90 days",
        "reopened > 0 AND COALESCE(days_since_closed_at, 0) <= 90",
    ),
    _count(
        "open_breached_tickets",
        "open tickets past their agreed time",
        f"is_open AND (is_breached OR {_PAST_DUE})",
    ),
    _count(
        "tickets_due_4h",
        "open tickets due within 4 hours",
        "is_open AND hours_until_resolve_due_at BETWEEN 0 AND 4",
    ),
    _mean_days("mean_resolve_days", "mean time to resolve", _RESOLVED_LATELY),
    _mean_days(
        "mean_urgent_resolve_days",
        "mean time to resolve critical tickets",
        f"{_RESOLVED_LATELY} AND priority IN ('urgent', 'high')",
    ),
)
"""What is open first, then the last 90 days, then what is late, then how long things take."""
