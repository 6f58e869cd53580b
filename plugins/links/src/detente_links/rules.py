"""The rules by which two accounts may be one customer, the surest first; the first that holds speaks.

Each confidence is the share of pairs found by the rule that were right on the sandbox's worlds, rounded down,
at the worst of its noise levels; the README gives the figures, and a test fails when a rule claims more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import polars as pl

from detente_links.comparing import CONTRADICTED, DOMAIN_FITS, NAME_FITS

_ALONE = pl.col("rivals") == 0
_WITHOUT_NAMESAKE = pl.col("namesakes") == 0
_SAME_NAME = pl.col("name").is_in(["same", "reordered"])
_SAME_DOMAIN = pl.col("domain") == "same"
_PLACED = (pl.col("country") == "same") | (pl.col("form") == "same")
"""The firm's seat or legal form agrees too: brand and domain alone are shared by whole groups of firms."""
_KEYS_DIFFER = (pl.col("keys") == "other").fill_null(False)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its name, the share of its pairs that are right, and when it holds."""

    name: str
    confidence: float
    when: pl.Expr


RULES: tuple[Rule, ...] = (
    Rule(
        "name_and_domain",
        0.99,
        _SAME_NAME & _SAME_DOMAIN & _PLACED & ~CONTRADICTED & _ALONE & ~_KEYS_DIFFER,
    ),
    Rule(
        "name_and_contacts",
        0.985,
        _SAME_NAME & (pl.col("domain") == "contact") & _PLACED & ~CONTRADICTED & _ALONE & ~_KEYS_DIFFER,
    ),
    Rule(
        "slip_and_domain",
        0.98,
        (pl.col("name") == "slip")
        & _SAME_DOMAIN
        & _PLACED
        & ~CONTRADICTED
        & _ALONE
        & ~pl.col("is_family")
        & ~_KEYS_DIFFER,
    ),
    Rule("bare_name_and_domain", 0.95, _SAME_NAME & DOMAIN_FITS & ~CONTRADICTED & _ALONE & ~_KEYS_DIFFER),
    Rule(
        "name_and_seat",
        0.9,
        _SAME_NAME
        & (pl.col("country") == "same")
        & (pl.col("form") == "same")
        & pl.col("domain").is_null()
        & ~CONTRADICTED
        & _WITHOUT_NAMESAKE
        & ~_KEYS_DIFFER,
    ),
    Rule(
        "slip_and_shared_domain",
        0.85,
        (pl.col("name") == "slip") & DOMAIN_FITS & ~CONTRADICTED & ~_KEYS_DIFFER,
    ),
    Rule("one_of_several", 0.6, NAME_FITS & DOMAIN_FITS & ~CONTRADICTED & ~_KEYS_DIFFER),
    Rule("part_of_name", 0.55, (pl.col("name") == "within") & DOMAIN_FITS & ~CONTRADICTED & ~_KEYS_DIFFER),
    Rule(
        "domain_alone",
        0.5,
        _SAME_DOMAIN & ~pl.col("is_family") & ~CONTRADICTED & ~_KEYS_DIFFER,
    ),
    Rule(
        "name_alone",
        0.5,
        _SAME_NAME & pl.col("domain").is_null() & ~CONTRADICTED & _WITHOUT_NAMESAKE & ~_KEYS_DIFFER,
    ),
    Rule("contradicted", 0.3, NAME_FITS & DOMAIN_FITS),
)
"""The surest first."""


def ruled(pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs for which a rule holds, with its `rule` and `confidence`."""
    names = reduce(
        lambda rest, rule: pl.when(rule.when.fill_null(False)).then(pl.lit(rule.name)).otherwise(rest),
        reversed(RULES),
        pl.lit(None, dtype=pl.String),
    )
    confidence = {rule.name: rule.confidence for rule in RULES}
    found = pairs.with_columns(names.alias("rule")).drop_nulls("rule")
    made = pl.col("rule").replace_strict(confidence, return_dtype=pl.Float64)
    return found.with_columns(made.alias("confidence"))
