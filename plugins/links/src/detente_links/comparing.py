"""What two accounts agree in and what not, pair by pair.

Each comparison is `same`, another word for a weaker agreement, `other` where both sides are known and differ,
or null where a side is unknown.
"""

from __future__ import annotations

import polars as pl

from detente_links.slips import Vocabulary

SIDES = ("left", "right")
_SHOWN = (
    "account",
    "connector",
    "entity",
    "key",
    "core",
    "compact",
    "ordered",
    "form",
    "domain",
    "hosts",
    "land",
    "parent_core",
    "is_family",
    "is_grouped",
)

NAME_FITS = pl.col("name").is_in(["same", "reordered", "slip", "short"])
DOMAIN_FITS = pl.col("domain").is_in(["same", "contact"])
CONTRADICTED = pl.any_horizontal(
    (pl.col(what) == "other").fill_null(False) for what in ("country", "form", "parent", "keys")
)


def compared(pairs: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """The pairs with both sides' columns under `left_` and `right_`, and the comparisons.

    Those are `name` (same, reordered, slip, short, within, other), `domain` (same, contact, other),
    `country`, `form`, `parent`, `keys`; `is_family` and `is_grouped` of either; and how many accounts of the
    other's CRM
    fit as well: `rivals` by name and domain, `namesakes` by name alone, 0 where the pair is alone.
    """
    wide = pairs
    for side in SIDES:
        named = {name: f"{side}_{name}" for name in _SHOWN} | {"place": side}
        wide = wide.join(accounts.select("place", *_SHOWN).rename(named), on=side, maintain_order="left")
    wide = wide.with_columns(
        _names().alias("name"),
        _domains().alias("domain"),
        _equal("land").alias("country"),
        _equal("form").alias("form"),
        _equal("parent_core").alias("parent"),
        _equal("key").alias("keys"),
        *(
            (pl.col(f"left_{flag}") | pl.col(f"right_{flag}")).alias(flag)
            for flag in ("is_family", "is_grouped")
        ),
    )
    return _with_rivals(_with_likeness(wide, Vocabulary(accounts["core"])))


def _equal(name: str) -> pl.Expr:
    left, right = pl.col(f"left_{name}"), pl.col(f"right_{name}")
    same = pl.when(left == right).then(pl.lit("same")).otherwise(pl.lit("other"))
    return pl.when(left.is_not_null() & right.is_not_null()).then(same)


def _names() -> pl.Expr:
    both = pl.col("left_core").is_not_null() & pl.col("right_core").is_not_null()
    return (
        pl.when(pl.col("left_compact") == pl.col("right_compact"))
        .then(pl.lit("same"))
        .when(pl.col("left_ordered") == pl.col("right_ordered"))
        .then(pl.lit("reordered"))
        .when(both)
        .then(pl.lit("other"))
    )


def _domains() -> pl.Expr:
    shared = pl.col("left_hosts").list.set_intersection(pl.col("right_hosts")).list.len() > 0
    both = pl.col("left_domain").is_not_null() & pl.col("right_domain").is_not_null()
    return (
        pl.when(pl.col("left_domain") == pl.col("right_domain"))
        .then(pl.lit("same"))
        .when(shared)
        .then(pl.lit("contact"))
        .when(both)
        .then(pl.lit("other"))
    )


def _with_likeness(wide: pl.DataFrame, vocabulary: Vocabulary) -> pl.DataFrame:
    """Look closer at names that differ, where the domain says that it may be worth it."""
    doubtful = wide.filter((pl.col("name") == "other") & DOMAIN_FITS).select(
        "left", "right", "left_core", "right_core"
    )
    found = [
        (left, right, likeness)
        for left, right, one, other in doubtful.iter_rows()
        if (likeness := vocabulary.likeness(one, other))
    ]
    place = wide.schema["left"]
    schema: dict[str, pl.DataType] = {"left": place, "right": place, "likeness": pl.String()}
    alike = pl.DataFrame(found, schema=schema, orient="row")
    wide = wide.join(alike, on=SIDES, how="left", maintain_order="left")
    return wide.with_columns(pl.coalesce("likeness", "name").alias("name")).drop("likeness")


def _with_rivals(wide: pl.DataFrame) -> pl.DataFrame:
    for title, fits in (("rivals", NAME_FITS & DOMAIN_FITS), ("namesakes", NAME_FITS)):
        fitting = wide.filter(fits.fill_null(False) & ~CONTRADICTED)
        for side, across in (SIDES, SIDES[::-1]):
            place = [side, f"{across}_connector"]
            others = pl.col(f"{across}_entity").n_unique().alias(f"{side}_{title}")
            wide = wide.join(fitting.group_by(place).agg(others), on=place, how="left", maintain_order="left")
        most = pl.max_horizontal(pl.col(f"{side}_{title}").fill_null(1) for side in SIDES)
        wide = wide.with_columns((most - 1).alias(title))
    return wide
