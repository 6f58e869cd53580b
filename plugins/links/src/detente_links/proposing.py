"""From accounts to proposals with their evidence."""

from __future__ import annotations

import polars as pl
from detente_contracts import Frame, LinkProposal

from detente_links.accounts import comparable_accounts
from detente_links.comparing import compared
from detente_links.evidence import evidence
from detente_links.pairs import candidate_pairs
from detente_links.rules import ruled


def proposals(accounts: Frame) -> list[LinkProposal]:
    """Every pair for which a rule holds, in order of its accounts."""
    pairs = ruled_pairs(pl.DataFrame(accounts))
    told = pairs.select("left_account", "right_account", "rule", "confidence").iter_rows()
    return [
        LinkProposal(one=one, other=other, rule=rule, confidence=confidence, evidence=found)
        for (one, other, rule, confidence), found in zip(told, evidence(pairs), strict=True)
    ]


def ruled_pairs(accounts: pl.DataFrame) -> pl.DataFrame:
    """The same as columns, with all that was compared."""
    comparable = comparable_accounts(accounts)
    return ruled(compared(candidate_pairs(comparable), comparable))
