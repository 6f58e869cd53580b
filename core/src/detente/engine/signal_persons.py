"""One person over all CRMs: each CRM gives a colleague an id of its own, the e-mail address is the same."""

from __future__ import annotations

import polars as pl

OWNER_PERSON = "owner_person"

_OWNER = ["connector", "owner"]


def with_persons(records: pl.DataFrame, persons: pl.DataFrame | None) -> pl.DataFrame:
    """Records that have an `owner`, with `owner_person`: the address in lower case, else connector and id.

    Two CRMs that know a colleague by different addresses have two persons: nothing says that they are one.
    """
    if "owner" not in records.columns:
        return records
    own = pl.concat_str(_OWNER, separator="/")
    if persons is None or "email" not in persons.columns:
        return records.with_columns(own.alias(OWNER_PERSON))
    address = pl.col("email").str.strip_chars().str.to_lowercase()
    known = persons.select("connector", pl.col("id").alias("owner"), address.alias("__address"))
    known = known.filter(pl.col("__address") != "").unique(_OWNER, keep="first", maintain_order=True)
    joined = records.join(known, on=_OWNER, how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("__address", own).alias(OWNER_PERSON)).drop("__address")
