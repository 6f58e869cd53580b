"""What errors say to people."""

from __future__ import annotations

import pytest
from detente_contracts import RateLimitedError


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "1 s"), (10, "10 s"), (120, "120 s"), (121, "3 min"), (7_200, "120 min"), (50_399, "14 h")],
)
def test_a_time_without_calls_is_told_in_a_unit_for_people(seconds: float, said: str) -> None:
    error = RateLimitedError("HubSpot", seconds)

    assert error.message == f"HubSpot takes no calls for {said}"
    assert error.retry_after_s == seconds
