"""The rubric `b2b`: twelve criteria and three departments' lenses as policy, and one criterion in Python."""

from __future__ import annotations

from pathlib import Path

from detente_contracts import Criterion, PolicyFolder, SignalCatalogue, hookimpl

from detente_rubric_b2b.burden import SERVICE_BURDEN

__all__ = ["detente_add_criteria", "detente_provide_policy"]

detente_contract = (1, 0)


@hookimpl
def detente_provide_policy() -> list[PolicyFolder]:
    """The folder `policy` of this package."""
    return [PolicyFolder(path=Path(__file__).parent / "policy")]


@hookimpl
def detente_add_criteria(signals: SignalCatalogue) -> list[Criterion]:
    """The service burden, where open tickets are known at all."""
    return [SERVICE_BURDEN] if SERVICE_BURDEN.signal in signals.names() else []
