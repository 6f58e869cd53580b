"""Detente's connector to HubSpot."""

from collections.abc import Iterable

from detente_contracts import ConnectorType, hookimpl

from detente_hubspot.connector import HUBSPOT

detente_contract = (1, 0)


@hookimpl
def detente_provide_connectors() -> Iterable[ConnectorType]:
    """Offer the connector type `hubspot`."""
    return [HUBSPOT]
