"""Signals over accounts, those that a firm keeps in fields of its own among them.

Merge rules: one contract is often recorded in two CRMs, so amounts take the largest record and not the sum.
What is a judgement (likelihood, influence, exposure) takes the record that was changed last; what is a duty
(security tier) or a fact that holds once it holds anywhere (reference) takes the strictest.
"""

from __future__ import annotations

from detente_contracts import Kind, Merge, Signal, SignalType

_LAPSED_DAYS = 90
"""A renewal date further back is one that nobody keeps: unknown, and not urgent."""

_CONTRACT = (
    Signal(
        name="arr",
        title="annual recurring revenue",
        unit="EUR",
        kind=Kind.ACCOUNT,
        value="arr",
        merge=Merge.MAX,
    ),
    Signal(
        name="days_to_renewal",
        title="days to renewal",
        unit="days",
        kind=Kind.ACCOUNT,
        value="days_until_renewal_at",
        where=f"days_until_renewal_at >= -{_LAPSED_DAYS}",
        merge=Merge.MIN,
    ),
    Signal(
        name="employees",
        title="employees of the customer",
        unit="employees",
        kind=Kind.ACCOUNT,
        value="employees",
        merge=Merge.MAX,
    ),
    Signal(
        name="days_since_created",
        title="days since the first record",
        unit="days",
        kind=Kind.ACCOUNT,
        value="days_since_created_at",
        merge=Merge.MAX,
    ),
    Signal(
        name="account_owners",
        title="people who own its accounts",
        unit="owners",
        kind=Kind.ACCOUNT,
        value="owner_person",
        merge=Merge.DISTINCT,
        empty=0,
    ),
)

_APART = (
    Signal(
        name="arr_spread",
        title="difference between CRMs in annual recurring revenue",
        unit="EUR",
        kind=Kind.ACCOUNT,
        value="arr",
        merge=Merge.SPREAD,
    ),
    Signal(
        name="arr_by_source",
        title="annual recurring revenue as each CRM has it",
        unit="EUR",
        type=SignalType.TEXT,
        kind=Kind.ACCOUNT,
        value="arr",
        merge=Merge.BY_SOURCE,
    ),
    Signal(
        name="renewal_spread",
        title="difference between CRMs in the renewal date",
        unit="days",
        kind=Kind.ACCOUNT,
        value="days_until_renewal_at",
        where=f"days_until_renewal_at >= -{_LAPSED_DAYS}",
        merge=Merge.SPREAD,
    ),
    Signal(
        name="renewal_by_source",
        title="days to renewal as each CRM has them",
        unit="days",
        type=SignalType.TEXT,
        kind=Kind.ACCOUNT,
        value="days_until_renewal_at",
        where=f"days_until_renewal_at >= -{_LAPSED_DAYS}",
        merge=Merge.BY_SOURCE,
    ),
)
"""Where the CRMs that hold one customer say different things."""

_KEPT_BY_THE_FIRM = (
    Signal(
        name="expansion_likelihood",
        title="likelihood of expansion",
        unit="%",
        kind=Kind.ACCOUNT,
        # Some CRMs keep a share from 0 to 1, others per cent.
        value="CASE WHEN expansion_likelihood > 1 THEN expansion_likelihood"
        " ELSE expansion_likelihood * 100 END",
        merge=Merge.LATEST,
        needs=("expansion_likelihood",),
    ),
    Signal(
        name="reference_customer",
        title="reference customer",
        unit="",
        type=SignalType.FLAG,
        kind=Kind.ACCOUNT,
        value="reference_customer",
        merge=Merge.MAX,
        needs=("reference_customer",),
    ),
    Signal(
        name="industry_influence",
        title="influence in its industry",
        unit="",
        type=SignalType.TEXT,
        kind=Kind.ACCOUNT,
        value="LOWER(industry_influence)",
        merge=Merge.LATEST,
        needs=("industry_influence",),
    ),
    Signal(
        name="uptime_exposure",
        title="exposure to downtime",
        unit="",
        type=SignalType.TEXT,
        kind=Kind.ACCOUNT,
        value="LOWER(uptime_exposure)",
        merge=Merge.LATEST,
        needs=("uptime_exposure",),
    ),
    Signal(
        name="compliance_sensitivity",
        title="compliance sensitivity",
        unit="",
        type=SignalType.TEXT,
        kind=Kind.ACCOUNT,
        value="LOWER(compliance_sensitivity)",
        merge=Merge.LATEST,
        needs=("compliance_sensitivity",),
    ),
    Signal(
        name="data_security_tier",
        title="data-security tier",
        unit="",
        kind=Kind.ACCOUNT,
        value="data_security_tier",
        merge=Merge.MAX,
        needs=("data_security_tier",),
    ),
    Signal(
        name="cost_to_serve",
        title="cost to serve a year",
        unit="EUR",
        kind=Kind.ACCOUNT,
        value="cost_to_serve",
        merge=Merge.MAX,
        needs=("cost_to_serve",),
    ),
    Signal(
        name="cross_team_dependencies",
        title="teams that it depends on",
        unit="teams",
        kind=Kind.ACCOUNT,
        value="cross_team_dependencies",
        merge=Merge.MAX,
        needs=("cross_team_dependencies",),
    ),
)

ACCOUNT_SIGNALS: tuple[Signal, ...] = (*_CONTRACT, *_APART, *_KEPT_BY_THE_FIRM)
"""Contract and people first, then what needs custom fields; without the field a signal is absent."""
