"""Detente's connector to Salesforce."""

from collections.abc import Iterable

from detente_contracts import ConnectorType, hookimpl

from detente_salesforce.connector import SALESFORCE

detente_contract = (1, 0)


@hookimpl
def detente_provide_connectors() -> Iterable[ConnectorType]:
    """Offer the connector type `salesforce`."""
    return [SALESFORCE]
