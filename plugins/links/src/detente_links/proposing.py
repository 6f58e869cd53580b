"""From accounts to proposals with their evidence, in words for people and weights for machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl
from detente_contracts import Frame, LinkEvidence, LinkProposal, Value

from detente_links.accounts import comparable_accounts
from detente_links.comparing import compared
from detente_links.pairs import candidate_pairs
from detente_links.rules import ruled

_NAME = 60
"""Characters of a name that evidence shows."""

Pair = Mapping[str, Value]
"""One row of the compared pairs."""

_WEIGHTS: Mapping[tuple[str, str], float] = {
    ("name", "same"): 6,
    ("name", "reordered"): 5,
    ("name", "slip"): 3,
    ("name", "within"): 1,
    ("name", "other"): -4,
    ("domain", "same"): 5,
    ("domain", "contact"): 3,
    ("domain", "other"): -3,
    ("country", "same"): 1,
    ("country", "other"): -4,
    ("form", "same"): 1,
    ("form", "other"): -4,
    ("parent", "same"): 2,
    ("parent", "other"): -4,
    ("keys", "other"): -10,
}
"""About the logarithm to base 2 of how much likelier the observation is for one firm than for two."""

_FAMILY, _RIVALS = -2, -3


def proposals(accounts: Frame) -> list[LinkProposal]:
    """Every pair for which a rule holds, in order of its accounts."""
    comparable = comparable_accounts(accounts)
    pairs = ruled(compared(candidate_pairs(comparable), comparable))
    return [_proposal(row) for row in pairs.iter_rows(named=True)]


def compared_pairs(accounts: Frame) -> pl.DataFrame:
    """The pairs for which a rule holds, as columns: for measuring the rules."""
    comparable = comparable_accounts(accounts)
    return ruled(compared(candidate_pairs(comparable), comparable))


def _proposal(row: Pair) -> LinkProposal:
    return LinkProposal(
        one=str(row["left_account"]),
        other=str(row["right_account"]),
        rule=str(row["rule"]),
        confidence=float(row["confidence"] or 0),
        evidence=tuple(_evidence(row)),
    )


def _evidence(row: Pair) -> Iterator[LinkEvidence]:
    for about, told in _TOLD.items():
        found = row[about]
        if isinstance(found, str):
            said = told[found].format(left=_shown(row, about, "left"), right=_shown(row, about, "right"))
            yield LinkEvidence(about, said, _WEIGHTS[about, found])
    if row["is_family"] and row["domain"] == "same":
        yield LinkEvidence("family", "firms of several names use this domain", _FAMILY)
    rivals = row["rivals"] if row["domain"] in ("same", "contact") else row["namesakes"]
    if isinstance(rivals, int) and rivals > 0:
        more = "one more account fits" if rivals == 1 else f"{rivals} more accounts fit"
        yield LinkEvidence("rivals", f"{more} as well", _RIVALS)


_TOLD: Mapping[str, Mapping[str, str]] = {
    "name": {
        "same": "both names read {left}",
        "reordered": "the same words in another order: {left}, {right}",
        "slip": "the names differ by a slip: {left}, {right}",
        "within": "one name is part of the other: {left}, {right}",
        "other": "the names differ: {left}, {right}",
    },
    "domain": {
        "same": "both use {left}",
        "contact": "the addresses of contacts lead to the other: {left}, {right}",
        "other": "the domains differ: {left}, {right}",
    },
    "country": {"same": "both are in {left}", "other": "the countries differ: {left}, {right}"},
    "form": {"same": "both are {left}", "other": "the legal forms differ: {left}, {right}"},
    "parent": {"same": "both belong to {left}", "other": "the parents differ: {left}, {right}"},
    "keys": {"same": "the customer keys are {left}", "other": "the customer keys differ: {left}, {right}"},
}
_FROM: Mapping[str, str] = {
    "name": "core",
    "domain": "domain",
    "country": "land",
    "form": "form",
    "parent": "parent_core",
    "keys": "key",
}


def _shown(row: Pair, about: str, side: str) -> str:
    value = row[f"{side}_{_FROM[about]}"]
    text = "no domain" if value is None else " ".join(str(value).split())
    return text if len(text) <= _NAME else f"{text[: _NAME - 1]}…"
