"""The rules by which two accounts may be one customer, the surest first; the first that holds speaks.

Each confidence is the share of pairs found by the rule that were right where it did worst of several worlds
whose truth was known, rounded down; the README gives the figures, and a test fails when a rule claims more.
What joins by itself needs the seat or the legal form to agree: a brand and its domain may be a whole group's.
Where seat, form, parent or customer key speak against a pair, nothing is proposed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import polars as pl

from detente_links.comparing import CONTRADICTED, DOMAIN_FITS, NAME_FITS

_SAME_NAME = pl.col("name").is_in(["same", "reordered"])
_PART_OF_NAME = pl.col("name") == "within"
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
    Rule("slip_and_domain", 0.985, NAME_FITS & DOMAIN_FITS & _PLACED & _LONE & _ALONE),
    Rule("unplaced_name_and_domain", 0.9, _SAME_NAME & DOMAIN_FITS & _ALONE),
    Rule("part_of_name_and_seat", 0.9, _PART_OF_NAME & DOMAIN_FITS & _PLACED & _LONE),
    Rule("name_and_seat", 0.85, _SAME_NAME & _BOTH_PLACED & pl.col("domain").is_null() & _WITHOUT_NAMESAKE),
    Rule("unplaced_slip_and_domain", 0.8, NAME_FITS & DOMAIN_FITS & _ALONE),
    Rule("part_of_name", 0.6, _PART_OF_NAME & DOMAIN_FITS & _LONE),
    Rule("domain_alone", 0.55, _SAME_DOMAIN & _LONE & ~NAME_FITS.fill_null(False)),
    Rule("one_of_several", 0.5, NAME_FITS & DOMAIN_FITS),
    Rule("name_alone", 0.5, _SAME_NAME & pl.col("domain").is_null() & _WITHOUT_NAMESAKE),
)
RULES: tuple[Rule, ...] = tuple(
    Rule(rule.name, rule.confidence, rule.when & ~CONTRADICTED) for rule in _UNDISPUTED
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
