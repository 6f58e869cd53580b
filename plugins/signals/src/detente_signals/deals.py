"""Signals over deals. A customer without matching deals has 0 of them, and 0 EUR in them.

A deal without an amount counts for nothing in a sum; when no deal of the sum has one, the sum is unknown.
"""

from __future__ import annotations

from detente_contracts import Kind, Merge, Signal

DEAL_SIGNALS: tuple[Signal, ...] = (
    Signal(
        name="open_pipeline",
        title="open pipeline",
        unit="EUR",
        kind=Kind.DEAL,
        value="amount",
        where="is_open",
        merge=Merge.SUM,
        empty=0,
    ),
    Signal(
        name="expansion_pipeline",
        title="open pipeline of existing business",
        unit="EUR",
        kind=Kind.DEAL,
        value="amount",
        # HubSpot's type is `existingbusiness`, Salesforce's types begin with `Existing`.
        where="is_open AND LOWER(deal_type) LIKE 'existing%'",
        merge=Merge.SUM,
        empty=0,
    ),
    Signal(
        name="won_12m",
        title="won in 12 months",
        unit="EUR",
        kind=Kind.DEAL,
        value="amount",
        where="is_won AND days_since_close_at BETWEEN 0 AND 365",
        merge=Merge.SUM,
        empty=0,
    ),
    Signal(
        name="open_owners",
        title="people who own its open deals",
        unit="owners",
        kind=Kind.DEAL,
        value="owner_person",
        where="is_open",
        merge=Merge.DISTINCT,
        empty=0,
    ),
    Signal(
        name="open_partners",
        title="partners on its open deals",
        unit="partners",
        kind=Kind.DEAL,
        # CRMs write one code in capitals or not.
        value="LOWER(partner)",
        where="is_open",
        merge=Merge.DISTINCT,
        empty=0,
    ),
)
"""Pipeline first, then who claims the customer."""
