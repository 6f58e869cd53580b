"""What `doctor` says of the clocks: due times and scores go by ours, changes by the CRM's."""

from __future__ import annotations

from datetime import timedelta

from detente_contracts.connector import Finding, Severity

from detente_connector_kit.transport import Transport

_TOLERATED = timedelta(seconds=60)


def clock_finding(transport: Transport) -> Finding:
    """Whether our clock and the CRM's agree to a minute, by the last answer; ask the CRM something first."""
    skew = transport.skew
    if abs(skew) <= _TOLERATED:
        return Finding(Severity.OK, "clock", "agrees with ours")
    side = "ahead of" if skew > timedelta(0) else "behind"
    return Finding(
        Severity.WARNING,
        "clock",
        f"is {abs(skew).total_seconds():,.0f} s {side} ours",
        "Let this machine follow a time server; due times and scores go by its clock",
    )
