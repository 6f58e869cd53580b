"""An unknown name is answered with the nearest known one."""

from __future__ import annotations

import pytest
from detente_contracts import unknown_name
from detente_contracts.testing.promises import RETURNS


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("detente_add_criterion", "did you mean 'detente_add_criteria'?", id="misspelt"),
        pytest.param("add_signals", "did you mean 'detente_add_signals'?", id="prefix forgotten"),
        pytest.param(
            "detente_rank_customers", "known: detente_add_criteria, ", id="like none but for the prefix"
        ),
    ],
)
def test_a_shared_prefix_makes_no_name_alike(name: str, said: str) -> None:
    assert said in unknown_name("hook", name, RETURNS)


def test_a_single_known_name_is_suggested_by_all_of_it() -> None:
    assert "did you mean 'weight_max'?" in unknown_name("key", "weight_min", ["weight_max"])
