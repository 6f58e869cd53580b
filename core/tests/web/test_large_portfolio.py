"""What the portfolio page does to very many customers."""

from __future__ import annotations

import polars as pl
import pytest
from detente.web.views.portfolio import PortfolioQuery, fitting

CUSTOMERS = 200_000


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    """Customers of whom every fourth has a case, every eighth a late one, and every second an owner."""
    number = pl.int_range(CUSTOMERS, eager=True).alias("number")
    late, owned = number % 8 == 0, number % 2 == 0
    return number.to_frame().select(
        pl.format("c-{}", "number").alias("customer"),
        pl.format("North {}", "number").alias("name"),
        pl.lit("P2").alias("band"),
        (pl.col("number") % 4).cast(pl.Int64).alias("lens_gap"),
        pl.when(owned).then(pl.lit("Kim Lee")).alias("owner"),
        pl.concat_list(pl.lit("sales")).alias("crms"),
        (pl.col("number") % 4 == 0).cast(pl.Int64).alias("cases"),
        late.alias("is_late"),
    )


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({}, CUSTOMERS),
        ({"q": "north 19999"}, 11),
        ({"band": "P1"}, 0),
        ({"gap": "3"}, CUSTOMERS // 4),
        ({"case": "open"}, CUSTOMERS // 4),
        ({"case": "late"}, CUSTOMERS // 8),
        ({"case": "none"}, CUSTOMERS * 3 // 4),
        ({"owner": "Kim Lee"}, CUSTOMERS // 2),
        ({"crm": "sales", "case": "late", "owner": "Kim Lee"}, CUSTOMERS // 8),
    ],
    ids=str,
)
def test_every_filter_finds_those_that_fit_among_very_many(
    frame: pl.DataFrame, asked: dict[str, str], wanted: int
) -> None:
    assert fitting(frame, PortfolioQuery.model_validate(asked)).height == wanted
