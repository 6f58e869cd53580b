"""The helpdesk figures, computed again from the data where it is at hand."""

import csv
import io
import zipfile
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from detente_sandbox.world import figures

LOG = Path(__file__).parents[3] / "shared/reference/data/zendesk/incident_log/incident_event_log.zip"


@pytest.fixture(scope="module")
def incidents() -> list[dict[str, str]]:
    """The last event of each incident."""
    if not LOG.exists():
        pytest.skip("the incident log (UCI 498) is not at ../shared/reference/data")
    last: dict[str, dict[str, str]] = {}
    with zipfile.ZipFile(LOG) as packed:
        name = next(name for name in packed.namelist() if name.endswith(".csv"))
        with io.TextIOWrapper(packed.open(name), encoding="utf-8", errors="replace") as lines:
            for row in csv.DictReader(lines):
                last[row["number"]] = row
    return list(last.values())


def moment(text: str) -> datetime | None:
    return None if text == "?" else datetime.strptime(text, "%d/%m/%Y %H:%M")  # noqa: DTZ007 -- zone not stated


def hours_of(incidents: list[dict[str, str]], priority: int) -> list[float]:
    rows = (row for row in incidents if row["priority"] == str(priority))
    pairs = ((moment(row["opened_at"]), moment(row["resolved_at"])) for row in rows)
    return sorted((done - begun).total_seconds() / 3_600 for begun, done in pairs if begun and done)


def test_shares_of_the_priorities_are_those_of_the_log(incidents: list[dict[str, str]]) -> None:
    counts = Counter(int(row["priority"]) for row in incidents)

    assert len(incidents) == figures.INCIDENTS
    for priority, share in figures.PRIORITY_SHARE.items():
        assert counts[priority] / len(incidents) == pytest.approx(share, abs=1e-4)


@pytest.mark.parametrize("priority", [1, 2, 3, 4])
def test_resolution_times_are_those_of_the_log(incidents: list[dict[str, str]], priority: int) -> None:
    hours = hours_of(incidents, priority)
    found = [hours[min(len(hours) - 1, int(share * len(hours)))] for share in figures.QUANTILES]

    assert found == pytest.approx(list(figures.RESOLUTION_HOURS[priority]), abs=0.01)


def test_shares_of_missed_targets_and_reopenings_are_those_of_the_log(
    incidents: list[dict[str, str]],
) -> None:
    for priority, share in figures.TARGET_MISSED_SHARE.items():
        rows = [row for row in incidents if row["priority"] == str(priority)]
        missed = sum(row["made_sla"] == "false" for row in rows)
        assert missed / len(rows) == pytest.approx(share, abs=1e-4)
    reopened = sum(int(row["reopen_count"]) > 0 for row in incidents)
    assert reopened / len(incidents) == pytest.approx(figures.REOPENED_SHARE, abs=1e-4)


def test_arrivals_over_the_week_and_the_day_are_those_of_the_log(incidents: list[dict[str, str]]) -> None:
    opened = [at for row in incidents if (at := moment(row["opened_at"]))]
    days, hours = Counter(at.weekday() for at in opened), Counter(at.hour for at in opened)

    assert [days[day] / len(opened) for day in range(7)] == pytest.approx(
        list(figures.WEEKDAY_SHARE), abs=1e-4
    )
    assert [hours[hour] / len(opened) for hour in range(24)] == pytest.approx(
        list(figures.HOUR_SHARE), abs=1e-4
    )


def test_share_still_open_after_a_month_is_that_of_the_log(incidents: list[dict[str, str]]) -> None:
    cut = datetime(2016, 4, 1)  # noqa: DTZ001 -- the log states no zone
    seen = [row for row in incidents if (at := moment(row["opened_at"])) and at < cut]
    ended = [moment(row["resolved_at"]) or moment(row["closed_at"]) for row in seen]

    still_open = sum(end is None or end >= cut for end in ended)
    assert still_open / len(seen) == pytest.approx(figures.OPEN_SHARE_AFTER_A_MONTH, abs=1e-4)
