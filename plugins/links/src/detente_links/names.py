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
_JOINING = r"\b(?:and|und|et|och|og|the)\b"
_FORM = "|".join(sorted(SPELLINGS, key=lambda text: (-len(text), text)))
_TAIL = rf"^(.+?)((?: (?:{_FORM}))+)$"


def comparable_names(names: pl.Expr) -> pl.Expr:
    """A struct a name: `core` words, legal `form`, `compact` (no spaces), `ordered` (words sorted).

    All are null for a name without a letter or digit; `form` also where none is written. A name that is all
    legal form is its own core.
    """
    words = _words(names)
    core = words.str.extract(_TAIL, 1).fill_null(words)
    form = words.str.extract(_TAIL, 2).str.strip_chars()
    core = _whole_words(core)
    return pl.struct(
        core.alias("core"),
        form.replace(ALIASES).alias("form"),
        core.str.replace_all(" ", "").alias("compact"),
        core.str.split(" ").list.sort().list.join(" ").alias("ordered"),
    )


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
