"""Signals: from records to one row of typed, documented values a customer.

A signal is a row-wise expression over the records of one kind and a merge over those of one customer. Every
value has a state; a hidden or stale value is withheld, so that nothing after it can use it by mistake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import polars as pl
from detente_contracts import ConfigurationError, Kind, Signal

from detente.engine.policy import Policy
from detente.engine.signal_columns import SourceColumn, known_at, source_columns
from detente.engine.signal_merging import CUSTOMER, RANK, SignalPlan, dtype_of, merged, plan_signal
from detente.engine.signal_persons import with_persons
from detente.engine.signal_sources import Source, Sources

REF = ["connector", "object", "id"]


def build_portfolio(
    *,
    frames: Mapping[Kind, pl.DataFrame],
    memberships: pl.DataFrame,
    signals: Sequence[Signal],
    policy: Policy,
    hidden: Mapping[Source, frozenset[str]],
    caught_up_at: Mapping[Source, datetime | None],
    connectors: Sequence[str],
    as_of: datetime,
) -> pl.DataFrame:
    """One row a customer with a live account, ordered by customer: `customer`, `name`, `account_owner`, then
    each signal and its `<signal>__state`.

    `connectors` is the order of the settings, for names and for the merge `first`. `caught_up_at` has every
    source that was ever read, None where never to its end. Without matching records a signal has its
    `empty` value only where a connector of the customer reads that kind of record.

    Raises: ConfigurationError naming the signal and what in it cannot be used.
    """
    known = {kind: known_at(frame, as_of) for kind, frame in frames.items()}
    if Kind.ACCOUNT not in known:
        return _nobody(signals)
    members = _members(known[Kind.ACCOUNT], memberships, connectors)
    portfolio = _customers(members)
    stale_before = as_of - timedelta(hours=policy.stale_after_hours)
    sources = Sources(members, portfolio["customer"], hidden, caught_up_at, stale_before)
    made: dict[str, pl.Series] = {}
    for kind in Kind:
        wanted = [signal for signal in signals if signal.kind is kind]
        if wanted:
            records = _of_customers(known.get(kind), kind, members)
            if records is not None:
                records = with_persons(records, known.get(Kind.PERSON))
            columns = {} if records is None else source_columns(records, policy, as_of)
            plans = [_planned(signal, columns, records, policy) for signal in wanted]
            made |= _values(plans, records, columns, sources, kind)
    ordered = [made[name] for signal in signals for name in (signal.name, f"{signal.name}__state")]
    return portfolio.with_columns(ordered)


def _planned(
    signal: Signal, columns: Mapping[str, SourceColumn], records: pl.DataFrame | None, policy: Policy
) -> SignalPlan:
    with policy.placed("signals", signal.name):
        return plan_signal(signal, columns, records)


def _members(accounts: pl.DataFrame, memberships: pl.DataFrame, connectors: Sequence[str]) -> pl.DataFrame:
    """Live accounts with their customer, in order of customer, then of the settings' connectors."""
    ranks = pl.DataFrame(
        {"connector": list(connectors), RANK: list(range(len(connectors)))},
        schema={"connector": pl.String, RANK: pl.Int64},
    )
    owned = memberships.select(*REF, pl.col("customer").alias(CUSTOMER))
    found = accounts.select(*REF, "name", "owner").join(owned, on=REF).join(ranks, on="connector", how="left")
    return found.sort(CUSTOMER, RANK, *REF, nulls_last=True)


def _customers(members: pl.DataFrame) -> pl.DataFrame:
    firsts = [
        pl.col("name").drop_nulls().first(),
        pl.col("owner").drop_nulls().first().alias("account_owner"),
    ]
    return members.group_by(CUSTOMER, maintain_order=True).agg(firsts).rename({CUSTOMER: "customer"})


def _nobody(signals: Sequence[Signal]) -> pl.DataFrame:
    schema: dict[str, pl.DataType] = dict.fromkeys(("customer", "name", "account_owner"), pl.String())
    for signal in signals:
        schema |= {signal.name: dtype_of(signal), f"{signal.name}__state": pl.UInt8()}
    return pl.DataFrame(schema=schema)


def _of_customers(records: pl.DataFrame | None, kind: Kind, members: pl.DataFrame) -> pl.DataFrame | None:
    """Records with the customer that they belong to, first connector first; others are left out."""
    if records is None:
        return None
    if kind is Kind.ACCOUNT:
        owned = records.join(members.select(*REF, CUSTOMER, RANK), on=REF)
    elif "account_id" in records.columns:
        keys = ["connector", "account_id"]
        accounts = members.select("connector", pl.col("id").alias("account_id"), CUSTOMER, RANK)
        owned = records.join(accounts.unique(keys, keep="first", maintain_order=True), on=keys)
    else:
        fix = "Declare it over accounts, contacts, deals or tickets"
        raise ConfigurationError(f"signals over {kind} records belong to no customer", hint=fix)
    return owned.sort(RANK, *REF, nulls_last=True)


def _values(
    plans: Sequence[SignalPlan],
    records: pl.DataFrame | None,
    columns: Mapping[str, SourceColumn],
    sources: Sources,
    kind: Kind,
) -> dict[str, pl.Series]:
    """Values and states of one kind's signals, in the order of the customers."""
    frame = pl.DataFrame({CUSTOMER: sources.customers})
    live = [plan for plan in plans if plan.is_possible]
    if records is not None and live:
        frame = frame.join(merged(live, records, columns), on=CUSTOMER, how="left", maintain_order="left")
    standing = sources.standing(kind)
    found: dict[str, pl.Series] = {}
    for plan in plans:
        hides = sources.hiding(kind, plan.fields)
        value, state = plan.settled(frame, standing, hides)
        found |= {plan.signal.name: value, f"{plan.signal.name}__state": state}
    return found
