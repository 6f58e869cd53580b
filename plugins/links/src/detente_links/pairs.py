"""Pairs of accounts of different CRMs that are worth a look: those that share a name or a host."""

from __future__ import annotations

import polars as pl

CROWD = 30
"""Accounts of one CRM that may share a block: more share something that tells nobody apart."""


def candidate_pairs(accounts: pl.DataFrame) -> pl.DataFrame:
    """`left` and `right` are places of accounts, left below right; each pair once, in order.

    Accounts that share a customer key are left out: they are linked without us.
    """
    keyed = accounts.select("place", "connector", "key")
    blocks = [
        accounts.select("place", "connector", pl.col(name).alias("block")) for name in ("compact", "ordered")
    ]
    blocks.append(accounts.select("place", "connector", pl.col("hosts").alias("block")).explode("block"))
    found = pl.concat([_pairs(block.drop_nulls("block")) for block in blocks]).unique()
    for side in ("left", "right"):
        found = found.join(
            keyed.select(pl.col("place").alias(side), pl.col("key").alias(f"{side}_key")), on=side
        )
    same = (pl.col("left_key") == pl.col("right_key")).fill_null(False)
    return found.filter(~same).select("left", "right").sort("left", "right")


def _pairs(block: pl.DataFrame) -> pl.DataFrame:
    crowded = block.group_by("block", "connector").len().filter(pl.col("len") > CROWD)
    block = block.join(crowded.select("block").unique(), on="block", how="anti")
    pairs = block.join(block, on="block", suffix="_right").filter(
        pl.col("place") < pl.col("place_right"), pl.col("connector") != pl.col("connector_right")
    )
    return pairs.select(pl.col("place").alias("left"), pl.col("place_right").alias("right"))
