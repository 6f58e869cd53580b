"""What two accounts agree in and what not, in words for people and weights for machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl
from detente_contracts import LinkEvidence

from detente_links.comparing import DOMAIN_FITS

_NAME = 60
"""Characters of a value that evidence shows."""

_FROM: Mapping[str, str] = {
    "name": "core",
    "domain": "domain",
    "country": "land",
    "form": "form",
    "parent": "parent_core",
    "keys": "key",
}
"""What is compared, with the column that it was made from."""

_TOLD: Mapping[str, Mapping[str, tuple[str, float]]] = {
    "name": {
        "same": ("both names read {left}", 6),
        "reordered": ("the same words in another order: {left}, {right}", 5),
        "slip": ("the names differ by a slip: {left}, {right}", 3),
        "short": ("a word is cut short in one name: {left}, {right}", 3),
        "within": ("one name is part of the other: {left}, {right}", 1),
        "other": ("the names differ: {left}, {right}", -4),
    },
    "domain": {
        "same": ("both use {left}", 5),
        "contact": ("addresses of contacts lead to the other: {left}, {right}", 3),
        "other": ("the domains differ: {left}, {right}", -3),
    },
    "country": {"same": ("both are in {left}", 1), "other": ("the countries differ: {left}, {right}", -4)},
    "form": {"same": ("both are {left}", 1), "other": ("the legal forms differ: {left}, {right}", -4)},
    "parent": {"same": ("both belong to {left}", 2), "other": ("the parents differ: {left}, {right}", -4)},
    "keys": {"other": ("the customer keys differ: {left}, {right}", -10)},
}
"""Words and weight of each comparison. A weight is about the logarithm to base 2 of how much likelier the
observation is for one firm than for two."""

_FAMILY, _RIVALS = -2, -3
_SUBJECTS = (*_TOLD, "family", "rivals")

Evidence = tuple[LinkEvidence, ...]


def evidence(pairs: pl.DataFrame) -> Iterator[Evidence]:
    """What speaks for and against each compared pair, in order."""
    told = pairs.select(
        *(_said(about).alias(f"{about}_said") for about in _TOLD),
        *(_weight(about).alias(f"{about}_weight") for about in _TOLD),
        pl.when(pl.col("is_family") & (pl.col("domain") == "same"))
        .then(pl.lit("firms of several names use this domain"))
        .alias("family_said"),
        pl.lit(_FAMILY).alias("family_weight"),
        _rivals().alias("rivals_said"),
        pl.lit(_RIVALS).alias("rivals_weight"),
    )
    columns = [
        zip(told[f"{name}_said"].to_list(), told[f"{name}_weight"].to_list(), strict=True)
        for name in _SUBJECTS
    ]
    for row in zip(*columns, strict=True):
        yield tuple(
            LinkEvidence(about, said, weight)
            for about, (said, weight) in zip(_SUBJECTS, row, strict=True)
            if said is not None
        )


def _said(about: str) -> pl.Expr:
    sides = {side: _shown(f"{side}_{_FROM[about]}") for side in ("left", "right")}
    made = pl.lit(None, dtype=pl.String)
    for found, (words, _) in _TOLD[about].items():
        named = [side for side in sides if f"{{{side}}}" in words]
        text = pl.format(words.format(left="{}", right="{}"), *(sides[side] for side in named))
        made = pl.when(pl.col(about) == found).then(text).otherwise(made)
    return made


def _shown(column: str) -> pl.Expr:
    text = pl.col(column).fill_null("no domain")
    return pl.when(text.str.len_chars() > _NAME).then(text.str.head(_NAME - 1) + "…").otherwise(text)


def _weight(about: str) -> pl.Expr:
    weights = {found: weight for found, (_, weight) in _TOLD[about].items()}
    return pl.col(about).replace_strict(weights, default=0, return_dtype=pl.Float64)


def _rivals() -> pl.Expr:
    count = pl.when(DOMAIN_FITS.fill_null(False)).then("rivals").otherwise("namesakes")
    many = pl.format("{} more accounts fit as well", count)
    return pl.when(count == 1).then(pl.lit("one more account fits as well")).when(count > 1).then(many)
