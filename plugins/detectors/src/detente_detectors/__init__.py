"""Detectors of conflicts over a customer: declared triggers, and departments that are far apart."""

from __future__ import annotations

from pathlib import Path

from detente_contracts import Conflict, Frame, PolicyFolder, hookimpl

from detente_detectors.lenses import lenses_apart

__all__ = ["detente_detect_conflicts", "detente_provide_policy"]

detente_contract = (1, 0)


@hookimpl
def detente_provide_policy() -> list[PolicyFolder]:
    """The folder `policy` of this package."""
    return [PolicyFolder(path=Path(__file__).parent / "policy")]


@hookimpl
def detente_detect_conflicts(portfolio: Frame) -> list[Conflict]:
    """Customers whom departments see two or more bands apart."""
    return lenses_apart(portfolio)
