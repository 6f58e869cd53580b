"""A simulated org for each test run, put back to its start before each test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from detente_connector_kit import LocalBudget, canonical_text
from detente_contracts import STANDARD_FIELDS, ConnectorContext, FieldSpec, FieldText, Ref
from detente_contracts.testing import CrmSide
from detente_salesforce.connector import SalesforceConnector
from detente_salesforce.org import field_name
from detente_salesforce.settings import SalesforceSettings
from detente_sandbox.process import SandboxProcess

MAPPING = {
    "account": {
        "customer_key": "Customer_Number__c",
        "arr": "ARR__c",
        "renewal_at": "Renewal_Date__c",
        "partner": "Partner_Of_Record__c",
        "custom": {"expansion_likelihood": "Expansion_Likelihood__c", "uptime_exposure": "Uptime_Exposure__c"},
    },
    "deal": {"partner": "Partner__c", "registered_at": "Registered_At__c"},
    "ticket": {"reopened": "Reopen_Count__c"},
}


class Org:
    """The simulated org as its admin and its users see it."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox
        self.url = sandbox.url

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Administration, past all limits."""
        answer = self.sandbox.request(method, f"/_sandbox{path}", json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def raw(self, name: str, id_: str) -> dict[str, Any]:
        """All fields of a record."""
        record: dict[str, Any] = self.ask("GET", f"/objects/{name}/{id_}")
        return record

    def rows(self, name: str) -> list[dict[str, Any]]:
        """All live records with all fields."""
        rows: list[dict[str, Any]] = self.ask("GET", f"/objects/{name}")
        return rows

    def edit(self, name: str, id_: str, **values: object) -> None:
        """An edit by a person."""
        self.ask("PATCH", f"/objects/{name}/{id_}", values)

    def remove(self, name: str, id_: str) -> None:
        """A person deletes a record."""
        self.ask("DELETE", f"/objects/{name}/{id_}")

    def fault(
        self, path: str, *, times: int = 1, after: int = 0, method: str = "*", **action: object
    ) -> None:
        """The next `times` calls that match go wrong, once `after` of them went well."""
        rule = {"method": method, "path": path, "after": after, "times": times, "action": action}
        self.ask("POST", "/faults", rule)

    def counts(self) -> dict[str, int]:
        """Calls since the last look, by kind."""
        counts: dict[str, int] = self.ask("GET", "/requests/counts")
        self.ask("DELETE", "/requests")
        return counts

    def ids(self, name: str, *, count: int) -> list[str]:
        """Ids of the first records."""
        return [row["Id"] for row in self.rows(name)[:count]]

    def side(self) -> OrgSide:
        """A person in this org."""
        return OrgSide(self)

    def advance(self, seconds: float) -> None:
        """Let time go by."""
        self.ask("POST", "/clock", {"advance_s": seconds})
