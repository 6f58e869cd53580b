"""A CRM field of its own that says how near an account's renewal is."""

from __future__ import annotations

from collections.abc import Iterable

from detente_contracts import FieldSpec, Frame, ProposedWrite, hookimpl

from detente_renewal_watch.watch import FIELD, proposals

detente_contract = (1, 0)


@hookimpl
def detente_declare_fields() -> Iterable[FieldSpec]:
    """The field `renewal_watch`, on accounts only."""
    return [FIELD]


@hookimpl
def detente_propose_writes(portfolio: Frame) -> Iterable[ProposedWrite]:
    """What each customer's accounts should show."""
    return list(proposals(portfolio))
