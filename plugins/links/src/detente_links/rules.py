"""The rules by which two accounts may be one customer, the surest first; the first that holds speaks.

Each confidence is the share of pairs found by the rule that were right on the sandbox's worlds, rounded down,
at the worst of its noise levels; the README gives the figures, and a test fails when a rule claims more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import polars as pl

from detente_links.comparing import CONTRADICTED, DOMAIN_FITS, NAME_FITS

_SAME_NAME = pl.col("name").is_in(["same", "reordered"])
_SAME_DOMAIN = pl.col("domain") == "same"
_ALONE = pl.col("rivals") == 0
_WITHOUT_NAMESAKE = pl.col("namesakes") == 0

_PLACED = (pl.col("country") == "same") | (pl.col("form") == "same")
"""The firm's seat or legal form agrees too: brand and domain alone are shared by whole groups of firms."""

_BOTH_PLACED = (pl.col("country") == "same") & (pl.col("form") == "same")

_LONE = ~pl.col("is_family") & ~pl.col("is_grouped")
"""No CRM knows of a group: neither has a parent or a child, and no firm of another name uses the domain."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its name, the share of its pairs that are right, and when it holds."""

    name: str
    confidence: float
    when: pl.Expr


_UNDISPUTED: tuple[Rule, ...] = (
    Rule("name_and_domain", 0.99, _SAME_NAME & _SAME_DOMAIN & _PLACED & _ALONE),
    Rule("name_and_contacts", 0.99, _SAME_NAME & DOMAIN_FITS & _PLACED & _ALONE),
    Rule("lone_name_and_domain", 0.985, _SAME_NAME & DOMAIN_FITS & _LONE & _ALONE),
    Rule("slip_and_domain", 0.985, NAME_FITS & DOMAIN_FITS & _LONE & _ALONE),
    Rule("brand_of_a_group", 0.9, _SAME_NAME & DOMAIN_FITS & _ALONE),
    Rule("part_of_name_and_seat", 0.9, (pl.col("name") == "within") & DOMAIN_FITS & _PLACED & _LONE),
    Rule("name_and_seat", 0.85, _SAME_NAME & _BOTH_PLACED & pl.col("domain").is_null() & _WITHOUT_NAMESAKE),
    Rule("slip_in_a_group", 0.8, NAME_FITS & DOMAIN_FITS & _ALONE),
    Rule("one_of_several", 0.6, NAME_FITS & DOMAIN_FITS),
    Rule("part_of_name", 0.6, (pl.col("name") == "within") & DOMAIN_FITS),
    Rule("domain_alone", 0.55, _SAME_DOMAIN & _LONE),
    Rule("name_alone", 0.5, _SAME_NAME & pl.col("domain").is_null() & _WITHOUT_NAMESAKE),
)
_DISPUTED = Rule("disputed", 0.3, NAME_FITS & DOMAIN_FITS)
"""Name and domain agree, and a seat, a legal form, a parent or a customer key speaks against it."""

RULES: tuple[Rule, ...] = (
    *(Rule(rule.name, rule.confidence, rule.when & ~CONTRADICTED) for rule in _UNDISPUTED),
    _DISPUTED,
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
