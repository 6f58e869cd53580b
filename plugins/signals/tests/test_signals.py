"""Stock signals mean what they say; expressions are judged by SQLite, which shares no code with Detente."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import ClassVar

import detente_signals
import pytest
from detente_contracts import RECORD_TYPES, Kind, Merge, Signal, SignalType
from detente_contracts.testing import PluginConformance
from detente_signals import STOCK_SIGNALS

SIGNALS: Mapping[str, Signal] = {signal.name: signal for signal in STOCK_SIGNALS}
Column = float | str | None


class TestSignals(PluginConformance):
    """The promises of every plugin."""

    plugin: ClassVar[object] = detente_signals


def judged(name: str, row: Mapping[str, Column]) -> tuple[bool, Column]:
    """Whether a record counts for the signal, and its value."""
    signal = SIGNALS[name]
    columns = ", ".join(f"? AS {column}" for column in row)
    query = f"SELECT COALESCE({signal.where or '1'}, 0), {signal.value} FROM (SELECT {columns})"  # noqa: S608
    with closing(sqlite3.connect(":memory:")) as database:
        counts, value = database.execute(query, tuple(row.values())).fetchone()
    return bool(counts), value


@pytest.mark.parametrize(
    ("deal_type", "is_open", "counts"),
    [
        pytest.param("existingbusiness", 1, True, id="HubSpot's word"),
        pytest.param("Existing Customer - Upgrade", 1, True, id="Salesforce's words"),
        pytest.param("newbusiness", 1, False, id="a new customer"),
        pytest.param("existingbusiness", 0, False, id="closed"),
        pytest.param(None, 1, False, id="of no type"),
    ],
)
def test_expansion_pipeline_is_open_business_with_customers_that_are_there(
    deal_type: str | None, is_open: int, counts: bool
) -> None:
    row: dict[str, Column] = {"is_open": is_open, "deal_type": deal_type, "amount": 10.0}

    assert judged("expansion_pipeline", row) == (counts, 10.0)


@pytest.mark.parametrize(
    ("won", "days", "counts"), [(1, 0, True), (1, 365, True), (1, 366, False), (1, -1, False), (0, 5, False)]
)
def test_won_in_twelve_months_ends_with_the_year(won: int, days: int, counts: bool) -> None:
    assert judged("won_12m", {"is_won": won, "days_since_close_at": days, "amount": 1.0})[0] is counts


@pytest.mark.parametrize(
    ("breached", "due_days", "opened_days", "closed_days", "counts"),
    [
        pytest.param(1, 10, 100, 5, True, id="ran out lately"),
        pytest.param(1, 91, 95, 80, False, id="ran out long ago"),
        pytest.param(1, None, 90, None, True, id="opened lately, no due time"),
        pytest.param(0, 10, 20, 5, False, id="kept, as the source says"),
        pytest.param(None, 10, 20, 5, True, id="closed after the agreed time"),
        pytest.param(None, 10, 20, 15, False, id="closed before it"),
        pytest.param(None, 10, 20, None, True, id="open, and the time ran out"),
        pytest.param(None, -2, 20, None, False, id="open, and there is time left"),
        pytest.param(None, None, 20, None, False, id="without agreed time"),
    ],
)
def test_a_breach_counts_from_when_the_agreed_time_ran_out(
    breached: int | None, due_days: int | None, opened_days: int, closed_days: int | None, counts: bool
) -> None:
    row = {
        "is_breached": breached,
        "is_open": int(closed_days is None),
        "days_since_resolve_due_at": due_days,
        "hours_until_resolve_due_at": None if due_days is None else -24.0 * due_days,
        "days_since_opened_at": opened_days,
        "hours_until_closed_at": None if closed_days is None else -24.0 * closed_days,
    }

    assert judged("breaches_90d", row)[0] is counts


@pytest.mark.parametrize(
    ("reopened", "closed_days", "counts"),
    [(1, None, True), (2, 90, True), (1, 91, False), (0, None, False), (None, None, False)],
)
def test_a_reopened_ticket_counts_while_open_and_ninety_days_after(
    reopened: int | None, closed_days: int | None, counts: bool
) -> None:
    assert judged("reopened_90d", {"reopened": reopened, "days_since_closed_at": closed_days})[0] is counts


@pytest.mark.parametrize(
    ("is_open", "breached", "hours", "late", "due_soon"),
    [
        pytest.param(1, 0, 3.9, False, True, id="due within 4 hours"),
        pytest.param(1, 0, 4.1, False, False, id="due later"),
        pytest.param(1, None, -0.1, True, False, id="past, though nobody said so"),
        pytest.param(1, 1, None, True, False, id="said to be past"),
        pytest.param(0, 1, -5.0, False, False, id="closed late"),
        pytest.param(1, None, None, False, False, id="without agreed time"),
    ],
)
def test_an_open_ticket_is_late_or_due_soon_and_never_both(
    is_open: int, breached: int | None, hours: float | None, late: bool, due_soon: bool
) -> None:
    row: dict[str, Column] = {
        "is_open": is_open,
        "is_breached": breached,
        "hours_until_resolve_due_at": hours,
    }

    assert judged("open_breached_tickets", row)[0] is late
    assert judged("tickets_due_4h", row)[0] is due_soon


def test_time_to_resolve_is_from_opening_to_closing_in_days() -> None:
    row: dict[str, Column] = {"is_open": 0, "days_since_closed_at": 10, "priority": "high"}
    row |= {"hours_until_opened_at": -276.0, "hours_until_closed_at": -240.0}

    assert judged("mean_urgent_resolve_days", row) == (True, 1.5)
    assert judged("mean_resolve_days", {**row, "days_since_closed_at": 181})[0] is False
    assert judged("mean_urgent_resolve_days", {**row, "priority": "low"})[0] is False


@pytest.mark.parametrize(("kept", "shown"), [(0.62, 62.0), (1, 100.0), (62, 62.0), (0, 0.0), (None, None)])
def test_likelihood_is_per_cent_whether_kept_as_a_share_or_not(
    kept: float | None, shown: float | None
) -> None:
    value = judged("expansion_likelihood", {"expansion_likelihood": kept})[1]

    assert value == (None if shown is None else pytest.approx(shown))


@pytest.mark.parametrize(
    ("days", "counts"), [(40, True), (0, True), (-90, True), (-91, False), (None, False)]
)
def test_a_renewal_date_that_nobody_keeps_is_no_renewal(days: int | None, counts: bool) -> None:
    assert judged("days_to_renewal", {"days_until_renewal_at": days})[0] is counts


def test_counts_have_a_value_without_records_and_means_have_none() -> None:
    for signal in STOCK_SIGNALS:
        if signal.merge in (Merge.COUNT, Merge.DISTINCT, Merge.SUM):
            assert signal.empty == 0, signal.name
        else:
            assert signal.empty is None, signal.name


def test_a_signal_over_a_custom_field_needs_that_field() -> None:
    own = {field for kind in Kind for field in RECORD_TYPES[kind].__dataclass_fields__}

    for signal in STOCK_SIGNALS:
        words = set(re.findall(r"[a-z_]+", signal.value))
        assert set(signal.needs).isdisjoint(own), signal.name
        assert signal.needs == ((signal.name,) if signal.name in words - own - {"arr"} else ()), signal.name


def test_numbers_have_units_that_lose_their_s_for_one() -> None:
    units = {signal.unit for signal in STOCK_SIGNALS if signal.type is SignalType.NUMBER and signal.unit}

    assert units - {"EUR", "%"} == {"days", "tickets", "owners", "partners", "employees", "teams"}


def test_the_readme_lists_every_signal_with_its_unit() -> None:
    lines = (Path(__file__).parents[1] / "README.md").read_text("utf-8").splitlines()
    rows = [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| `")]

    assert [row[0] for row in rows] == [signal.name for signal in STOCK_SIGNALS]
    assert all(SIGNALS[row[0]].unit in ("", row[1]) for row in rows)
