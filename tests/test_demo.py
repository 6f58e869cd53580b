"""The demo refuses what it cannot tell, in words for people, and leaves nothing running."""

from __future__ import annotations

from pathlib import Path

import pytest
from detente.cli.demo.connecting import empty_folder
from detente.cli.demo.firm import SimulatedFirm
from detente_contracts import ConfigurationError


@pytest.mark.parametrize(
    ("vendors", "told"),
    [("nosuch", "known are hubspot, salesforce, zendesk"), ("salesforce", "clock is followed without TLS")],
    ids=["a CRM that nobody simulates", "no CRM with a clock to follow"],
)
def test_what_cannot_be_simulated_is_refused_before_anything_is_written(vendors: str, told: str) -> None:
    firm = SimulatedFirm(vendors, companies=5, tickets=5, seed=7)
    with pytest.raises(ConfigurationError, match=told), firm:
        pass


def test_a_folder_that_is_not_a_demo_s_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ConfigurationError, match="not a demo's folder"):
        empty_folder(tmp_path)

    assert (tmp_path / "mine.txt").read_text() == "mine"
