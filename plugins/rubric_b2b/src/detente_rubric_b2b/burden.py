"""Service burden: how heavily a customer's tickets weigh on it, over several signals at once.

Bands and ramps read one signal; this criterion is the form for what needs more than one.
"""

from __future__ import annotations

from detente_contracts import Criterion, Direction, MissingRule, Row

_URGENT, _REOPENED, _OPEN = 2.0, 1.5, 0.5
"""How much one ticket weighs: urgent and open, reopened, open."""

_LIGHT, _HEAVY = 1.0, 6.0
"""Weights up to which a customer is not burdened, and from which on it could not be more."""


def service_burden(row: Row) -> float | None:
    """0 to 100 points; None while open tickets are unknown. An unknown part adds nothing."""
    if row.get("open_tickets") is None:
        return None
    load = (
        _URGENT * _number(row, "urgent_open_tickets")
        + _REOPENED * _number(row, "reopened_90d")
        + _OPEN * _number(row, "open_tickets")
    )
    return 100 * min(1.0, max(0.0, (load - _LIGHT) / (_HEAVY - _LIGHT)))


def _number(row: Row, name: str) -> float:
    """The signal as a number of tickets; 0 where it is unknown or cannot be one."""
    value = row.get(name)
    return max(0.0, value) if isinstance(value, int | float) else 0.0


SERVICE_BURDEN = Criterion(
    name="service_burden",
    title="Service burden",
    family="operational",
    signal="open_tickets",
    weight=4,
    direction=Direction.MORE,
    missing=MissingRule.REDISTRIBUTE,
    phrase="service burden with {value} open",
    function=service_burden,
)
"""Offered with a small weight: rubrics that take offered criteria have it, and may give it another."""
