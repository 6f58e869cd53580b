"""Names of firms made comparable: letters, marks, word order and legal form apart."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from detente_links.legal_forms import ALIASES, SPELLINGS

_FOLDED: Mapping[str, str] = {
    "ß": "ss",
    "æ": "a",
    "œ": "o",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ı": "i",
    # Umlauts are written as two vowels where a keyboard has none.
    "ae": "a",
    "oe": "o",
    "ue": "u",
}
_SHORT_FORMS: Mapping[str, str] = {
    "intl": "international",
    "natl": "national",
    "mfg": "manufacturing",
    "bros": "brothers",
    "grp": "group",
    "hldg": "holding",
    "hldgs": "holding",
    "holdings": "holding",
    "svc": "services",
    "svcs": "services",
    "mgmt": "management",
    "assoc": "associates",
    "dept": "department",
    "ind": "industries",
    "inds": "industries",
    "tech": "technologies",
    "technology": "technologies",
    "solution": "solutions",
    "system": "systems",
    "lab": "labs",
    "laboratories": "labs",
}
# What people note behind a name says something about the record, and nothing about the firm.
_REMARKS = (
    "accounts payable",
    "billing",
    "do not use",
    "dup",
    "duplicate",
    "head office",
    "headquarters",
    "hq",
    "inactive",
    "main account",
    "new",
    "old",
    "purchasing",
)
_REMARK = rf"(?: (?:{'|'.join(sorted(_REMARKS, key=len, reverse=True))}))+$"
_JOINING = r"\b(?:and|und|et|och|og|the)\b"
_FORM = "|".join(sorted(SPELLINGS, key=lambda text: (-len(text), text)))
_TAIL = rf"(?: (?:{_FORM}))+$"


def with_comparable_names(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with what its column `name` says, a column each.

    Those are `core` (words in order, without legal form and remarks such as "- HQ"), legal `form`, `compact`
    (the core without spaces) and `ordered` (its words sorted). All are null for a name without a letter or
    digit, `form` also where none is written. A name that is all legal form is its own core.
    """
    # Step by step: each expression is used several times, and would be computed as often.
    frame = frame.with_columns(_words(pl.col("name")).str.replace(_REMARK, "").alias("words"))
    frame = frame.with_columns(pl.col("words").str.replace(_TAIL, "").alias("bare"))
    form = pl.col("words").str.strip_prefix(pl.col("bare")).str.strip_chars()
    frame = frame.with_columns(pl.when(form != "").then(form).replace(ALIASES).alias("form"))
    frame = frame.with_columns(_whole_words(pl.col("bare")).alias("core"))
    return frame.with_columns(
        pl.col("core").str.replace_all(" ", "").alias("compact"),
        pl.col("core").str.split(" ").list.sort().list.join(" ").alias("ordered"),
    ).drop("words", "bare")


def _words(names: pl.Expr) -> pl.Expr:
    """Lower-case words with one space between; null when there is none."""
    text = names.str.normalize("NFKD").str.to_lowercase().str.replace_all(r"\p{M}", "")
    # Dots and apostrophes stand inside words: S.A., O'Neill.
    text = text.str.replace_all(r"[.'’`´]", "").str.replace_all(r"[&+]", " and ")
    text = text.str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()
    return pl.when(text != "").then(text)


def _whole_words(core: pl.Expr) -> pl.Expr:
    """Joining words left out, short forms written out, letters folded; a name of nothing else stays."""
    bare = core.str.replace_all(_JOINING, " ").str.replace_all(" +", " ").str.strip_chars()
    kept = pl.when(bare != "").then(bare).otherwise(core)
    spelt = kept.str.split(" ").list.eval(pl.element().replace(_SHORT_FORMS)).list.join(" ")
    return spelt.str.replace_many(list(_FOLDED), list(_FOLDED.values()))
