"""Texts and units that connectors and core must agree on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from detente_contracts import instant_text, minor_places


def test_an_instant_is_written_in_utc_and_whole_seconds() -> None:
    at = datetime(2026, 11, 3, 10, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=1)))

    assert instant_text(at) == "2026-11-03T09:00:00Z"
    assert instant_text(at) == instant_text(datetime(2026, 11, 3, 9, tzinfo=UTC))


@pytest.mark.parametrize(("currency", "places"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("XXX", 2)])
def test_a_minor_unit_has_the_decimals_of_its_currency(currency: str, places: int) -> None:
    assert minor_places(currency) == places
