"""How near a renewal is, from the signal `days_to_renewal`."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from math import isfinite

from detente_contracts import FieldSpec, FieldType, Frame, Kind, ProposedWrite, Value

SIGNAL = "days_to_renewal"

SOON_DAYS = 60
"""Whole days ahead, the last one included, in which a renewal is due soon."""


class Watch(StrEnum):
    """The values of the field, in the order in which reps choose from them."""

    DUE_SOON = "due soon"
    LAPSED = "lapsed"
    LATER = "later"
    NONE = "none"


FIELD = FieldSpec(
    prefix="renewal",
    name="watch",
    label="Renewal watch",
    help=f"Due soon: within {SOON_DAYS} days. Lapsed: the date has passed. None: no renewal date is known.",
    type=FieldType.CHOICE,
    options=tuple(Watch),
    kinds=(Kind.ACCOUNT,),
)


def proposals(portfolio: Frame) -> Iterator[ProposedWrite]:
    """One value a customer; nothing at all where no policy offers the signal."""
    if SIGNAL not in portfolio.columns:
        return
    for row in portfolio.rows():
        days = _days(row[SIGNAL])
        yield ProposedWrite(
            customer=str(row["customer"]), field=FIELD.key, value=watch(days), reason=reason(days)
        )


def watch(days: float | None) -> Watch:
    """The field's value when the renewal is `days` away; negative when it has passed, None when unknown."""
    if days is None:
        return Watch.NONE
    if days < 0:
        return Watch.LAPSED
    return Watch.DUE_SOON if days <= SOON_DAYS else Watch.LATER


def reason(days: float | None) -> str:
    """Why the field says so, for people who look at the plan."""
    if days is None:
        return "no renewal date known"
    if days < 0:
        return f"renewal was {_counted(-days)} ago"
    return f"renewal in {_counted(days)}"


def _counted(days: float) -> str:
    return f"{days:,.6g} day{'' if days == 1 else 's'}"


def _days(value: Value) -> float | None:
    return float(value) if isinstance(value, int | float) and isfinite(value) else None
