"""Detente's connector to Zendesk."""

from collections.abc import Iterable

from detente_contracts import ConnectorType, hookimpl

from detente_zendesk.connector import ZENDESK

detente_contract = (1, 0)


@hookimpl
def detente_provide_connectors() -> Iterable[ConnectorType]:
    """Offer the connector type `zendesk`."""
    return [ZENDESK]
