"""Stock signals: what is known about a customer from its accounts, deals and tickets."""

from __future__ import annotations

from detente_contracts import Signal, hookimpl

from detente_signals.accounts import ACCOUNT_SIGNALS
from detente_signals.deals import DEAL_SIGNALS
from detente_signals.tickets import TICKET_SIGNALS

__all__ = ["STOCK_SIGNALS", "detente_add_signals"]

detente_contract = (1, 0)

STOCK_SIGNALS: tuple[Signal, ...] = (*ACCOUNT_SIGNALS, *DEAL_SIGNALS, *TICKET_SIGNALS)
"""Every signal of this plugin, accounts first."""


@hookimpl
def detente_add_signals() -> list[Signal]:
    """All stock signals."""
    return list(STOCK_SIGNALS)
