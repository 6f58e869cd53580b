"""Which accounts of different CRMs are one customer: by name, domain, seat, legal form and group of firms."""

from __future__ import annotations

from detente_contracts import Frame, LinkProposal, hookimpl

from detente_links.proposing import proposals

__all__ = ["detente_propose_links"]

detente_contract = (1, 1)


@hookimpl
def detente_propose_links(accounts: Frame) -> list[LinkProposal]:
    """Every pair that a rule speaks for, with its evidence."""
    return proposals(accounts)
