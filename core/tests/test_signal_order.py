"""A signal does not depend on the order in which records come."""

from __future__ import annotations

import polars as pl
import pytest
from detente.engine.signal_merging import _merging
from detente_contracts import Kind, Merge, Signal


@pytest.mark.parametrize("merge", [Merge.SUM, Merge.MEAN])
def test_fractions_add_up_to_the_same_last_bit_in_any_order(merge: Merge) -> None:
    signal = Signal(name="x", title="x", unit="days", kind=Kind.TICKET, value="x", merge=merge)
    values = [1e16, 1.0, -1e16, 3.0] * 10
    found = {
        pl.DataFrame({"customer": "c", "x": order, "x__count": True})
        .group_by("customer")
        .agg(_merging(signal))["x"][0]
        for order in (values, values[::-1], values[1:] + values[:1])
    }

    assert len(found) == 1
